/** jest. The real AUSF with a fake UDM: what the AUSF asks, and what it makes of what it is told. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FakeAnswer, hasSpecs, type Plmn, startPlmn, type TestNf } from '@twincore/testkit';

let plmn: Plmn;
let udm: TestNf;
let answer: FakeAnswer;

beforeAll(async () => {
  plmn = await startPlmn({ nfs: ['nrf', 'ausf'] });
  udm = await plmn.registerFakeNf({ nfType: 'UDM', services: ['nudm-ueau'], handler: () => answer });
});
afterAll(() => plmn?.close());

async function authenticate() {
  const amf = await plmn.client('AMF');
  return amf.call({
    to: 'AUSF',
    service: 'nausf-auth',
    method: 'POST',
    path: '/ue-authentications',
    body: { supiOrSuci: 'suci-0-001-01-0-0-0-0000000001', servingNetworkName: '5G:mnc001.mcc001.3gppnetwork.org' },
  });
}

test('the AUSF passes on what the UDM refuses', async () => {
  answer = { status: 404, body: { status: 404, cause: 'USER_NOT_FOUND' } };
  const { status, body } = await authenticate();
  expect(status).toBe(404);
  expect(body).toMatchObject({ cause: 'USER_NOT_FOUND' });
});

test('the AUSF shows a token of the NRF, of the right scope', async () => {
  const { token, consumer, body } = udm.requests[0] ?? {};
  expect(consumer?.nfType).toBe('AUSF');
  expect(token?.claims).toMatchObject({ aud: 'UDM', sub: plmn.nf('ausf').nfInstanceId });
  expect(body).toMatchObject({ ausfInstanceId: plmn.nf('ausf').nfInstanceId });
  await plmn.assertCalled({ from: 'AUSF', to: 'NRF', operation: 'Nnrf_AccessToken_Get', status: 200 });
});

test('the AUSF does not hand out what is no vector', async () => {
  answer = { body: { authType: '5G_AKA' } };
  expect((await authenticate()).status).toBe(500);
  if (hasSpecs()) await plmn.assertConformant();
});
