/** An IPX between two SEPPs over real TLS: where a message goes, what is changed of it, that this is signed, and who is turned away. */
import assert from 'node:assert/strict';
import { createHash, randomUUID, verify, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type N32fReformattedReqMsg, nfFqdn } from '@twincore/model';
import { NfConfig, type NfDefinition } from '@twincore/sbi';
import { freePort, type StartedNf, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { IpxConfig } from '../src/config.ts';
import { ipx } from '../src/nf.ts';

const HOME = { mcc: '001', mnc: '01' };
const PROCESS = '/n32f-forward/v1/n32f-process';
const NAME = nfFqdn('ipx', HOME);
const SEPP = nfFqdn('sepp', HOME);

let plmn: TestPlmn;
let hop: StartedNf<IpxConfig>;
let sepp: TestClient;
let certificate: string;
const received: N32fReformattedReqMsg[] = [];
/** What the SEPP at the end answers with. */
let answer: { status: number; body: unknown } = { status: 200, body: {} };

const standInSepp: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const sbi = { access: 'peer', operation: 'test', peers: ['IPX'] } as const;
    server.post(PROCESS, { config: { sbi } }, async (request, reply) => {
      received.push(request.body as N32fReformattedReqMsg);
      return reply.code(answer.status).send(answer.body);
    });
    return {};
  },
};

before(async () => {
  plmn = await testPlmn(HOME);
  const target = await plmn.start(standInSepp, { nfType: 'SEPP', fqdn: SEPP, tls: await seppCertificate() });
  const nfInstanceId = randomUUID();
  const tls = await plmn.pki.certificate({ name: 'ipx', nfInstanceId, nfTypes: ['IPX'], fqdn: NAME });
  certificate = tls.cert;
  hop = await plmn.start(ipx, {
    nfType: 'IPX',
    nfInstanceId,
    fqdn: NAME,
    tls,
    sbi: { host: '127.0.0.1', port: await freePort() },
    signingKey: tls.key,
    plmnIds: [HOME],
    routes: [{ sepp: SEPP, next: { fqdn: SEPP, host: '127.0.0.1', port: target.config.sbi.port, ca: plmn.pki.ca } }],
    mediations: [
      { on: 'request', header: 'x-ipx-trace', set: 'a' },
      { on: 'request', ie: '/pei', normalise: 'trim' },
      { on: 'response', ie: '/ratType', set: 'NR' },
    ],
  });
  sepp = await plmn.client('SEPP');
});
after(() => plmn?.close());

const seppCertificate = () =>
  plmn.pki.certificate({ name: 'sepp', nfInstanceId: randomUUID(), nfTypes: ['SEPP'], fqdn: SEPP });
const PLAIN = { headers: [{ header: 'accept', value: '*/*' }] };
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Only the SEPPs could tell that this is none of theirs: an IPX has no key. */
const messageWith = (parts: object, authorizedIpxId = NAME) => ({
  reformattedData: {
    protected: base64url({ alg: 'dir', enc: 'A256GCM' }),
    aad: base64url({ metaData: { n32fContextId: 'ab'.repeat(8), messageId: 'm1', authorizedIpxId }, ...parts }),
    iv: 'iv',
    ciphertext: 'c',
    tag: createHash('sha256').update(JSON.stringify(parts)).digest('base64url'),
  },
});
const body = (iePath: string, value: unknown) => ({ iePath, ieValueLocation: 'BODY', value });
const post = (client: TestClient, message: unknown, host = SEPP) =>
  client.send({ method: 'POST', url: hop.apiRoot + PROCESS, body: message, headers: { host } });
/** What is signed, by the key of this IPX. */
const signedBy = (message: N32fReformattedReqMsg) => {
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  return (message.modificationsBlock ?? []).map(({ protected: header, payload, signature }) => {
    const text = Buffer.from(`${header}.${payload}`);
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    assert.ok(verify('sha256', text, key, Buffer.from(signature, 'base64url')));
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as { operations?: unknown; identity: string };
  });
};

test('a request goes to the SEPP that it is for, as it was, with what is changed of it signed; its answer the same way back', async () => {
  const request = messageWith({ ...PLAIN, payload: [body('/pei', ' imei-1 ')] });
  answer = { status: 200, body: messageWith({ ...PLAIN, payload: [body('/ratType', 'EUTRA')] }) };
  const got = await post(sepp, request);
  assert.equal(got.status, 200, JSON.stringify(got.body));
  const sent = received.at(-1) ?? assert.fail('nothing arrived');
  assert.deepEqual(sent.reformattedData, request.reformattedData);
  assert.deepEqual(signedBy(sent), [
    {
      operations: [
        { op: 'add', path: '/headers/-', value: { header: 'x-ipx-trace', value: 'a' } },
        { op: 'replace', path: '/payload/0/value', value: 'imei-1' },
      ],
      identity: NAME,
      tag: request.reformattedData.tag,
    },
  ]);
  const [modification] = signedBy(got.body as N32fReformattedReqMsg);
  assert.deepEqual(modification?.operations, [{ op: 'replace', path: '/payload/0/value', value: 'NR' }]);
});

test('the second IPX sees what the first has made of it, and signs behind it', async () => {
  const request = messageWith({ headers: [{ header: 'x-ipx-trace', value: 'b' }], payload: [body('/pei', 'imei-1')] });
  answer = { status: 200, body: messageWith(PLAIN) };
  await post(sepp, request);
  const once = received.at(-1);
  await post(sepp, once);
  const [first, second] = signedBy(received.at(-1) ?? assert.fail());
  assert.deepEqual(first?.operations, [{ op: 'replace', path: '/headers/0/value', value: 'a' }]);
  assert.equal(second?.identity, NAME);
  assert.deepEqual(second?.operations ?? [], [], 'there is nothing left to change');
});

test('a message that no IPX may change goes on as it is', async () => {
  const request = messageWith(PLAIN, 'NULL');
  answer = { status: 200, body: request };
  const got = await post(sepp, request);
  assert.deepEqual(received.at(-1), request);
  assert.deepEqual(got.body, request);
});

test('what the SEPP refuses comes back as it said it', async () => {
  answer = { status: 403, body: { status: 403, cause: 'INTEGRITY_CHECK_FAILED' } };
  const { status, body: problem } = await post(sepp, messageWith(PLAIN));
  assert.equal(status, 403);
  assert.deepEqual(problem, answer.body);
});

test('an answer that is none is not passed on', async () => {
  answer = { status: 200, body: { reformattedData: [] } };
  const { status, body: problem } = await post(sepp, messageWith(PLAIN));
  assert.equal(status, 403);
  assert.equal((problem as { cause: string }).cause, 'MESSAGE_RECONSTRUCTION_FAILED');
});

for (const [title, message, host, expected] of [
  ['no message', { hello: 1 }, SEPP, [403, 'MESSAGE_RECONSTRUCTION_FAILED']],
  [
    'a SEPP that no route leads to',
    messageWith(PLAIN),
    nfFqdn('sepp', { mcc: '999', mnc: '70' }),
    [504, 'TARGET_NF_NOT_REACHABLE'],
  ],
  [
    'too long a message',
    messageWith({ headers: [{ header: 'x', value: 'x'.repeat(2_000_000) }] }),
    SEPP,
    [413, undefined],
  ],
] as const) {
  test(`turned away: ${title}`, async () => {
    const before = received.length;
    const { status, body: problem } = await post(sepp, message, host);
    assert.deepEqual([status, (problem as { cause?: string }).cause], expected);
    assert.equal(received.length, before);
  });
}

test('an NF that is neither SEPP nor IPX is turned away', async () => {
  const amf = await plmn.client('AMF');
  assert.equal((await post(amf, messageWith(PLAIN))).status, 403);
});
