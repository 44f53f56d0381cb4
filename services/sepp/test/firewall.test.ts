/** The firewall's default: what roaming needs passes, everything else does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledPolicy, defaultPolicy } from '@twincore/n32';
import { Refusal } from '@twincore/sbi';
import { type BorderMessage, Firewall } from '../src/procedures/firewall.ts';
import { BorderRates } from '../src/procedures/rates.ts';
import { ROAMING_OPERATIONS } from '../src/roaming-operations.ts';

const HOME = { mcc: '001', mnc: '01' };
const VISITED = { mcc: '999', mnc: '70' };
/** From the visited network, which serves, to the home. */
const ENDS = { sender: [VISITED], receiver: [HOME] };
const SNN = '5G:mnc070.mcc999.3gppnetwork.org';
const SUPI = 'imsi-001010000000001';
const firewall = new Firewall(
  ROAMING_OPERATIONS.filter(({ purpose }) => purpose === 'ROAMING'),
  { unnamedCallbacks: false },
);

interface Request {
  readonly from?: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly callback?: string;
  readonly raw?: string;
}
const message = ({ from = 'AMF', method, path, body, callback, raw }: Request): BorderMessage => ({
  method,
  path,
  headers: { 'user-agent': `${from}-x`, ...(callback ? { '3gpp-sbi-callback': callback } : {}) },
  ...(raw === undefined ? {} : { body: Buffer.from(raw) }),
  ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
});
const query = (values: Record<string, unknown>) =>
  new URLSearchParams(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value)])).toString();

const authenticate = { method: 'POST', path: '/nausf-auth/v1/ue-authentications' };
const register = { method: 'PUT', path: `/nudm-uecm/v1/${SUPI}/registrations/amf-3gpp-access` };
const amData = (supi: string, plmnId: unknown) => ({
  method: 'GET',
  path: `/nudm-sdm/v2/${supi}/am-data?${query({ 'plmn-id': plmnId })}`,
});
const discover = (requester: unknown[], target: unknown[]) => ({
  from: 'NRF',
  method: 'GET',
  path: `/nnrf-disc/v1/nf-instances?${query({ 'requester-plmn-list': requester, 'target-plmn-list': target })}`,
});
const dereg = { from: 'UDM', method: 'POST', path: '/namf-callback/v1/x', body: {} };

const PASSES: Readonly<Record<string, Request>> = {
  'authentication by SUPI': { ...authenticate, body: { supiOrSuci: SUPI, servingNetworkName: SNN } },
  'authentication by SUCI': {
    ...authenticate,
    body: { supiOrSuci: 'suci-0-001-01-0000-1-1-00ff', servingNetworkName: SNN },
  },
  'a confirmation': { method: 'PUT', path: '/nausf-auth/v1/ue-authentications/1/5g-aka-confirmation', body: {} },
  'a registration': { ...register, body: { guami: { plmnId: VISITED, amfId: '020041' } } },
  'am-data': amData(SUPI, VISITED),
  'discovery by the NRF': discover([VISITED], [HOME]),
  'a token by the NRF': {
    from: 'NRF',
    method: 'POST',
    path: '/oauth2/token',
    raw: new URLSearchParams({ requesterPlmn: JSON.stringify(VISITED), targetPlmn: JSON.stringify(HOME) }).toString(),
  },
  'a callback that says its name': { ...dereg, callback: 'Nudm_UECM_DeregistrationNotification; apiversion=1' },
};
for (const [title, request] of Object.entries(PASSES)) {
  test(`passes: ${title}`, () => {
    assert.ok(firewall.check(message(request), ENDS).operation);
  });
}

const REFUSED: Readonly<Record<string, readonly [Request, string]>> = {
  'a UE of a third PLMN': [
    { ...authenticate, body: { supiOrSuci: 'imsi-901990000000001', servingNetworkName: SNN } },
    'n32-receiver-plmn',
  ],
  "the serving network's own UE": [
    { ...authenticate, body: { supiOrSuci: 'imsi-999700000000001', servingNetworkName: SNN } },
    'n32-receiver-plmn',
  ],
  'another serving network': [
    { ...authenticate, body: { supiOrSuci: SUPI, servingNetworkName: '5G:mnc001.mcc001.3gppnetwork.org' } },
    'n32-sender-plmn',
  ],
  'a serving network that is no name': [
    { ...authenticate, body: { supiOrSuci: SUPI, servingNetworkName: '5G:other' } },
    'n32-sender-plmn',
  ],
  'a body that is no JSON': [{ ...authenticate, raw: 'supiOrSuci' }, 'n32-body'],
  'a GUAMI of another PLMN': [{ ...register, body: { guami: { plmnId: HOME, amfId: '010041' } } }, 'n32-sender-plmn'],
  'am-data of a third PLMN': [amData('imsi-901990000000001', VISITED), 'n32-receiver-plmn'],
  'am-data of an encoded SUPI of a third PLMN': [amData('%69msi-901990000000001', VISITED), 'n32-receiver-plmn'],
  'am-data for another serving PLMN': [amData(SUPI, { mcc: '901', mnc: '99' }), 'n32-sender-plmn'],
  'discovery for a third PLMN': [discover([VISITED, { mcc: '901', mnc: '99' }], [HOME]), 'n32-sender-plmn'],
  'discovery by an AMF': [{ ...discover([VISITED], [HOME]), from: 'AMF' }, 'n32-consumer'],
  'authentication by an SMF': [{ ...authenticate, from: 'SMF', body: { supiOrSuci: SUPI } }, 'n32-consumer'],
  "a vector out of the UDM, which only the home's AUSF may ask for": [
    { method: 'POST', path: `/nudm-ueau/v1/${SUPI}/security-information/generate-auth-data`, body: {} },
    'n32-operation',
  ],
  'the UDR': [{ method: 'GET', path: `/nudr-dr/v2/subscription-data/${SUPI}` }, 'n32-operation'],
  'registering at the NRF': [{ method: 'PUT', path: '/nnrf-nfm/v1/nf-instances/x', body: {} }, 'n32-operation'],
  'another method': [{ ...register, method: 'DELETE' }, 'n32-operation'],
  'a path that only begins like one': [{ ...authenticate, path: `${authenticate.path}/../../x` }, 'n32-operation'],
  'a callback without a name': [dereg, 'n32-operation'],
  'a callback of another name': [{ ...dereg, callback: 'Nother_Notification' }, 'n32-operation'],
  'an API called by the name of a callback': [
    { ...register, method: 'POST', callback: 'Nudm_UECM_DeregistrationNotification', from: 'UDM', body: {} },
    'n32-operation',
  ],
  'what another purpose needs': [
    { method: 'POST', path: '/namf-comm/v1/ue-contexts/imsi-1/transfer', body: {} },
    'n32-operation',
  ],
};
for (const [title, [request, reason]] of Object.entries(REFUSED)) {
  test(`refused: ${title}`, () => {
    assert.throws(
      () => firewall.check(message(request), ENDS),
      (error) => error instanceof Refusal && error.status === 403 && error.reason === reason,
    );
  });
}

test('what the firewall lets through by default, the default protection policy knows', () => {
  const policy = new CompiledPolicy(defaultPolicy());
  const unknown = ROAMING_OPERATIONS.flatMap(({ name, path, methods, callback }) => {
    const headers = callback ? ([['3gpp-sbi-callback', name]] as const) : [];
    const isKnown = (method: string) =>
      pathsOf(path ?? '/x').some((one) => policy.match(method, one, headers) !== undefined);
    return methods.filter((method) => !isKnown(method)).map((method) => `${method} ${name}`);
  });
  assert.deepEqual(unknown, []);
});

/** URIs that a template may stand for. */
function pathsOf(template: string): string[] {
  return ['v1', 'v2'].flatMap((version) =>
    ['release', 'transfer', 'update', 'am-data'].map((action) =>
      template
        .replace('{version}', version)
        .replace(/\{action\}|\*\*/, action)
        .replace('{ack}', 'sor-ack')
        .replace(/\{\w+\}/g, SUPI),
    ),
  );
}

test('what a request says it is for, and what it is for, has to be agreed on with the partner', () => {
  const all = new Firewall(ROAMING_OPERATIONS, { unnamedCallbacks: false });
  const asked = { ...amData(SUPI, VISITED) };
  const declared = (purpose: string) => {
    const plain = message(asked);
    return { ...plain, headers: { ...plain.headers, '3gpp-sbi-interplmn-purpose': purpose } };
  };
  const roaming = { ...ENDS, purposes: ['ROAMING'] };
  assert.ok(all.check(declared('ROAMING: weekend'), roaming).operation);
  const isRefused = (error: unknown) => error instanceof Refusal && error.reason === 'n32-purpose';
  assert.throws(() => all.check(declared('SMS_INTERCONNECT: x'), roaming), isRefused);
  assert.throws(() => all.check(declared('SMS_INTERCONNECT: x'), ENDS), isRefused);
  const transfer = message({ method: 'POST', path: '/namf-comm/v1/ue-contexts/imsi-1/transfer', body: {} });
  assert.ok(all.check(transfer, ENDS).operation);
  assert.throws(() => all.check(transfer, roaming), isRefused);
});

test('callbacks without a name pass where the configuration lets them, to no API', () => {
  const tolerant = new Firewall(ROAMING_OPERATIONS, { unnamedCallbacks: true });
  assert.equal(tolerant.check(message(dereg), ENDS).operation, 'callback');
  const path = '/nudm-ueau/v1/x/security-information/generate-auth-data';
  assert.throws(() => tolerant.check(message({ ...dereg, path }), ENDS), Refusal);
});

test('the UE is told, for its rate; a partner and a UE have one each', () => {
  assert.equal(firewall.check(message(amData(SUPI, VISITED)), ENDS).ue, SUPI);
  const rates = new BorderRates(5, 2);
  const admitted = (admit: () => void) => {
    try {
      admit();
      return true;
    } catch {
      return false;
    }
  };
  const count = (admit: () => void) => Array.from({ length: 10 }, () => admitted(admit)).filter(Boolean).length;
  assert.equal(
    count(() => rates.admitPartner()),
    5,
  );
  assert.equal(
    count(() => rates.admitUe('a')),
    2,
  );
  assert.equal(
    count(() => rates.admitUe('b')),
    2,
  );
});
