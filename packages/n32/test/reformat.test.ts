import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataToIntegrityProtectBlock, N32fReformattedReqMsg, ProtectionPolicy } from '@twincore/model';
import { readMessage, type SbiRequest, UnprotectableMessage } from '../src/index.ts';
import { seal } from '../src/jwe.ts';
import { deriveSessionKeys } from '../src/keys.ts';
import { bothSides, deliver, HOME_ID, MASTER_KEY, meaning, NOW, n32fErrorOf, VISITED_ID, wire } from './support.ts';

const JSON_TYPE = ['content-type', 'application/json'] as const;
const request = (change: Partial<SbiRequest> = {}): SbiRequest => ({
  method: 'POST',
  scheme: 'https',
  authority: 'ausf.5gc.mnc001.mcc001.3gppnetwork.org:443',
  path: '/nausf-auth/v1/ue-authentications',
  headers: [JSON_TYPE],
  ...change,
});
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const clearOf = ({ reformattedData }: N32fReformattedReqMsg) =>
  JSON.parse(Buffer.from(reformattedData.aad ?? '', 'base64url').toString('utf8')) as DataToIntegrityProtectBlock;

test('a block as TS 29.573 has it: metadata, request line, headers, one entry for each attribute', () => {
  const { visited } = bothSides();
  const body = { supiOrSuci: 'suci-0-001-01-0-0-0-0000000001', servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org' };
  const { message, messageId, reformatted } = visited.protectRequest(
    request({
      headers: [JSON_TYPE, ['authorization', 'Bearer abc.def.ghi'], ['content-length', '99']],
      body: json(body),
    }),
    NOW,
  );
  assert.deepEqual(clearOf(message), {
    metaData: { n32fContextId: HOME_ID, messageId, authorizedIpxId: 'NULL' },
    requestLine: {
      method: 'POST',
      scheme: 'https',
      authority: 'ausf.5gc.mnc001.mcc001.3gppnetwork.org:443',
      path: '/nausf-auth/v1/ue-authentications',
      protocolVersion: '2',
    },
    headers: [
      { header: 'content-type', value: 'application/json' },
      { header: 'authorization', value: { encBlockIndex: 0 } },
    ],
    payload: [
      { iePath: '/supiOrSuci', ieValueLocation: 'BODY', value: { encBlockIndex: 1 } },
      { iePath: '/servingNetworkName', ieValueLocation: 'BODY', value: body.servingNetworkName },
    ],
  });
  assert.deepEqual(JSON.parse(reformatted.plaintext), { dataToEncrypt: ['Bearer abc.def.ghi', body.supiOrSuci] });
});

test('a message with nothing to encrypt has one null to encrypt, since the list may not be empty', () => {
  const sides = bothSides();
  const plain = request({ method: 'GET', path: '/nnrf-disc/v1/nf-instances?target-nf-type=UDM', headers: [] });
  const { sent, received } = deliver(sides, plain);
  assert.equal(sent.reformatted.plaintext, '{"dataToEncrypt":[null]}');
  assert.deepEqual(received.request, plain);
});

test('an identity of a UE is encrypted wherever it is: in a query, a callback URI, a link, a list, the name of a member', () => {
  const sides = bothSides();
  const original = request({
    method: 'PUT',
    path: '/nudm-uecm/v1/imsi-001010000000001/registrations/amf-3gpp-access?x=msisdn-88210000001&y=1',
    headers: [JSON_TYPE, ['3gpp-sbi-correlation-info', 'imsi-001010000000001'], ['x-log', 'of imsi-001010000000001']],
    body: json({
      deregCallbackUri: 'https://amf.example.org/callback/imsi-001010000000001',
      list: [1, ['imei-001015000000010'], { nested: { 'imsi-001010000000002': true } }],
      other: 'not-imsi-like',
    }),
  });
  const { sent, received } = deliver(sides, original);
  assert.deepEqual(meaning(received.request), meaning(original));
  const clear = JSON.stringify(clearOf(sent.message));
  assert.doesNotMatch(clear, /(imsi|msisdn|imei)-\d/);
  assert.match(clear, /not-imsi-like/);
});

test('what is encrypted in one place is encrypted in every other (TS 33.501 13.2.4.1)', () => {
  const sides = bothSides();
  const original = request({
    headers: [JSON_TYPE, ['authorization', 'Bearer the.very.token'], ['x-debug', 'token=the.very.token']],
    body: json({ supiOrSuci: 'a-name-of-no-known-form', echo: 'a-name-of-no-known-form' }),
  });
  const { sent, received } = deliver(sides, original);
  assert.deepEqual(meaning(received.request), meaning(original));
  assert.doesNotMatch(JSON.stringify(clearOf(sent.message)), /the\.very\.token|a-name-of-no-known-form/);
});

test('multipart: each binary part is an IE at the pointer that refers to it', () => {
  const sides = bothSides();
  const n1 = Buffer.from([0, 1, 2, 0x2d, 0x2d, 0x62, 13, 10, 255]);
  const other = Buffer.from('--boundaryX is not the boundary');
  const part = (type: string, id: string | undefined, data: Buffer | string) =>
    Buffer.concat([
      Buffer.from(`--b\r\nContent-Type: ${type}\r\n${id === undefined ? '' : `Content-Id: ${id}\r\n`}\r\n`),
      Buffer.from(data),
      Buffer.from('\r\n'),
    ]);
  const root = {
    supi: 'imsi-001010000000001',
    n1SmInfoFromUe: { contentId: 'n1msg' },
    n4Info: { ref: { contentId: 'other' } },
  };
  const body = Buffer.concat([
    part('application/json', undefined, JSON.stringify(root)),
    part('application/vnd.3gpp.5gnas', 'n1msg', n1),
    part('application/octet-stream', '<other>', other),
    Buffer.from('--b--\r\n'),
  ]);
  const original = request({
    path: '/nsmf-pdusession/v1/pdu-sessions',
    headers: [['content-type', 'multipart/related; boundary="b"']],
    body,
  });
  const { sent, received } = deliver(sides, original);
  const binary = clearOf(sent.message).payload?.filter(({ ieValueLocation }) => ieValueLocation === 'MULTIPART_BINARY');
  assert.deepEqual(binary, [
    // The order of dataToEncrypt: the SUPI came first.
    { iePath: '/n1SmInfoFromUe', ieValueLocation: 'MULTIPART_BINARY', value: { encBlockIndex: 1 } },
    {
      iePath: '/n4Info/ref',
      ieValueLocation: 'MULTIPART_BINARY',
      value: { contentId: '<other>', contentType: 'application/octet-stream', data: other.toString('base64') },
    },
  ]);
  assert.deepEqual(Buffer.from(received.request.body ?? []).toString('latin1'), body.toString('latin1'));
});

test('a body of a type that nobody can look into is encrypted as a whole', () => {
  const sides = bothSides();
  const original = request({ headers: [['content-type', 'image/png']], body: Buffer.from([0, 255, 128, 10]) });
  const { sent, received } = deliver(sides, original);
  assert.deepEqual(clearOf(sent.message).payload, [
    { iePath: '', ieValueLocation: 'BODY', value: { encBlockIndex: 0 } },
  ]);
  assert.deepEqual(Buffer.from(received.request.body ?? []), original.body);
});

/** Bodies that are JSON and no object with attributes, or that a double would change. */
const BODIES = ['null', '0', '""', '[]', '{}', '[{"a":null}]', '{"":1}', '{"a/b~c":{"/":[]}}', '"text"', 'false'];
const NUMBERS = [
  '18446744073709551615',
  '0.1000000000000000055',
  '-9007199254740993',
  '123456789012345678901234567890',
];

test('every JSON value comes through, numbers that no double holds as well', () => {
  const sides = bothSides();
  for (const text of [...BODIES, ...NUMBERS, ...NUMBERS.map((n) => `{"n":[${n}],"supiOrSuci":{"n":${n}}}`)]) {
    const { received } = deliver(sides, request({ body: Buffer.from(text) }));
    assert.equal(Buffer.from(received.request.body ?? []).toString('utf8'), text);
  }
});

test('a form is taken apart into its fields', () => {
  const sides = bothSides();
  const original = request({
    path: '/oauth2/token',
    headers: [['content-type', 'application/x-www-form-urlencoded']],
    body: Buffer.from('grant_type=client_credentials&scope=a+b&x=1&x=2&targetPlmn=%7B%22mcc%22%3A%22001%22%7D'),
  });
  const { sent, received } = deliver(sides, original);
  const clear = clearOf(sent.message).payload ?? [];
  assert.deepEqual(clear[1], { iePath: '/scope', ieValueLocation: 'BODY', value: 'a b' });
  assert.equal(Buffer.from(received.request.body ?? []).toString('utf8'), Buffer.from(original.body ?? []).toString());
});

/** What an NF may not send (TS 33.501 5.9.3.2), with any escape. */
const UNPROTECTABLE: readonly [UnprotectableMessage['reason'], string, Partial<SbiRequest>][] = [
  ['no-policy', 'an operation without policy', { path: '/nudr-dr/v2/x' }],
  ['forged-reference', 'a reference in the body', { body: json({ x: { encBlockIndex: 0 } }) }],
  ['forged-reference', 'an escaped one', { body: Buffer.from('{"x":{"\\u0065ncBlockIndex":0}}') }],
  ['forged-reference', 'one as a whole body', { body: json({ encBlockIndex: 0 }) }],
  ['forged-reference', 'one within what is encrypted', { body: json({ supiOrSuci: { encBlockIndex: 0 } }) }],
  ['forged-reference', 'one in a header', { headers: [['x', '{"encBlockIndex":0}']] }],
  [
    'forged-reference',
    'one in the path',
    { path: '/nudm-sdm/v2/%7B%22encBlockIndex%22%3A0%7D/am-data', method: 'GET' },
  ],
  ['forged-reference', 'an escaped one in the query', { path: '/oauth2/token?x=%7B%22%65ncBlockIndex%22%3A0%7D' }],
  ['malformed', 'a body that is no JSON', { body: Buffer.from('{"a":') }],
  ['malformed', 'a member that is no IE', { body: Buffer.from('{"__proto__":1}') }],
  ['malformed', 'a URI with broken escapes', { path: '/oauth2/token?x=%zz' }],
  ['malformed', 'multipart without boundary', { headers: [['content-type', 'multipart/related']], body: json({}) }],
];

for (const [reason, what, change] of UNPROTECTABLE) {
  test(`not sent: ${what}`, () => {
    assert.throws(
      () => bothSides().visited.protectRequest(request(change), NOW),
      (error) => error instanceof UnprotectableMessage && error.reason === reason,
    );
  });
}

/** A block that the peer's SEPP itself seals, though it should not. */
function sealed(block: DataToIntegrityProtectBlock | string, plaintext: unknown, seq = 0): string {
  const keys = deriveSessionKeys(MASTER_KEY, { initiating: VISITED_ID, responding: HOME_ID }, 'A128GCM', 'initiating');
  const aad = typeof block === 'string' ? block : JSON.stringify(block);
  const text = typeof plaintext === 'string' ? plaintext : JSON.stringify(plaintext);
  return wire({ reformattedData: seal(keys.send.request, 'A128GCM', seq, aad, text) });
}

const GOOD: DataToIntegrityProtectBlock = {
  metaData: { n32fContextId: HOME_ID, messageId: '01', authorizedIpxId: 'NULL' },
  requestLine: {
    method: 'POST',
    scheme: 'https',
    authority: 'ausf.example.org',
    path: '/nausf-auth/v1/ue-authentications',
    protocolVersion: '2',
  },
  headers: [{ header: 'content-type', value: 'application/json' }],
  payload: [{ iePath: '/supiOrSuci', ieValueLocation: 'BODY', value: { encBlockIndex: 0 } }],
};
const VALUES = { dataToEncrypt: ['imsi-001010000000001'] };
const line = (change: object) => ({ ...GOOD, requestLine: { ...GOOD.requestLine, ...change } }) as typeof GOOD;
const payload = (...entries: [string, unknown][]) => ({
  ...GOOD,
  payload: entries.map(([iePath, value]) => ({ iePath, ieValueLocation: 'BODY', value })),
});
const header = (name: string, value: string) => ({
  ...GOOD,
  headers: [...(GOOD.headers ?? []), { header: name, value }],
});
const REF = { encBlockIndex: 0 };

/** Error type, reason, what, block, plaintext. */
const UNACCEPTABLE: readonly [string, string | undefined, string, DataToIntegrityProtectBlock | string, unknown?][] = [
  ['POLICY_MISMATCH', undefined, 'an IE in the clear', payload(['/supiOrSuci', 'imsi-1']), { dataToEncrypt: [null] }],
  ['POLICY_MISMATCH', undefined, 'a token in the clear', header('Authorization', 'Bearer x')],
  ['POLICY_MISMATCH', undefined, 'an operation without policy', line({ path: '/nudr-dr/v2/x' })],
  ['DECIPHERING_FAILED', undefined, 'a plaintext that is no JSON', GOOD, 'x'],
  ['DECIPHERING_FAILED', undefined, 'a plaintext without list', GOOD, {}],
  ['DECIPHERING_FAILED', undefined, 'an empty list', GOOD, { dataToEncrypt: [] }],
  ['CONTEXT_NOT_FOUND', undefined, 'another context', { ...GOOD, metaData: { ...VISITED_META() } }],
  ['INTEGRITY_CHECK_FAILED', undefined, 'no metadata', '{}'],
  ['INTEGRITY_CHECK_FAILED', undefined, 'no block', '[]'],
  ['MESSAGE_RECONSTRUCTION_FAILED', undefined, 'no request', { ...GOOD, statusLine: '200' }],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_INDEX_TO_ENCRYPTED_BLOCK',
    'an index too high',
    payload(['/x', { encBlockIndex: 1 }]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_INDEX_TO_ENCRYPTED_BLOCK',
    'a negative index',
    payload(['/x', { encBlockIndex: -1 }]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_INDEX_TO_ENCRYPTED_BLOCK',
    'an index and more',
    payload(['/x', { ...REF, y: 1 }]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_INDEX_TO_ENCRYPTED_BLOCK',
    'an index twice',
    payload(['/x', REF], ['/y', REF]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_INDEX_TO_ENCRYPTED_BLOCK',
    'a value without reference',
    payload(['/x', 1]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_INDEX_TO_ENCRYPTED_BLOCK',
    'a path of no text',
    line({ path: '/nudm-sdm/v2/%7B%22encBlockIndex%22%3A0%7D/am-data', method: 'GET' }),
    { dataToEncrypt: [{}] },
  ],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_JSON_POINTER', 'no pointer', payload(['/supiOrSuci', REF], ['x', 1])],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_JSON_POINTER',
    'a prototype',
    payload(['/supiOrSuci', REF], ['/__proto__', 1]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_JSON_POINTER',
    'an IE twice',
    payload(['/supiOrSuci', REF], ['/x', 1], ['/x', 2]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_JSON_POINTER',
    'an IE in another',
    payload(['/supiOrSuci', REF], ['/x', {}], ['/x/y', 2]),
  ],
  [
    'MESSAGE_RECONSTRUCTION_FAILED',
    'INVALID_JSON_POINTER',
    'a whole body and more',
    payload(['', {}], ['/supiOrSuci', REF]),
  ],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_HTTP_HEADER', 'a header name with a space', header('a b', 'x')],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_HTTP_HEADER', 'a pseudo-header', header(':path', '/x')],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_HTTP_HEADER', 'a length', header('content-length', '1')],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_HTTP_HEADER', 'a line break', header('x', 'a\r\nb: c')],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_HTTP_HEADER', 'an authority with a path', line({ authority: 'a/b' })],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_HTTP_HEADER', 'another scheme', line({ scheme: 'file' })],
  ['MESSAGE_RECONSTRUCTION_FAILED', 'INVALID_HTTP_HEADER', 'a space in the query', line({ queryFragment: 'a=b c' })],
];

function VISITED_META() {
  return { n32fContextId: VISITED_ID, messageId: '01', authorizedIpxId: 'NULL' };
}

for (const [errorType, reason, what, block, plaintext = VALUES] of UNACCEPTABLE) {
  test(`refused from the peer's SEPP: ${what}`, () => {
    const { home } = bothSides();
    const error = n32fErrorOf(() => home.receiveRequest(readMessage(sealed(block, plaintext)), NOW));
    assert.equal(error?.errorType, errorType, error?.message ?? 'accepted');
    assert.equal(error?.details[0]?.msgReconstructFailReason, reason);
  });
}

test('IEs at any depth, as other SEPPs may send them, make the same body', () => {
  const { home } = bothSides();
  const deep = payload(['/supiOrSuci', REF], ['/a/b/0', 1], ['/a/b/1', { c: 2 }], ['/a/d', null], ['/e~1f', 3]);
  const { request: got } = home.receiveRequest(readMessage(sealed(deep, VALUES)), NOW);
  assert.deepEqual(JSON.parse(Buffer.from(got.body ?? []).toString()), {
    supiOrSuci: VALUES.dataToEncrypt[0],
    a: { b: [1, { c: 2 }], d: null },
    'e/f': 3,
  });
});

test('a policy that encrypts a whole body, members of all elements, and a wildcard', () => {
  const policy: ProtectionPolicy = {
    dataTypeEncPolicy: ['UEID'],
    apiIeMappingList: [
      {
        apiSignature: '{apiRoot}/nx-y/v1/z',
        apiMethod: 'POST',
        IeList: ['/list/*/id', '/map/*', '/whole'].map((reqIe) => ({ ieLoc: 'BODY', ieType: 'UEID', reqIe })),
      },
    ],
  };
  const sides = bothSides({ policy });
  const body = { list: [{ id: 'a', x: 1 }, { id: 'b' }, 'c'], map: { k: 'd', l: ['e'] }, whole: { m: 'f' } };
  const original = request({ path: '/nx-y/v1/z', body: json(body) });
  const { sent, received } = deliver(sides, original);
  assert.deepEqual(meaning(received.request), meaning(original));
  assert.deepEqual(
    clearOf(sent.message).payload?.map(({ value }) => value),
    [
      [{ id: { encBlockIndex: 0 }, x: 1 }, { id: { encBlockIndex: 1 } }, 'c'],
      { k: { encBlockIndex: 2 }, l: { encBlockIndex: 3 } },
      { encBlockIndex: 4 },
    ],
  );
});
