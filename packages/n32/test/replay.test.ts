import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContextState, readMessage } from '../src/index.ts';
import { ReplayWindow } from '../src/replay.ts';
import { bothSides, NOW, n32fErrorOf, ROAMING, side, wire } from './support.ts';

const refusal = (window: ReplayWindow, seq: number, id: string) => n32fErrorOf(() => window.accept(seq, id))?.message;

test('each SEQ is accepted once, in whatever order', () => {
  const window = new ReplayWindow();
  for (const seq of [0, 5, 3, 1000, 4, 999]) window.accept(seq, `id-${seq}`);
  for (const seq of [0, 5, 3, 1000, 4, 999]) assert.match(refusal(window, seq, `new-${seq}`) ?? '', /received before/);
  assert.equal(refusal(window, 1, 'id-1'), undefined);
});

test('what is older than the window is refused, and its place is free for later', () => {
  const window = new ReplayWindow();
  window.accept(0, 'a');
  window.accept(1024, 'b');
  assert.match(refusal(window, 0, 'c') ?? '', /older/);
  assert.equal(refusal(window, 1, 'd'), undefined);
  window.accept(0xffff_ffff, 'e');
  assert.match(refusal(window, 1025, 'f') ?? '', /older/);
});

test('a random order against a set that never forgets', () => {
  const window = new ReplayWindow();
  const seen = new Set<number>();
  let highest = -1;
  let state = 1;
  for (let i = 0; i < 20_000; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const seq = Math.max(0, Math.floor(i / 2) + (state % 1500) - 750);
    const expected = seen.has(seq) || seq <= highest - 1024;
    assert.equal(refusal(window, seq, `${i}`) !== undefined, expected, `SEQ ${seq} as number ${i}`);
    if (!expected) {
      seen.add(seq);
      highest = Math.max(highest, seq);
    }
  }
});

test('a messageId is accepted once', () => {
  const window = new ReplayWindow();
  window.accept(0, 'same');
  assert.match(refusal(window, 1, 'same') ?? '', /messageId/);
});

test('a SEPP that starts again with the stored state refuses what it had accepted, and repeats no nonce', () => {
  const { visited, home } = bothSides();
  const messages = ROAMING.map(({ request }) => wire(visited.protectRequest(request, NOW).message));
  for (const message of messages.slice(0, 5)) home.receiveRequest(readMessage(message), NOW);
  const stored = JSON.parse(JSON.stringify(home.state())) as ContextState;

  const restarted = side('home', {}, stored);
  const outcomes = messages.map(
    (message) => n32fErrorOf(() => restarted.receiveRequest(readMessage(message), NOW))?.errorType,
  );
  assert.deepEqual(outcomes.slice(0, 5), Array(5).fill('INTEGRITY_CHECK_FAILED'));
  assert.deepEqual(outcomes.slice(5), Array(messages.length - 5).fill(undefined));

  const again = side('visited', {}, JSON.parse(JSON.stringify(visited.state())) as ContextState);
  const used = new Set(messages.map((message) => JSON.parse(message).reformattedData.iv));
  const [first] = ROAMING;
  assert.ok(first);
  assert.ok(!used.has(again.protectRequest(first.request, NOW).message.reformattedData.iv));
});

test('a context ends with its lifetime, and says before that it will', () => {
  const sides = bothSides({ expiresAt: NOW + 60_000 });
  const [first] = ROAMING;
  assert.ok(first);
  assert.equal(sides.visited.rekeyReason(NOW - 1), undefined);
  assert.equal(sides.visited.rekeyReason(NOW + 1), 'lifetime');
  const { message } = sides.visited.protectRequest(first.request, NOW);
  const late = NOW + 60_001;
  assert.equal(
    n32fErrorOf(() => sides.home.receiveRequest(readMessage(wire(message)), late))?.errorType,
    'ENCRYPTION_KEY_EXPIRED',
  );
  assert.equal(
    n32fErrorOf(() => sides.visited.protectRequest(first.request, late))?.errorType,
    'ENCRYPTION_KEY_EXPIRED',
  );
});
