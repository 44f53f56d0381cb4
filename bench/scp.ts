/** What an SCP costs: one small guarded call directly, through the SCP by model C, and by model D. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab';
import { type CertificateFiles, openPlmnPki, type PlmnPki, type SigningKeyFiles } from '@twincore/lab/pki';
import { nfFqdn } from '@twincore/model';
import {
  CLIENT_CREDENTIALS,
  createCca,
  createMetrics,
  discoveryHeaders,
  HttpClient,
  TARGET_API_ROOT,
} from '@twincore/sbi';
import { freePort } from '@twincore/testkit';
import pino from 'pino';
import { requestsPerSecond } from './support/load.ts';
import { median, printTable, progress, whole } from './support/output.ts';
import { cpuSeconds, type Started, start } from './support/process.ts';

const PLMN = { mcc: '001', mnc: '01' };
const PATH = '/nausf-auth/v1/bench';
const ROUNDS = 5;
const SECONDS = 1.5;
const MANY = { concurrency: 64, connections: 2 };
const ONE = { concurrency: 1, connections: 1 };
const NOBODY = 1_000_000;

/** An NF process and how to reach it. */
interface Running extends Started {
  readonly fqdn: string;
  readonly port: number;
}

export async function scp(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  const running: Started[] = [];
  try {
    const pki = await openPlmnPki(join(dir, 'pki'), PLMN);
    const lab = { dir, pki, signing: await pki.signingKey(), nrfId: randomUUID() };
    const service = (name: string) => join(PROJECT_ROOT, 'services', name, 'src/main.ts');
    const run = async (...of: Parameters<typeof startNf> extends [unknown, ...infer Rest] ? Rest : never) => {
      const nf = await startNf(lab, ...of);
      running.push(nf);
      return nf;
    };
    const nrf = await run('nrf', lab.nrfId, service('nrf'), { signingKey: lab.signing.key, jwks: lab.signing.jwks });
    const below = { nrf: { apiRoot: `https://${nrf.fqdn}:${nrf.port}` }, hosts: { [nrf.fqdn]: '127.0.0.1' } };
    const producer = await run('ausf', randomUUID(), join(import.meta.dirname, 'support/bench-producer.ts'), below);
    const proxy = await run('scp', randomUUID(), service('scp'), below);
    await compare(pki, nrf, producer, proxy);
  } finally {
    for (const nf of running.reverse()) await nf.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startNf(
  lab: { dir: string; pki: PlmnPki; signing: SigningKeyFiles; nrfId: string },
  name: string,
  nfInstanceId: string,
  module: string,
  own: Record<string, unknown>,
): Promise<Running> {
  const fqdn = nfFqdn(name, PLMN);
  const nfType = name.toUpperCase();
  const port = await freePort();
  const config = {
    nfInstanceId,
    nfType,
    plmnId: PLMN,
    fqdn,
    sbi: { host: '127.0.0.1', port },
    tls: await lab.pki.certificate({ name, nfInstanceId, nfTypes: [nfType], fqdn }),
    tokens: { issuer: lab.nrfId, keys: lab.signing.jwks },
    stateDir: join(lab.dir, name),
    log: { level: 'error' },
    limits: { requestsPerSecond: NOBODY },
    ...own,
  };
  const configFile = join(lab.dir, `${name}.json`);
  writeFileSync(configFile, JSON.stringify(config));
  return { ...(await start(module, ['--config', configFile])), fqdn, port };
}

async function compare(pki: PlmnPki, nrf: Running, producer: Running, proxy: Running): Promise<void> {
  const nfInstanceId = randomUUID();
  const tls = await pki.certificate({ name: 'amf', nfInstanceId, nfTypes: ['AMF'], fqdn: nfFqdn('amf', PLMN) });
  const authorization = `Bearer ${await registerAndAsk(nrf, nfInstanceId, tls)}`;
  const target = { [TARGET_API_ROOT]: `https://${producer.fqdn}:${producer.port}` };
  const factors = discoveryHeaders({
    'target-nf-type': 'AUSF',
    'requester-nf-type': 'AMF',
    'requester-nf-instance-id': nfInstanceId,
    'service-names': 'nausf-auth',
  });
  const ways: readonly { readonly name: string; readonly to: Running; readonly headers: Record<string, string> }[] = [
    { name: 'direct', to: producer, headers: { authorization } },
    { name: 'through the SCP, model C', to: proxy, headers: { authorization, ...target } },
    { name: 'through the SCP, model D', to: proxy, headers: factors },
  ];
  const measure = async ({ to, headers }: (typeof ways)[number], shape: typeof MANY) =>
    requestsPerSecond({
      ...shape,
      seconds: SECONDS,
      port: to.port,
      path: PATH,
      tls: { key: readFileSync(tls.key), cert: readFileSync(tls.cert), ca: readFileSync(tls.ca), servername: to.fqdn },
      headers: {
        ...headers,
        'user-agent': `AMF-${nfInstanceId}`,
        accept: 'application/json',
        [CLIENT_CREDENTIALS]: await createCca({ nfInstanceId, tls }, ['NRF', 'AUSF']),
      },
    });

  const figures = ways.map((way) => ({ way, rates: [] as number[], alone: [] as number[], cpu: [] as number[] }));
  // All run hot before anything counts, and take turns, so that what else the machine does falls on each.
  for (const { way } of figures) await measure(way, MANY);
  for (let round = 0; round < ROUNDS; round++) {
    progress(`round ${round + 1} of ${ROUNDS}`);
    for (const { way, rates, alone, cpu } of figures) {
      const before = cpuSeconds(proxy.child.pid ?? 0);
      const rate = await measure(way, MANY);
      rates.push(rate);
      cpu.push((cpuSeconds(proxy.child.pid ?? 0) - before) / (rate * SECONDS));
      alone.push(await measure(way, ONE));
    }
  }
  progress('');
  const [direct] = figures;
  const base = { rate: median(direct?.rates ?? []), ms: 1000 / median(direct?.alone ?? []) };
  console.log(
    `  a guarded GET over mutual TLS; ${MANY.concurrency} requests under way for the throughput, one for the time; medians of ${ROUNDS} rounds of ${SECONDS} s, taken in turn`,
  );
  printTable([
    ['', 'requests/s', 'share of direct', 'ms each', 'added ms', 'CPU of the SCP, ms each'],
    ...figures.map(({ way, rates, alone, cpu }) => {
      const ms = 1000 / median(alone);
      return [
        way.name,
        whole(median(rates)),
        (median(rates) / base.rate).toFixed(2),
        ms.toFixed(2),
        (ms - base.ms).toFixed(2),
        way.to === proxy ? (median(cpu) * 1000).toFixed(2) : '',
      ];
    }),
  ]);
}

/** Registers the consumer at the NRF and gets it a token. */
async function registerAndAsk(nrf: Running, nfInstanceId: string, tls: CertificateFiles): Promise<string> {
  const http = new HttpClient(
    { nfType: 'AMF', nfInstanceId, tls, hosts: { [nrf.fqdn]: '127.0.0.1' }, insecure: { cleartext: false } },
    { metrics: createMetrics({ nfType: 'AMF', plmn: 'bench' }), log: pino({ level: 'silent' }) },
  );
  const origin = `https://${nrf.fqdn}:${nrf.port}`;
  const common = { target: 'NRF', operation: 'bench' };
  const fqdn = nfFqdn('amf', PLMN);
  await http.send({
    ...common,
    method: 'PUT',
    url: `${origin}/nnrf-nfm/v1/nf-instances/${nfInstanceId}`,
    body: { nfInstanceId, nfType: 'AMF', nfStatus: 'REGISTERED', plmnList: [PLMN], fqdn, ipv4Addresses: ['127.0.0.1'] },
  });
  const form = {
    grant_type: 'client_credentials',
    nfInstanceId,
    nfType: 'AMF',
    targetNfType: 'AUSF',
    scope: 'nausf-auth',
  };
  const { status, body } = await http.send({
    ...common,
    method: 'POST',
    url: `${origin}/oauth2/token`,
    body: new URLSearchParams(form).toString(),
    contentType: 'application/x-www-form-urlencoded',
  });
  await http.close();
  if (status !== 200) throw new Error(`the NRF answered ${status} ${JSON.stringify(body)}`);
  return (body as { access_token: string }).access_token;
}
