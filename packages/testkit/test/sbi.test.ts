/** The server, guard and client of `sbi` over real TLS. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { NfConfig, type NfDefinition } from '@twincore/sbi';
import Type from 'typebox';
import { type StartedNf, type TestClient, type TestPlmn, testPlmn } from '../src/index.ts';

const echo: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const token = { access: 'token', service: 'nx', consumers: ['AMF'] } as const;
    server.get('/nx/v1/items/:id', { config: { sbi: { ...token, operation: 'Nx_Get' } } }, async (request) => ({
      from: request.sbi.consumer?.plmnId,
    }));
    server.get(
      '/nx/v1/special',
      { config: { sbi: { ...token, operation: 'Nx_Special', scopes: ['nx:special'] } } },
      async () => ({}),
    );
    server.post(
      '/nx/v1/items',
      {
        config: { sbi: { access: 'peer', peers: ['*'], operation: 'Nx_Post' } },
        schema: {
          body: Type.Object({ name: Type.String(), size: Type.Optional(Type.Integer({ minimum: 0 })) }),
        },
      },
      async (request) => request.body,
    );
    server.post(
      '/nx/v1/sepp-only',
      { config: { sbi: { access: 'peer', peers: ['SEPP'], operation: 'Nx_Sepp' } } },
      async () => ({}),
    );
    return {};
  },
};

let home: TestPlmn;
let other: TestPlmn;
let nf: StartedNf<NfConfig>;
let amf: TestClient;
before(async () => {
  home = await testPlmn({ mcc: '001', mnc: '01' });
  other = await testPlmn({ mcc: '999', mnc: '70' });
  nf = await home.start(echo, { nfType: 'AUSF', limits: { bodyBytes: 2048, nesting: 8 } });
  amf = await home.client('AMF');
});
after(async () => {
  await other.close();
  await home.close();
});

const item = () => `${nf.apiRoot}/nx/v1/items/1`;
const items = () => `${nf.apiRoot}/nx/v1/items`;

test('a request with a token of the NRF is served', async () => {
  const answer = await amf.send({ method: 'GET', url: item(), token: { scope: 'nx', aud: 'AUSF' } });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, { from: { mcc: '001', mnc: '01' } });
  const byInstance = { scope: 'other nx', aud: [randomUUID(), nf.config.nfInstanceId] };
  assert.equal((await amf.send({ method: 'GET', url: item(), token: byInstance })).status, 200);
});

const now = () => Math.floor(Date.now() / 1000);
const refused: [string, object | undefined, number, RegExp | undefined][] = [
  ['no token', undefined, 401, /^Bearer realm="AUSF/],
  ['an expired token', { exp: now() - 10 }, 401, /invalid_token.*expired/],
  ['a token of another issuer', { iss: randomUUID() }, 401, /invalid_token/],
  ['a token for another NF type', { aud: 'UDM' }, 401, /invalid_token/],
  ['a token for another instance', { aud: [randomUUID()] }, 401, /invalid_token/],
  ['a token for another PLMN', { producerPlmnId: { mcc: '999', mnc: '70' } }, 401, /invalid_token/],
  ['a token for another service', { scope: 'nudm-sdm' }, 403, /insufficient_scope.*scope="nx"/],
  ["another NF's token", { sub: randomUUID() }, 403, undefined],
  ['a token of a consumer in another PLMN', { consumerPlmnId: { mcc: '999', mnc: '70' } }, 403, undefined],
  [
    'a token for an NF set that this NF is not in',
    { producerNfSetId: 'set1.ausfset.5gc.mnc001.mcc001' },
    403,
    undefined,
  ],
  ['a token without scope', { scope: undefined }, 401, /invalid_token/],
];
for (const [what, claims, status, challenge] of refused) {
  test(`${what} is refused with ${status}`, async () => {
    const token = claims && { scope: 'nx', aud: 'AUSF', ...claims };
    const answer = await amf.send({ method: 'GET', url: item(), ...(token ? { token: token as never } : {}) });
    assert.equal(answer.status, status);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal((answer.body as { status: number }).status, status);
    if (challenge) assert.match(String(answer.headers['www-authenticate']), challenge);
    const good = await amf.send({ method: 'GET', url: item(), token: { scope: 'nx', aud: 'AUSF' } });
    assert.equal(good.status, 200, 'it goes on serving');
  });
}

test('a token signed by a key that the NRF does not have is refused', async () => {
  const forged = await other.sign({ iss: home.nrfInstanceId, sub: amf.nfInstanceId, aud: 'AUSF', scope: 'nx' });
  assert.equal((await amf.send({ method: 'GET', url: item(), token: forged })).status, 401);
  const [header = '', payload = ''] = forged.split('.');
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  assert.equal((await amf.send({ method: 'GET', url: item(), token: none })).status, 401);
  assert.equal((await amf.send({ method: 'GET', url: item(), token: `${header}.${payload}.AAAA` })).status, 401);
});

test('an NF type that the operation is not for is refused, whatever its token says', async () => {
  const smf = await home.client('SMF');
  assert.equal((await smf.send({ method: 'GET', url: item(), token: { scope: 'nx', aud: 'AUSF' } })).status, 403);
  assert.equal((await amf.send({ method: 'POST', url: `${nf.apiRoot}/nx/v1/sepp-only`, body: {} })).status, 403);
});

test('an operation-level scope is demanded besides the service', async () => {
  const url = `${nf.apiRoot}/nx/v1/special`;
  assert.equal((await amf.send({ method: 'GET', url, token: { scope: 'nx', aud: 'AUSF' } })).status, 403);
  assert.equal((await amf.send({ method: 'GET', url, token: { scope: 'nx nx:special', aud: 'AUSF' } })).status, 200);
});

test("a token is bound to its PLMN when our SEPP forwards another PLMN's request", async () => {
  const sepp = await home.client('SEPP');
  const headers = {
    'user-agent': 'AMF-visited',
    '3gpp-sbi-originating-network-id': '999-70; src: SEPP-sepp.5gc.mnc001.mcc001.3gppnetwork.org',
  };
  const send = (claims: object) =>
    sepp.send({
      method: 'GET',
      url: item(),
      headers,
      token: { scope: 'nx', aud: 'AUSF', sub: randomUUID(), ...claims },
    });
  const served = await send({ consumerPlmnId: { mcc: '999', mnc: '70' } });
  assert.equal(served.status, 200);
  assert.deepEqual(served.body, { from: { mcc: '999', mnc: '70' } });
  assert.equal((await send({ consumerPlmnId: { mcc: '001', mnc: '01' } })).status, 403);
  assert.equal((await send({})).status, 403);
});

test('a consumer that is no SEPP cannot claim another PLMN', async () => {
  const headers = { '3gpp-sbi-originating-network-id': '999-70' };
  const token = { scope: 'nx', aud: 'AUSF', consumerPlmnId: { mcc: '999', mnc: '70' } };
  assert.equal((await amf.send({ method: 'GET', url: item(), headers, token })).status, 403);
});

const bad: [string, { body?: unknown; contentType?: string; path?: string }, number, string | undefined, string[]?][] =
  [
    ['malformed JSON', { body: '{"name":' }, 400, 'INVALID_MSG_FORMAT'],
    ['an unknown media type', { body: 'x', contentType: 'text/plain' }, 415, undefined],
    ['an oversized body', { body: { name: 'x'.repeat(3000) } }, 413, undefined],
    ['too deep nesting', { body: `{"name":${'['.repeat(20)}${']'.repeat(20)}}` }, 400, 'INVALID_MSG_FORMAT'],
    ['a missing member', { body: {} }, 400, 'MANDATORY_IE_MISSING', ['/name']],
    ['a wrong type', { body: { name: 5 } }, 400, 'MANDATORY_IE_INCORRECT', ['/name']],
    ['a wrong optional member', { body: { name: 'a', size: -1 } }, 400, 'OPTIONAL_IE_INCORRECT', ['/size']],
    ['__proto__', { body: '{"name":"a","__proto__":{"x":1}}' }, 400, 'INVALID_MSG_FORMAT'],
    ['an unknown resource', { body: {}, path: '/nx/v1/else' }, 404, 'RESOURCE_URI_STRUCTURE_NOT_FOUND'],
  ];
for (const [what, { path, ...request }, status, cause, params] of bad) {
  test(`${what} is answered with ${status} ${cause ?? ''}`, async () => {
    const url = path ? nf.apiRoot + path : items();
    const answer = await amf.send({ method: 'POST', url, ...request });
    const problem = answer.body as { cause?: string; invalidParams?: { param: string }[] };
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.equal(problem.cause, cause);
    if (params)
      assert.deepEqual(
        problem.invalidParams?.map(({ param }) => param),
        params,
      );
    assert.deepEqual((await amf.send({ method: 'POST', url: items(), body: { name: 'ok' } })).body, { name: 'ok' });
  });
}

test('what no route can be found for is answered in the form of all problems, and nothing of it comes back', async () => {
  const identity = {
    name: 'raw',
    nfInstanceId: randomUUID(),
    nfTypes: ['AMF'],
    fqdn: 'raw.5gc.mnc001.mcc001.3gppnetwork.org',
  };
  const tls = await home.pki.certificate(identity);
  const session = connect(`https://127.0.0.1:${nf.config.sbi.port}`, {
    key: readFileSync(tls.key),
    cert: readFileSync(tls.cert),
    ca: readFileSync(home.pki.ca),
    servername: nf.config.fqdn,
  });
  const odd: [string, string, number][] = [
    ['GET', '/nx/v1/items/%E0%A4%A', 400],
    ['GET', `/nx/v1/items/${'a'.repeat(600)}`, 414],
    ['SECRET', '/nx/v1/items/1', 404],
    ['OPTIONS', '*', 404],
  ];
  for (const [method, path, status] of odd) {
    const stream = session.request({ ':method': method, ':path': path });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    const body = await text(stream);
    assert.equal(headers[':status'], status, `${method} ${path}: ${body}`);
    assert.equal(headers['content-type'], 'application/problem+json');
    assert.equal((JSON.parse(body) as { status: number }).status, status);
    assert.doesNotMatch(body, /items|SECRET/);
  }
  session.close();
});

test('a client certificate of another CA, or none, gets no connection', async () => {
  const stranger = await other.pki.certificate({
    name: 'stranger',
    nfInstanceId: randomUUID(),
    nfTypes: ['AMF'],
    fqdn: 'amf.5gc.mnc001.mcc001.3gppnetwork.org',
  });
  for (const own of [{}, { key: readFileSync(stranger.key), cert: readFileSync(stranger.cert) }]) {
    const options = { ca: readFileSync(home.pki.ca), servername: nf.config.fqdn, ...own };
    const failure = await new Promise<Error | number>((resolve) => {
      const session = connect(`https://127.0.0.1:${nf.config.sbi.port}`, options);
      session.on('error', resolve).on('close', () => resolve(new Error('closed without an answer')));
      session
        .request({ ':path': '/nx/v1/items', ':method': 'POST' })
        .on('response', (headers) => resolve(Number(headers[':status'])))
        .on('error', resolve)
        .end('{}');
    });
    assert.ok(failure instanceof Error, `answered with ${String(failure)}`);
  }
});

test('a server with a route that has no rule does not start', async () => {
  const open: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    async build({ server }) {
      server.get('/open', async () => ({}));
      return {};
    },
  };
  await assert.rejects(home.start(open, { nfType: 'UDM' }), /no authorization rule/);
});

test('more requests per second than the limit are answered with 429 NF_CONGESTION_RISK', async () => {
  const limits = { requestsPerSecond: 5 };
  const slow = await home.start(echo, { nfType: 'AUSF', limits });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      amf.send({ method: 'POST', url: `${slow.apiRoot}/nx/v1/items`, body: { name: 'a' } }),
    ),
  );
  const congested = answers.filter(({ status }) => status === 429);
  assert.ok(congested.length >= 10 && congested.length <= 15, `${congested.length} were refused`);
  assert.partialDeepStrictEqual(congested[0]?.body, { cause: 'NF_CONGESTION_RISK' });
});
