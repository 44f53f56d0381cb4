import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProtectionPolicy } from '@twincore/model';
import { CompiledPolicy, checkPolicies, policyDifferences, withPermissions } from '../src/index.ts';
import { CIPX, DEFAULT, n32fErrorOf, ROAMING } from './support.ts';

const compiled = new CompiledPolicy(DEFAULT);
const CALLBACK = (type: string) => [['3gpp-sbi-callback', type]] as const;

/** Method, path, callback type, and the signature that is to be found. */
const MATCHES = [
  ['GET', '/nudm-sdm/v2/imsi-001010000000001/am-data', '', '{apiRoot}/nudm-sdm/v2/{supi}/am-data'],
  ['GET', '/prefix/of/nudm-sdm/v2/imsi-1/am-data', '', '{apiRoot}/nudm-sdm/v2/{supi}/am-data'],
  ['POST', '/nausf-auth/v1/ue-authentications/deregister', '', '{apiRoot}/nausf-auth/v1/ue-authentications/deregister'],
  ['POST', '/oauth2/token', '', '{apiRoot}/oauth2/token'],
  ['POST', '/whatever/the/amf/likes', 'Nudm_UECM_DeregistrationNotification', 'Nudm_UECM_DeregistrationNotification'],
  ['POST', '/x', 'Nudm_SDM_Notification; apiversion=2', 'Nudm_SDM_Notification'],
  ['DELETE', '/nudm-sdm/v2/imsi-1/am-data', '', undefined],
  ['GET', '/nudm-sdm/v1/imsi-1/am-data', '', undefined],
  ['GET', '/nudm-sdm/v2//am-data', '', undefined],
  ['GET', '/nudm-sdm/v2/imsi-1/am-data/more', '', undefined],
  ['GET', '/nudr-dr/v2/subscription-data', '', undefined],
  ['GET', '/', '', undefined],
  ['POST', '/x', 'Nothing_Known_Notify', undefined],
  // A callback type decides, so that no path can pose as one.
  ['POST', '/oauth2/token', 'Nothing_Known_Notify', undefined],
  ['GET', '/x', 'Nudm_UECM_DeregistrationNotification', undefined],
] as const;

for (const [method, path, callback, expected] of MATCHES) {
  test(`${method} ${path} ${callback} is ${expected ?? 'nothing that the policy knows'}`, () => {
    const found = compiled.match(method, path, callback ? CALLBACK(callback) : []);
    const signature = found?.operation.signature;
    assert.equal(typeof signature === 'object' ? signature.callbackType : signature, expected);
  });
}

test('what is spelt out is preferred to a variable', () => {
  const policy: ProtectionPolicy = {
    apiIeMappingList: ['{apiRoot}/nx-y/v1/{id}', '{apiRoot}/nx-y/v1/fixed'].map((apiSignature) => ({
      apiSignature,
      apiMethod: 'GET',
      IeList: [{ ieLoc: 'HEADER', ieType: 'OTHER', reqIe: 'x' }],
    })),
  };
  const found = new CompiledPolicy(policy).match('GET', '/nx-y/v1/fixed', []);
  assert.equal(found?.operation.signature, '{apiRoot}/nx-y/v1/fixed');
});

test('the default policy knows every operation of a roaming registration and encrypts its token', () => {
  for (const { operation, request } of ROAMING) {
    const match = compiled.match(request.method, request.path.split('?')[0] ?? '', request.headers);
    assert.ok(match?.operation.request.headers.get('authorization')?.encrypt, operation);
  }
});

test('policies with other order are equal, each difference is found from both sides', () => {
  const reordered: ProtectionPolicy = {
    dataTypeEncPolicy: DEFAULT.dataTypeEncPolicy?.toReversed() ?? [],
    apiIeMappingList: DEFAULT.apiIeMappingList
      .map((mapping) => ({ ...mapping, IeList: mapping.IeList.toReversed() }))
      .toReversed(),
  };
  assert.deepEqual(policyDifferences(DEFAULT, reordered, { modifications: true }), []);

  const [first, ...rest] = DEFAULT.apiIeMappingList;
  assert.ok(first);
  const others: readonly ProtectionPolicy[] = [
    { ...DEFAULT, dataTypeEncPolicy: ['UEID'] },
    { ...DEFAULT, apiIeMappingList: rest },
    { ...DEFAULT, apiIeMappingList: [{ ...first, IeList: first.IeList.slice(1) }, ...rest] },
    {
      ...DEFAULT,
      apiIeMappingList: [{ ...first, IeList: first.IeList.map((ie) => ({ ...ie, ieType: 'OTHER' })) }, ...rest],
    },
    withPermissions(DEFAULT, [{ ipxId: CIPX, ieLoc: 'HEADER', reqIe: 'user-agent' }]),
  ];
  for (const [i, other] of others.entries()) {
    for (const [a, b] of [
      [DEFAULT, other],
      [other, DEFAULT],
    ] as const) {
      const error = n32fErrorOf(() => checkPolicies(a, b, { modifications: true }));
      assert.equal(error?.errorType, 'POLICY_MISMATCH', `difference ${i}`);
    }
  }
  // What IPXs may do is each side's own affair as long as nobody asks.
  const [, , , , permitted] = others;
  assert.ok(permitted);
  checkPolicies(DEFAULT, permitted);
  assert.equal(n32fErrorOf(() => checkPolicies(DEFAULT, undefined))?.errorType, 'POLICY_MISMATCH');
});

test('a policy that cannot be meant is refused', () => {
  const withIe = (ie: object): ProtectionPolicy => ({
    apiIeMappingList: [
      { apiSignature: '{apiRoot}/nx-y/v1', apiMethod: 'GET', IeList: [{ ieLoc: 'BODY', ieType: 'UEID', ...ie }] },
    ],
  });
  for (const bad of [
    { reqIe: 'no-pointer' },
    { reqIe: '/a~2' },
    { reqIe: '/__proto__' },
    { ieLoc: 'COOKIE', reqIe: 'x' },
  ]) {
    assert.throws(() => new CompiledPolicy(withIe(bad)), RangeError);
  }
  assert.throws(
    () => withPermissions(DEFAULT, [{ ipxId: CIPX, apiSignature: '{apiRoot}/nx-y/v1', ieLoc: 'HEADER', reqIe: 'x' }]),
    RangeError,
  );
});
