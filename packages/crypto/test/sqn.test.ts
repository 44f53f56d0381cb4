import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextSqn, sqnFromBuffer, sqnToBuffer, UsimSqn } from '../src/index.ts';
import { integer, octets } from './support.ts';

const sqn = (seq: bigint | number, ind: number): bigint => (BigInt(seq) << 5n) | BigInt(ind);
const SEQ_MAX = 2n ** 43n - 1n;

test('SQN travels as 6 octets and back', () => {
  assert.equal(sqnToBuffer(0x20n).toString('hex'), '000000000020');
  assert.equal(sqnFromBuffer(Buffer.from('ff9bb4d0b607', 'hex')), 0xff9bb4d0b607n);
  for (let i = 0; i < 100; i++) {
    const value = octets(6);
    assert.deepEqual(sqnToBuffer(sqnFromBuffer(value)), value);
  }
  assert.throws(() => sqnToBuffer(2n ** 48n), RangeError);
  assert.throws(() => sqnToBuffer(-1n), RangeError);
  assert.throws(() => sqnFromBuffer(Buffer.alloc(5)), RangeError);
});

test('nextSqn raises SEQ by one and cycles IND', () => {
  assert.equal(nextSqn(0n), sqn(1, 1));
  assert.equal(nextSqn(sqn(7, 31)), sqn(8, 0));
  assert.equal(nextSqn(sqn(7, 3), 3), sqn(8, 3));
  assert.equal(nextSqn(sqn(7, 3), 0), sqn(8, 0));
  assert.throws(() => nextSqn(sqn(SEQ_MAX, 0)), RangeError);
  for (const ind of [-1, 32, 1.5]) {
    assert.throws(() => nextSqn(0n, ind), RangeError);
  }
});

test('a USIM accepts each SQN of a home once, in order or with slots overtaking one another', () => {
  const usim = new UsimSqn();
  const vectors: bigint[] = [];
  for (let current = 0n; vectors.length < 96; vectors.push(current)) {
    current = nextSqn(current);
  }
  // Out of order by fewer vectors than there are slots: still fresh, which is what the array is for (C.2.2).
  for (let i = 0; i + 8 <= vectors.length; i += 8) {
    const batch = vectors.slice(i, i + 8).sort(() => (integer(0, 1) === 0 ? -1 : 1));
    for (const value of batch) {
      assert.equal(usim.accept(value), true);
      assert.equal(usim.accept(value), false, 'the second time it is used');
    }
  }
  assert.equal(usim.highest(), vectors.at(-1));
  for (const value of vectors) {
    assert.equal(usim.accept(value), false);
  }
});

test('a slot refuses SEQ not above its own, another slot may still take it', () => {
  const usim = new UsimSqn();
  assert.equal(usim.accept(sqn(10, 4)), true);
  assert.equal(usim.accept(sqn(9, 4)), false);
  assert.equal(usim.accept(sqn(10, 4)), false);
  assert.equal(usim.accept(sqn(9, 5)), true);
  assert.equal(usim.highest(), sqn(10, 4));
  assert.equal(usim.accept(sqn(11, 4)), true);
  assert.equal(new UsimSqn().accept(0n), false, 'SEQ 0 is never fresh');
});

test('the limit against jumps is delta, 2^28 unless given, measured from SEQ_MS', () => {
  assert.equal(new UsimSqn().accept(sqn(2n ** 28n, 0)), true);
  assert.equal(new UsimSqn().accept(sqn(2n ** 28n + 1n, 0)), false);
  const usim = new UsimSqn(undefined, { delta: 5n });
  assert.equal(usim.accept(sqn(5, 1)), true);
  assert.equal(usim.accept(sqn(11, 2)), false);
  assert.equal(usim.accept(sqn(10, 2)), true);
  assert.equal(usim.highest(), sqn(10, 2), 'a refused SQN leaves no trace');
});

test('the age limit refuses what is fresh in its slot but too far behind SEQ_MS', () => {
  const usim = new UsimSqn(undefined, { ageLimit: 4n });
  assert.equal(usim.accept(sqn(10, 0)), true);
  assert.equal(usim.accept(sqn(6, 1)), false);
  assert.equal(usim.accept(sqn(7, 1)), true);
});

test('the state survives JSON and rejects anything else', () => {
  const usim = new UsimSqn();
  usim.accept(sqn(12, 7));
  const again = UsimSqn.from(JSON.parse(JSON.stringify(usim)));
  assert.equal(again.highest(), sqn(12, 7));
  assert.equal(again.accept(sqn(12, 7)), false);
  assert.equal(again.accept(sqn(13, 7)), true);
  assert.equal(usim.highest(), sqn(12, 7), 'the copy is its own');
  for (const bad of [
    [],
    ['1'],
    new Array(32).fill('x'),
    new Array(32).fill('9999999999999'),
    new Array(32).fill('-1'),
  ]) {
    assert.throws(() => UsimSqn.from(bad), RangeError);
  }
  assert.throws(() => new UsimSqn([1n]), RangeError);
});
