/**
 * Another vendor's SEPP at the other side: here a bare HTTP/2 program with a certificate that has a name and no more. It says less than ours,
 * and things that ours has never heard of, in both roles of N32-c.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { nfFqdn } from '@twincore/model';
import { defaultPolicy } from '@twincore/n32';
import { freePort, type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { SeppConfig } from '../src/config.ts';
import { HOME, STRANGER, startSepp, VISITED } from './support.ts';

const NAME = nfFqdn('sepp', VISITED);
const AUSF = nfFqdn('ausf', HOME);
const UNKNOWN = { ofALaterRelease: { deep: [1, { x: null }] }, vendorSpecific: 'x' };
const API = '/n32c-handshake/v1';
const SERVING = { supiOrSuci: 'suci-0-001-01-0-0-0-1', servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org' };

interface Exchange {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** The vendor's SEPP: `answer` says what its server does. */
interface Vendor {
  readonly plmn: TestPlmn;
  readonly server: Http2SecureServer;
  readonly seen: Exchange[];
  answer: (asked: Exchange) => { status: number; body?: unknown };
  /** To our SEPP, with the vendor's certificate. */
  readonly client: (port: number) => ClientHttp2Session;
}

let home: TestPlmn;
let vendor: Vendor;
let ausf: import('node:http2').Http2Server;
const ausfSaw: IncomingHttpHeaders[] = [];

before(async () => {
  const { createServer } = await import('node:http2');
  const [own, plmn] = await Promise.all([testPlmn(HOME), testPlmn(VISITED)]);
  home = own;
  const files = await plmn.pki.certificate({ name: 'vendor', nfInstanceId: '', nfTypes: [], fqdn: NAME });
  const tls = {
    key: readFileSync(files.key),
    cert: readFileSync(files.cert),
    ca: readFileSync(home.pki.ca),
    minVersion: 'TLSv1.3',
  } as const;
  const server = createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: true });
  vendor = {
    plmn,
    server,
    seen: [],
    answer: () => ({ status: 501 }),
    client: (port) =>
      connect(`https://127.0.0.1:${port}`, {
        ...tls,
        servername: nfFqdn('sepp', HOME),
        checkServerIdentity: () => undefined,
      }),
  };
  server.on('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const body = JSON.parse((await text(stream)) || '{}') as Record<string, unknown>;
    const asked = { path: String(headers[':path']), headers, body };
    vendor.seen.push(asked);
    const { status, body: content } = vendor.answer(asked);
    stream.respond({ ':status': status, 'content-type': 'application/json' });
    stream.end(content === undefined ? '' : JSON.stringify(content));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ausf = createServer();
  ausf.on('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    await text(stream);
    ausfSaw.push(headers);
    stream.respond({ ':status': 201, 'content-type': 'application/json' });
    stream.end('{}');
  });
  ausf.listen(0, '127.0.0.1');
  await once(ausf, 'listening');
});
after(async () => {
  vendor?.server.close();
  ausf?.close();
  await home?.close();
  await vendor?.plmn.close();
});

const portOf = (server: { address(): unknown }) => (server.address() as { port: number }).port;

/** Our SEPP with that partner. */
async function ours(members: Record<string, unknown> = {}): Promise<StartedNf<SeppConfig> & { n32: number }> {
  const n32 = await freePort();
  const partner = { plmn: vendor.plmn, port: portOf(vendor.server), members: { plainCertificate: true, ...members } };
  const started = await startSepp(home, n32, undefined, [partner], {
    insecure: { cleartext: true },
    hosts: { [AUSF]: '127.0.0.1' },
    targets: [`http://${AUSF}:${portOf(ausf)}`],
  });
  return { ...started, n32 };
}

async function post(session: ClientHttp2Session, path: string, body: unknown, headers: Record<string, string> = {}) {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json', ...headers });
  stream.end(JSON.stringify(body));
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const content = await text(stream);
  const parsed = content === '' ? {} : (JSON.parse(content) as Record<string, unknown>);
  return { status: Number(answer[':status']), body: parsed };
}
/** As an NF of ours. */
async function fromInside(sepp: StartedNf<SeppConfig>, target: string, body: unknown) {
  const session = connect(`http://127.0.0.1:${sepp.config.sbi.port}`);
  const headers = { 'user-agent': 'AMF', '3gpp-sbi-target-apiroot': target };
  const answered = await post(session, '/nausf-auth/v1/ue-authentications', body, headers);
  session.close();
  return answered;
}

const SAYS_LITTLE = { sender: NAME, selectedSecCapability: 'TLS' };
const SAYS_MUCH = {
  ...SAYS_LITTLE,
  ...UNKNOWN,
  '3GppSbiTargetApiRootSupported': true,
  plmnIdList: [VISITED],
  allowedUsagePurpose: [
    { usagePurpose: 'ROAMING', additionalInfo: 'x', ...UNKNOWN },
    { usagePurpose: 'OF_A_LATER_RELEASE' },
  ],
  supportedFeatures: 'ffff',
  sendingIntendedUsagePurpose: [],
};

for (const [title, answer, byHeader] of [
  ['as little as it may', SAYS_LITTLE, false],
  ['more than we know', SAYS_MUCH, true],
] as const) {
  test(`we ask, it answers with ${title}: messages go out`, async () => {
    vendor.seen.length = 0;
    vendor.answer = ({ path }) =>
      path.startsWith(API) ? { status: 200, body: answer } : { status: 201, body: { authType: '5G_AKA' } };
    const sepp = await ours();
    const target = 'https://ausf.5gc.mnc070.mcc999.3gppnetwork.org';
    const asked = { supiOrSuci: 'suci-0-999-70-0-0-0-1', servingNetworkName: '5G:mnc001.mcc001.3gppnetwork.org' };
    const answered = await fromInside(sepp, target, asked);
    assert.equal(answered.status, 201, JSON.stringify(answered.body));
    const got = vendor.seen.at(-1);
    assert.equal(got?.headers['3gpp-sbi-target-apiroot'], byHeader ? target : undefined);
    if (!byHeader) assert.equal(got?.headers[':authority'], new URL(target).host);
    await sepp.stop();
  });
}

for (const [title, answer] of [
  ['another sender', { ...SAYS_LITTLE, sender: nfFqdn('sepp', STRANGER) }],
  ['a PLMN that is not its own', { ...SAYS_LITTLE, plmnIdList: [VISITED, STRANGER] }],
  ['another protection than was offered', { ...SAYS_LITTLE, selectedSecCapability: 'PRINS' }],
  ['NONE', { ...SAYS_LITTLE, selectedSecCapability: 'NONE' }],
  ['no purpose that we have', { ...SAYS_LITTLE, allowedUsagePurpose: [{ usagePurpose: 'SMS_INTERCONNECT' }] }],
  ['nothing of what it must', {}],
] as const) {
  test(`we ask, it answers with ${title}: nothing goes out`, async () => {
    vendor.seen.length = 0;
    vendor.answer = () => ({ status: 200, body: answer });
    const sepp = await ours();
    const asked = { supiOrSuci: 'suci-0-999-70-0-0-0-1', servingNetworkName: '5G:mnc001.mcc001.3gppnetwork.org' };
    const answered = await fromInside(sepp, 'https://ausf.5gc.mnc070.mcc999.3gppnetwork.org', asked);
    assert.equal(answered.status, 504);
    assert.ok(vendor.seen.every(({ path }) => path.startsWith(API)));
    await sepp.stop();
  });
}

test('it asks, with little or much: all four operations are served', async () => {
  vendor.answer = () => ({ status: 403 });
  const sepp = await ours({ security: 'PRINS' });
  const session = vendor.client(sepp.n32);
  const capability = { sender: NAME, supportedSecCapabilityList: ['PRINS'] };
  const params = {
    n32fContextId: 'ab'.repeat(8),
    jweCipherSuiteList: ['OF_A_LATER_RELEASE', 'A128GCM'],
    protectionPolicyInfo: { ...defaultPolicy(), ...UNKNOWN },
  };
  for (const [more, moreParams] of [
    [{}, {}],
    [
      { ...UNKNOWN, supportedFeatures: 'ff', plmnIdList: [VISITED], targetPlmnId: HOME },
      { ...UNKNOWN, jwsCipherSuiteList: ['ES512', 'ES256'], sender: NAME },
    ],
  ]) {
    const agreed = await post(session, `${API}/exchange-capability`, { ...capability, ...more });
    assert.deepEqual([agreed.status, agreed.body.selectedSecCapability], [200, 'PRINS'], JSON.stringify(agreed.body));
    const exchanged = await post(session, `${API}/exchange-params`, { ...params, ...moreParams });
    assert.deepEqual(
      [exchanged.status, exchanged.body.selectedJweCipherSuite],
      [200, 'A128GCM'],
      JSON.stringify(exchanged.body),
    );
    const { n32fContextId } = exchanged.body;
    const error = { n32fMessageId: 'x', n32fErrorType: 'A_TYPE_OF_A_LATER_RELEASE', ...more, n32fContextId };
    assert.equal((await post(session, `${API}/n32f-error`, error)).status, 204);
    const ended = await post(session, `${API}/n32f-terminate`, { n32fContextId, ...more });
    assert.deepEqual(ended, { status: 200, body: { n32fContextId: params.n32fContextId } });
  }
  session.close();
  await sepp.stop();
});

test('it asks only, and cannot be asked: N32-f comes in', async () => {
  vendor.answer = () => ({ status: 503 });
  const sepp = await ours();
  const session = vendor.client(sepp.n32);
  const agreed = await post(session, `${API}/exchange-capability`, {
    sender: NAME,
    supportedSecCapabilityList: ['TLS'],
  });
  assert.equal(agreed.status, 200, JSON.stringify(agreed.body));
  const target = { '3gpp-sbi-target-apiroot': `http://${AUSF}:${portOf(ausf)}` };
  // No User-Agent, no token, no originating network.
  const answered = await post(session, '/nausf-auth/v1/ue-authentications', SERVING, target);
  assert.equal(answered.status, 201, JSON.stringify(answered.body));
  assert.match(String(ausfSaw.at(-1)?.['3gpp-sbi-originating-network-id']), /^999-70/);
  session.close();
  await sepp.stop();
});

test('a certificate without NF types is one of a SEPP only where the configuration says so', async () => {
  vendor.answer = () => ({ status: 503 });
  const sepp = await ours({ plainCertificate: false });
  const session = vendor.client(sepp.n32);
  const capability = { sender: NAME, supportedSecCapabilityList: ['TLS'] };
  assert.equal((await post(session, `${API}/exchange-capability`, capability)).status, 403);
  session.close();
  await sepp.stop();
});

test('nor is it another name of that CA, or that name of another CA', async () => {
  vendor.answer = () => ({ status: 503 });
  const sepp = await ours();
  const stranger = await testPlmn(STRANGER);
  const [amf, impostor] = await Promise.all([
    vendor.plmn.pki.certificate({ name: 'amf', nfInstanceId: '', nfTypes: [], fqdn: nfFqdn('amf', VISITED) }),
    stranger.pki.certificate({ name: 'impostor', nfInstanceId: '', nfTypes: [], fqdn: NAME }),
  ]);
  const tryWith = async (files: { key: string; cert: string }) => {
    const session = connect(`https://127.0.0.1:${sepp.n32}`, {
      key: readFileSync(files.key),
      cert: readFileSync(files.cert),
      ca: readFileSync(home.pki.ca),
      checkServerIdentity: () => undefined,
    });
    session.on('error', () => {});
    const asked = post(session, `${API}/exchange-capability`, { sender: NAME, supportedSecCapabilityList: ['TLS'] });
    const refused = once(session, 'close').then(() => ({ status: 'no connection' as const }));
    const { status } = await Promise.race([asked, refused]);
    asked.catch(() => {});
    session.destroy();
    return status;
  };
  assert.equal(await tryWith(amf), 403);
  assert.equal(await tryWith(impostor), 'no connection');
  await stranger.close();
  await sepp.stop();
});
