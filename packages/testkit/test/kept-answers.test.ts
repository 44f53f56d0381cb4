/** Answers that are sent again without going through Fastify: to whom, and for how long. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NfConfig, type NfDefinition, ORIGINATING_NETWORK_ID } from '@twincore/sbi';
import { type StartedNf, type TestPlmn, testPlmn } from '../src/index.ts';

let version = 0;
let handled = 0;
const counting: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const rule = { access: 'peer', operation: 'Nx_Get', peers: ['*'] } as const;
    server.get('/nx/v1/items', { config: { sbi: rule } }, async (request, reply) => {
      handled++;
      const current = version;
      const body = JSON.stringify({ to: request.sbi.consumer?.peer.nfInstanceId, version });
      const headers = { 'content-type': 'application/json' };
      server.keepAnswer(request, { headers, body, isCurrent: () => version === current });
      return reply.headers(headers).send(body);
    });
    return {};
  },
};

let plmn: TestPlmn;
let nf: StartedNf<NfConfig>;
before(async () => {
  plmn = await testPlmn({ mcc: '001', mnc: '01' });
  nf = await plmn.start(counting, { nfType: 'NRF' });
});
after(() => plmn.close());

test('each consumer has its own answer, made once and again when it is no longer right', async () => {
  const [amf, smf] = [await plmn.client('AMF'), await plmn.client('SMF')];
  const get = (from: typeof amf, query = '') => from.send({ method: 'GET', url: `${nf.apiRoot}/nx/v1/items${query}` });
  handled = 0;
  const first = await get(amf);
  const second = await get(amf);
  assert.deepEqual(second.body, { to: amf.nfInstanceId, version });
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers['content-type'], 'application/json');
  assert.equal(handled, 1);
  assert.deepEqual((await get(smf)).body, { to: smf.nfInstanceId, version });
  assert.equal(handled, 2);
  await get(amf, '?other');
  assert.equal(handled, 3);
  version++;
  assert.deepEqual((await get(amf)).body, { to: amf.nfInstanceId, version });
  assert.equal(handled, 4);
});

test('nothing is kept for a SEPP, which brings requests of many', async () => {
  const sepp = await plmn.client('SEPP');
  handled = 0;
  for (const plmnId of ['999-70', '001-01']) {
    const headers = { [ORIGINATING_NETWORK_ID]: `${plmnId}; src: SEPP-x` };
    assert.equal((await sepp.send({ method: 'GET', url: `${nf.apiRoot}/nx/v1/items`, headers })).status, 200);
  }
  assert.equal(handled, 2);
});

test('a conditional request, and one of another method, is looked at', async () => {
  const amf = await plmn.client('AMF');
  const url = `${nf.apiRoot}/nx/v1/items`;
  handled = 0;
  await amf.send({ method: 'GET', url });
  await amf.send({ method: 'GET', url, headers: { 'if-none-match': '"x"' } });
  assert.equal(handled, 2);
  assert.equal((await amf.send({ method: 'DELETE', url })).status, 404);
});

test('the rate limit of a peer holds for kept answers too', async () => {
  const limited = await plmn.start(counting, { nfType: 'NRF', limits: { requestsPerSecond: 5 } });
  const amf = await plmn.client('AMF');
  const statuses = [];
  for (let i = 0; i < 12; i++) {
    statuses.push((await amf.send({ method: 'GET', url: `${limited.apiRoot}/nx/v1/items` })).status);
  }
  assert.equal(statuses[0], 200);
  assert.ok(statuses.includes(429), statuses.join());
});
