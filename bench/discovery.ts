/** NRF discovery against a raw node:http2 server that answers the same bytes, over cleartext and over mutual TLS. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab';
import { type CertificateFiles, openPlmnPki } from '@twincore/lab/pki';
import { type NFProfile, nfFqdn } from '@twincore/model';
import { createMetrics, HttpClient } from '@twincore/sbi';
import { freePort } from '@twincore/testkit';
import pino from 'pino';
import { type Load, requestsPerSecond } from './support/load.ts';
import { median, printTable, progress, whole } from './support/output.ts';
import { start } from './support/process.ts';

const PLMN = { mcc: '001', mnc: '01' };
const ROUNDS = 5;
const SECONDS = 1.5;
const SHAPE = { concurrency: 64, connections: 2 };
const NOBODY = 1_000_000;

export async function discovery(): Promise<void> {
  const rows = [['', 'raw node:http2 /s', 'NRF /s', 'ratio', 'aim']];
  for (const cleartext of [true, false]) {
    const { raw, nrf } = await compare(cleartext);
    rows.push([cleartext ? 'cleartext' : 'mutual TLS 1.3', whole(raw), whole(nrf), (nrf / raw).toFixed(2), '0.50']);
  }
  progress('');
  console.log(
    `  one AUSF among 10 NFs; ${SHAPE.concurrency} requests under way; medians of ${ROUNDS} rounds of ${SECONDS} s, taken in turn`,
  );
  printTable(rows);
}

async function compare(cleartext: boolean): Promise<{ raw: number; nrf: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  const pki = await openPlmnPki(join(dir, 'pki'), PLMN);
  const certificateOf = (nfType: string, nfInstanceId: string) =>
    pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn: nfFqdn(nfType, PLMN) });
  const nrfId = randomUUID();
  const tls = await certificateOf('NRF', nrfId);
  const port = await freePort();
  const origin = `${cleartext ? 'http' : 'https'}://${nfFqdn('nrf', PLMN)}:${port}`;
  const signing = await pki.signingKey();
  const config = {
    nfInstanceId: nrfId,
    nfType: 'NRF',
    plmnId: PLMN,
    fqdn: nfFqdn('nrf', PLMN),
    sbi: { host: '127.0.0.1', port },
    tls,
    insecure: { cleartext },
    stateDir: join(dir, 'nrf'),
    log: { level: 'error' },
    limits: { requestsPerSecond: NOBODY },
    signingKey: signing.key,
    jwks: signing.jwks,
  };
  const configFile = join(dir, 'nrf.json');
  writeFileSync(configFile, JSON.stringify(config));
  const nrf = await start(join(PROJECT_ROOT, 'services/nrf/src/main.ts'), ['--config', configFile]);
  try {
    const amf = randomUUID();
    const amfTls = await certificateOf('AMF', amf);
    for (let i = 0; i < 9; i++) {
      const [nfType, nfInstanceId] = i === 0 ? ['AUSF', randomUUID()] : ['UDM', randomUUID()];
      await register(origin, cleartext, nfType, nfInstanceId, await certificateOf(nfType, nfInstanceId));
    }
    await register(origin, cleartext, 'AMF', amf, amfTls);

    const query = new URLSearchParams({
      'target-nf-type': 'AUSF',
      'requester-nf-type': 'AMF',
      'requester-nf-instance-id': amf,
      'service-names': 'nausf-auth',
    });
    const files = ({ key, cert, ca }: CertificateFiles) => ({
      key: readFileSync(key),
      cert: readFileSync(cert),
      ca: readFileSync(ca),
      servername: nfFqdn('nrf', PLMN),
    });
    const path = `/nnrf-disc/v1/nf-instances?${query}`;
    const load = (at: number): Load => ({
      ...SHAPE,
      seconds: SECONDS,
      port: at,
      path,
      headers: { 'user-agent': `AMF-${amf}`, accept: 'application/json' },
      ...(cleartext ? {} : { tls: files(amfTls) }),
    });
    const body = await discoverOnce(clientOf('AMF', amf, amfTls, cleartext), origin + path);
    const given = JSON.stringify({ body, ...(cleartext ? {} : { tls }) });
    const raw = await start(join(import.meta.dirname, 'support/raw-server.ts'), [given]);
    try {
      const rawPort = Number(raw.message);
      // Both run hot before anything counts, and take turns, so that what else the machine does falls on both.
      for (const at of [rawPort, port]) await requestsPerSecond(load(at));
      const measured = { raw: [] as number[], nrf: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        progress(`${cleartext ? 'cleartext' : 'TLS'}: round ${round + 1} of ${ROUNDS}`);
        measured.raw.push(await requestsPerSecond(load(rawPort)));
        measured.nrf.push(await requestsPerSecond(load(port)));
      }
      return { raw: median(measured.raw), nrf: median(measured.nrf) };
    } finally {
      await raw.stop();
    }
  } finally {
    await nrf.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function register(
  origin: string,
  cleartext: boolean,
  nfType: string,
  nfInstanceId: string,
  tls: CertificateFiles,
): Promise<void> {
  const serviceName = nfType === 'AUSF' ? 'nausf-auth' : `n${nfType.toLowerCase()}-x`;
  const profile: NFProfile = {
    nfInstanceId,
    nfType,
    nfStatus: 'REGISTERED',
    plmnList: [PLMN],
    fqdn: nfFqdn(nfType, PLMN),
    ipv4Addresses: ['127.0.0.1'],
    nfServices: [
      {
        serviceInstanceId: '1',
        serviceName,
        versions: [{ apiVersionInUri: 'v1', apiFullVersion: '1.2.0' }],
        scheme: 'https',
        nfServiceStatus: 'REGISTERED',
        fqdn: nfFqdn(nfType, PLMN),
        ipEndPoints: [{ ipv4Address: '127.0.0.1', transport: 'TCP', port: 17105 }],
        allowedNfTypes: ['AMF'],
        oauth2Required: true,
      },
    ],
  };
  const http = clientOf(nfType, nfInstanceId, tls, cleartext);
  const { status, body } = await http.send({
    method: 'PUT',
    url: `${origin}/nnrf-nfm/v1/nf-instances/${nfInstanceId}`,
    body: profile,
    target: 'NRF',
    operation: 'Nnrf_NFManagement_NFRegister',
  });
  await http.close();
  if (status !== 201) throw new Error(`the NRF answered ${status} ${JSON.stringify(body)}`);
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
  if (status !== 200 || !text.includes('nausf-auth')) throw new Error(`the NRF answered ${status} ${text}`);
  return text;
}

function clientOf(nfType: string, nfInstanceId: string, tls: CertificateFiles, cleartext: boolean): HttpClient {
  const hosts = { [nfFqdn('nrf', PLMN)]: '127.0.0.1' };
  return new HttpClient(
    { nfType, nfInstanceId, tls, hosts, insecure: { cleartext } },
    { metrics: createMetrics({ nfType, plmn: 'bench' }), log: pino({ level: 'silent' }) },
  );
}
