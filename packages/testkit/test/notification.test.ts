/** What an NF takes from its NRF, and from nobody else (TS 29.510 6.1.6.2.17). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NfConfig, type NfDefinition } from '@twincore/sbi';
import { type StartedNf, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';

const nothing: NfDefinition<NfConfig> = { configSchema: NfConfig, build: async () => ({}) };
const nfInstanceUri = 'https://nrf.5gc.mnc001.mcc001.3gppnetwork.org/nnrf-nfm/v1/nf-instances/x';
const changes = [{ op: 'REPLACE', path: '/priority', newValue: 1 }];
const profile = { nfInstanceId: '00000000-0000-4000-8000-000000000000', nfType: 'UDM', nfStatus: 'REGISTERED' };

let home: TestPlmn;
let nf: StartedNf<NfConfig>;
let nrf: TestClient;
before(async () => {
  home = await testPlmn({ mcc: '001', mnc: '01' });
  nf = await home.start(nothing, {
    nfType: 'AMF',
    nrf: { apiRoot: 'https://nrf.5gc.mnc001.mcc001.3gppnetwork.org:9' },
  });
  nrf = await home.client('NRF');
});
after(() => home.close());

const notify = (body: unknown, from = nrf) =>
  from.send({ method: 'POST', url: `${nf.apiRoot}/nnrf-nfm-callback/v1/nf-status`, body });

const cases: [string, object, number, string?][] = [
  ['the end of a registration', { event: 'NF_DEREGISTERED' }, 204],
  ['changes', { event: 'NF_PROFILE_CHANGED', profileChanges: changes }, 204],
  ['a registration without its profile', { event: 'NF_REGISTERED' }, 400, 'MANDATORY_IE_MISSING'],
  [
    'a registration',
    { event: 'NF_REGISTERED', nfProfile: { ...profile, fqdn: 'udm.5gc.mnc001.mcc001.3gppnetwork.org' } },
    204,
  ],
  ['an NF that is nowhere', { event: 'NF_REGISTERED', nfProfile: profile }, 400],
  ['a change that does not say which', { event: 'NF_PROFILE_CHANGED' }, 400, 'MANDATORY_IE_MISSING'],
  ['changes of another type', { event: 'NF_PROFILE_CHANGED', profileChanges: [{ op: 1 }] }, 400],
  ['nothing', { event: undefined }, 400, 'MANDATORY_IE_MISSING'],
];
for (const [what, members, status, cause] of cases) {
  test(`a notification of ${what} is answered with ${status}`, async () => {
    const answer = await notify({ nfInstanceUri, ...members });
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    if (cause) assert.partialDeepStrictEqual(answer.body, { cause });
  });
}

test('nobody but an NRF notifies', async () => {
  assert.equal((await notify({ nfInstanceUri, event: 'NF_DEREGISTERED' }, await home.client('UDM'))).status, 403);
});
