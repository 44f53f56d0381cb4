import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { scopeOfAll, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import { NUDR_DR } from '../src/api/nudr-dr.ts';
import { udr } from '../src/nf.ts';

const SUPI = 'imsi-001010000000009';
const K = '465b5ce8b199b49faa5f0a2ee238a6bc';
const OPC = 'cd63cb71954a9f4e48a5994e37a02baf';

const subscription = (changes: object = {}) => ({
  authenticationSubscription: {
    authenticationMethod: '5G_AKA',
    k: K,
    opc: OPC,
    authenticationManagementField: '8000',
    sqn: '000000000000',
    ...changes,
  },
  amData: { nssai: { defaultSingleNssais: [{ sst: 1 }] } },
});

describe('the operator of the UDR', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-udr-'));
  let plmn: TestPlmn;
  let operator: TestClient;
  let udm: TestClient;
  let apiRoot: string;
  before(async () => {
    plmn = await testPlmn({ mcc: '001', mnc: '01' });
    operator = await plmn.client('OPERATOR');
    udm = await plmn.client('UDM');
    ({ apiRoot } = await plmn.start(udr, { nfType: 'UDR', stateDir: dir }));
  });
  after(async () => {
    await plmn.close();
    rmSync(dir, { recursive: true });
  });

  const PATH = '/udr-operator/v1/subscribers';
  const ask = (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown, from = operator) =>
    from.send({ method, url: `${apiRoot}${path}`, ...(body === undefined ? {} : { body }) });
  const asUdm = (method: 'GET' | 'PATCH', body?: unknown) =>
    udm.send({
      method,
      url: `${apiRoot}/nudr-dr/v2/subscription-data/${SUPI}/authentication-data/authentication-subscription`,
      token: { scope: scopeOfAll(NUDR_DR), aud: 'UDR' },
      ...(body === undefined ? {} : { body, contentType: 'application/json-patch+json' }),
    });
  const credentials = () => asUdm('GET');
  const advance = async (value: string) => {
    const { status } = await asUdm('PATCH', [{ op: 'replace', path: '/sequenceNumber/sqn', value }]);
    assert.equal(status, 204);
  };
  const sqn = async () => Object(Object((await credentials()).body).sequenceNumber).sqn;

  test('adds a subscriber whom the UDM then finds, and tells of it without its keys', async () => {
    assert.equal((await credentials()).status, 404);
    assert.equal((await ask('PUT', `${PATH}/${SUPI}`, subscription())).status, 201);
    assert.equal((await credentials()).status, 200);
    const one = await ask('GET', `${PATH}/${SUPI}`);
    const list = await ask('GET', PATH);
    assert.equal(Object(one.body).supi, SUPI);
    assert.equal(Object(list.body).subscribers.length, 1);
    assert.doesNotMatch(JSON.stringify([one.body, list.body]).toLowerCase(), new RegExp(`${K}|${OPC}`));
  });

  test('keeps the SQN of a subscriber that is put again with the same keys, and begins anew with others', async () => {
    await advance('000000000123');
    assert.equal((await ask('PUT', `${PATH}/${SUPI}`, subscription({ k: K.toUpperCase() }))).status, 204);
    assert.equal(await sqn(), '000000000123');
    const k = K.replace('4', '5');
    assert.equal((await ask('PUT', `${PATH}/${SUPI}`, subscription({ k }))).status, 204);
    assert.equal(await sqn(), '000000000000');
  });

  test('pages', async () => {
    await ask('PUT', `${PATH}/imsi-001010000000010`, subscription());
    const first = await ask('GET', `${PATH}?limit=1`);
    const second = await ask('GET', `${PATH}?limit=1&after=${SUPI}`);
    const supis = [first, second].map(({ body }) => Object(body).subscribers.map(({ supi }: { supi: string }) => supi));
    assert.deepEqual(supis, [[SUPI], ['imsi-001010000000010']]);
  });

  test('removes a subscriber once', async () => {
    assert.equal((await ask('DELETE', `${PATH}/${SUPI}`)).status, 204);
    assert.equal((await credentials()).status, 404);
    const again = await ask('DELETE', `${PATH}/${SUPI}`);
    assert.equal(again.status, 404);
    assert.equal(Object(again.body).cause, 'USER_NOT_FOUND');
  });

  test('refuses what is no subscription, naming the place without the value', async () => {
    const answer = await ask('PUT', `${PATH}/${SUPI}`, subscription({ k: 'not-a-key-secret' }));
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body), /authenticationSubscription\/k/);
    assert.doesNotMatch(JSON.stringify(answer.body), /not-a-key-secret/);
  });

  test('is nobody but the operator', async () => {
    for (const from of [udm, await plmn.client('AMF')]) {
      const answer = await ask('PUT', `${PATH}/${SUPI}`, subscription(), from);
      assert.equal(answer.status, 403);
    }
    assert.equal((await credentials()).status, 404);
  });
});
