import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type HttpResponse, ORIGINATING_NETWORK_ID } from '@twincore/sbi';
import { scopeOfAll, type TestClient, type TestPlmn, type TestRequest, testPlmn } from '@twincore/testkit';
import { NUDM_SDM } from '../src/api/nudm-sdm.ts';
import { NUDM_UEAU } from '../src/api/nudm-ueau.ts';
import { NUDM_UECM } from '../src/api/nudm-uecm.ts';
import { udmOver } from '../src/nf.ts';
import { fakeUdr, HOME, SNN_HOME, SNN_VISITED, SUPI, usim } from './support.ts';

/** Scopes enough for everything in a service; what they are each good for is tested apart. */
const SCOPES: Record<string, string> = {
  'nudm-ueau': scopeOfAll(NUDM_UEAU),
  'nudm-sdm': scopeOfAll(NUDM_SDM),
  'nudm-uecm': scopeOfAll(NUDM_UECM),
};

describe('UDM over TLS', () => {
  const udr = fakeUdr();
  let plmn: TestPlmn;
  let apiRoot: string;
  let ausf: TestClient;
  let amf: TestClient;

  before(async () => {
    plmn = await testPlmn(HOME);
    ({ apiRoot } = await plmn.start(
      udmOver(() => udr),
      { nfType: 'UDM' },
    ));
    ausf = await plmn.client('AUSF');
    amf = await plmn.client('AMF');
  });
  after(() => plmn.close());

  const send = (
    from: TestClient,
    method: TestRequest['method'],
    path: string,
    rest: Partial<TestRequest> & { scope?: string } = {},
  ) => {
    const { scope = SCOPES[path.split('/')[1] ?? ''] ?? '', ...request } = rest;
    return from.send({ method, url: apiRoot + path, token: { scope, aud: 'UDM' }, ...request });
  };
  const refused = (answer: HttpResponse, status: number, cause?: string) => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.equal((answer.body as { cause?: string }).cause, cause);
  };
  const generate = (from: TestClient, body: object = {}, identity = SUPI) =>
    send(from, 'POST', `/nudm-ueau/v1/${identity}/security-information/generate-auth-data`, {
      body: { servingNetworkName: SNN_HOME, ausfInstanceId: from.nfInstanceId, ...body },
    });
  const event = (servingNetworkName = SNN_HOME) => ({
    nfInstanceId: ausf.nfInstanceId,
    success: true,
    timeStamp: '2026-11-24T03:00:00.000Z',
    authType: '5G_AKA',
    servingNetworkName,
  });
  const registration = () => ({
    amfInstanceId: amf.nfInstanceId,
    deregCallbackUri: 'https://amf.5gc.mnc001.mcc001.3gppnetwork.org:1/callback',
    guami: { plmnId: HOME, amfId: '010040' },
    ratType: 'NR',
  });
  const REGISTRATION = `/nudm-uecm/v1/${SUPI}/registrations/amf-3gpp-access`;

  test('generates a vector for a SUCI and tells the SUPI', async () => {
    const { status, body } = await generate(ausf, {}, 'suci-0-001-01-0-0-0-0000000001');
    const result = body as { supi: string; authType: string; authenticationVector: { rand: string; autn: string } };
    assert.equal(status, 200);
    assert.equal(result.supi, SUPI);
    assert.equal(result.authType, '5G_AKA');
    assert.equal(usim().challenge(result.authenticationVector, SNN_HOME).result, 'success');
  });

  test('refuses identities, networks and resynchronisations as TS 29.503 says', async () => {
    refused(await generate(ausf, {}, 'imsi-001019999999999'), 404, 'USER_NOT_FOUND');
    refused(await generate(ausf, {}, 'suci-0-001-01-0-1-7-00ff'), 403, 'INVALID_SCHEME_OUTPUT');
    refused(await generate(ausf, { servingNetworkName: '5G:NSWO' }), 403, 'SERVING_NETWORK_NOT_AUTHORIZED');
    const resynchronizationInfo = { rand: '00'.repeat(16), auts: '00'.repeat(14) };
    refused(await generate(ausf, { resynchronizationInfo }), 403, 'AUTHENTICATION_REJECTED');
    refused(await generate(ausf, { servingNetworkName: 'somewhere' }), 400, 'MANDATORY_IE_INCORRECT');
    refused(await generate(ausf, { resynchronizationInfo: { rand: '' } }), 400, 'MANDATORY_IE_MISSING');
    refused(await generate(ausf, {}, 'nobody'), 400, 'MANDATORY_IE_INCORRECT');
  });

  test('gives vectors and takes results only from an AUSF, which speaks for itself', async () => {
    refused(await generate(amf), 403);
    refused(await generate(ausf, { ausfInstanceId: amf.nfInstanceId }), 403);
    const path = `/nudm-ueau/v1/${SUPI}/auth-events`;
    refused(await send(amf, 'POST', path, { body: { ...event(), nfInstanceId: amf.nfInstanceId } }), 403);
    refused(await send(ausf, 'POST', path, { body: { ...event(), nfInstanceId: amf.nfInstanceId } }), 403);
    assert.equal(udr.status.size, 0);
  });

  test('registers the AMF after the home has confirmed the authentication, then purges it', async () => {
    refused(await send(amf, 'PUT', REGISTRATION, { body: registration() }), 403, 'REAUTHENTICATION_REQUIRED');
    const confirmed = await send(ausf, 'POST', `/nudm-ueau/v1/${SUPI}/auth-events`, { body: event() });
    assert.equal(confirmed.status, 201);
    const created = await send(amf, 'PUT', REGISTRATION, { body: registration() });
    assert.equal(created.status, 201);
    assert.equal(created.headers.location, apiRoot + REGISTRATION);
    assert.equal((await send(amf, 'PUT', REGISTRATION, { body: registration() })).status, 204);
    const purge = { body: { guami: registration().guami, purgeFlag: true } };
    refused(await send(amf, 'PATCH', REGISTRATION, purge), 415);
    const patch = { ...purge, contentType: 'application/merge-patch+json' };
    refused(await send(await plmn.client('AMF'), 'PATCH', REGISTRATION, patch), 403, 'INVALID_GUAMI');
    assert.equal((await send(amf, 'PATCH', REGISTRATION, patch)).status, 204);
    refused(await send(amf, 'GET', REGISTRATION), 403);
    const smf = await plmn.client('SMF');
    assert.equal(((await send(smf, 'GET', REGISTRATION)).body as { purgeFlag: boolean }).purgeFlag, true);

    const location = new URL(String(confirmed.headers.location));
    const removal = { body: { ...event(), authRemovalInd: true } };
    assert.equal((await send(ausf, 'PUT', location.pathname, removal)).status, 204);
    refused(await send(ausf, 'PUT', location.pathname, removal), 404, 'DATA_NOT_FOUND');
    refused(await send(amf, 'PUT', REGISTRATION, { body: registration() }), 403, 'REAUTHENTICATION_REQUIRED');
  });

  test('wants the scope of the operation beside that of the service', async () => {
    const path = `/nudm-ueau/v1/${SUPI}/auth-events`;
    for (const scope of ['nudm-ueau', 'nudm-ueau nudm-ueau:auth-event-id:modify', 'nudm-ueau:auth-events:create']) {
      const answer = await send(ausf, 'POST', path, { body: event(), scope });
      refused(answer, 403);
      assert.match(String(answer.headers['www-authenticate']), /scope="nudm-ueau nudm-ueau:auth-events:create"/);
    }
    refused(await send(amf, 'PUT', REGISTRATION, { body: registration(), scope: 'nudm-uecm' }), 403);
  });

  test('an AMF registers itself alone', async () => {
    const other = await plmn.client('AMF');
    refused(await send(other, 'PUT', REGISTRATION, { body: registration() }), 403);
  });

  test('answers subscription data to AMFs, for the own PLMN', async () => {
    const own = encodeURIComponent(JSON.stringify(HOME));
    const amData = await send(amf, 'GET', `/nudm-sdm/v2/${SUPI}/am-data?plmn-id=${own}`);
    assert.deepEqual(amData.body, { nssai: { defaultSingleNssais: [{ sst: 1 }] }, gpsis: ['msisdn-491700000001'] });
    const nssai = await send(amf, 'GET', `/nudm-sdm/v2/${SUPI}/nssai`);
    assert.deepEqual(nssai.body, { defaultSingleNssais: [{ sst: 1 }] });
    refused(await send(amf, 'GET', `/nudm-sdm/v2/${SUPI}/smf-select-data`), 404, 'DATA_NOT_FOUND');
    refused(await send(amf, 'GET', '/nudm-sdm/v2/imsi-001019999999999/am-data'), 404, 'USER_NOT_FOUND');
    const foreign = encodeURIComponent(JSON.stringify({ mcc: '999', mnc: '70' }));
    refused(await send(amf, 'GET', `/nudm-sdm/v2/${SUPI}/am-data?plmn-id=${foreign}`), 403);
    for (const bad of ['{', '{}', '"001-01"', '[]']) {
      const path = `/nudm-sdm/v2/${SUPI}/am-data?plmn-id=${encodeURIComponent(bad)}`;
      const answer = await send(amf, 'GET', path);
      refused(answer, 400, 'OPTIONAL_QUERY_PARAM_INCORRECT');
      assert.deepEqual((answer.body as { invalidParams: unknown }).invalidParams, [{ param: 'query plmn-id' }]);
    }
    refused(await send(ausf, 'GET', `/nudm-sdm/v2/${SUPI}/am-data`), 403);
    refused(await send(amf, 'GET', `/nudm-sdm/v2/${SUPI}/am-data`, { scope: 'nudm-uecm' }), 403);
  });

  test('keeps an AMF of the visited network to the visited network', async () => {
    const sepp = await plmn.client('SEPP');
    const visitedAmf = '7d2f3f5a-7f0a-4a8e-9d0a-0f4d8f1a2b31';
    const roaming = {
      headers: { [ORIGINATING_NETWORK_ID]: '999-70; src: SEPP-sepp', 'user-agent': `AMF-${visitedAmf}` },
    };
    const from = (method: TestRequest['method'], path: string, body?: unknown) => {
      const scope = SCOPES[path.split('/')[1] ?? ''] ?? '';
      const token = { scope, aud: 'UDM', sub: visitedAmf, consumerPlmnId: { mcc: '999', mnc: '70' } };
      return send(sepp, method, path, { ...roaming, token, ...(body ? { body } : {}) });
    };
    const visited = {
      ...registration(),
      amfInstanceId: visitedAmf,
      guami: { plmnId: { mcc: '999', mnc: '70' }, amfId: '020040' },
      deregCallbackUri: 'https://amf.5gc.mnc070.mcc999.3gppnetwork.org:1/callback',
    };
    refused(await from('PUT', REGISTRATION, visited), 403, 'REAUTHENTICATION_REQUIRED');
    await send(ausf, 'POST', `/nudm-ueau/v1/${SUPI}/auth-events`, { body: event(SNN_VISITED) });
    refused(await from('PUT', REGISTRATION, { ...visited, guami: registration().guami }), 403, 'INVALID_GUAMI');
    assert.equal((await from('PUT', REGISTRATION, visited)).status, 204);
    assert.equal(udr.registration?.amfInstanceId, visitedAmf);
    const plmnId = encodeURIComponent(JSON.stringify({ mcc: '999', mnc: '70' }));
    assert.equal((await from('GET', `/nudm-sdm/v2/${SUPI}/am-data?plmn-id=${plmnId}`)).status, 200);
    refused(await from('GET', `/nudm-sdm/v2/${SUPI}/am-data`), 403);
    refused(await from('GET', `/nudm-sdm/v2/${SUPI}/am-data?plmn-id=${encodeURIComponent(JSON.stringify(HOME))}`), 403);
  });
});
