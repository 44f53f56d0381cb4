/** Every refusal at the border is one line of the audit log, with the partner and the reason, and counts for the partner. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nfFqdn } from '@twincore/model';
import { freePort, type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { AuditEntry } from '../src/audit.ts';
import type { SeppConfig } from '../src/config.ts';
import { HOME, STRANGER, startSepp, VISITED } from './support.ts';

const NAME = nfFqdn('sepp', VISITED);
const AUSF = `http://${nfFqdn('ausf', HOME)}:7777`;
const API = '/n32c-handshake/v1';
const AUTHENTICATIONS = '/nausf-auth/v1/ue-authentications';
const OURS = 'imsi-001010000000001';
const SERVED = { supiOrSuci: OURS, servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org' };

let home: TestPlmn;
let visited: TestPlmn;
let stranger: TestPlmn;
let sepp: StartedNf<SeppConfig>;
let certificates: Record<'sepp' | 'other' | 'amf' | 'stranger', { key: string; cert: string }>;
const ports = { n32: 0, ops: 0 };

before(async () => {
  [home, visited, stranger] = await Promise.all([testPlmn(HOME), testPlmn(VISITED), testPlmn(STRANGER)]);
  ports.n32 = await freePort();
  ports.ops = await freePort();
  const certificate = (fqdn: string, nfType: string) =>
    visited.pki.certificate({ name: randomUUID(), nfInstanceId: randomUUID(), nfTypes: [nfType], fqdn });
  certificates = {
    sepp: await certificate(NAME, 'SEPP'),
    other: await certificate(nfFqdn('sepp2', VISITED), 'SEPP'),
    stranger: await stranger.pki.certificate({ name: 's', nfInstanceId: randomUUID(), nfTypes: ['SEPP'], fqdn: NAME }),
    amf: await certificate(nfFqdn('amf', VISITED), 'AMF'),
  };
  const firewall = { bodyBytes: 2_048, requestsPerSecondPerUe: 5 };
  sepp = await startSepp(home, ports.n32, undefined, [{ plmn: visited, port: 1, members: { firewall } }], {
    insecure: { cleartext: true },
    targets: [AUSF],
    // Nobody is there, so that what passes ends in a 504 of its own.
    hosts: { [new URL(AUSF).hostname]: '127.0.0.1' },
    ops: { host: '127.0.0.1', port: ports.ops },
  });
});
after(async () => {
  await home?.close();
  await visited?.close();
  await stranger?.close();
});

const linesOf = (): AuditEntry[] =>
  readFileSync(join(sepp.config.stateDir, 'n32-audit.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEntry);

interface Request {
  readonly as?: keyof typeof certificates | 'nobody';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** In place of `body` as JSON. */
  readonly raw?: string;
}
function open(as: Request['as'] = 'sepp'): ClientHttp2Session {
  const files = as === 'nobody' ? undefined : certificates[as];
  const session = connect(`https://127.0.0.1:${ports.n32}`, {
    ...(files ? { key: readFileSync(files.key), cert: readFileSync(files.cert) } : {}),
    ca: readFileSync(home.pki.ca),
    checkServerIdentity: () => undefined,
  });
  session.on('error', () => {});
  return session;
}

async function ask(session: ClientHttp2Session, { path, headers = {}, body = {}, raw }: Request): Promise<number> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/json',
    ...headers,
  });
  stream.on('error', () => {});
  stream.end(raw ?? JSON.stringify(body));
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  await text(stream);
  return Number(answer[':status']);
}

/** 0 where there is no connection. */
async function send(request: Request): Promise<number> {
  const session = open(request.as);
  const answered = ask(session, request).catch(() => 0);
  const status = await Promise.race([answered, once(session, 'close').then(() => 0)]);
  session.destroy();
  return status;
}

const capability = (more: object = {}) => ({ sender: NAME, supportedSecCapabilityList: ['TLS'], ...more });
const n32c = (operation: string, body: unknown, as: Request['as'] = 'sepp'): Request => ({
  path: `${API}/${operation}`,
  body,
  as,
});
const n32f = (more: Partial<Request> = {}, headers: Record<string, string> = {}): Request => ({
  path: AUTHENTICATIONS,
  body: SERVED,
  ...more,
  headers: { 'user-agent': 'AMF', '3gpp-sbi-target-apiroot': AUSF, ...headers },
});
const token = (claims: object) => `Bearer x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
const aad = Buffer.from(
  JSON.stringify({ metaData: { n32fContextId: 'ab'.repeat(8), messageId: 'x', authorizedIpxId: 'NULL' } }),
).toString('base64url');

/** In this order: the capabilities are agreed when N32-f begins. */
const CASES: readonly [string, Request, number, string, partner?: string][] = [
  ['no certificate', n32c('exchange-capability', capability(), 'nobody'), 0, 'handshake', 'unknown'],
  ['a CA of nobody', n32c('exchange-capability', capability(), 'stranger'), 0, 'handshake', 'unknown'],
  ['an AMF', n32c('exchange-capability', capability(), 'amf'), 403, 'peer-nf-type'],
  ['a SEPP that is not configured', n32c('exchange-capability', capability(), 'other'), 403, 'n32-partner'],
  ['N32-f before N32-c', n32f(), 403, 'n32-context'],
  ['another sender', n32c('exchange-capability', capability({ sender: 'sepp.example.org' })), 403, 'n32-sender'],
  ['a foreign PLMN', n32c('exchange-capability', capability({ plmnIdList: [STRANGER] })), 403, 'n32-sender-plmn'],
  ['for another network', n32c('exchange-capability', capability({ targetPlmnId: STRANGER })), 403, 'n32-target-plmn'],
  [
    'another protection',
    n32c('exchange-capability', capability({ supportedSecCapabilityList: ['PRINS'] })),
    403,
    'n32-capability',
  ],
  [
    'another purpose',
    n32c('exchange-capability', capability({ intendedUsagePurpose: [{ usagePurpose: 'SMS_INTERCONNECT' }] })),
    403,
    'n32-purpose',
  ],
  ['what is no offer', n32c('exchange-capability', {}), 400, '400'],
  ['parameters of PRINS', n32c('exchange-params', { n32fContextId: 'ab'.repeat(8) }), 403, 'n32-capability'],
  ['an unknown context', n32c('n32f-terminate', { n32fContextId: 'ab'.repeat(8) }), 403, 'n32-foreign-context'],
  ['(agreed)', n32c('exchange-capability', capability()), 200, ''],
  ['no apiRoot', n32f({}, { '3gpp-sbi-target-apiroot': 'nowhere' }), 400, '400'],
  ['a target elsewhere', n32f({}, { '3gpp-sbi-target-apiroot': 'https://127.0.0.1:22' }), 403, 'n32-target'],
  ['an unknown target', n32f({}, { '3gpp-sbi-target-apiroot': `https://${nfFqdn('udr', HOME)}` }), 504, '504'],
  ['another origin', n32f({}, { '3gpp-sbi-originating-network-id': '001-01' }), 403, 'n32-originating-network'],
  ['a token of nobody', n32f({}, { authorization: token({ consumerPlmnId: STRANGER }) }), 403, 'n32-consumer-plmn'],
  ['an operation', n32f({ path: '/nudr-dr/v2/subscription-data/x' }), 403, 'n32-operation'],
  ['a consumer', n32f({}, { 'user-agent': 'NEF' }), 403, 'n32-consumer'],
  ['a foreign UE', n32f({ body: { ...SERVED, supiOrSuci: 'imsi-901990000000001' } }), 403, 'n32-receiver-plmn'],
  [
    'a foreign serving network',
    n32f({ body: { ...SERVED, servingNetworkName: '5G:mnc099.mcc901.3gppnetwork.org' } }),
    403,
    'n32-sender-plmn',
  ],
  ['a body that is no JSON', n32f({ raw: 'supiOrSuci=x' }), 403, 'n32-body'],
  ['what the request says it is for', n32f({}, { '3gpp-sbi-interplmn-purpose': 'X: y' }), 403, 'n32-purpose'],
  ['a loop', n32f({}, { via: `2.0 SEPP-${nfFqdn('sepp', HOME)}` }), 400, '400'],
  ['too long', n32f({ body: { ...SERVED, x: 'x'.repeat(4_000) } }), 413, '413'],
  [
    'PRINS in no context',
    { path: '/n32f-forward/v1/n32f-process', body: { reformattedData: { aad, ciphertext: '' } } },
    403,
    'n32f',
  ],
  ['PRINS that is none', { path: '/n32f-forward/v1/n32f-process', body: [] }, 403, 'n32f'],
];

for (const [title, request, status, reason, partner = '999-70'] of CASES) {
  test(`${reason === '' ? 'nothing to write down' : `${reason}: ${title}`}`, async () => {
    const before = linesOf().length;
    assert.equal(await send(request), status);
    const wanted =
      reason === '' ? [] : [{ partner, direction: 'in', reason, status: status === 0 ? undefined : status }];
    for (let waited = 0; linesOf().length < before + wanted.length && waited < 2_000; waited += 10) await sleep(10);
    const written = linesOf().slice(before);
    assert.deepEqual(
      written.map((line) => ({
        partner: line.partner,
        direction: line.direction,
        reason: line.reason,
        status: line.status,
      })),
      wanted,
    );
    assert.ok(!JSON.stringify(written).includes(OURS), 'nothing of a subscriber');
  });
}

/** Far more than the rate allows in the time that they take. */
const MANY = 90;

test('a client that goes away by itself was not refused', async () => {
  const before = linesOf().length;
  const socket = connectTcp(ports.n32, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  // Whatever comes of that has come when the next is answered.
  assert.equal(await send(n32c('exchange-capability', {})), 400);
  for (let waited = 0; linesOf().length === before && waited < 2_000; waited += 10) await sleep(10);
  assert.deepEqual(
    linesOf()
      .slice(before)
      .map(({ reason }) => reason),
    ['400'],
  );
});

test('too much about one UE, while another is served', async () => {
  const before = linesOf().length;
  const session = open();
  const statuses = await Promise.all(Array.from({ length: MANY }, () => ask(session, n32f())));
  session.destroy();
  const refused = statuses.filter((status) => status === 429).length;
  assert.ok(refused > 0, String(statuses));
  assert.equal(await send(n32f({ body: { ...SERVED, supiOrSuci: 'imsi-001010000000002' } })), 504);
  for (let waited = 0; linesOf().length < before + MANY + 1 && waited < 2_000; waited += 10) await sleep(10);
  assert.equal(
    linesOf()
      .slice(before)
      .filter(({ reason }) => reason === '429').length,
    refused,
  );
});

test('the counters say the same as the log', async () => {
  const metrics = await (await fetch(`http://127.0.0.1:${ports.ops}/metrics`)).text();
  const counted = Object.fromEntries(
    [...metrics.matchAll(/^n32_refusals_total\{(.*)\} (\d+)$/gm)].map(([, labels, count]) => [labels, Number(count)]),
  );
  const written: Record<string, number> = {};
  for (const { partner, direction, reason } of linesOf()) {
    const found = Object.keys(counted).find((labels) =>
      [`partner="${partner}"`, `direction="${direction}"`, `reason="${reason}"`].every((label) =>
        labels.includes(label),
      ),
    );
    assert.ok(found, `${partner} ${direction} ${reason}`);
    written[found] = (written[found] ?? 0) + 1;
  }
  assert.deepEqual(written, counted);
});
