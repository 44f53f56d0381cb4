/** How long a test waits for its PLMN, beside the least that it could wait: the same modules, and bare Fastify servers that listen. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openPlmnPki } from '@twincore/lab/pki';
import { nfFqdn } from '@twincore/model';
import { median, printTable, progress, whole } from './support/output.ts';

const PLMN = { mcc: '001', mnc: '01' };
const ROUNDS = 7;

interface Times {
  /** Milliseconds from the start of the process until its modules are there. */
  readonly loaded: number;
  readonly ready: number;
  /** A second PLMN in the same process. */
  readonly again?: number;
}

export async function testkit(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  try {
    const pki = await openPlmnPki(dir, PLMN);
    const nf = { name: 'bare', nfInstanceId: randomUUID(), nfTypes: ['NRF'], fqdn: nfFqdn('bare', PLMN) };
    const { key, cert } = await pki.certificate(nf);
    const rounds: { bare: Times; plmn: Times }[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      progress(`round ${round} of ${ROUNDS}`);
      rounds.push({ bare: await start('bare', key, cert), plmn: await start('plmn') });
    }
    progress('');
    const of = (pick: (round: { bare: Times; plmn: Times }) => number) => median(rounds.map(pick));
    printTable([
      ['nrf, ausf, udm, udr', 'ms', 'ratio'],
      ['bare Fastify, the same modules', whole(of(({ bare }) => bare.ready)), '1.00'],
      ['startPlmn', whole(of(({ plmn }) => plmn.ready)), of(({ bare, plmn }) => plmn.ready / bare.ready).toFixed(2)],
      [
        'startPlmn once more in that process',
        whole(of(({ plmn }) => plmn.again ?? Number.NaN)),
        of(({ bare, plmn }) => (plmn.again ?? Number.NaN) / bare.ready).toFixed(2),
      ],
    ]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function start(...args: string[]): Promise<Times> {
  const module = join(import.meta.dirname, 'support/testkit-start.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    module,
    ...args,
  ]);
  return JSON.parse(stdout) as Times;
}
