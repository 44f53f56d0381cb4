/** The index of a run: filters, pages, order, its bound, and whatever a trace may contain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TraceIndex } from '../src/trace/index.ts';
import { nasRecord, sbiRecord } from './support.ts';

const PLACE = { file: 'x', offset: 0, length: 1 };
const ALL = { from: 0, limit: 500 };

function indexOf(records: readonly unknown[], capacity = 1_000): TraceIndex {
  const index = new TraceIndex(capacity);
  index.reset('run');
  for (const record of records) index.add(typeof record === 'string' ? record : JSON.stringify(record), PLACE);
  return index;
}

test('messages are in the order of time, whatever the order in which NFs wrote them', () => {
  const index = indexOf([sbiRecord({ at: 30 }), nasRecord({ at: 10 }), sbiRecord({ at: 20 })]);
  assert.deepEqual(
    index.messages({}, ALL).items.map(({ at }) => at),
    [10, 20, 30],
  );
});

test('filters choose by words, kind, party, outcome and border; pages say of how many they are', () => {
  const sepp = { nfType: 'SEPP', plmn: '999-70' };
  const index = indexOf([
    sbiRecord({ at: 1 }),
    sbiRecord({ at: 2, status: 403, operation: 'Nudm_SDM_Get', uri: '/nudm-sdm/v2/x' }),
    sbiRecord({ at: 3, to: sepp, n32: { role: 'cSEPP', peerPlmn: '001-01', peerFqdn: 'x', security: 'PRINS' } }),
    sbiRecord({ at: 4, status: 0, failure: 'the consumer went away' }),
    nasRecord({ at: 5 }),
  ]);
  const found = (filter: object) => index.messages(filter, ALL).items.map(({ at }) => at);
  assert.deepEqual(found({ text: 'SDM 403' }), [2]);
  assert.deepEqual(found({ text: 'sdm 200' }), []);
  assert.deepEqual(found({ kind: 'nas' }), [5]);
  assert.deepEqual(found({ failed: true }), [2, 4]);
  assert.deepEqual(found({ n32: true }), [3]);
  assert.deepEqual(found({ party: 'SEPP 999-70' }), [3]);
  assert.deepEqual(found({ party: 'SEPP' }), [3]);
  assert.deepEqual(found({ party: 'UE' }), [5]);
  const page = index.messages({ kind: 'sbi' }, { from: 2, limit: 1 });
  assert.deepEqual([page.items.map(({ at }) => at), page.from, page.total], [[3], 2, 4]);
});

test('what drives the lab’s own tools is left out unless asked for', () => {
  const index = indexOf([sbiRecord({ from: { nfType: 'OPERATOR' }, to: { nfType: 'RANSIM' } }), sbiRecord()]);
  assert.equal(index.messages({}, ALL).total, 1);
  assert.equal(index.messages({ control: true }, ALL).total, 2);
});

test('a procedure has its kind, UE, serving network and outcome', () => {
  const traceId = 'c'.repeat(32);
  const amf = { nfType: 'AMF', plmn: '999-70' };
  const control = sbiRecord({
    at: 1,
    traceId,
    from: { nfType: 'OPERATOR' },
    to: { nfType: 'RANSIM' },
    uri: '/ransim/v1/ues/imsi-001010000000001/registrations',
  });
  const begun = [control, nasRecord({ at: 2, traceId, to: amf })];
  const running = indexOf(begun).procedures({}, ALL).items[0];
  assert.deepEqual(
    [running?.kind, running?.supi, running?.plmn, running?.outcome, running?.messages],
    ['registration', 'imsi-001010000000001', '999-70', 'running', 1],
  );
  const completed = nasRecord({ at: 9, traceId, to: amf, message: 'Registration complete' });
  const done = indexOf([...begun, completed]).procedures({ ue: true }, ALL).items[0];
  assert.deepEqual([done?.outcome, done?.durationMs], ['succeeded', 7]);
  const rejected = nasRecord({ at: 9, traceId, from: amf, to: { nfType: 'UE' }, message: 'Registration reject' });
  assert.equal(indexOf([...begun, rejected]).procedures({ outcome: 'failed' }, ALL).total, 1);
});

test('beyond its bound whole procedures go, the oldest first, and are counted', () => {
  const index = new TraceIndex(100);
  index.reset('run');
  for (let i = 0; i < 250; i++) {
    index.add(JSON.stringify(sbiRecord({ at: i, traceId: `trace-${Math.floor(i / 5)}` })), PLACE);
  }
  const { messages, forgotten, procedures } = index.counts();
  assert.ok(messages <= 100, `${messages} are kept`);
  assert.equal(messages + forgotten, 250);
  assert.equal(index.messages({}, ALL).items[0]?.at, forgotten);
  assert.equal(procedures * 5, messages, 'no procedure is there in part');
  const [first] = index.messages({}, ALL).items;
  assert.ok(first && index.message(first.id), 'what is kept can be read');
  assert.equal(index.message(1), undefined);
});

test('one procedure larger than the bound loses its beginning and nothing else breaks', () => {
  const index = new TraceIndex(50);
  index.reset('run');
  for (let i = 0; i < 500; i++) index.add(JSON.stringify(sbiRecord({ at: i })), PLACE);
  const found = index.procedure('a'.repeat(32));
  assert.ok(found && found.messages.length <= 50);
  assert.equal(found.messages.at(-1)?.at, 499);
});

test('a new run forgets the one before', () => {
  const index = indexOf([sbiRecord(), 'no json']);
  index.reset('second');
  const { messages, procedures, unreadable } = index.counts();
  assert.deepEqual([index.run, messages, procedures, unreadable], ['second', 0, 0, 0]);
});

const HOSTILE: readonly (readonly [string, unknown])[] = [
  ['an empty object', {}],
  ['no JSON', '{"kind":"sbi"'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a party that is null', { ...sbiRecord(), from: null }],
  ['a party that is a text', { ...sbiRecord(), to: 'AMF' }],
  ['no time', { ...sbiRecord(), at: '12' }],
  ['another kind', { ...sbiRecord(), kind: 'html' }],
];

for (const [what, line] of HOSTILE) {
  test(`a line that is ${what} is counted and left out`, () => {
    const index = indexOf([line, sbiRecord()]);
    assert.deepEqual([index.counts().unreadable, index.counts().messages], [1, 1]);
  });
}

const ODD: readonly (readonly [string, object])[] = [
  ['numbers where texts should be', { operation: 7, method: {}, uri: [], status: 'x', durationMs: null, traceId: 3 }],
  ['an operation of a megabyte', { operation: 'x'.repeat(1_000_000) }],
  ['lists as token and n32', { token: [], n32: [], responseHeaders: null }],
  ['a __proto__ member', JSON.parse('{"__proto__":{"failed":true},"operation":"__proto__"}') as object],
  ['an instance id that is __proto__', { from: { nfType: 'AMF', nfInstanceId: '__proto__', plmn: 'constructor' } }],
];

for (const [what, changes] of ODD) {
  test(`a record with ${what} has a summary of bounded size`, () => {
    const index = indexOf([{ ...sbiRecord(), ...changes }]);
    const [message] = index.messages({ control: true }, ALL).items;
    assert.ok(message);
    assert.ok(JSON.stringify(message).length < 4_096);
    for (const text of [message.title, message.method, message.uri, message.traceId])
      assert.equal(typeof text, 'string');
    assert.equal(typeof message.status, 'number');
    assert.doesNotThrow(() => index.procedures({ text: 'x' }, ALL));
  });
}
