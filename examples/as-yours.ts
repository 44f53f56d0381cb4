/**
 * twincore's own NF of the type in FILE, as if it were yours: the lab has not started it and knows nothing of it but what it registers.
 *
 *   node examples/as-yours.ts FILE      FILE as `twincore up --external` writes it
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const own = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as { nfType: string };
const dir = mkdtempSync(join(tmpdir(), 'as-yours-'));
const config = join(dir, 'config.json');
writeFileSync(config, JSON.stringify({ ...own, stateDir: join(dir, 'state') }), { mode: 0o600 });
process.argv.splice(2, 1, '--config', config);
await import(pathToFileURL(join(import.meta.dirname, `../services/${own.nfType.toLowerCase()}/src/main.ts`)).href);
