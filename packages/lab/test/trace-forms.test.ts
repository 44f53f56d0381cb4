import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { NasTraceRecord, SbiTraceRecord } from '@twincore/sbi';
import { followLines, selectRecords, toHar, toMermaid, traceList } from '../src/index.ts';

const UE = { nfType: 'UE' };
const AMF = { nfType: 'AMF', plmn: '999-70', nfInstanceId: 'a' };
const AUSF = { nfType: 'AUSF', plmn: '001-01', nfInstanceId: 'b' };
const sbi = (changes: Partial<SbiTraceRecord> = {}): SbiTraceRecord => ({
  kind: 'sbi',
  at: 1_000,
  durationMs: 30,
  traceId: 'aaaa1111',
  spanId: '1',
  from: AMF,
  to: AUSF,
  operation: 'Nausf_UEAuthentication_Authenticate',
  method: 'POST',
  authority: 'ausf.example:1',
  uri: '/nausf-auth/v1/ue-authentications?a=b%20c',
  requestHeaders: { ':path': '/x', 'content-type': 'application/json', accept: ['a', 'b'] },
  requestBody: { supiOrSuci: 'ü' },
  status: 201,
  responseHeaders: { 'content-type': 'application/3gppHal+json' },
  responseBody: { authType: '5G_AKA' },
  ...changes,
});
const nas = (changes: Partial<NasTraceRecord> = {}): NasTraceRecord => ({
  kind: 'nas',
  at: 990,
  traceId: 'aaaa1111',
  from: UE,
  to: AMF,
  message: 'Registration request',
  n2: 'INITIAL UE MESSAGE',
  security: 'plain',
  ...changes,
});

describe('a Mermaid diagram', () => {
  test('has the answers where they came, and says what was refused', () => {
    const inner = sbi({ at: 1_010, durationMs: 5, from: AUSF, to: { nfType: 'UDM', plmn: '001-01' }, status: 403 });
    const lines = toMermaid([{ title: 'one', records: [nas(), sbi(), inner] }]);
    assert.deepEqual(lines.slice(0, 9), [
      '---',
      'title: "one"',
      '---',
      'sequenceDiagram',
      '  autonumber',
      '  participant p0 as UE',
      '  participant p1 as AMF(999-70)',
      '  participant p2 as AUSF(001-01)',
      '  participant p3 as UDM(001-01)',
    ]);
    assert.deepEqual(
      lines.slice(9).map((line) => line.trim().split(':')[0]),
      ['p0->>p1', 'p1->>p2', 'p2->>p3', 'p3--xp2', 'p2-->>p1'],
    );
  });

  test('lets no text of the trace become syntax', () => {
    const message = 'a; end\nparticipant x <b>"#%%{init}';
    const lines = toMermaid([{ title: 'one', records: [nas({ message })] }]);
    assert.equal(lines.length, 8);
    const [, text = ''] = lines.at(-1)?.split('p0->>p1: ') ?? [];
    assert.doesNotMatch(text.replace(/#\d+;/g, ''), /[;\n<>"{}%#]/);
  });

  test('is one for several procedures, each under a note', () => {
    const lines = toMermaid([
      { title: 'first', records: [nas()] },
      { title: 'second; and last', records: [sbi()] },
    ]);
    assert.deepEqual(lines.slice(0, 1), ['sequenceDiagram']);
    assert.deepEqual(
      lines.filter((line) => /Note over/.test(line)),
      ['  Note over p0,p2: first', '  Note over p0,p2: second#59; and last'],
    );
  });

  test('notes what became of a token', () => {
    const refused = sbi({ token: { verdict: 'refused', reason: 'token-scope' }, status: 403 });
    assert.ok(
      toMermaid([{ title: 'one', records: [refused] }], { token: true }).some((line) =>
        /Note over p1: token refused: token-scope/.test(line),
      ),
    );
  });
});

test('a HAR has what HTTP Archive 1.2 demands of an entry, and no NAS', () => {
  const { log } = toHar([nas(), sbi(), sbi({ status: 0, failure: 'ECONNREFUSED', responseHeaders: {} })]);
  assert.equal(log.version, '1.2');
  assert.equal(log.entries.length, 2);
  const [entry] = log.entries;
  const members = ['startedDateTime', 'time', 'request', 'response', 'cache', 'timings'];
  assert.deepEqual(
    members.filter((member) => !(member in (entry ?? {}))),
    [],
  );
  assert.equal(entry?.request.url, 'https://ausf.example:1/nausf-auth/v1/ue-authentications?a=b%20c');
  assert.deepEqual(entry?.request.queryString, [{ name: 'a', value: 'b c' }]);
  assert.deepEqual(
    entry?.request.headers.map(({ name, value }) => `${name}: ${value}`),
    ['content-type: application/json', 'accept: a', 'accept: b'],
  );
  assert.equal(entry?.request.bodySize, Buffer.byteLength('{"supiOrSuci":"ü"}'));
  assert.equal(entry?.response.content.mimeType, 'application/3gppHal+json');
  assert.equal(log.entries[1]?.response.status, 0);
  assert.match(log.entries[1]?.comment ?? '', /ECONNREFUSED/);
});

describe('the list of traces', () => {
  test('has one line for each cause, without what drives the tools', () => {
    const control = sbi({ traceId: 'cccc', from: { nfType: 'OPERATOR' }, to: { nfType: 'RANSIM' } });
    const later = nas({ traceId: 'bbbb', at: 5_000, message: 'Deregistration request (UE originating)' });
    const heartbeat = sbi({ traceId: 'dddd', at: 9_000, operation: 'Nnrf_NFManagement_NFUpdate', status: 404 });
    const list = traceList([nas(), sbi(), control, later, heartbeat]);
    assert.deepEqual(
      list.map(({ traceId, what, procedure, failed }) => [traceId, what, procedure, failed]),
      [
        ['aaaa1111', 'registration', true, false],
        ['bbbb', 'deregistration', true, false],
        ['dddd', 'Nnrf_NFManagement_NFUpdate', false, true],
      ],
    );
    assert.equal(list[0]?.between, 'UE → AMF(999-70)');
    assert.equal(list[0]?.durationMs, 40);
  });
});

describe('a filter', () => {
  const records = [nas(), sbi(), sbi({ traceId: 'x', to: { nfType: 'UDM', plmn: '001-01' }, status: 403 })];
  const CASES: readonly (readonly [object, number])[] = [
    [{}, 3],
    [{ kind: 'nas' }, 1],
    [{ nf: 'ausf(001-01)' }, 1],
    [{ nf: 'AMF' }, 3],
    [{ failed: true }, 1],
    [{ operation: 'authenticate' }, 2],
    [{ procedure: 'registration' }, 2],
    [{ procedure: 'registration', kind: 'sbi' }, 1],
    [{ since: 1_000 }, 2],
  ];
  for (const [filter, count] of CASES) {
    test(JSON.stringify(filter), () => assert.equal(selectRecords(records, filter).length, count));
  }
});

test('lines are followed as they become whole, of files that come later too', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-follow-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const [first, second] = [join(dir, 'a'), join(dir, 'b')];
  writeFileSync(first, 'old\n');
  const stop = new AbortController();
  const seen: string[] = [];
  const lines = followLines(() => (seen.length === 0 ? [first] : [first, second]), stop.signal);
  const next = lines.next();
  // It has looked at the end of the file once the event loop has turned; what is whole only later comes later.
  await new Promise((resolve) => setTimeout(resolve, 50));
  appendFileSync(first, 'ha');
  appendFileSync(first, 'lf\n');
  seen.push((await next).value?.line ?? '');
  writeFileSync(second, 'new file\nunfinished');
  seen.push((await lines.next()).value?.line ?? '');
  appendFileSync(second, ' business\n');
  seen.push((await lines.next()).value?.line ?? '');
  stop.abort();
  assert.equal((await lines.next()).done, true);
  assert.deepEqual(seen, ['half', 'new file', 'unfinished business']);
});
