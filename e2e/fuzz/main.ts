/** `npm run fuzz`: starts a lab of its own, asks every NF in it rightly and wrongly, and says what it answered. */
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError, PROJECT_ROOT, startLab } from '@twincore/lab';
import { fuzz, isClean } from './fuzz.ts';
import { renderFuzz } from './report.ts';

const USAGE = `usage: npm run fuzz -- [--requests N] [--seed S] [--nf NAME] [--operation NAME [--index I]]
                       [--specs DIR] [--port-offset N] [--keep]
  --requests   how many requests (default 2000)
  --seed       repeats a run
  --nf         only this NF: nrf, udr, udm, ausf, amf, sepp
  --operation  only this operation; with --index only this request of a run with the same seed
  --specs      3GPP OpenAPI files (default TWINCORE_SPECS or ../shared/3gpp-openapi)
  --keep       keep the lab's directory with traces and logs, also when nothing is wrong`;

const OPTIONS = {
  requests: { type: 'string', default: '2000' },
  seed: { type: 'string', default: String(randomInt(2 ** 32)) },
  nf: { type: 'string' },
  operation: { type: 'string' },
  index: { type: 'string' },
  specs: { type: 'string', default: process.env.TWINCORE_SPECS ?? resolve(PROJECT_ROOT, '../shared/3gpp-openapi') },
  'port-offset': { type: 'string', default: '10000' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return process.exit(2);
  }
}

const values = readArguments();
const numbers = [values.requests, values['port-offset'], values.index ?? '0'];
if (values.help || numbers.some((text) => !/^\d+$/.test(text))) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}
if (!existsSync(values.specs)) {
  console.error(`There are no 3GPP OpenAPI documents in ${values.specs}.
The requests are made from them, and they are not part of this repository. Download the Release 17 OpenAPI files (3GPP
publishes them at https://forge.3gpp.org/rep/all/5G_APIs, branch REL-17) and name their directory: --specs DIR, or
TWINCORE_SPECS=DIR.`);
  process.exit(2);
}

const dir = mkdtempSync(join(tmpdir(), 'twincore-fuzz-'));
const aborting = new AbortController();
process.on('SIGINT', () => aborting.abort());
process.on('SIGTERM', () => aborting.abort());
const requests = Number(values.requests);
let shown = 0;

const onProgress = (sent: number, failures: number) => {
  if (!process.stderr.isTTY || Date.now() - shown < 200) return;
  shown = Date.now();
  process.stderr.write(`\r\u001b[K${sent} of ${requests} requests, ${failures} wrong answers`);
};

console.log(`seed ${values.seed}, the lab is in ${dir}`);
try {
  const lab = await startLab({ dir, portOffset: Number(values['port-offset']), signal: aborting.signal });
  let clean = false;
  try {
    for (const { supi } of lab.usims) await lab.ue(supi).provision();
    const report = await fuzz(lab, {
      specs: values.specs,
      requests,
      seed: values.seed,
      ...(values.nf === undefined ? {} : { nf: values.nf }),
      ...(values.operation === undefined ? {} : { operation: values.operation }),
      ...(values.index === undefined ? {} : { index: Number(values.index) }),
      onProgress,
      signal: aborting.signal,
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    for (const line of renderFuzz(report)) console.log(line);
    clean = isClean(report);
  } finally {
    await lab.stop();
  }
  if (clean && !values.keep) rmSync(dir, { recursive: true });
  else console.log(`traces and logs: ${dir}`);
  process.exitCode = clean ? 0 : 1;
} catch (error) {
  console.error(error instanceof LabError ? error.message : error);
  process.exitCode = 1;
}
