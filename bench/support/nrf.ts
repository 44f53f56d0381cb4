/** An NRF as a process of its own, NFs that register there, and the same answer from node:http2 alone. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab';
import { type CertificateFiles, openPlmnPki } from '@twincore/lab/pki';
import { type NFProfile, nfFqdn } from '@twincore/model';
import { createMetrics, HttpClient, SECURE } from '@twincore/sbi';
import { freePort } from '@twincore/testkit';
import pino from 'pino';
import { type Load, requestsPerSecond } from './load.ts';
import { median, progress } from './output.ts';
import { type Started, start } from './process.ts';

const PLMN = { mcc: '001', mnc: '01' };
export const ROUNDS = 5;
export const SECONDS = 1.5;
export const SHAPE = { concurrency: 64, connections: 2 };
const NOBODY = 1_000_000;

export interface BenchNf {
  readonly nfType: string;
  readonly nfInstanceId: string;
  readonly tls: CertificateFiles;
}

export interface BenchNrf {
  readonly origin: string;
  readonly process: Started;
  /** From its start until it served, with all that was registered. */
  readonly startSeconds: number;
  nf(nfType: string): Promise<BenchNf>;
  register(nf: BenchNf, profile?: Partial<NFProfile>): Promise<void>;
  /** Requests per second of the NRF, and of a raw server that answers with the same bytes: medians of rounds taken in turn. */
  compare(
    consumer: BenchNf,
    query: Record<string, string>,
    name: string,
  ): Promise<{ raw: number; nrf: number; octets: number }>;
  client(nf: BenchNf): HttpClient;
  stop(): Promise<void>;
}

/** Starts one that `profiles` were registered with before, over cleartext, where an NF needs no certificate of its own. */
export async function startNrf(cleartext: boolean, profiles: readonly NFProfile[] = []): Promise<BenchNrf> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  const pki = await openPlmnPki(join(dir, 'pki'), PLMN);
  const nf = async (nfType: string, nfInstanceId: string = randomUUID()): Promise<BenchNf> => ({
    nfType,
    nfInstanceId,
    tls: await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn: nfFqdn(nfType, PLMN) }),
  });
  const itself = await nf('NRF');
  const port = await freePort();
  const origin = `${cleartext ? 'http' : 'https'}://${nfFqdn('nrf', PLMN)}:${port}`;
  const signing = await pki.signingKey();
  const insecure = { ...SECURE, cleartext };
  const stateDir = join(dir, 'nrf');
  const config = {
    nfInstanceId: itself.nfInstanceId,
    nfType: 'NRF',
    plmnId: PLMN,
    fqdn: nfFqdn('nrf', PLMN),
    sbi: { host: '127.0.0.1', port },
    tls: itself.tls,
    insecure,
    stateDir,
    log: { level: 'error' },
    limits: { requestsPerSecond: NOBODY },
    signingKey: signing.key,
    jwks: signing.jwks,
    heartBeatTimer: 600,
  };
  const launch = (configured: object) => {
    const configFile = join(dir, 'nrf.json');
    writeFileSync(configFile, JSON.stringify(configured));
    return start(join(PROJECT_ROOT, 'services/nrf/src/main.ts'), ['--config', configFile]);
  };
  const clientOver = ({ nfType, nfInstanceId, tls }: BenchNf, over: typeof insecure) =>
    new HttpClient(
      { nfType, nfInstanceId, tls, hosts: { [nfFqdn('nrf', PLMN)]: '127.0.0.1' }, insecure: over },
      { metrics: createMetrics({ nfType, plmn: 'bench' }), log: pino({ level: 'silent' }) },
    );
  if (profiles.length > 0) {
    const open = { ...SECURE, cleartext: true };
    const filling = await launch({ ...config, insecure: open });
    const http = clientOver(itself, open);
    await fill(http, `http://${nfFqdn('nrf', PLMN)}:${port}`, profiles);
    await http.close();
    await filling.stop();
  }
  const startedAt = performance.now();
  const process = await launch(config);
  const startSeconds = (performance.now() - startedAt) / 1000;
  const client = (nf: BenchNf) => clientOver(nf, insecure);

  return {
    origin,
    startSeconds,
    process,
    nf,
    client,

    async register(who, profile = {}) {
      const http = client(who);
      const { status, body } = await http.send({
        method: 'PUT',
        url: `${origin}/nnrf-nfm/v1/nf-instances/${who.nfInstanceId}`,
        body: profileOf(who.nfType, { nfInstanceId: who.nfInstanceId, ...profile }),
        target: 'NRF',
        operation: 'Nnrf_NFManagement_NFRegister',
      });
      await http.close();
      if (status !== 201) throw new Error(`the NRF answered ${status} ${JSON.stringify(body)}`);
    },

    async compare(consumer, parameters, name) {
      const query = new URLSearchParams({
        'requester-nf-type': consumer.nfType,
        'requester-nf-instance-id': consumer.nfInstanceId,
        ...parameters,
      });
      const path = `/nnrf-disc/v1/nf-instances?${query}`;
      const files = ({ key, cert, ca }: CertificateFiles) => ({
        key: readFileSync(key),
        cert: readFileSync(cert),
        ca: readFileSync(ca),
        servername: nfFqdn('nrf', PLMN),
      });
      const load = (at: number): Load => ({
        ...SHAPE,
        seconds: SECONDS,
        port: at,
        path,
        headers: { 'user-agent': `${consumer.nfType}-${consumer.nfInstanceId}`, accept: 'application/json' },
        ...(cleartext ? {} : { tls: files(consumer.tls) }),
      });
      const body = await discoverOnce(client(consumer), origin + path);
      const given = JSON.stringify({ body, ...(cleartext ? {} : { tls: itself.tls }) });
      const raw = await start(join(import.meta.dirname, 'raw-server.ts'), [given]);
      try {
        const rawPort = Number(raw.message);
        // Both run hot before anything counts, and take turns, so that what else the machine does falls on both.
        for (const at of [rawPort, port]) await requestsPerSecond(load(at));
        const measured = { raw: [] as number[], nrf: [] as number[] };
        for (let round = 0; round < ROUNDS; round++) {
          progress(`${name}: round ${round + 1} of ${ROUNDS}`);
          measured.raw.push(await requestsPerSecond(load(rawPort)));
          measured.nrf.push(await requestsPerSecond(load(port)));
        }
        return { raw: median(measured.raw), nrf: median(measured.nrf), octets: body.length };
      } finally {
        await raw.stop();
      }
    },

    async stop() {
      await process.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A profile with one service, for AMFs. */
export function profileOf(nfType: string, more: Partial<NFProfile> = {}): NFProfile {
  const fqdn = nfFqdn(nfType, PLMN);
  return {
    nfInstanceId: randomUUID(),
    nfType,
    nfStatus: 'REGISTERED',
    plmnList: [PLMN],
    fqdn,
    ipv4Addresses: ['127.0.0.1'],
    nfServices: [
      {
        serviceInstanceId: '1',
        serviceName: nfType === 'AUSF' ? 'nausf-auth' : `n${nfType.toLowerCase()}-x`,
        versions: [{ apiVersionInUri: 'v1', apiFullVersion: '1.2.0' }],
        scheme: 'https',
        nfServiceStatus: 'REGISTERED',
        fqdn,
        ipEndPoints: [{ ipv4Address: '127.0.0.1', transport: 'TCP', port: 17105 }],
        allowedNfTypes: ['AMF'],
        oauth2Required: true,
      },
    ],
    ...more,
  };
}

const AT_ONCE = 32;

async function fill(http: HttpClient, origin: string, profiles: readonly NFProfile[]): Promise<void> {
  const waiting = [...profiles];
  const worker = async () => {
    for (let body = waiting.pop(); body; body = waiting.pop()) {
      const { status } = await http.send({
        method: 'PUT',
        url: `${origin}/nnrf-nfm/v1/nf-instances/${body.nfInstanceId}`,
        headers: { 'user-agent': `${body.nfType}-${body.nfInstanceId}` },
        body,
        target: 'NRF',
        operation: 'Nnrf_NFManagement_NFRegister',
      });
      if (status !== 201) throw new Error(`the NRF answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The body that the raw server is to answer with, octet for octet. */
async function discoverOnce(http: HttpClient, url: string): Promise<string> {
  const { status, body } = await http.send({
    method: 'GET',
    url,
    target: 'NRF',
    operation: 'Nnrf_NFDiscovery_Request',
  });
  await http.close();
  const text = JSON.stringify(body);
  if (status !== 200 || !text.includes('nfInstanceId')) throw new Error(`the NRF answered ${status} ${text}`);
  return text;
}
