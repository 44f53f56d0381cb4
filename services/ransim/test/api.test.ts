import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConfigError, type HttpResponse, parseConfig } from '@twincore/sbi';
import { RansimConfig } from '../src/config.ts';
import { CARD, CARD_NULL, HOME, K, type Lab, OPC, SUPI, startLab, VISITED } from './support/lab.ts';
import { registration } from './support/scripted-amf.ts';

const OTHER = 'imsi-001010000000002';

describe('control API', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab.close());

  const refused = (answer: HttpResponse, status: number, cause?: string) => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.equal((answer.body as { cause?: string }).cause, cause);
    return answer.body as { invalidParams?: { param: string }[] };
  };

  test('makes, changes, lists, shows and deletes UEs, and never shows a key', async () => {
    assert.equal((await lab.provision(OTHER)).status, 201);
    assert.equal((await lab.provision()).status, 201);
    assert.equal((await lab.provision()).status, 204);
    const supis = async (query = '') =>
      ((await lab.send('GET', query)).body as { ues: { supi: string }[] }).ues.map(({ supi }) => supi);
    assert.deepEqual(await supis(), [SUPI, OTHER]);
    assert.deepEqual(await supis('?limit=1'), [SUPI]);
    assert.deepEqual(await supis(`?after=${SUPI}`), [OTHER]);
    await lab.register({ identity: 'suci' });
    const { body } = await lab.send('GET', `/${SUPI}`);
    assert.equal((body as { state: string }).state, '5GMM-REGISTERED');
    assert.doesNotMatch(JSON.stringify(body), new RegExp(`${K}|${OPC}|kNas|"kamf"`));
    assert.equal((await lab.send('DELETE', `/${OTHER}`)).status, 204);
    refused(await lab.send('GET', `/${OTHER}`), 404, 'UE_NOT_FOUND');
    refused(await lab.send('DELETE', `/${OTHER}`), 404, 'UE_NOT_FOUND');
    await lab.deregister();
  });

  test('a changed card keeps what the UE has learned', async () => {
    await lab.register({ identity: 'suci' });
    await lab.deregister();
    const before = await lab.view();
    await lab.provision(SUPI, { ...CARD_NULL, routingIndicator: '12' });
    assert.deepEqual(await lab.view(), before);
    await lab.register({ identity: 'suci' });
    await lab.deregister();
  });

  test('a deleted UE is gone after a restart too, and a new one begins with a new USIM', async () => {
    await lab.send('DELETE', `/${SUPI}`);
    await lab.restart();
    refused(await lab.send('GET', `/${SUPI}`), 404, 'UE_NOT_FOUND');
    await lab.provision();
    assert.equal((await lab.view()).sqnMs, '000000000000');
  });

  test('says why it cannot do what it is asked for', async () => {
    const register = (supi: string, body: object) => lab.send('POST', `/${supi}/registrations`, body);
    refused(await register('imsi-001019999999999', { plmnId: HOME }), 404, 'UE_NOT_FOUND');
    refused(await lab.send('POST', '/imsi-001019999999999/deregistrations', {}), 404, 'UE_NOT_FOUND');
    refused(await lab.send('POST', `/${SUPI}/deregistrations`, {}), 409, 'UE_NOT_REGISTERED');
    refused(await register(SUPI, { plmnId: { mcc: '123', mnc: '45' } }), 504, 'NO_GNB_FOR_PLMN');
    await lab.provision(OTHER);
    refused(await register(OTHER, { plmnId: HOME, identity: 'guti' }), 409, 'NO_GUTI');
  });

  test('a UE does one thing at a time', async () => {
    const { promise: go, resolve } = Promise.withResolvers<void>();
    lab.home.script = async (ue, amf) => {
      await go;
      await registration()(ue, amf);
    };
    const first = lab.register({ identity: 'suci' });
    const busy = await lab.send('POST', `/${SUPI}/registrations`, { plmnId: VISITED });
    refused(busy, 409, 'UE_BUSY');
    refused(await lab.send('PUT', `/${SUPI}`, CARD), 409, 'UE_BUSY');
    refused(await lab.send('DELETE', `/${SUPI}`), 409, 'UE_BUSY');
    resolve();
    assert.equal((await first).result, 'registered');
    lab.home.script = registration();
    await lab.deregister();
  });

  test('names what is wrong in a request', async () => {
    const params = (problem: { invalidParams?: { param: string }[] }) =>
      problem.invalidParams?.map(({ param }) => param);
    const put = (card: object, supi = SUPI) => lab.send('PUT', `/${supi}`, card);
    for (const [card, cause, param] of [
      [{ ...CARD, k: 'abc' }, 'MANDATORY_IE_INCORRECT', '/k'],
      [{ ...CARD, opc: undefined }, 'MANDATORY_IE_MISSING', '/opc'],
      [{ ...CARD, homeNetworkPublicKey: undefined }, 'MANDATORY_IE_INCORRECT', '/homeNetworkPublicKey'],
      [{ ...CARD, protectionScheme: 2 }, 'MANDATORY_IE_INCORRECT', '/homeNetworkPublicKey'],
      [{ ...CARD, protectionScheme: 3 }, 'MANDATORY_IE_INCORRECT', '/protectionScheme'],
      [{ ...CARD_NULL, plmnId: VISITED }, 'MANDATORY_IE_INCORRECT', '/plmnId'],
      [{ ...CARD, imeisv: '12' }, 'OPTIONAL_IE_INCORRECT', '/imeisv'],
    ] as const) {
      assert.deepEqual(params(refused(await put(card), 400, cause)), [param]);
    }
    refused(await put(CARD_NULL, 'imsi-1234'), 400, 'MANDATORY_IE_INCORRECT');
    const register = (body: unknown) => lab.send('POST', `/${SUPI}/registrations`, body);
    refused(await register({}), 400, 'MANDATORY_IE_MISSING');
    refused(await register({ plmnId: HOME, identity: 'imei' }), 400, 'OPTIONAL_IE_INCORRECT');
    refused(await register({ plmnId: HOME, faults: { wrongk: true } }), 400, 'OPTIONAL_IE_INCORRECT');
    refused(await lab.send('GET', '?limit=0'), 400, 'OPTIONAL_QUERY_PARAM_INCORRECT');
  });

  test('is for the operator alone', async () => {
    const amf = await lab.plmn.client('AMF');
    for (const [method, path] of [
      ['GET', ''],
      ['GET', `/${SUPI}`],
      ['PUT', `/${SUPI}`],
      ['POST', `/${SUPI}/registrations`],
    ] as const) {
      const url = `${lab.ransim.apiRoot}/ransim/v1/ues${path}`;
      refused(await amf.send({ method, url, ...(method === 'GET' ? {} : { body: CARD }) }), 403);
    }
  });

  test('does not start with a gNB that is none', () => {
    const { gnbs } = lab.config as { gnbs: object[] };
    const base = { ...lab.ransim.config, gnbs };
    const wrong: object[] = [
      { ...base, gnbs: [] },
      { ...base, gnbs: [{ ...gnbs[0], tac: '1' }] },
      { ...base, gnbs: [{ ...gnbs[0], amf: { host: '127.0.0.1', port: 'n2' } }] },
      { ...base, timers: { T3510: 0 } },
    ];
    for (const config of wrong) assert.throws(() => parseConfig(RansimConfig, config, 'test'), ConfigError);
    assert.equal(parseConfig(RansimConfig, { ...base, timers: {} }, 'test').timers.T3510, 15_000);
  });
});
