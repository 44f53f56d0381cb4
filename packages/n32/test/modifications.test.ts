import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PatchItem } from '@twincore/model';
import {
  appendModification,
  defaultPolicy,
  type N32fErrorTypeName,
  type Permission,
  readMessage,
  viewForIpx,
  withPermissions,
} from '../src/index.ts';
import { bothSides, CIPX, meaning, NOW, n32fErrorOf, PIPX, ROAMING, signer, wire } from './support.ts';

const UECM = '{apiRoot}/nudm-uecm/v1/{ueId}/registrations/amf-3gpp-access';
const SDM = '{apiRoot}/nudm-sdm/v2/{supi}/am-data';
const PERMISSIONS: readonly Permission[] = [
  { ipxId: CIPX, ieLoc: 'HEADER', reqIe: 'user-agent' },
  { ipxId: CIPX, ieLoc: 'HEADER', reqIe: 'x-mediated' },
  { ipxId: CIPX, apiSignature: UECM, apiMethod: 'PUT', ieLoc: 'BODY', reqIe: '/ratType' },
  { ipxId: CIPX, apiSignature: UECM, apiMethod: 'PUT', ieLoc: 'BODY', reqIe: '/imsVoPs' },
  { ipxId: CIPX, apiSignature: SDM, ieLoc: 'URI_PARAM', reqIe: 'plmn-id' },
  // As if an operator had not seen that it is encrypted: that goes first.
  { ipxId: CIPX, apiSignature: UECM, apiMethod: 'PUT', ieLoc: 'BODY', reqIe: '/pei' },
  { ipxId: CIPX, apiSignature: UECM, apiMethod: 'PUT', ieLoc: 'BODY', reqIe: '/supi' },
  { ipxId: PIPX, apiSignature: UECM, apiMethod: 'PUT', ieLoc: 'BODY', reqIe: '/guami/amfId' },
  { ipxId: PIPX, apiSignature: SDM, ieLoc: 'BODY', rspIe: '/nssai/defaultSingleNssais/*/sd' },
];
const policy = withPermissions(defaultPolicy(), PERMISSIONS);
const OPTIONS = { ipx: true, policy };

const exchange = (operation: string) => {
  const found = ROAMING.find((one) => one.operation.startsWith(operation));
  assert.ok(found, operation);
  return found;
};
const REGISTER = exchange('PUT /nudm-uecm');
const AM_DATA = exchange('GET /nudm-sdm/v2/imsi-001010000000001/am-data');

/** Pointers into the block of a message as an IPX sees it. */
type Place = (name: string) => string;
type Operations = (
  places: { header: Place; body: Place },
  block: ReturnType<typeof viewForIpx>['block'],
) => PatchItem[];

/** Home gets the registration after both IPXs. */
function mediated(byCipx: Operations, byPipx?: Operations, { request } = REGISTER) {
  const sides = bothSides(OPTIONS);
  const sent = sides.visited.protectRequest(request, NOW);
  let message = sent.message;
  for (const [identity, operations] of [
    [CIPX, byCipx],
    [PIPX, byPipx],
  ] as const) {
    if (!operations) {
      // It only signs, and does not look whether what the one before it did makes sense.
      message = appendModification(message, signer(identity), []);
      continue;
    }
    const view = viewForIpx(wire(message));
    const { headers = [], payload = [] } = view.block;
    const places = {
      header: (name: string) => `/headers/${headers.findIndex(({ header }) => header === name)}`,
      body: (pointer: string) => `/payload/${payload.findIndex(({ iePath }) => iePath === pointer)}`,
    };
    message = appendModification(view.message, signer(identity), operations(places, view.block));
  }
  return { sides, sent, receive: () => sides.home.receiveRequest(readMessage(wire(message)), NOW) };
}

test('an IPX sees that it is the first, and nothing that is encrypted', () => {
  const { message } = bothSides(OPTIONS).visited.protectRequest(REGISTER.request, NOW);
  const view = viewForIpx(wire(message));
  assert.ok(view.isFirst(CIPX) && !view.isFirst(PIPX));
  assert.ok(!JSON.stringify(view.block).includes('imsi-'));
  assert.match(view.block.requestLine?.path ?? '', /^\/nudm-uecm\/v1\/%7B%22encBlockIndex%22%3A\d+%7D\/registrations/);
});

test('what the policy allows each IPX to change arrives changed, in the order of the IPXs', () => {
  const { receive } = mediated(
    ({ header, body }) => [
      { op: 'test', path: `${body('/ratType')}/value`, value: 'NR' },
      { op: 'replace', path: `${body('/ratType')}/value`, value: 'EUTRA' },
      { op: 'replace', path: `${header('user-agent')}/value`, value: 'AMF-mediated' },
      { op: 'add', path: '/headers/-', value: { header: 'x-mediated', value: 'yes' } },
      { op: 'add', path: '/payload/0', value: { iePath: '/imsVoPs', ieValueLocation: 'BODY', value: 'HOMOGENEOUS' } },
    ],
    ({ body }, block) => {
      // The second IPX works on what the first one left.
      assert.deepEqual(block.payload?.[0]?.iePath, '/imsVoPs');
      return [{ op: 'replace', path: `${body('/guami')}/value/amfId`, value: 'ffffff' }];
    },
  );
  const { request, modifications } = receive();
  const before = meaning(REGISTER.request) as { body: { guami: object } };
  const { body } = meaning(request) as { body: object };
  assert.deepEqual(body, {
    ...before.body,
    ratType: 'EUTRA',
    imsVoPs: 'HOMOGENEOUS',
    guami: { ...before.body.guami, amfId: 'ffffff' },
  });
  const headers = Object.fromEntries(request.headers);
  assert.equal(headers['user-agent'], 'AMF-mediated');
  assert.equal(headers['x-mediated'], 'yes');
  assert.deepEqual(
    modifications.map(({ identity, of, operations }) => [identity, of, operations.length]),
    [
      [CIPX, 'peer', 5],
      [PIPX, 'own', 1],
    ],
  );
});

test('a query parameter that may be changed is, the others stay', () => {
  const change: Operations = (_places, { requestLine }) => [
    {
      op: 'replace',
      path: '/requestLine/queryFragment',
      value: requestLine?.queryFragment?.replace('999', '998') ?? '',
    },
  ];
  const { request } = mediated(change, undefined, AM_DATA).receive();
  assert.equal(request.path, AM_DATA.request.path.replace('999', '998'));
});

test('an IE of a response may be changed by the IPX that the policy of the home names', () => {
  const { sides, sent, receive } = mediated(() => [], undefined, AM_DATA);
  const answer = sides.home.protectResponse(AM_DATA.response, receive(), NOW);
  const first = viewForIpx(wire(answer.message));
  const at = first.block.payload?.findIndex(({ iePath }) => iePath === '/nssai');
  const path = `/payload/${at}/value/defaultSingleNssais/0/sd`;
  const change = appendModification(first.message, signer(PIPX), [{ op: 'replace', path, value: '000002' }]);
  const message = appendModification(change, signer(CIPX), []);
  const { response } = sides.visited.receiveResponse(readMessage(wire(message)), sent, NOW);
  const { body } = meaning(response) as { body: { nssai: { defaultSingleNssais: object[] } } };
  assert.deepEqual(body.nssai.defaultSingleNssais, [{ sst: 1, sd: '000002' }]);
});

interface Refused {
  readonly what: string;
  readonly cipx?: Operations;
  readonly pipx?: Operations;
  readonly expected?: N32fErrorTypeName;
  readonly blamed?: string;
}

const reference = { encBlockIndex: 0 };
const REFUSED: readonly Refused[] = [
  {
    what: 'a body IE without permission is changed',
    cipx: ({ body }) => [{ op: 'replace', path: `${body('/amfInstanceId')}/value`, value: 'x' }],
  },
  { what: 'a body IE is removed', cipx: ({ body }) => [{ op: 'remove', path: body('/initialRegistrationInd') }] },
  {
    what: 'an IE is added that the policy does not name',
    cipx: () => [{ op: 'add', path: '/payload/-', value: { iePath: '/drFlag', ieValueLocation: 'BODY', value: true } }],
  },
  {
    what: 'an encrypted IE is replaced by one in the clear, and a permission names it',
    cipx: ({ body }) => [
      { op: 'replace', path: body('/pei'), value: { iePath: '/pei', ieValueLocation: 'BODY', value: 'imei-1' } },
    ],
  },
  {
    what: 'an IE that is to be encrypted is added in the clear, and a permission names it',
    cipx: () => [
      { op: 'add', path: '/payload/-', value: { iePath: '/supi', ieValueLocation: 'BODY', value: 'imsi-99970' } },
    ],
  },
  { what: 'an encrypted IE is removed', cipx: ({ body }) => [{ op: 'remove', path: body('/pei') }] },
  {
    what: 'a reference is put into an IE that may be changed',
    cipx: ({ body }) => [{ op: 'replace', path: `${body('/ratType')}/value`, value: reference }],
  },
  {
    what: 'a reference is moved into an IE that may be changed',
    cipx: ({ body }) => [
      { op: 'remove', path: body('/ratType') },
      { op: 'replace', path: `${body('/pei')}/iePath`, value: '/ratType' },
    ],
  },
  {
    what: 'a reference is moved to a header that comes back',
    cipx: ({ header }) => [
      { op: 'move', from: `${header('authorization')}/value`, path: `${header('user-agent')}/value` },
    ],
  },
  {
    what: 'two references are swapped',
    cipx: ({ body, header }, { payload = [], headers = [] }) => {
      const pei = payload.find(({ iePath }) => iePath === '/pei')?.value;
      const token = headers.find((one) => one.header === 'authorization')?.value;
      return [
        { op: 'replace', path: `${body('/pei')}/value`, value: token },
        { op: 'replace', path: `${header('authorization')}/value`, value: pei },
      ];
    },
  },
  {
    what: 'a reference is repeated in a query',
    cipx: () => [{ op: 'add', path: '/requestLine/queryFragment', value: 'x=%7B%22encBlockIndex%22%3A0%7D' }],
  },
  {
    what: 'a reference becomes no index',
    cipx: ({ body }) => [{ op: 'replace', path: `${body('/pei')}/value/encBlockIndex`, value: 'x' }],
  },
  {
    what: 'the path is changed',
    cipx: (_places, { requestLine }) => [
      { op: 'replace', path: '/requestLine/path', value: `${requestLine?.path}/dereg-amf` },
    ],
  },
  { what: 'the method is changed', cipx: () => [{ op: 'replace', path: '/requestLine/method', value: 'POST' }] },
  {
    what: 'the authority is changed',
    cipx: () => [{ op: 'replace', path: '/requestLine/authority', value: 'evil.example.org' }],
  },
  { what: 'a query is added', cipx: () => [{ op: 'add', path: '/requestLine/queryFragment', value: 'a=b' }] },
  {
    what: 'the metadata is changed',
    cipx: () => [{ op: 'replace', path: '/metaData/authorizedIpxId', value: 'NULL' }],
  },
  { what: 'a status line is added', cipx: () => [{ op: 'add', path: '/statusLine', value: '200' }] },
  { what: 'a header is removed', cipx: ({ header }) => [{ op: 'remove', path: header('content-type') }] },
  {
    what: 'a header is added that the policy does not name',
    cipx: () => [{ op: 'add', path: '/headers/-', value: { header: 'x-other', value: '1' } }],
  },
  {
    what: 'a header is renamed',
    cipx: ({ header }) => [{ op: 'replace', path: `${header('accept')}/header`, value: 'x-mediated' }],
  },
  {
    what: 'a second authorization is added',
    cipx: () => [{ op: 'add', path: '/headers/0', value: { header: 'Authorization', value: 'Bearer x' } }],
  },
  { what: 'a test fails', cipx: ({ body }) => [{ op: 'test', path: `${body('/ratType')}/value`, value: 'WLAN' }] },
  { what: 'a place does not exist', cipx: () => [{ op: 'replace', path: '/headers/99/value', value: 'x' }] },
  { what: 'the parent is no container', cipx: () => [{ op: 'add', path: '/requestLine/path/x', value: 'x' }] },
  { what: 'the whole message is replaced', cipx: () => [{ op: 'replace', path: '', value: {} }] },
  { what: 'a value is missing', cipx: ({ body }) => [{ op: 'add', path: `${body('/ratType')}/value` }] },
  { what: 'a prototype is named', cipx: () => [{ op: 'add', path: '/__proto__/x', value: 1 }] },
  {
    what: 'a list is made as long as no memory is',
    cipx: () => [{ op: 'replace', path: '/headers/length', value: 4_000_000_000 }],
  },
  {
    what: 'it copies',
    cipx: ({ body }) => [{ op: 'copy', from: body('/guami'), path: `${body('/ratType')}/value` }],
  },
  {
    what: 'it has too many operations',
    cipx: ({ body }) => Array(65).fill({ op: 'test', path: `${body('/ratType')}/value`, value: 'NR' }),
  },
  {
    what: 'an operation is unknown',
    cipx: () => [{ op: 'merge' as 'add', path: '/headers', value: 'x' }],
    expected: 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED',
  },
  { what: 'the list of headers is replaced by none', cipx: () => [{ op: 'replace', path: '/headers', value: [] }] },
  {
    what: 'the IPX of the home changes what only the other may',
    pipx: ({ body }) => [{ op: 'replace', path: `${body('/ratType')}/value`, value: 'EUTRA' }],
    blamed: PIPX,
  },
  {
    what: 'the IPX of the visited network changes what only the other may',
    cipx: ({ body }) => [{ op: 'replace', path: `${body('/guami')}/value/amfId`, value: 'ffffff' }],
  },
  {
    what: 'a neighbour of what may be changed is',
    pipx: ({ body }) => [{ op: 'replace', path: `${body('/guami')}/value/plmnId/mcc`, value: '001' }],
    blamed: PIPX,
  },
  {
    what: 'what is around an IE that may be changed is',
    pipx: ({ body }) => [{ op: 'replace', path: `${body('/guami')}/value`, value: { amfId: 'ffffff' } }],
    blamed: PIPX,
  },
  {
    what: 'an IE is put inside another entry',
    cipx: () => [{ op: 'add', path: '/payload/-', value: { iePath: '/guami/x', ieValueLocation: 'BODY', value: 'x' } }],
    expected: 'MESSAGE_RECONSTRUCTION_FAILED',
  },
];

for (const { what, cipx, pipx, expected = 'MODIFICATIONS_INSTRUCTIONS_FAILED', blamed = CIPX } of REFUSED) {
  test(`refused: ${what}`, () => {
    const { receive, sent } = mediated(cipx ?? (() => []), pipx);
    const error = n32fErrorOf(receive);
    assert.ok(error, 'accepted');
    assert.equal(error.errorType, expected, error.message);
    assert.equal(error.messageId, sent.messageId);
    const failed = expected === 'MESSAGE_RECONSTRUCTION_FAILED' ? [] : [{ ipxId: blamed, n32fErrorType: expected }];
    assert.deepEqual(error.failedModifications, failed);
    assert.equal(error.toErrorInfo('0011223344556677')?.n32fErrorType, expected);
  });
}

test('when no IPX is authorized, none may sign, even without changing anything', () => {
  const { visited, home } = bothSides();
  const { message } = visited.protectRequest(REGISTER.request, NOW);
  const extended = appendModification(message, signer(CIPX), []);
  const error = n32fErrorOf(() => home.receiveRequest(readMessage(wire(extended)), NOW));
  assert.equal(error?.errorType, 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED');
  assert.deepEqual(error?.failedModifications, [
    { ipxId: CIPX, n32fErrorType: 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED' },
  ]);
});
