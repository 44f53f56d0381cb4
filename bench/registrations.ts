/** The whole lab: from start to the first registration, registrations a second by concurrency, what each costs, and memory. */

import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, PROJECT_ROOT, startLab, type Ue, type Usim } from '@twincore/lab';
import type { PlmnId } from '@twincore/model';
import type { TraceRecord } from '@twincore/sbi';
import { stringify } from 'yaml';
import { printTable, progress, whole } from './support/output.ts';
import { cpuSeconds, memory } from './support/process.ts';

const HOME = { mcc: '001', mnc: '01' };
const VISITED = { mcc: '999', mnc: '70' };
const UES = 100;
/** Registrations measured for each concurrency. */
const ROUNDS: readonly { readonly concurrency: number; readonly registrations: number }[] = [
  { concurrency: 1, registrations: 50 },
  { concurrency: 10, registrations: 200 },
  { concurrency: 100, registrations: 400 },
];
const PORT_OFFSET = 8_000;
/** Without anchors, of which a reader of YAML takes only so many. */
const PLAIN = { aliasDuplicateObjects: false };

export async function registrations(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  const deploy = join(dir, 'deploy');
  cpSync(join(PROJECT_ROOT, 'deploy'), deploy, { recursive: true });
  provision(deploy, UES);
  try {
    // Twice: the first start makes keys and certificates, the second is what a user waits for each day.
    const first = await firstRegistration(dir, deploy);
    await first.lab.stop();
    const second = await firstRegistration(dir, deploy);
    const { lab } = second;
    try {
      console.log('  start of the lab to the end of the first registration');
      printTable([
        ['', 'seconds'],
        ['first start (makes the PKI)', (first.ms / 1000).toFixed(1)],
        ['later starts', (second.ms / 1000).toFixed(1)],
      ]);
      const rows = [['', 'UEs at once', 'registrations/s', 'CPU ms each', 'SBI requests each', 'rejected']];
      for (const [where, plmnId] of [
        ['at home', HOME],
        ['roaming', VISITED],
      ] as const) {
        for (const { concurrency, registrations } of ROUNDS) {
          progress(`${where}, ${concurrency} at once`);
          const figures = await measure(lab, plmnId, concurrency, registrations);
          rows.push([
            where,
            String(concurrency),
            figures.rate.toFixed(1),
            figures.cpuMs.toFixed(1),
            figures.sbi.toFixed(1),
            String(figures.rejected),
          ]);
        }
      }
      progress('');
      console.log(
        '\n  registrations by SUCI with 5G AKA, each in a UE that then deregisters (not counted in the time)',
      );
      printTable(rows);
      console.log('');
      const after = memoryOf(lab);
      printTable([
        [`MiB of all ${lab.nfs.length} processes`, 'first registration', 'after all of this', 'aim'],
        ['shared pages counted once (PSS)', whole(second.memory.proportional), whole(after.proportional), '1,200'],
        ['shared pages counted in every process (RSS)', whole(second.memory.resident), whole(after.resident), ''],
      ]);
    } finally {
      await lab.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Memory {
  readonly resident: number;
  readonly proportional: number;
}

/** Of all processes of the lab together, in MiB. */
function memoryOf(lab: Lab): Memory {
  const sizes = lab.nfs.map(({ pid }) => memory(pid ?? process.pid));
  const sum = (of: (size: Memory) => number) => sizes.reduce((total, size) => total + of(size), 0) / 2 ** 20;
  return { resident: sum((size) => size.resident), proportional: sum((size) => size.proportional) };
}

async function firstRegistration(dir: string, deploy: string): Promise<{ lab: Lab; ms: number; memory: Memory }> {
  const startedAt = performance.now();
  const lab = await startLab({ dir: join(dir, 'lab'), deploy, portOffset: PORT_OFFSET });
  const [usim] = lab.usims;
  if (!usim) throw new Error('no UE');
  const ue = lab.ue(usim.supi);
  await ue.provision();
  const { result } = await ue.register(HOME, { identity: 'suci' });
  if (result !== 'registered') throw new Error(`the first registration was ${result}`);
  const ms = performance.now() - startedAt;
  await ue.deregister();
  return { lab, ms, memory: memoryOf(lab) };
}

async function measure(lab: Lab, plmnId: PlmnId, concurrency: number, registrations: number) {
  const ues = lab.usims
    .filter((usim) => usim.plmnId.mcc === HOME.mcc)
    .slice(0, concurrency)
    .map(({ supi }) => lab.ue(supi));
  for (const ue of ues) await ue.provision();
  const perUe = Math.ceil(registrations / concurrency);
  // Rounds of one registration for each UE, so that exactly `concurrency` UEs are under way at once.
  let registered = 0;
  let rejected = 0;
  let seconds = 0;
  let cpu = 0;
  const before = (await lab.trace()).length;
  for (let round = 0; round < perUe; round++) {
    const cpuBefore = totalCpu(lab);
    const startedAt = performance.now();
    const outcomes = await Promise.all(ues.map((ue: Ue) => ue.register(plmnId, { identity: 'suci' })));
    seconds += (performance.now() - startedAt) / 1000;
    cpu += totalCpu(lab) - cpuBefore;
    const inside = ues.filter((_, i) => outcomes[i]?.result === 'registered');
    registered += inside.length;
    rejected += ues.length - inside.length;
    await Promise.all(inside.map((ue) => ue.deregister()));
  }
  const records = (await lab.trace()).slice(before);
  return {
    rate: registered / seconds,
    cpuMs: (1000 * cpu) / registered,
    sbi: sbiRequests(records) / registered,
    rejected,
  };
}

/** Requests of registrations: those of traces that begin with one, without ransim's own API and counting a relayed request once. */
function sbiRequests(records: readonly TraceRecord[]): number {
  const traces = new Set(
    records.flatMap((record) =>
      record.kind === 'nas' && /^registration request$/i.test(record.message) ? [record.traceId] : [],
    ),
  );
  return records.filter(
    (record) => record.kind === 'sbi' && traces.has(record.traceId) && !['RANSIM', 'SEPP'].includes(record.to.nfType),
  ).length;
}

function totalCpu(lab: Lab): number {
  return lab.nfs.reduce((sum, { pid }) => sum + (pid === undefined ? 0 : cpuSeconds(pid)), 0);
}

/** Replaces the home network's subscribers and UEs by `count` with keys of their own. */
function provision(deploy: string, count: number): void {
  const usims: Usim[] = Array.from({ length: count }, (_, i) => ({
    supi: `imsi-00101${String(i + 1).padStart(10, '0')}`,
    plmnId: HOME,
    k: randomBytes(16).toString('hex'),
    opc: randomBytes(16).toString('hex'),
    routingIndicator: '0000',
    protectionScheme: 1,
    homeNetworkPublicKeyId: 1,
  }));
  const slice = { sst: 1, sd: '000001' };
  const subscribers = usims.map(({ supi, k, opc }) => ({
    supi,
    authenticationSubscription: {
      authenticationMethod: '5G_AKA',
      k,
      opc,
      authenticationManagementField: '8000',
      sqn: '000000000000',
    },
    amData: { nssai: { defaultSingleNssais: [slice], singleNssais: [slice] } },
    smfSelectionData: {
      subscribedSnssaiInfos: { '1-000001': { dnnInfos: [{ dnn: 'internet', lboRoamingAllowed: true }] } },
    },
  }));
  writeFileSync(join(deploy, 'ues.yaml'), stringify({ ues: usims }, PLAIN));
  writeFileSync(join(deploy, 'subscribers.yaml'), stringify({ subscribers }, PLAIN));
}
