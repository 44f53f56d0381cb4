import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NasAlgorithmInput, nea, nia } from '../src/index.ts';
import { fixture, hex, integer, octets, pick } from './support.ts';

interface Case {
  algorithm: 'nea2' | 'nia2';
  id: string;
  key: string;
  count: number;
  bearer: number;
  direction: 0 | 1;
  lengthBits: number;
  input: string;
  output: string;
}

for (const c of fixture<Case>('nas-algorithms')) {
  const { count, bearer, direction, lengthBits: bitLength } = c;
  const input = { key: hex(c.key), count, bearer, direction, bitLength, data: hex(c.input) };
  if (c.algorithm === 'nea2') {
    test(`${c.id} of TS 33.401 C.1, ${bitLength} bits`, () => {
      const length = Math.ceil(bitLength / 8);
      const expected = hex(c.output).subarray(0, length);
      const out = nea(2, input);
      assert.deepEqual(out, expected);
      assert.deepEqual(nea(2, { ...input, data: out }), hex(c.input).subarray(0, length), 'deciphered');
    });
  } else {
    test(`${c.id} of TS 33.401 C.2, ${bitLength} bits`, () => {
      assert.equal(nia(2, input).toString('hex'), c.output);
    });
  }
}

const anyInput = (): NasAlgorithmInput & { data: Buffer } => ({
  key: octets(16),
  count: octets(4).readUInt32BE(),
  bearer: integer(0, 31),
  direction: pick([0, 1]),
  data: octets(integer(0, 70)),
});

test(`NEA2 deciphers what it enciphered, NEA0 copies`, () => {
  for (let i = 0; i < 200; i++) {
    const input = anyInput();
    assert.deepEqual(nea(2, { ...input, data: nea(2, input) }), input.data);
    const copy = nea(0, input);
    assert.deepEqual(copy, input.data);
    assert.notEqual(copy.buffer === input.data.buffer && copy.byteOffset === input.data.byteOffset, true);
  }
});

test(`every input of NEA2 and NIA2 counts, bits beyond bitLength do not`, () => {
  for (let i = 0; i < 100; i++) {
    const input = { ...anyInput(), data: octets(integer(8, 40)) };
    const others = [
      { ...input, key: octets(16) },
      { ...input, count: (input.count ^ 1) >>> 0 },
      { ...input, bearer: input.bearer ^ 1 },
      { ...input, direction: input.direction === 0 ? 1 : 0 } as const,
    ];
    for (const other of others) {
      assert.notDeepEqual(nia(2, other), nia(2, input));
      assert.notDeepEqual(nea(2, other), nea(2, input));
    }
    const bitLength = input.data.length * 8 - integer(1, 7);
    const changed = Buffer.from(input.data);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    assert.deepEqual(nia(2, { ...input, bitLength, data: changed }), nia(2, { ...input, bitLength }));
    assert.deepEqual(nea(2, { ...input, bitLength, data: changed }), nea(2, { ...input, bitLength }));
    assert.notDeepEqual(nia(2, { ...input, data: changed }), nia(2, input));
    assert.notDeepEqual(nia(2, { ...input, bitLength }), nia(2, input), 'the length itself is authenticated');
  }
});

test('arguments out of range are RangeErrors for both', () => {
  const good = anyInput();
  for (const bad of [
    { key: octets(15) },
    { count: -1 },
    { count: 2 ** 32 },
    { count: 0.5 },
    { bearer: 32 },
    { bearer: -1 },
    { bitLength: good.data.length * 8 + 1 },
    { bitLength: -1 },
    { bitLength: 0.5 },
  ]) {
    assert.throws(() => nea(2, { ...good, ...bad }), RangeError, JSON.stringify(bad));
    assert.throws(() => nia(2, { ...good, ...bad }), RangeError, JSON.stringify(bad));
  }
});
