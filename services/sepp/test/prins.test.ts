/** N32-f with PRINS between two SEPPs, by way of an IPX provider that does what a test tells it. */
import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type N32fReformattedReqMsg, nfFqdn, type PatchItem } from '@twincore/model';
import { appendModification, defaultPolicy } from '@twincore/n32';
import { createMetrics, HttpClient, NfConfig, type NfDefinition, SECURE } from '@twincore/sbi';
import { freePort, type StartedNf, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import pino from 'pino';
import type { SeppConfig } from '../src/config.ts';
import { HOME, profileOf, STRANGER, standInAusf, standInNrf, startSepp, VISITED } from './support.ts';

const PROCESS = '/n32f-forward/v1/n32f-process';
const IPX = nfFqdn('ipx', VISITED);
const AUTHENTICATIONS = '/nausf-auth/v1/ue-authentications';
const BODY = {
  supiOrSuci: 'suci-0-001-01-0000-0-0-0000000001',
  servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org',
};

let home: TestPlmn;
let visited: TestPlmn;
let stranger: TestPlmn;
let homeSepp: StartedNf<SeppConfig>;
let visitedSepp: StartedNf<SeppConfig>;
let ausf: StartedNf<NfConfig>;
let amf: TestClient;
let ipxKey: KeyObject;
/** What the stranger may ask in a second. */
const RATE = 5;
const seen = { count: 0 };
const ports = { home: 0, visited: 0, ipx: 0, homeOps: 0, visitedOps: 0 };

type Message = N32fReformattedReqMsg;
/** What the IPX does with a request; the last one that passed is `wire.last`. */
const wire: { change: (message: Message) => Message; last: string } = { change: (message) => message, last: '' };
const sign = (message: Message, operations: PatchItem[] = [], key = ipxKey, identity = IPX) =>
  appendModification(message, { identity, privateKey: key }, operations);

let toHome: HttpClient;
const post = (text: string, path = PROCESS) =>
  toHome.send({
    method: 'POST',
    url: `https://${homeSepp.config.n32.fqdn}:${ports.home}${path}`,
    body: text,
    target: 'SEPP',
    operation: 'test',
  });

/** The visited network's IPX: straight to the home SEPP, which has none. Answers are signed without a change. */
const standInIpx: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const sbi = { access: 'peer', operation: 'test', peers: ['SEPP'] } as const;
    server.post(PROCESS, { config: { sbi } }, async (request, reply) => {
      wire.last = JSON.stringify(wire.change(request.body as Message));
      const answer = await post(wire.last);
      return reply.code(answer.status).send(answer.body);
    });
    return {};
  },
};

/** An HTTP client with a certificate of `ca` for `fqdn` that reaches the home's N32 listener. */
async function n32Client(ca: TestPlmn, fqdn: string, nfType: string): Promise<HttpClient> {
  const nfInstanceId = randomUUID();
  const tls = await ca.pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn });
  return new HttpClient(
    {
      nfType,
      nfInstanceId,
      tls: { ...tls, ca: home.pki.ca },
      hosts: { [nfFqdn('sepp', HOME)]: '127.0.0.1' },
      insecure: SECURE,
    },
    { metrics: createMetrics({ nfType, plmn: 'x' }), log: pino({ level: 'silent' }) },
  );
}

before(async () => {
  [home, visited, stranger] = await Promise.all([testPlmn(HOME), testPlmn(VISITED), testPlmn(STRANGER)]);
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
  ausf = await home.start(standInAusf(seen), { nfType: 'AUSF' });
  const homeNrf = await home.start(standInNrf([profileOf(ausf)]), { nfType: 'NRF' });
  const visitedNrf = await visited.start(standInNrf([]), { nfType: 'NRF' });
  const ipxId = randomUUID();
  const tls = await visited.pki.certificate({ name: 'ipx', nfInstanceId: ipxId, nfTypes: ['IPX'], fqdn: IPX });
  ipxKey = createPrivateKey(readFileSync(tls.key));
  await visited.start(standInIpx, {
    nfType: 'IPX',
    nfInstanceId: ipxId,
    fqdn: IPX,
    tls,
    sbi: { host: '127.0.0.1', port: ports.ipx },
  });
  toHome = await n32Client(visited, IPX, 'IPX');
  homeSepp = await startSepp(
    home,
    ports.home,
    homeNrf,
    [
      { plmn: visited, port: ports.visited, members: { security: 'PRINS' } },
      { plmn: stranger, port: await freePort(), members: { security: 'PRINS', firewall: { requestsPerSecond: RATE } } },
    ],
    { ops: { host: '127.0.0.1', port: ports.homeOps } },
  );
  const permissions = [{ ieLoc: 'HEADER', reqIe: 'x-ipx-trace' }];
  const ipx = { fqdn: IPX, host: '127.0.0.1', port: ports.ipx, ca: visited.pki.ca, keys: [tls.cert], permissions };
  visitedSepp = await startSepp(
    visited,
    ports.visited,
    visitedNrf,
    [{ plmn: home, port: ports.home, members: { security: 'PRINS', prins: { ipx } } }],
    { ops: { host: '127.0.0.1', port: ports.visitedOps } },
  );
  amf = await visited.client('AMF');
});
after(async () => {
  await toHome?.close();
  for (const plmn of [visited, home, stranger]) await plmn?.close();
});

const call = async (body: unknown = BODY) =>
  amf.send({
    method: 'POST',
    url: visitedSepp.apiRoot + AUTHENTICATIONS,
    body,
    token: await home.sign({
      sub: amf.nfInstanceId,
      aud: 'AUSF',
      scope: 'nausf-auth',
      consumerPlmnId: VISITED,
      producerPlmnId: HOME,
    }),
    headers: { '3gpp-sbi-target-apiroot': ausf.apiRoot, 'user-agent': `AMF-${amf.nfInstanceId}` },
  });
const causeOf = (body: unknown) => (Object(body) as { cause?: string }).cause;
const metricsOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

test('a request goes from AMF to AUSF by way of an IPX, and its answer back', async () => {
  wire.change = (message) => sign(message);
  const answer = await call();
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual((answer.body as { body: unknown }).body, BODY);
  assert.deepEqual((answer.body as { plmnId: unknown }).plmnId, VISITED);
});

test('what is encrypted is not to be seen on the way', async () => {
  await call();
  const readable = Buffer.from((JSON.parse(wire.last) as Message).reformattedData.aad ?? '', 'base64url').toString();
  assert.match(readable, /servingNetworkName/);
  for (const secret of [BODY.supiOrSuci, 'Bearer']) assert.ok(!readable.includes(secret), secret);
});

test('a permitted modification arrives', async () => {
  const value = { header: 'x-ipx-trace', value: 'ipx-1' };
  wire.change = (message) => sign(message, [{ op: 'add', path: '/headers/-', value }]);
  const { headers } = (await call()).body as { headers: Record<string, string> };
  assert.equal(headers['x-ipx-trace'], 'ipx-1');
});

const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const flip = (text = '') => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
const reformatted = (change: (data: Message['reformattedData']) => object) => (message: Message) => ({
  ...sign(message),
  reformattedData: { ...message.reformattedData, ...change(message.reformattedData) },
});
const ATTACKS: readonly [string, (message: Message) => Message, string][] = [
  [
    'a changed ciphertext',
    reformatted(({ ciphertext }) => ({ ciphertext: flip(ciphertext) })),
    'INTEGRITY_CHECK_FAILED',
  ],
  ['a changed tag', reformatted(({ tag }) => ({ tag: flip(tag) })), 'INTEGRITY_CHECK_FAILED'],
  [
    'a changed clear part',
    reformatted(({ aad = '' }) => ({
      aad: Buffer.from(Buffer.from(aad, 'base64url').toString().replace('mnc070', 'mnc071')).toString('base64url'),
    })),
    'INTEGRITY_CHECK_FAILED',
  ],
  ['no signed object of the IPX', (message) => message, 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED'],
  ['the IPX signs with another key', (message) => sign(message, [], other), 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED'],
  [
    'an IPX that is on no list',
    (message) => sign(message, [], other, nfFqdn('ipx', STRANGER)),
    'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED',
  ],
  ['one IPX too many', (message) => sign(sign(message)), 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED'],
  [
    'a modification that is not permitted',
    (message) => sign(message, [{ op: 'add', path: '/headers/-', value: { header: 'x-forbidden', value: 'x' } }]),
    'MODIFICATIONS_INSTRUCTIONS_FAILED',
  ],
  [
    'another encrypted value in place of one',
    (message) => sign(message, [{ op: 'replace', path: '/payload/0/value', value: { encBlockIndex: 0 } }]),
    'MODIFICATIONS_INSTRUCTIONS_FAILED',
  ],
];
for (const [title, change, errorType] of ATTACKS) {
  test(`refused with ${errorType}: ${title}`, async () => {
    const before = seen.count;
    wire.change = change;
    const answer = await call();
    assert.equal(answer.status, 504);
    assert.match(String((answer.body as { detail: string }).detail), new RegExp(errorType));
    assert.equal(seen.count, before, 'nothing is forwarded');
    wire.change = (message) => sign(message);
    assert.equal((await call()).status, 200, 'and the next one passes');
  });
}

test('every error was reported by n32f-error', async () => {
  const reported = async () => {
    const lines = (await metricsOf(ports.visitedOps))
      .split('\n')
      .filter((line) => /^n32f_errors_total.*found_by="peer"/.test(line));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  for (let waited = 0; (await reported()) < ATTACKS.length && waited < 5_000; waited += 50) await sleep(50);
  assert.equal(await reported(), ATTACKS.length);
});

test('a message that comes twice is refused, after a restart of the SEPP too', async () => {
  wire.change = (message) => sign(message);
  assert.equal((await call()).status, 200);
  const replayed = wire.last;
  const before = seen.count;
  const again = async () => causeOf((await post(replayed)).body);
  assert.equal(await again(), 'INTEGRITY_CHECK_FAILED');
  const { config } = homeSepp;
  await homeSepp.stop();
  const { sepp } = await import('../src/nf.ts');
  homeSepp = await home.start(sepp, config as never);
  assert.equal(await again(), 'CONTEXT_NOT_FOUND', 'everything up to the last reservation counts as received');
  assert.equal(seen.count, before);
  assert.equal((await call()).status, 200, 'what is new passes');
});

test('the firewall speaks inside of the protected answer', async () => {
  const foreign = { ...BODY, supiOrSuci: 'suci-0-901-99-0000-0-0-0000000001' };
  const answer = await call(foreign);
  assert.equal(answer.status, 403, 'our own firewall does not let it out');
  const elsewhere = await call({ ...BODY, servingNetworkName: '5G:mnc099.mcc901.3gppnetwork.org' });
  assert.equal(elsewhere.status, 403);
});

test('no downgrade: neither on N32-c nor on N32-f', async () => {
  const http = await n32Client(visited, nfFqdn('sepp', VISITED), 'SEPP');
  const send = (path: string, body: unknown, headers = {}) =>
    http.send({
      method: 'POST',
      url: `https://${homeSepp.config.n32.fqdn}:${ports.home}${path}`,
      body,
      headers,
      target: 'SEPP',
      operation: 'test',
    });
  const capability = await send('/n32c-handshake/v1/exchange-capability', {
    sender: nfFqdn('sepp', VISITED),
    supportedSecCapabilityList: ['TLS'],
  });
  assert.equal(capability.status, 403);
  const plain = await send(AUTHENTICATIONS, BODY, { '3gpp-sbi-target-apiroot': ausf.apiRoot });
  assert.equal(plain.status, 403);
  assert.match((plain.body as { detail: string }).detail, /PRINS, nothing less/);
  // Weaker ciphers, no signature in common, or another policy.
  const policy = {
    apiIeMappingList: [{ apiSignature: '/x', apiMethod: 'GET', IeList: [{ ieLoc: 'BODY', ieType: 'UEID' }] }],
  };
  for (const members of [
    { jweCipherSuiteList: ['A128CBC-HS256'] },
    { jweCipherSuiteList: ['A256GCM'], jwsCipherSuiteList: ['none'] },
    { jweCipherSuiteList: ['A256GCM'], jwsCipherSuiteList: ['ES256'], protectionPolicyInfo: policy },
  ]) {
    const answer = await send('/n32c-handshake/v1/exchange-params', { n32fContextId: 'ab'.repeat(8), ...members });
    assert.deepEqual([answer.status, causeOf(answer.body)], [409, 'REQUESTED_PARAM_MISMATCH'], JSON.stringify(members));
  }
  await http.close();
});

test("a partner can neither use nor terminate another partner's context", async () => {
  wire.change = (message) => sign(message);
  assert.equal((await call()).status, 200);
  const { metaData } = JSON.parse(
    Buffer.from((JSON.parse(wire.last) as Message).reformattedData.aad ?? '', 'base64url').toString(),
  ) as { metaData: { n32fContextId: string } };
  const http = await n32Client(stranger, nfFqdn('sepp', STRANGER), 'SEPP');
  const send = (path: string, body: unknown) =>
    http.send({
      method: 'POST',
      url: `https://${homeSepp.config.n32.fqdn}:${ports.home}${path}`,
      body,
      target: 'SEPP',
      operation: 'test',
    });
  const { n32fContextId } = metaData;
  const terminated = await send('/n32c-handshake/v1/n32f-terminate', { n32fContextId });
  assert.deepEqual([terminated.status, causeOf(terminated.body)], [403, 'CONTEXT_NOT_FOUND']);
  const used = await send(PROCESS, JSON.parse(wire.last));
  assert.equal(used.status, 403);
  const reported = await send('/n32c-handshake/v1/n32f-error', {
    n32fMessageId: 'x',
    n32fErrorType: 'CONTEXT_NOT_FOUND',
    n32fContextId,
  });
  assert.equal(reported.status, 204);
  assert.equal((await call()).status, 200, 'the context is still there');
  await http.close();
});

test('a flood by one partner, while another is served', async () => {
  const http = await n32Client(stranger, nfFqdn('sepp', STRANGER), 'SEPP');
  wire.change = (message) => sign(message);
  // A context of its own, so that the flood comes as far as it can.
  const url = `https://${homeSepp.config.n32.fqdn}:${ports.home}`;
  const common = { method: 'POST', target: 'SEPP', operation: 'test' } as const;
  const params = await http.send({
    ...common,
    url: `${url}/n32c-handshake/v1/exchange-params`,
    body: {
      n32fContextId: 'cd'.repeat(8),
      jweCipherSuiteList: ['A256GCM'],
      jwsCipherSuiteList: ['ES256'],
      protectionPolicyInfo: defaultPolicy(),
    },
  });
  assert.equal(params.status, 200, JSON.stringify(params.body));
  const { n32fContextId } = params.body as { n32fContextId: string };
  const aad = JSON.stringify({ metaData: { n32fContextId, messageId: 'x', authorizedIpxId: 'NULL' } });
  const message = { reformattedData: { ciphertext: '', aad: Buffer.from(aad).toString('base64url') } };
  const begin = performance.now();
  const flood = Promise.all(
    Array.from({ length: 200 }, async () => (await http.send({ ...common, url: url + PROCESS, body: message })).status),
  );
  const served = await Promise.all(Array.from({ length: 20 }, async () => (await call()).status));
  assert.deepEqual([...new Set(served)], [200]);
  const statuses = await flood;
  const seconds = (performance.now() - begin) / 1000;
  const admitted = statuses.filter((status) => status !== 429).length;
  assert.ok(admitted <= RATE * (1 + seconds) + 1, `${admitted} in ${seconds} s`);
  assert.ok(admitted < statuses.length);
  await http.close();
});

test('an oversized message is refused and the next one passes', async () => {
  const large = await post(JSON.stringify({ reformattedData: { ciphertext: 'x'.repeat(1_000_000) } }));
  assert.equal(large.status, 413);
  assert.equal((await call()).status, 200);
});

test('new keys while messages are under way, and none is lost', async () => {
  const operator = await visited.client('OPERATOR');
  const establish = () =>
    operator.send({ method: 'POST', url: `${visitedSepp.apiRoot}/sepp-operator/v1/partners/001-01/establish` });
  const contexts = (body: unknown) => (body as { contexts: { contextId: string }[] }).contexts;
  const calls = Array.from({ length: 60 }, async (_, i) => {
    await sleep(i * 10);
    return (await call()).status;
  });
  const first = contexts((await establish()).body)[0]?.contextId;
  await sleep(200);
  const second = contexts((await establish()).body)[0]?.contextId;
  assert.notEqual(first, second);
  assert.deepEqual([...new Set(await Promise.all(calls))], [200]);
});

test('keys that come to their end are replaced by themselves while messages are under way, and none is lost', async (t) => {
  const lifetime = homeSepp.config.partners[0]?.prins.keyLifetimeSeconds ?? 0;
  const operator = await visited.client('OPERATOR');
  const latest = async () => {
    const listed = await operator.send({ method: 'GET', url: `${visitedSepp.apiRoot}/sepp-operator/v1/partners` });
    const [relation] = listed.body as { policy: string; contexts: { contextId: string }[] }[];
    assert.match(relation?.policy ?? '', /^twincore-default-\d+, Release 17$/);
    return relation?.contexts[0]?.contextId;
  };
  // Of many UEs: each of them has a rate of its own.
  const ofUe = (n: number) => ({ ...BODY, supiOrSuci: `suci-0-001-01-0000-0-0-${String(n).padStart(10, '0')}` });
  const manyCalls = async () =>
    (await Promise.all(Array.from({ length: 40 }, (_, n) => call(ofUe(n))))).map(({ status }) => status);
  wire.change = (message) => sign(message);
  assert.equal((await call()).status, 200);
  const first = await latest();
  const begin = Date.now();
  t.mock.timers.enable({ apis: ['Date'], now: begin });

  t.mock.timers.setTime(begin + (lifetime - 30) * 1000);
  assert.deepEqual([...new Set(await manyCalls())], [200], 'before the end');
  for (let waited = 0; (await latest()) === first && waited < 5_000; waited += 20) await sleep(20);
  const second = await latest();
  assert.notEqual(second, first, 'a new context before the old one ends');

  t.mock.timers.setTime(begin + (lifetime + 5) * 1000);
  assert.deepEqual([...new Set(await manyCalls())], [200], 'after the end of the first');

  t.mock.timers.setTime(begin + 3 * lifetime * 1000);
  assert.deepEqual([...new Set(await manyCalls())], [200], 'when nothing was sent for so long that all have ended');
  assert.notEqual(await latest(), second);
});

test('a partner that has lost its contexts gets a new one with the next message', async () => {
  const { config } = homeSepp;
  await homeSepp.stop();
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(config.stateDir, `sepp.sqlite${suffix}`), { force: true });
  const { sepp } = await import('../src/nf.ts');
  // Nobody that it could ask by itself.
  const partners = config.partners.map((partner) => ({ ...partner, n32: { ...partner.n32, port: 1 } }));
  homeSepp = await home.start(sepp, { ...config, partners } as never);
  assert.equal((await call()).status, 200);
});

test('the operator ends the relation, and begins it again', async () => {
  const operator = await visited.client('OPERATOR');
  const ask = (what: string) =>
    operator.send({ method: 'POST', url: `${visitedSepp.apiRoot}/sepp-operator/v1/partners/001-01/${what}` });
  const ended = await ask('end');
  assert.equal(ended.status, 200, JSON.stringify(ended.body));
  assert.equal((await call()).status, 504);
  assert.equal((await post(wire.last)).status, 403, 'and nothing comes in at the other side');
  assert.equal((await ask('establish')).status, 200);
  assert.equal((await call()).status, 200);
  const someone = await visited.client('AMF');
  const refused = await someone.send({
    method: 'POST',
    url: `${visitedSepp.apiRoot}/sepp-operator/v1/partners/001-01/end`,
  });
  assert.equal(refused.status, 403, 'only the operator may');
});
