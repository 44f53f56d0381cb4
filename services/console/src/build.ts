/** Builds the page when its sources have changed since it was built last. Run as a program it does that and no more. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'sources.sha256');
const VITE = join(ROOT, 'node_modules/vite/bin/vite.js');
/** What the page is made of. */
const SOURCES = ['package.json', 'vite.config.ts', 'src/wire.ts', 'web'];

function filesIn(path: string): string[] {
  const entries = readdirSync(join(ROOT, path), { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function fingerprintOfSources(): string {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((path) => (path.includes('.') ? [join(ROOT, path)] : filesIn(path)));
  for (const file of files.sort())
    hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** True when `dist` is made of the sources that are there, or there are none to compare it with (an image has only `dist`). */
export function isBuilt(): boolean {
  if (!existsSync(STAMP)) return false;
  if (!existsSync(join(ROOT, 'web'))) return true;
  return readFileSync(STAMP, 'utf8') === fingerprintOfSources();
}

/** Makes `dist` where it is missing or old. Throws with the end of Vite's output when that fails. */
export async function ensureBuilt(): Promise<void> {
  if (isBuilt()) return;
  if (!existsSync(VITE)) throw new Error('the page of the console is not built, and Vite is not installed to do it');
  const child = spawn(process.execPath, [VITE, 'build', '--logLevel', 'warn'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`Vite could not build the console's page:\n${output.slice(-2_000)}`);
  writeFileSync(STAMP, fingerprintOfSources());
}

if (import.meta.main) {
  await ensureBuilt().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
