/** Bad input to every NF of the home network: the TS's status and cause, and the NF goes on serving. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HttpResponse } from '@twincore/sbi';
import { forgeToken, type TestNf, testNf } from './support/client.ts';
import { assertRegistered, conformanceTest, HOME, startTestLab, type TestLab, UE, VISITED } from './support/lab.ts';

const NOBODY = 'imsi-001019999999999';
const SNN = '5G:mnc001.mcc001.3gppnetwork.org';

/** One operation of each producer, with a body that is right but for what a test changes. */
interface Target {
  readonly nf: string;
  /** NF type that may call it. */
  readonly consumer: string;
  /** Empty where the operation needs no token. */
  readonly scope: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body: (self: string) => Record<string, unknown>;
  /** A mandatory member of the body. */
  readonly member: string;
}

const TARGETS: readonly Target[] = [
  {
    nf: 'ausf',
    consumer: 'AMF',
    scope: 'nausf-auth',
    method: 'POST',
    path: '/nausf-auth/v1/ue-authentications',
    body: () => ({ supiOrSuci: 'suci-0-001-01-0000-0-0-0000000003', servingNetworkName: SNN }),
    member: 'servingNetworkName',
  },
  {
    nf: 'udm',
    consumer: 'AUSF',
    scope: 'nudm-ueau nudm-ueau:security-information:generate-auth-data:invoke',
    method: 'POST',
    path: `/nudm-ueau/v1/${UE.nullScheme}/security-information/generate-auth-data`,
    body: (self) => ({ servingNetworkName: SNN, ausfInstanceId: self }),
    member: 'servingNetworkName',
  },
  {
    nf: 'udr',
    consumer: 'UDM',
    scope: 'nudr-dr nudr-dr:subscription-data:registrations:write',
    method: 'PUT',
    path: `/nudr-dr/v2/subscription-data/${UE.nullScheme}/context-data/amf-3gpp-access`,
    body: (self) => ({
      amfInstanceId: self,
      deregCallbackUri: 'https://amf.5gc.mnc001.mcc001.3gppnetwork.org/callback',
      guami: { plmnId: HOME, amfId: '010041' },
      ratType: 'NR',
    }),
    member: 'guami',
  },
  {
    nf: 'nrf',
    consumer: 'AMF',
    scope: '',
    method: 'POST',
    path: '/nnrf-nfm/v1/subscriptions',
    body: () => ({ nfStatusNotificationUri: 'https://amf.5gc.mnc001.mcc001.3gppnetwork.org/callback' }),
    member: 'nfStatusNotificationUri',
  },
];

describe('bad input', () => {
  let lab: TestLab;
  const nfs = new Map<string, TestNf>();
  before(async () => {
    lab = await startTestLab();
    for (const type of ['AMF', 'AUSF', 'UDM']) nfs.set(type, await testNf(lab, HOME, type));
  });
  after(async () => {
    for (const nf of nfs.values()) await nf.close();
    await lab.end();
  });
  const nfOf = (type: string) => nfs.get(type) ?? assert.fail(type);

  const refused = (answer: HttpResponse, status: number, cause?: string) => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    const problem = answer.body as { cause?: string; status: number };
    assert.equal(problem.cause, cause);
    assert.equal(problem.status, status);
    return problem as { invalidParams?: { param: string }[] };
  };

  for (const target of TARGETS) {
    describe(target.nf, () => {
      let nf: TestNf;
      let token: string | undefined;
      let url: string;
      before(async () => {
        nf = nfOf(target.consumer);
        token = target.scope === '' ? undefined : await nf.token(target.scope, target.nf.toUpperCase());
        url = `${lab.nf('home', target.nf).apiRoot}${target.path}`;
      });
      const send = (body: unknown, { contentType = 'application/json', bearer = token, from = nf } = {}) =>
        from.send({
          method: target.method,
          url,
          body,
          contentType,
          ...(bearer === undefined ? {} : { headers: { authorization: `Bearer ${bearer}` } }),
        });

      test('an unknown media type is 415', async () => {
        refused(await send('<a/>', { contentType: 'application/xml' }), 415);
      });

      test('malformed JSON is 400 INVALID_MSG_FORMAT', async () => {
        for (const text of ['{', '{"a":1,}', '\u0000', '"\\ud800', `{"a":${'9'.repeat(500)}e}`]) {
          refused(await send(text), 400, 'INVALID_MSG_FORMAT');
        }
      });

      test('a wrong type or a missing member is 400 and is named', async () => {
        const body = target.body(nf.nfInstanceId);
        const wrong = refused(await send({ ...body, [target.member]: 42 }), 400, 'MANDATORY_IE_INCORRECT');
        assert.deepEqual(wrong.invalidParams?.[0]?.param, `/${target.member}`);
        const missing = refused(await send({ ...body, [target.member]: undefined }), 400, 'MANDATORY_IE_MISSING');
        assert.deepEqual(missing.invalidParams?.[0]?.param, `/${target.member}`);
        for (const other of [[], null, 1, 'text'])
          refused(await send(JSON.stringify(other)), 400, 'MANDATORY_IE_INCORRECT');
      });

      test('a body over the limit is 413, nesting over the limit 400', async () => {
        refused(await send({ padding: 'x'.repeat(300_000) }), 413);
        refused(await send(`{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`), 400, 'INVALID_MSG_FORMAT');
      });

      test('__proto__ and constructor in a body change nothing', async () => {
        refused(await send('{"__proto__":{"admin":true}}'), 400, 'INVALID_MSG_FORMAT');
        refused(await send('{"constructor":{"prototype":{"admin":true}}}'), 400, 'INVALID_MSG_FORMAT');
      });

      if (target.scope !== '') {
        test('no token, an expired one, another service’s, and another NF’s', async () => {
          const body = target.body(nf.nfInstanceId);
          const answer = await send(body, { bearer: '' });
          refused(answer, 401);
          assert.match(String(answer.headers['www-authenticate']), /^Bearer realm=/);
          const claims = {
            iss: lab.nf('home', 'nrf').config.nfInstanceId,
            sub: nf.nfInstanceId,
            aud: target.nf.toUpperCase(),
            scope: target.scope,
          };
          const now = Math.floor(Date.now() / 1000);
          const expired = await send(body, { bearer: await forgeToken(lab, HOME, { ...claims, exp: now - 60 }) });
          refused(expired, 401);
          assert.match(String(expired.headers['www-authenticate']), /error="invalid_token"/);
          const foreign = await forgeToken(lab, VISITED, { ...claims, exp: now + 60 });
          refused(await send(body, { bearer: foreign }), 401);
          const other = await forgeToken(lab, HOME, { ...claims, scope: 'nnrf-nfm', exp: now + 60 });
          const scope = await send(body, { bearer: other });
          refused(scope, 403);
          assert.match(String(scope.headers['www-authenticate']), /error="insufficient_scope"/);
          const thief = [...nfs.values()].find((candidate) => candidate !== nf) ?? assert.fail();
          refused(await send(body, { from: thief }), 403);
        });

        test('the NRF gives no token for it to an NF type that may not call it', async () => {
          const other = target.consumer === 'AMF' ? 'UDM' : 'AMF';
          const answer = await nfOf(other).askToken(target.scope, target.nf.toUpperCase());
          assert.ok([400, 403].includes(answer.status), JSON.stringify(answer.body));
        });
      }

      test('and goes on serving', async () => {
        const before = lab.nf('home', target.nf).pid;
        const answer = await send(target.body(nf.nfInstanceId));
        assert.ok(answer.status < 500, JSON.stringify(answer.body));
        assert.equal(lab.nf('home', target.nf).pid, before);
      });
    });
  }

  test('unknown SUPIs and serving networks get the cause of the TS at AUSF and UDM', async () => {
    const amf = nfOf('AMF');
    const ausf = lab.nf('home', 'ausf').apiRoot;
    const authorization = `Bearer ${await amf.token('nausf-auth', 'AUSF')}`;
    const authenticate = (body: object) =>
      amf.send({ method: 'POST', url: `${ausf}/nausf-auth/v1/ue-authentications`, body, headers: { authorization } });
    refused(await authenticate({ supiOrSuci: NOBODY, servingNetworkName: SNN }), 404, 'USER_NOT_FOUND');
    const visited = '5G:mnc070.mcc999.3gppnetwork.org';
    const foreign = await authenticate({ supiOrSuci: UE.nullScheme, servingNetworkName: visited });
    refused(foreign, 403, 'SERVING_NETWORK_NOT_AUTHORIZED');
    const malformed = await authenticate({ supiOrSuci: UE.nullScheme, servingNetworkName: 'elsewhere' });
    refused(malformed, 400, 'MANDATORY_IE_INCORRECT');
  });

  test('a path that nobody has is 404, a method that a path does not have is refused, and both without a token', async () => {
    for (const { nf } of TARGETS) {
      const { apiRoot } = lab.nf('home', nf);
      refused(
        await nfOf('AMF').send({ method: 'GET', url: `${apiRoot}/nothing/v1/here` }),
        404,
        'RESOURCE_URI_STRUCTURE_NOT_FOUND',
      );
    }
  });

  test('after all of it a UE registers', async () => {
    assertRegistered(await lab.ue(UE.nullScheme).register(HOME, { identity: 'suci' }));
    assertRegistered(await lab.ue(UE.profileA).register(VISITED, { identity: 'suci' }));
  });

  conformanceTest(() => lab, { allowRefused: true });
});
