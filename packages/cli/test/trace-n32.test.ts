/** `twincore trace --n32`: what PRINS did to a message, at each hop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { N32Detail, SbiTraceRecord } from '@twincore/sbi';
import { renderTrace } from '../src/trace-view.ts';

const clear = {
  requestLine: { method: 'PUT', path: '/x' },
  payload: [{ iePath: '/resStar', value: { encBlockIndex: 0 } }],
};
const prins = {
  messageId: '462e8287b459b260',
  request: { clear, encrypted: ['header authorization', 'body /resStar'] },
};
const record = (at: number, nfType: string, n32: Partial<N32Detail>, requestBody: unknown): SbiTraceRecord => ({
  kind: 'sbi',
  at,
  durationMs: 1,
  traceId: 'a'.repeat(32),
  spanId: String(at).padStart(16, '0'),
  from: { nfType: 'AMF', nfInstanceId: '1', plmn: '999-70' },
  to: { nfType, nfInstanceId: '2', plmn: '001-01' },
  operation: 'Forward',
  method: 'PUT',
  authority: 'sepp',
  uri: '/nausf-auth/v1/x',
  requestHeaders: {},
  requestBody,
  status: 200,
  responseHeaders: {},
  n32: { role: 'cSEPP', peerPlmn: '001-01', peerFqdn: 'sepp', security: 'PRINS', ...n32 },
});
const view = (one: SbiTraceRecord, n32 = true) =>
  renderTrace([one], { width: 200, color: false, token: false, body: false, n32, steps: false }).join('\n');

test('the SEPP that sends: the request as it came, what is clear of it, and where something is encrypted', () => {
  const shown = view(record(1, 'SEPP', { prins }, { resStar: '916a' }));
  assert.match(shown, /plain .*\n.*PUT \/nausf-auth\/v1\/x/);
  assert.match(shown, /"resStar": "916a"/);
  assert.match(shown, /request 462e8287b459b260: encrypted header authorization, body \/resStar/);
  assert.match(shown, /"encBlockIndex": 0/);
});

test('the SEPP that receives: the JWE, each modification with its signer, the request that goes on, and the answer', () => {
  const reformattedData = {
    protected: Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url'),
    iv: 'g52UHLSpX_4AAAAA',
    ciphertext: Buffer.alloc(77).toString('base64url'),
    tag: 'z3EQ',
  };
  const modifications = [
    { signer: 'ipx.visited', operations: [{ op: 'add', path: '/headers/-', value: { header: 'x', value: 'y' } }] },
    { signer: 'ipx.home', operations: [] },
  ];
  const received = {
    ...prins,
    request: { ...prins.request, modifications, reconstructed: { method: 'PUT', body: { resStar: '916a' } } },
    response: { clear: { statusLine: 'HTTP/2 200' }, encrypted: ['body /kseaf'] },
  };
  const shown = view(record(1, 'SEPP', { role: 'pSEPP', prins: received }, { reformattedData }));
  assert.match(shown, /JWE alg dir enc A256GCM iv g52UHLSpX_4AAAAA tag z3EQ, 77 octets of ciphertext/);
  assert.match(shown, /signed by ipx\.visited: \[\{"op":"add"/);
  assert.match(shown, /signed by ipx\.home: \[\]/);
  assert.match(shown, /goes on as [\s\S]*"resStar": "916a"/);
  assert.match(shown, /answer 462e8287b459b260: encrypted body \/kseaf/);
  assert.ok(!shown.includes('plain '));
});

test('without --n32 one line for each message', () => {
  const shown = view(record(1, 'SEPP', { prins }, { resStar: '916a' }), false);
  assert.equal(shown.split('\n').length, 1);
  assert.match(shown, /sends on over N32-f\/PRINS to 001-01, 2 IEs encrypted/);
});
