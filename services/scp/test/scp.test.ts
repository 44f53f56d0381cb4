/** What an SCP does with a request, over real TLS and with real tokens and assertions. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { HttpResponse } from '@twincore/sbi';
import { type Consumer, factors, SERVICE, type Standin, type World, world } from './support.ts';

const PATH = `/${SERVICE}/v1/things`;
const problem = ({ status, headers, body }: HttpResponse) => ({
  status,
  cause: (body as { cause?: string } | undefined)?.cause,
  by: String(headers.server ?? ''),
});

describe('an SCP', () => {
  let w: World;
  let name: string;
  let producers: Standin[] = [];
  before(async () => {
    w = await world();
    name = `SCP-${w.scp.config.fqdn}`;
  });
  afterEach(async () => {
    for (const producer of producers) await producer.nf.stop();
    producers = [];
    w.nrf.known.splice(0);
    delete w.nrf.discovery;
    delete w.nrf.token;
    w.nrf.discoveries.splice(0);
    w.nrf.tokenRequests.splice(0);
  });
  after(() => w.close());

  const start = async (options?: Parameters<World['producer']>[0]) => {
    const producer = await w.producer(options);
    producers.push(producer);
    return producer;
  };
  /** Gone without a word: the NRF still knows it. */
  const crash = async ({ nf, nfInstanceId }: Standin) => {
    const profile = w.nrf.known.find((known) => known.nfInstanceId === nfInstanceId) ?? assert.fail();
    await nf.stop();
    w.nrf.known.push(profile);
  };
  const send = async (
    headers: Record<string, string>,
    more: Partial<Parameters<Consumer['send']>[0]> = {},
    by = w.amf,
  ) =>
    by.send({
      method: 'GET',
      url: w.scp.apiRoot + PATH,
      headers: { ...(await by.credentials()), ...headers },
      ...more,
    });
  const token = { scope: SERVICE, aud: 'AUSF' };
  const refusedByScp = (answer: HttpResponse, status: number, cause: string) =>
    assert.deepEqual(problem(answer), { status, cause, by: name }, JSON.stringify(answer.body));

  describe('in model C', () => {
    test('takes a request to its target; the producer knows the consumer by its assertion', async () => {
      const producer = await start();
      const [other] = [await start()];
      producer.answer = ({ sbi, headers, body }) => ({
        from: sbi.peer?.nfTypes[0],
        consumer: sbi.consumer?.peer.nfInstanceId,
        headers,
        body,
      });
      const answer = await send(
        { '3gpp-sbi-target-apiroot': producer.apiRoot, '3gpp-sbi-message-priority': '4' },
        { token, method: 'POST', body: { hello: 'AUSF' } },
      );
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      const seen = answer.body as { from: string; consumer: string; headers: Record<string, string>; body: unknown };
      assert.deepEqual([seen.from, seen.consumer, seen.body], ['SCP', w.amf.nfInstanceId, { hello: 'AUSF' }]);
      assert.equal(seen.headers.via, `2.0 ${name}`);
      assert.equal(seen.headers['3gpp-sbi-message-priority'], '4');
      assert.equal(seen.headers['3gpp-sbi-target-apiroot'], undefined);
      assert.match(seen.headers['user-agent'] ?? '', new RegExp(`^AMF-${w.amf.nfInstanceId}`));
      assert.equal(answer.headers.via, `2.0 ${name}`);
      assert.equal(answer.headers['3gpp-sbi-producer-id'], undefined, 'the consumer has chosen');
      assert.equal(w.nrf.tokenRequests.length, 0);
      assert.equal(other.seen.length, 0);
    });

    test('an assertion of another NF, or none, opens nothing', async () => {
      const producer = await start();
      const thief = await w.consumer('AMF');
      const target = { '3gpp-sbi-target-apiroot': producer.apiRoot };
      const stolen = await send({ ...target, ...(await w.amf.credentials()) }, { token }, thief);
      refusedByScp(stolen, 403, 'CCA_VERIFICATION_FAILURE');
      const without = await thief.send({ method: 'GET', url: w.scp.apiRoot + PATH, headers: target, token });
      assert.deepEqual(problem(without), {
        status: 403,
        cause: 'CCA_VERIFICATION_FAILURE',
        by: `AUSF-${producer.nfInstanceId}`,
      });
      // Its own assertion with the token of another.
      const mismatch = await send(target, { token: await w.plmn.sign({ ...token, sub: w.amf.nfInstanceId }) }, thief);
      assert.equal(problem(mismatch).cause, 'TOKEN_CCA_MISMATCH');
      assert.equal(producer.seen.length, 0);
    });

    test('an unregistered or unreachable target is 504, one without a name of a PLMN 400', async () => {
      refusedByScp(await send({}), 400, 'MANDATORY_IE_MISSING');
      const unknown = await send({ '3gpp-sbi-target-apiroot': w.amf.nfInstanceId });
      refusedByScp(unknown, 400, 'INVALID_MSG_FORMAT');
      const foreign = await send({ '3gpp-sbi-target-apiroot': 'https://169.254.169.254' });
      refusedByScp(foreign, 400, 'MANDATORY_IE_INCORRECT');
      const abroad = await send({ '3gpp-sbi-target-apiroot': 'https://ausf.5gc.mnc070.mcc999.3gppnetwork.org' });
      refusedByScp(abroad, 504, 'TARGET_NF_NOT_REACHABLE');
      const unregistered = await send({
        '3gpp-sbi-target-apiroot': 'https://ausf.5gc.mnc001.mcc001.3gppnetwork.org:17105',
      });
      refusedByScp(unregistered, 504, 'TARGET_NF_NOT_REACHABLE');
      const gone = await start();
      await crash(gone);
      const unreachable = await send({ '3gpp-sbi-target-apiroot': gone.apiRoot }, { token });
      refusedByScp(unreachable, 504, 'TARGET_NF_NOT_REACHABLE');
      assert.equal(unreachable.headers['3gpp-sbi-response-info'], undefined, 'it cannot have arrived');
    });

    test('a producer that fails with the request is not replaced, and nobody is told to retry', async () => {
      const producer = await start();
      producer.answer = (request) => {
        (request.raw as unknown as { stream: { session: { destroy(): void } } }).stream.session.destroy();
        return new Promise(() => {});
      };
      const target = { '3gpp-sbi-target-apiroot': producer.apiRoot };
      const answer = await send(target, { token, method: 'POST', body: {} });
      assert.equal(answer.status, 504);
      assert.equal(answer.headers['3gpp-sbi-response-info'], 'no-retry=true');
      assert.equal(producer.seen.length, 1);
    });

    test('within a set that the producer has named, another one takes over', async () => {
      const nfSetIdList = ['set1.ausfset.5gc.mnc001.mcc001'];
      const [first, second, stranger] = [await start({ nfSetIdList }), await start({ nfSetIdList }), await start()];
      await crash(first);
      const headers = {
        '3gpp-sbi-target-apiroot': first.apiRoot,
        '3gpp-sbi-routing-binding': `bl=nf-set; nfinst=${first.nfInstanceId}; nfset=${nfSetIdList[0]}; servname=${SERVICE}`,
      };
      const answer = await send(headers, { token });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.deepEqual([second.seen.length, stranger.seen.length], [1, 0]);
      assert.match(String(answer.headers['3gpp-sbi-producer-id']), new RegExp(`^nfinst=${second.nfInstanceId}`));
      assert.equal(answer.headers['3gpp-sbi-target-apiroot'], second.apiRoot);
      refusedByScp(
        await send({ ...headers, '3gpp-sbi-routing-binding': 'bl=nonsense' }, { token }),
        400,
        'MANDATORY_IE_INCORRECT',
      );
    });
  });

  describe('against loops', () => {
    test('a request that has been here is refused, whoever sends it', async () => {
      const producer = await start();
      const headers = { '3gpp-sbi-target-apiroot': producer.apiRoot };
      refusedByScp(await send({ ...headers, via: `2.0 SCP-elsewhere, 2.0 ${name}` }), 400, 'MSG_LOOP_DETECTED');
      assert.equal((await send({ ...headers, via: '2.0 SCP-elsewhere' }, { token })).status, 200);
      assert.equal(producer.seen[0]?.headers.via, `2.0 SCP-elsewhere, 2.0 ${name}`);
      // Sent to itself, it meets itself.
      w.nrf.known.push({ ...scpProfile() });
      refusedByScp(await send({ '3gpp-sbi-target-apiroot': w.scp.apiRoot }), 400, 'MSG_LOOP_DETECTED');
    });

    test('hops from SCP to SCP are counted', async () => {
      w.nrf.known.push({ ...scpProfile() });
      const headers = { '3gpp-sbi-target-apiroot': w.scp.apiRoot };
      const none = await send({ ...headers, '3gpp-sbi-max-forward-hops': '0; nodetype=scp' });
      refusedByScp(none, 502, 'MAX_SCP_HOPS_REACHED');
      const producer = await start();
      const last = await send(
        { '3gpp-sbi-target-apiroot': producer.apiRoot, '3gpp-sbi-max-forward-hops': '0; nodetype=scp' },
        { token },
      );
      assert.equal(last.status, 200, 'a producer is no further SCP');
      assert.equal(producer.seen[0]?.headers['3gpp-sbi-max-forward-hops'], undefined);
    });
  });
  const scpProfile = () => ({
    nfInstanceId: w.scp.config.nfInstanceId,
    nfType: 'SCP',
    nfStatus: 'REGISTERED' as const,
    fqdn: w.scp.config.fqdn,
    ipv4Addresses: ['127.0.0.1'],
  });

  describe('in model D', () => {
    test('finds the producer, gets the token with the assertion of the consumer, and says whom it chose', async () => {
      const producer = await start();
      producer.answer = ({ sbi }, reply) =>
        reply.code(201).header('location', `${PATH}/7`).send({ claims: sbi.consumer?.claims, via: sbi.consumer?.via });
      const answer = await send(factors({ '3gpp-sbi-access-scope': SERVICE }), { method: 'POST', body: {} });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      const { claims } = answer.body as { claims: { sub: string; aud: string } };
      assert.deepEqual([claims.sub, claims.aud], [w.amf.nfInstanceId, 'AUSF']);
      assert.equal(answer.headers.location, `${producer.apiRoot}${PATH}/7`, 'absolute');
      assert.match(
        String(answer.headers['3gpp-sbi-producer-id']),
        new RegExp(`^nfinst=${producer.nfInstanceId}; nfservinst=`),
      );
      assert.deepEqual(w.nrf.tokenRequests, [
        {
          from: w.amf.nfInstanceId,
          form: {
            grant_type: 'client_credentials',
            nfInstanceId: w.amf.nfInstanceId,
            nfType: 'AMF',
            targetNfType: 'AUSF',
            scope: SERVICE,
          },
        },
      ]);
      assert.equal(w.nrf.discoveries.at(-1)?.get('requester-nf-instance-id'), w.amf.nfInstanceId);
      const [seen] = producer.seen;
      assert.deepEqual(
        Object.keys(seen?.headers ?? {}).filter((header) => /discovery|access-scope/.test(header)),
        [],
      );
    });

    test('one token serves the requests of its consumer, and of nobody else', async () => {
      const producer = await start();
      for (let i = 0; i < 3; i++) assert.equal((await send(factors())).status, 200);
      assert.ok(w.nrf.tokenRequests.length <= 1, 'the one of this or an earlier test');
      const other = await w.consumer('AMF');
      assert.equal((await send(factors(), {}, other)).status, 200);
      assert.equal(w.nrf.tokenRequests.at(-1)?.from, other.nfInstanceId);
      // Without an assertion the NRF takes the SCP for what it is, and the SCP has no token for it.
      const silent = await w.consumer('AMF');
      const answer = await silent.send({ method: 'GET', url: w.scp.apiRoot + PATH, headers: factors() });
      refusedByScp(answer, 403, 'ACCESS_TOKEN_DENIED');
      assert.equal(producer.seen.length, 4);
    });

    test('a token that the producer does not take is replaced once', async () => {
      const producer = await start();
      const consumer = await w.consumer('AMF');
      w.nrf.token = async () => ({
        access_token: await w.plmn.sign({ sub: consumer.nfInstanceId, aud: 'AUSF', scope: SERVICE, iss: 'elsewhere' }),
        token_type: 'Bearer',
        expires_in: 300,
      });
      assert.equal((await send(factors(), {}, consumer)).status, 401);
      delete w.nrf.token;
      assert.equal((await send(factors(), {}, consumer)).status, 200);
      assert.equal(producer.seen.length, 1);
    });

    test('another producer takes what one cannot: at once when it is gone, or when it says so', async () => {
      const [gone, busy, third] = [
        await start({ priority: 1 }),
        await start({ priority: 2 }),
        await start({ priority: 3 }),
      ];
      await crash(gone);
      busy.answer = (_request, reply) => reply.code(503).send({ cause: 'NF_CONGESTION' });
      const answer = await send(factors(), { method: 'POST', body: { n: 1 } });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.deepEqual(third.seen[0]?.body, { n: 1 });
      assert.equal(answer.headers['3gpp-sbi-target-apiroot'], third.apiRoot);
      // Both are remembered.
      await send(factors());
      assert.deepEqual([busy.seen.length, third.seen.length], [1, 2]);
      const obedient = await send(factors({ '3gpp-sbi-retry-info': 'no-retries' }));
      assert.equal(obedient.status, 200);
    });

    test('what may have been done is not done again, what may be repeated is', async () => {
      const [failing, other] = [await start({ priority: 1 }), await start({ priority: 2 })];
      failing.answer = (request) => {
        (request.raw as unknown as { stream: { session: { destroy(): void } } }).stream.session.destroy();
        return new Promise(() => {});
      };
      const post = await send(factors(), { method: 'POST', body: {} });
      assert.equal(post.status, 504);
      assert.equal(post.headers['3gpp-sbi-response-info'], 'no-retry=true');
      assert.equal(other.seen.length, 0);
      assert.equal((await send(factors(), { method: 'PUT', body: {} })).status, 200);
      assert.equal(other.seen.length, 1);
    });

    test('what is bound to an instance stays there', async () => {
      const [owner, other] = [await start(), await start()];
      const binding = `bl=nf-instance; nfinst=${owner.nfInstanceId}; servname=${SERVICE}`;
      for (let i = 0; i < 4; i++) {
        assert.equal((await send(factors({ '3gpp-sbi-routing-binding': binding }))).status, 200);
      }
      assert.deepEqual([owner.seen.length, other.seen.length], [4, 0]);
      await crash(owner);
      const target = { '3gpp-sbi-target-apiroot': owner.apiRoot, '3gpp-sbi-routing-binding': binding };
      refusedByScp(await send(factors(target)), 504, 'TARGET_NF_NOT_REACHABLE');
      assert.equal(other.seen.length, 0);
    });

    test('overload of a producer sends the rest elsewhere; of all, nowhere', async () => {
      const [first, second] = [await start({ priority: 1 }), await start({ priority: 2 })];
      const oci = (reduction: number, nfInstanceId: string) =>
        `Timestamp: "${new Date().toUTCString()}"; Period-of-Validity: 60s; Overload-Reduction-Metric: ${reduction}%; NF-Instance: ${nfInstanceId}`;
      first.answer = (_request, reply) => reply.header('3gpp-sbi-oci', oci(75, first.nfInstanceId)).send({});
      const answer = await send(factors());
      assert.match(String(answer.headers['3gpp-sbi-oci']), /75%/, 'the consumer hears of it too');
      for (let i = 0; i < 8; i++) await send(factors());
      assert.deepEqual([first.seen.length, second.seen.length], [1 + 2, 6]);
      first.answer = (_request, reply) => reply.header('3gpp-sbi-oci', oci(100, first.nfInstanceId)).send({});
      second.answer = (_request, reply) => reply.header('3gpp-sbi-oci', oci(100, second.nfInstanceId)).send({});
      for (let i = 0; i < 5; i++) await send(factors());
      const before = first.seen.length + second.seen.length;
      refusedByScp(await send(factors()), 503, 'NF_CONGESTION');
      assert.equal(first.seen.length + second.seen.length, before);
    });

    test('what cannot be found is told apart', async () => {
      refusedByScp(await send(factors()), 400, 'NF_DISCOVERY_FAILURE');
      const { '3gpp-sbi-discovery-requester-nf-type': _, ...incomplete } = factors();
      refusedByScp(await send(incomplete), 400, 'INVALID_DISCOVERY_PARAM');
      refusedByScp(await send(factors({ '3gpp-sbi-discovery-target-plmn-list': 'x' })), 400, 'INVALID_DISCOVERY_PARAM');
      w.nrf.discovery = (_request, reply) => reply.code(400).send({ cause: 'INVALID_QUERY_PARAM' });
      refusedByScp(await send(factors({ '3gpp-sbi-discovery-supi': 'x' })), 400, 'INVALID_DISCOVERY_PARAM');
      w.nrf.discovery = (_request, reply) => reply.code(500).send({});
      refusedByScp(await send(factors({ '3gpp-sbi-discovery-supi': 'y' })), 502, 'NF_DISCOVERY_ERROR');
      delete w.nrf.discovery;
      await start();
      const newer = await send(factors(), { url: `${w.scp.apiRoot}/${SERVICE}/v9/things` });
      refusedByScp(newer, 400, 'INVALID_API');
    });
  });

  test('tells its own load with that of the producer', async () => {
    const producer = await start();
    const fresh = await w.consumer('AMF');
    const lci = `Timestamp: "${new Date().toUTCString()}"; Load-Metric: 33%; NF-Instance: ${producer.nfInstanceId}`;
    producer.answer = (_request, reply) => reply.header('3gpp-sbi-lci', lci).send({});
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const told = [];
    for (let i = 0; i < 2; i++) told.push(String((await send(factors(), {}, fresh)).headers['3gpp-sbi-lci']));
    assert.ok(
      told.some((value) => value.includes('33%') && value.includes(`SCP-FQDN: ${w.scp.config.fqdn}`)),
      told.join('\n'),
    );
  });
});

test('an SCP whose NRF does not answer says so', async () => {
  const alone = await world();
  await alone.nrf.nf.stop();
  const answer = await alone.amf.send({
    method: 'GET',
    url: alone.scp.apiRoot + PATH,
    headers: { ...factors(), ...(await alone.amf.credentials()) },
  });
  assert.equal(problem(answer).cause, 'NRF_NOT_REACHABLE');
  assert.equal(answer.status, 504);
  await alone.close();
});
