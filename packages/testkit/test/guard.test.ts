/** The guard: every check with its switch, what a request asks for, and consumers behind an SCP. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CLIENT_CREDENTIALS,
  createCca,
  type Defence,
  type HttpResponse,
  NfConfig,
  type NfDefinition,
  type SbiRequest,
  type TokenRule,
} from '@twincore/sbi';
import { type StartedNf, type TestClient, type TestPlmn, type TestRequest, testPlmn } from '../src/index.ts';

const HOME = { mcc: '001', mnc: '01' };
const ABROAD = { mcc: '999', mnc: '70' };
const NSI = 'nsi-1';
const SET = 'set1.ausfset.5gc.mnc001.mcc001';
const SERVICE_SET = 'set1.snnausf-auth.nfi54804518-4191-46b3-955c-ac631f953ed8.5gc.mnc001.mcc001';
const rule = { access: 'token', operation: 'Nx_Get', service: 'nx', consumers: ['AMF'] } as const satisfies TokenRule;

const query = (request: SbiRequest) => request.query as { sst?: string; mcc?: string };
const echo: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const who = ({ sbi: { consumer } }: SbiRequest) => ({
      peer: consumer?.peer.nfInstanceId,
      type: consumer?.peer.nfTypes[0],
      via: consumer?.via?.nfTypes[0],
    });
    const plmn = (request: SbiRequest) => ({ ...HOME, mcc: query(request).mcc ?? HOME.mcc });
    const slices = (request: SbiRequest) => (query(request).sst ? [{ sst: Number(query(request).sst) }] : []);
    server.get('/nx/v1/plain', { config: { sbi: rule } }, async (request) => who(request));
    server.get('/nx/v1/scoped', { config: { sbi: { ...rule, scopes: ['nx:a', 'nx:b'] } } }, async () => ({}));
    server.get('/nx/v1/asked', { config: { sbi: { ...rule, plmn, slices } } }, async () => ({}));
    const peers = { access: 'peer', operation: 'Callback', peers: ['UDM'] } as const;
    server.get('/callback', { config: { sbi: peers } }, async (request) => who(request));
    return {};
  },
};

const members = { nsiList: [NSI], nfSetIdList: [SET], nfServiceSetIdList: [SERVICE_SET], sNssais: [{ sst: 1 }] };

describe('the guard', () => {
  let home: TestPlmn;
  let nf: StartedNf<NfConfig>;
  let amf: TestClient;
  before(async () => {
    home = await testPlmn(HOME);
    nf = await home.start(echo, { nfType: 'AUSF', ...members });
    amf = await home.client('AMF');
  });
  after(() => home.close());

  const get = (path: string, claims: object, from = amf, to = nf, rest: Partial<TestRequest> = {}) =>
    from.send({
      method: 'GET',
      url: `${to.apiRoot}${path}`,
      token: { scope: 'nx nx:a', aud: 'AUSF', ...claims },
      ...rest,
    });
  const past = () => Math.floor(Date.now() / 1000) - 10;

  /** Claims that one check refuses and nothing else does. */
  const CHECKS: readonly [Defence, object, number, string?][] = [
    ['withoutTokenIssuer', { iss: randomUUID() }, 401],
    ['withoutTokenExpiry', { exp: past() }, 401],
    ['withoutTokenExpiry', { nbf: past() + 3600 }, 401],
    ['withoutTokenAudience', { aud: 'UDM' }, 401],
    ['withoutTokenAudience', { aud: [randomUUID()] }, 401],
    ['withoutTokenProducerPlmn', { producerPlmnId: ABROAD }, 401],
    ['withoutTokenProducerPlmn', { producerSnpnId: { ...HOME, nid: '0'.repeat(11) } }, 401],
    ['withoutTokenSlice', { producerSnssaiList: [{ sst: 1, sd: '000001' }] }, 403],
    ['withoutTokenNsi', { producerNsiList: ['nsi-2'] }, 403],
    ['withoutTokenNfSet', { producerNfSetId: SET.replace('set1', 'set2') }, 403],
    ['withoutTokenNfServiceSet', { producerNfServiceSetId: SERVICE_SET.replace('set1', 'set2') }, 403],
    ['withoutTokenScope', { scope: 'ny nx:a' }, 403],
    ['withoutOperationScope', { scope: 'nx' }, 403, '/nx/v1/scoped'],
    ['withoutTokenConsumerPlmn', { consumerPlmnId: ABROAD }, 403],
    ['withoutTokenConsumerPlmn', { consumerSnpnId: { ...HOME, nid: '0'.repeat(11) } }, 403],
    ['withoutTokenSubject', { sub: randomUUID() }, 403],
    ['withoutTokenSubject', { sourceNfInstanceId: randomUUID() }, 403],
  ];
  for (const [defence, claims, status, path = '/nx/v1/plain'] of CHECKS) {
    test(`${JSON.stringify(claims)} is refused, but for ${defence}`, async () => {
      const refused = await get(path, claims);
      assert.equal(refused.status, status, JSON.stringify(refused.body));
      const error = status === 401 ? 'invalid_token' : 'insufficient_scope';
      assert.match(String(refused.headers['www-authenticate']), new RegExp(`^Bearer error="${error}"`));
      const open = await home.start(echo, { nfType: 'AUSF', ...members, insecure: { [defence]: true } });
      assert.equal((await get(path, claims, amf, open)).status, 200);
      await open.stop();
    });
  }

  test('a token that names what the producer is, in whole, is good', async () => {
    const claims = {
      aud: [nf.config.nfInstanceId.toUpperCase()],
      producerPlmnId: HOME,
      consumerPlmnId: HOME,
      producerSnssaiList: [{ sst: 7 }, { sst: 1 }],
      producerNsiList: [NSI],
      producerNfSetId: SET,
      producerNfServiceSetId: SERVICE_SET,
      nbf: past(),
    };
    assert.equal((await get('/nx/v1/plain', claims)).status, 200);
  });

  test('of several scopes of a resource one is enough, and refusals name the first', async () => {
    assert.equal((await get('/nx/v1/scoped', { scope: 'nx nx:b' })).status, 200);
    const refused = await get('/nx/v1/scoped', { scope: 'nx nx:c' });
    assert.match(String(refused.headers['www-authenticate']), /scope="nx nx:a"$/);
    // A scope of an operation does not stand for that of its service.
    assert.equal((await get('/nx/v1/scoped', { scope: 'nx:a' })).status, 403);
  });

  test('a request for a slice needs a token that covers it', async () => {
    const claims = { producerSnssaiList: [{ sst: 1 }] };
    assert.equal((await get('/nx/v1/asked?sst=1', claims)).status, 200);
    assert.equal((await get('/nx/v1/asked?sst=2', claims)).status, 403);
    assert.equal((await get('/nx/v1/asked', claims)).status, 200);
    assert.equal((await get('/nx/v1/asked?sst=2', {})).status, 200);
  });

  test('what belongs to a PLMN is for consumers in it', async () => {
    assert.equal((await get('/nx/v1/asked?mcc=001', {})).status, 200);
    assert.equal((await get('/nx/v1/asked?mcc=999', {})).status, 403);
  });

  test('a known token is refused once it has expired', async (t) => {
    const claims = { exp: Math.floor(Date.now() / 1000) + 2 };
    const token = await home.sign({ sub: amf.nfInstanceId, scope: 'nx', aud: 'AUSF', ...claims });
    const url = `${nf.apiRoot}/nx/v1/plain`;
    assert.equal((await amf.send({ method: 'GET', url, token })).status, 200);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_000 });
    assert.equal((await amf.send({ method: 'GET', url, token })).status, 401);
  });

  describe('behind an SCP', () => {
    let scp: TestClient;
    let known: { nfInstanceId: string; tls: NfConfig['tls'] };
    before(async () => {
      scp = await home.client('SCP');
      const nfInstanceId = amf.nfInstanceId;
      const fqdn = `amf-${nfInstanceId.slice(0, 8)}.5gc.mnc001.mcc001.3gppnetwork.org`;
      const tls = await home.pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: ['AMF'], fqdn });
      known = { nfInstanceId, tls };
    });
    const through = (claims: object, assertion?: string, path = '/nx/v1/plain') =>
      get(path, { sub: amf.nfInstanceId, ...claims }, scp, nf, {
        headers: assertion === undefined ? {} : { [CLIENT_CREDENTIALS]: assertion },
      });
    const refused = (answer: HttpResponse, cause: string) => {
      assert.equal(answer.status, 403);
      assert.equal((answer.body as { cause?: string }).cause, cause);
    };

    test('the consumer is who its assertion says', async () => {
      const assertion = await createCca(known, ['NRF', 'AUSF']);
      for (const time of ['verified', 'known']) {
        const answer = await through({}, assertion);
        assert.deepEqual(
          [answer.status, answer.body],
          [200, { peer: amf.nfInstanceId, type: 'AMF', via: 'SCP' }],
          time,
        );
      }
    });

    test('without an assertion, or with one for another NF type, nobody is served', async () => {
      refused(await through({}), 'CCA_VERIFICATION_FAILURE');
      refused(await through({ sub: scp.nfInstanceId }), 'CCA_VERIFICATION_FAILURE');
      refused(await through({}, await createCca(known, ['NRF', 'UDM'])), 'CCA_VERIFICATION_FAILURE');
      refused(await through({}, 'no.jwt.'), 'CCA_VERIFICATION_FAILURE');
    });

    test('token and assertion have to be of one NF', async () => {
      refused(await through({ sub: randomUUID() }, await createCca(known, ['AUSF'])), 'TOKEN_CCA_MISMATCH');
      refused(await through({ sub: scp.nfInstanceId }, await createCca(known, ['AUSF'])), 'TOKEN_CCA_MISMATCH');
    });

    test('the NF type is that of the assertion, also for a callback', async () => {
      const assertion = await createCca(known, ['AUSF']);
      assert.equal((await through({}, assertion, '/callback')).status, 403);
      const udm = await home.client('UDM');
      const fqdn = `udm-${udm.nfInstanceId.slice(0, 8)}.5gc.mnc001.mcc001.3gppnetwork.org`;
      const name = udm.nfInstanceId;
      const tls = await home.pki.certificate({ name, nfInstanceId: name, nfTypes: ['UDM'], fqdn });
      const answer = await through({}, await createCca({ nfInstanceId: name, tls }, ['AUSF']), '/callback');
      assert.deepEqual(answer.body, { peer: name, type: 'UDM', via: 'SCP' });
    });

    test('a SEPP behind an SCP speaks for itself alone', async () => {
      const name = randomUUID();
      const fqdn = 'sepp.5gc.mnc001.mcc001.3gppnetwork.org';
      const tls = await home.pki.certificate({ name, nfInstanceId: name, nfTypes: ['SEPP'], fqdn });
      const assertion = await createCca({ nfInstanceId: name, tls }, ['AUSF']);
      refused(await through({ consumerPlmnId: HOME }, assertion), 'TOKEN_CCA_MISMATCH');
    });

    test('the assertion of somebody else is nothing to an NF that comes by itself', async () => {
      const smf = await home.client('SMF');
      const headers = { [CLIENT_CREDENTIALS]: await createCca(known, ['AUSF']) };
      assert.equal((await get('/nx/v1/plain', { sub: amf.nfInstanceId }, smf, nf, { headers })).status, 403);
    });
  });

  test('a producer without keys for tokens does not start with a route that needs one', async () => {
    await assert.rejects(home.start(echo, { nfType: 'AUSF', tokens: undefined }), /needs tokens/);
  });

  test('a switch that does not exist is no configuration', async () => {
    await assert.rejects(home.start(echo, { nfType: 'AUSF', insecure: { withoutTokken: true } }), /insecure/);
  });
});
