import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SbiTraceRecord } from '@twincore/sbi';
import type { Exchange } from '../src/check.ts';
import { checkRecords, renderReport } from '../src/report.ts';
import { create, FIXTURES, find } from './support.ts';

const record = (exchange: Exchange, change: Partial<SbiTraceRecord> = {}): SbiTraceRecord => ({
  kind: 'sbi',
  at: 0,
  durationMs: 1,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  from: { nfType: 'AMF', plmn: '999-70' },
  to: { nfType: 'THING', plmn: '001-01' },
  operation: 'unknown',
  ...exchange,
  requestHeaders: { ...exchange.requestHeaders },
  responseHeaders: { ...exchange.responseHeaders },
  ...change,
});
const n32 = { role: 'cSEPP', peerPlmn: '001-01', peerFqdn: 'sepp.example', security: 'TLS' } as const;

test('a report tells what was seen of each service, deviates, is not 3GPP, and was taken as right', () => {
  const report = checkRecords(FIXTURES, [
    record(find()),
    record(find()),
    record(create({ requestBody: { name: 'A', notifyUri: 'https://amf.example/n', k: 'fingerprint:01234567' } })),
    record(find(), { to: { nfType: 'SEPP' }, n32 }),
    record(
      create({ uri: '/n', requestBody: { event: 'x' }, status: 204, responseHeaders: {}, responseBody: undefined }),
      {
        to: { nfType: 'AMF' },
      },
    ),
    record(find({ uri: '/control/ues?x=1' }), { to: { nfType: 'RANSIM' } }),
    record(find({ requestHeaders: {} })),
    record(find({ requestHeaders: {}, uri: '/nthing-mgmt/v1/things?size=8' })),
  ]);
  assert.deepEqual(
    report.coverage.map(({ nf, as, seen, total }) => ({ nf, as, seen, total })),
    [
      { nf: 'AMF', as: 'callback receiver', seen: { 'CreateThing → onThingChange': 1 }, total: undefined },
      { nf: 'SEPP', as: 'forwarder', seen: { FindThings: 1 }, total: undefined },
      { nf: 'THING', as: 'producer', seen: { CreateThing: 1, FindThings: 4 }, total: 5 },
    ],
  );
  assert.deepEqual(report.not3gpp, { 'RANSIM GET /control/ues': 1 });
  assert.equal(report.checked, 7);
  assert.equal(report.unknownValues, 1);
  assert.equal(report.deviants.length, 2);
  const text = renderReport(report).join('\n');
  assert.match(
    text,
    /AMF\(999-70\) → THING\(001-01\) {2}GET \/nthing-mgmt\/v1\/things\?size=7 → 200 {2}\[FindThings\]/,
  );
  assert.match(text, /trace 0af7651916cd43dd8448eb211c80319c, and 1 more alike/);
  assert.match(text, /request header parameter X-Level: is required\n {4}TS00001_Nthing_Mgmt.yaml#\/paths/);
  assert.match(text, /^THING {2}nthing-mgmt +2 \/ 5 +5 {2}/m);
  assert.match(text, /1 × RANSIM GET \/control\/ues/);
  assert.match(text, /7 of 8 exchanges checked, 2 deviations in 2 exchanges, 1 redacted values taken as right$/);
});

test('a request that was refused may deviate when that is allowed; its answer may not', () => {
  const refused = find({
    requestHeaders: {},
    status: 400,
    responseHeaders: { 'content-type': 'application/problem+json' },
    responseBody: { status: 400 },
  });
  const unproblematic = { ...refused, responseBody: { status: '400' } };
  const count = (exchange: Exchange, allowRefused: boolean) => {
    const report = checkRecords(FIXTURES, [record(exchange)], { allowRefused });
    return [report.deviants.flatMap(({ deviations }) => deviations).length, report.refused];
  };
  assert.deepEqual(count(refused, false), [1, 0]);
  assert.deepEqual(count(refused, true), [0, 1]);
  assert.deepEqual(count(unproblematic, true), [1, 1]);
  assert.deepEqual(count(find({ requestHeaders: {} }), true), [1, 0]);
});
