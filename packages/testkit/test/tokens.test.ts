/** What a consumer does with access tokens: kept by all that they are for, renewed in time, and sent nowhere else. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type DiscoveredNFProfile, NFProfile } from '@twincore/model';
import {
  NfConfig,
  type NfDefinition,
  nfServiceOf,
  type SbiConsumer,
  SbiProblem,
  type ServiceCall,
  TokenCache,
  type TokenQuery,
  UnexpectedAnswer,
} from '@twincore/sbi';
import { type StartedNf, type TestPlmn, testPlmn } from '../src/index.ts';

const HOME = { mcc: '001', mnc: '01' };

describe('TokenCache', () => {
  let asked: TokenQuery[];
  let lifetime: number;
  let fails: boolean;
  let cache: TokenCache;
  beforeEach(() => {
    asked = [];
    lifetime = 100;
    fails = false;
    cache = new TokenCache(async (query) => {
      asked.push(query);
      if (fails) throw new Error('no token');
      return { token: `token ${asked.length}`, lifetime };
    });
  });
  const udm: TokenQuery = { scope: 'nudm-sdm', targetNfType: 'UDM' };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('one token serves for one query, also when many ask at once', async () => {
    assert.deepEqual(await Promise.all([cache.get(udm), cache.get({ ...udm })]), ['token 1', 'token 1']);
    assert.equal(asked.length, 1);
  });

  test('a query that differs in anything gets a token of its own', async () => {
    const others: Partial<TokenQuery>[] = [
      {},
      { scope: 'nudm-sdm nudm-sdm:x' },
      { targetNfType: 'UDR' },
      { targetNfInstanceId: randomUUID() },
      { plmnId: { mcc: '999', mnc: '70' } },
      { sNssais: [{ sst: 1 }] },
      { sNssais: [{ sst: 1, sd: '00000a' }] },
    ];
    const tokens = new Set<string>();
    for (const other of others) tokens.add(await cache.get({ ...udm, ...other }));
    assert.equal(tokens.size, others.length);
    const reordered = { ...udm, sNssais: [{ sst: 1, sd: '00000A' }] };
    assert.equal(await cache.get(reordered), `token ${others.length}`);
  });

  test('a token is renewed before its end while it still serves, and not used at its end', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    assert.equal(await cache.get(udm), 'token 1');
    t.mock.timers.tick(80_000);
    assert.equal(await cache.get(udm), 'token 1');
    await settled();
    assert.equal(asked.length, 2);
    assert.equal(await cache.get(udm), 'token 2');
  });

  test('a renewal that fails costs nothing while the token is good', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    await cache.get(udm);
    t.mock.timers.tick(80_000);
    fails = true;
    assert.equal(await cache.get(udm), 'token 1');
    await settled();
    assert.equal(await cache.get(udm), 'token 1');
    assert.equal(asked.length, 2);
    fails = false;
    t.mock.timers.tick(2_000);
    await cache.get(udm);
    await settled();
    assert.equal(await cache.get(udm), 'token 3');
  });

  test('a token that is not granted is not kept either', async () => {
    fails = true;
    await assert.rejects(cache.get(udm), /no token/);
    fails = false;
    assert.equal(await cache.get(udm), 'token 2');
  });

  test('a refused token is dropped, but not the one that has taken its place', async () => {
    const first = await cache.get(udm);
    await cache.forget(udm, first);
    assert.equal(await cache.get(udm), 'token 2');
    await cache.forget(udm, first);
    assert.equal(await cache.get(udm), 'token 2');
  });
});

describe('a consumer', () => {
  let home: TestPlmn;
  let nrf: StartedNf<NfConfig>;
  let udm: StartedNf<NfConfig>;
  let thief: StartedNf<NfConfig>;
  let consumer: SbiConsumer;
  /** What the stand-ins for NRF, UDM and an NF that is no UDM have seen. */
  const seen = { tokens: [] as string[], udm: [] as string[], thief: [] as string[] };
  let profiles: DiscoveredNFProfile[] = [];
  let granting = true;
  let rejections = 0;

  const standInNrf: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    async build({ server }) {
      const sbi = { access: 'peer', operation: 'test', peers: ['*'] } as const;
      const profile = { config: { sbi }, schema: { body: NFProfile } };
      server.put('/nnrf-nfm/v1/nf-instances/:id', profile, async (request, reply) =>
        reply.code(201).send({ ...(request.body as object), heartBeatTimer: 60 }),
      );
      server.delete('/nnrf-nfm/v1/*', { config: { sbi } }, async (_request, reply) => reply.code(204).send());
      server.post('/nnrf-nfm/v1/subscriptions', { config: { sbi } }, async (request, reply) =>
        reply.code(201).send({ ...(request.body as object), subscriptionId: '1' }),
      );
      server.get('/nnrf-disc/v1/nf-instances', { config: { sbi } }, async () => ({
        validityPeriod: 60,
        nfInstances: profiles,
      }));
      server.post('/oauth2/token', { config: { sbi } }, async (_request, reply) => {
        if (!granting) return reply.code(400).send({ error: 'unauthorized_client' });
        const token = `token-${seen.tokens.length + 1}`;
        seen.tokens.push(token);
        return { access_token: token, token_type: 'Bearer', expires_in: 300 };
      });
      return {};
    },
  };

  const listener = (heard: string[]): NfDefinition<NfConfig> => ({
    configSchema: NfConfig,
    async build({ server }) {
      server.get(
        '/nudm-sdm/v2/*',
        { config: { sbi: { access: 'peer', operation: 'test', peers: ['*'] } } },
        async (request, reply) => {
          heard.push(request.headers.authorization ?? '');
          if (rejections-- > 0) return reply.code(401).send();
          return {};
        },
      );
      return {};
    },
  });
  const caller: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    async build(nf) {
      consumer = nf.consumer;
      return {};
    },
  };
  const rules = {
    get: { access: 'token', operation: 'test', service: 'nudm-sdm', consumers: ['AMF'] },
  } as const;

  before(async () => {
    home = await testPlmn(HOME);
    nrf = await home.start(standInNrf, { nfType: 'NRF' });
    udm = await home.start(listener(seen.udm), { nfType: 'UDM' });
    thief = await home.start(listener(seen.thief), { nfType: 'AF' });
    await home.start(caller, { nfType: 'AMF', nrf: { apiRoot: nrf.apiRoot } });
    const { nfInstanceId, fqdn } = udm.config;
    const service = nfServiceOf(udm.config, { serviceName: 'nudm-sdm', apiFullVersion: '2.2.4', rules });
    profiles = [
      {
        nfInstanceId,
        nfType: 'UDM',
        nfStatus: 'REGISTERED',
        fqdn,
        ipv4Addresses: ['127.0.0.1'],
        nfServices: [service],
      },
    ];
  });
  after(() => home.close());
  beforeEach(() => {
    for (const list of Object.values(seen)) list.length = 0;
    granting = true;
    rejections = 0;
  });

  const call = (path: string, scopes: string[]): ServiceCall => ({
    operation: 'Nudm_SDM_Get',
    nfType: 'UDM',
    serviceName: 'nudm-sdm',
    scopes,
    method: 'GET',
    path,
    expect: [200],
  });

  test('after a 401 it tries once more, with a new token, and no more than once', async () => {
    rejections = 1;
    await consumer.call(call('/imsi-1/am-data', ['nudm-sdm:once']));
    assert.deepEqual(seen.udm, ['Bearer token-1', 'Bearer token-2']);
    rejections = 9;
    await assert.rejects(consumer.call(call('/imsi-1/am-data', ['nudm-sdm:once'])), (error) => {
      assert.ok(error instanceof UnexpectedAnswer);
      return error.answeredStatus === 401;
    });
    assert.deepEqual(seen.udm.slice(2), ['Bearer token-2', 'Bearer token-3']);
  });

  test('follows the link of a producer to that producer', async () => {
    await consumer.call(call(`${udm.apiRoot}/nudm-sdm/v2/imsi-1/link`, []));
    assert.equal(seen.udm.length, 1);
  });

  test('sends no token where a link leads to another NF or another service', async () => {
    const elsewhere = [
      `${thief.apiRoot}/nudm-sdm/v2/imsi-1/link`,
      `${udm.apiRoot}/nudm-uecm/v1/imsi-1/link`,
      `${udm.apiRoot}/nudm-sdm/../nudm-uecm/v1/link`,
      'https://udm.example.com/nudm-sdm/v2/imsi-1/link',
    ];
    for (const link of elsewhere) {
      await assert.rejects(consumer.call(call(link, [])), (error) => {
        assert.ok(error instanceof SbiProblem, String(error));
        assert.equal(error.problem.cause, 'TARGET_NF_NOT_REACHABLE', link);
        return true;
      });
    }
    assert.deepEqual([seen.thief, seen.udm], [[], []]);
  });

  test('without a token it sends nothing', async () => {
    granting = false;
    await assert.rejects(consumer.call(call('/imsi-1/am-data', ['nudm-sdm:refused'])), UnexpectedAnswer);
    assert.deepEqual(seen.udm, []);
  });
});
