/** What the border costs: a small guarded call directly, and through two SEPPs over N32-f with TLS and with PRINS. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab';
import type { CertificateFiles } from '@twincore/lab/pki';
import { nfFqdn } from '@twincore/model';
import { createMetrics, HttpClient, SECURE, TARGET_API_ROOT } from '@twincore/sbi';
import { freePort, type TestPlmn, testPlmn } from '@twincore/testkit';
import pino from 'pino';
import { requestsPerSecond } from './support/load.ts';
import { median, printTable, progress, whole } from './support/output.ts';
import { cpuSeconds, type Started, start } from './support/process.ts';

const HOME = { mcc: '001', mnc: '01' };
const VISITED = { mcc: '999', mnc: '70' };
const PATH = `/nudm-sdm/v2/imsi-001010000000001/am-data?plmn-id=${encodeURIComponent(JSON.stringify(VISITED))}`;
const ROUNDS = 5;
const SECONDS = 1.5;
const WARM = 20_000;
const MANY = { concurrency: 64, connections: 2 };
/** Requests one after the other, for the times. */
const ALONE = 300;
const NOBODY = 1_000_000;
const SEPP = join(PROJECT_ROOT, 'services/sepp/src/main.ts');

interface Running extends Started {
  readonly fqdn: string;
  readonly port: number;
}
interface Way {
  readonly name: string;
  readonly to: Running;
  readonly sepps: readonly Running[];
  readonly caller: Caller;
  readonly aim: string;
}
interface Caller {
  readonly tls: CertificateFiles;
  readonly headers: Record<string, string>;
}

export async function n32(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  const plmns = await Promise.all([testPlmn(HOME), testPlmn(VISITED)]);
  const [home, visited] = plmns as [TestPlmn, TestPlmn];
  const running: Started[] = [];
  const run = async (...of: Parameters<typeof startNf>) => {
    const nf = await startNf(...of);
    running.push(nf);
    return nf;
  };
  try {
    const producer = await run(dir, home, 'udm', join(import.meta.dirname, 'support/roaming-producer.ts'), {});
    const target = `https://${producer.fqdn}:${producer.port}`;
    const ways: Way[] = [{ name: 'direct', to: producer, sepps: [], caller: await callerIn(home, home), aim: '' }];
    for (const [security, aim] of [
      ['TLS', '0.35'],
      ['PRINS', '0.20'],
    ] as const) {
      const ports = { home: await freePort(), visited: await freePort() };
      const seppOf = async (plmn: TestPlmn, port: number, other: TestPlmn, otherPort: number) =>
        run(dir, plmn, `sepp-${security.toLowerCase()}`, SEPP, {
          ...(await border(plmn, port, other, otherPort, security)),
          targets: plmn === home ? [target] : [],
          hosts: { [producer.fqdn]: '127.0.0.1' },
        });
      const homeSepp = await seppOf(home, ports.home, visited, ports.visited);
      const visitedSepp = await seppOf(visited, ports.visited, home, ports.home);
      const caller = await callerIn(visited, home, { [TARGET_API_ROOT]: target });
      ways.push({ name: `N32-f with ${security}`, to: visitedSepp, sepps: [visitedSepp, homeSepp], caller, aim });
    }
    await compare(ways);
  } finally {
    for (const nf of running.reverse()) await nf.stop();
    for (const plmn of plmns) await plmn.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startNf(
  dir: string,
  plmn: TestPlmn,
  name: string,
  module: string,
  own: Record<string, unknown>,
): Promise<Running> {
  const nfInstanceId = randomUUID();
  const nfType = (name.split('-')[0] ?? '').toUpperCase();
  const fqdn = nfFqdn(name, plmn.plmnId);
  const port = await freePort();
  const tls = await plmn.pki.certificate({ name, nfInstanceId, nfTypes: [nfType], fqdn });
  const file = join(dir, `${plmn.plmnId.mcc}-${name}`);
  const signing = await plmn.pki.signingKey();
  const config = {
    nfInstanceId,
    nfType,
    plmnId: plmn.plmnId,
    fqdn,
    sbi: { host: '127.0.0.1', port },
    tls,
    tokens: { issuer: plmn.nrfInstanceId, keys: signing.jwks },
    stateDir: file,
    log: { level: 'error' },
    limits: { requestsPerSecond: NOBODY },
    ...own,
  };
  writeFileSync(`${file}.json`, JSON.stringify(config));
  return { ...(await start(module, ['--config', `${file}.json`])), fqdn, port };
}

/** The members of a SEPP's configuration about N32. */
async function border(plmn: TestPlmn, port: number, other: TestPlmn, otherPort: number, security: 'TLS' | 'PRINS') {
  const name = `sepp-${security.toLowerCase()}`;
  const fqdn = nfFqdn(name, plmn.plmnId);
  const nfInstanceId = randomUUID();
  const { key, cert } = await plmn.pki.certificate({ name: `${name}-n32`, nfInstanceId, nfTypes: ['SEPP'], fqdn });
  return {
    n32: { host: '127.0.0.1', port, fqdn, tls: { key, cert } },
    partners: [
      {
        plmnIds: [other.plmnId],
        n32: { fqdn: nfFqdn(name, other.plmnId), host: '127.0.0.1', port: otherPort },
        ca: other.pki.ca,
        security,
        firewall: { requestsPerSecond: NOBODY, requestsPerSecondPerUe: NOBODY },
      },
    ],
  };
}

/** An AMF of `plmn` with a token for the producer in `home`. */
async function callerIn(plmn: TestPlmn, home: TestPlmn, headers: Record<string, string> = {}): Promise<Caller> {
  const nfInstanceId = randomUUID();
  const fqdn = nfFqdn('amf', plmn.plmnId);
  const tls = await plmn.pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: ['AMF'], fqdn });
  const token = await home.sign({
    sub: nfInstanceId,
    aud: 'UDM',
    scope: 'nudm-sdm',
    consumerPlmnId: plmn.plmnId,
    exp: Math.floor(Date.now() / 1000) + 3_600,
  });
  const common = { authorization: `Bearer ${token}`, 'user-agent': `AMF-${nfInstanceId}`, accept: 'application/json' };
  return { tls, headers: { ...common, ...headers } };
}

async function compare(ways: readonly Way[]): Promise<void> {
  const figures = ways.map((way) => ({
    way,
    rates: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
    cpu: [] as number[],
  }));
  for (const { way } of figures) await warmUp(way);
  for (let round = 0; round < ROUNDS; round++) {
    progress(`round ${round + 1} of ${ROUNDS}`);
    for (const { way, rates, p50, p99, cpu } of figures) {
      const spent = () => way.sepps.reduce((sum, { child }) => sum + cpuSeconds(child.pid ?? 0), 0);
      const before = spent();
      const rate = await rateOf(way);
      rates.push(rate);
      cpu.push((spent() - before) / (rate * SECONDS));
      const times = (await timesOf(way)).toSorted((a, b) => a - b);
      p50.push(times[Math.floor(times.length * 0.5)] ?? Number.NaN);
      p99.push(times[Math.floor(times.length * 0.99)] ?? Number.NaN);
    }
  }
  progress('');
  const [direct] = figures;
  const base = {
    rate: median(direct?.rates ?? []),
    p50: median(direct?.p50 ?? []),
    p99: median(direct?.p99 ?? []),
  };
  console.log(
    `  a guarded GET of am-data; ${MANY.concurrency} requests under way for the throughput, ${ALONE} one after the other for the times; medians of ${ROUNDS} rounds, taken in turn`,
  );
  printTable([
    ['', 'requests/s', 'share of direct', 'aim', 'p50 ms', 'added', 'p99 ms', 'added', 'CPU of both SEPPs, ms each'],
    ...figures.map(({ way, rates, p50, p99, cpu }) => [
      way.name,
      whole(median(rates)),
      (median(rates) / base.rate).toFixed(2),
      way.aim,
      median(p50).toFixed(2),
      (median(p50) - base.p50).toFixed(2),
      median(p99).toFixed(2),
      (median(p99) - base.p99).toFixed(2),
      way.sepps.length > 0 ? (median(cpu) * 1000).toFixed(2) : '',
    ]),
  ]);
}

/** V8 compiles what runs often: every way gets as many requests before it is measured. */
async function warmUp(way: Way): Promise<void> {
  progress(`${way.name}: warming up`);
  for (let sent = 0; sent < WARM; ) sent += (await rateOf(way)) * SECONDS;
}

function rateOf({ to, caller: { tls, headers } }: Way): Promise<number> {
  return requestsPerSecond({
    ...MANY,
    seconds: SECONDS,
    port: to.port,
    path: PATH,
    tls: { key: readFileSync(tls.key), cert: readFileSync(tls.cert), ca: readFileSync(tls.ca), servername: to.fqdn },
    headers,
  });
}

async function timesOf({ to, caller: { tls, headers } }: Way): Promise<number[]> {
  const http = new HttpClient(
    { nfType: 'AMF', nfInstanceId: randomUUID(), tls, hosts: { [to.fqdn]: '127.0.0.1' }, insecure: SECURE },
    { metrics: createMetrics({ nfType: 'AMF', plmn: 'bench' }), log: pino({ level: 'silent' }) },
  );
  const times: number[] = [];
  for (let i = 0; i < ALONE; i++) {
    const startedAt = performance.now();
    const { status } = await http.send({
      method: 'GET',
      url: `https://${to.fqdn}:${to.port}${PATH}`,
      headers,
      target: 'UDM',
      operation: 'bench',
    });
    if (status !== 200) throw new Error(`answered ${status}`);
    times.push(performance.now() - startedAt);
  }
  await http.close();
  return times;
}
