import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeContainer,
  decodeMessage,
  encodeMessage,
  MAX_MESSAGE_OCTETS,
  NasError,
  NasSecurityContext,
  SECURITY_HEADER,
} from '../src/index.ts';
import { messages, Random } from './generate.ts';

const MUTATIONS = 10_000;

type Mutation = (random: Random, bytes: Buffer) => Buffer;

const splice = (bytes: Buffer, at: number, remove: number, insert: Buffer) =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

const MUTATORS: readonly Mutation[] = [
  function truncate(random, bytes) {
    return bytes.subarray(0, random.below(bytes.length));
  },
  function flipBits(random, bytes) {
    const flipped = Buffer.from(bytes);
    for (const at of random.list(1, 4, () => random.below(bytes.length))) {
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << random.below(8)), at);
    }
    return flipped;
  },
  function insert(random, bytes) {
    return splice(bytes, random.below(bytes.length + 1), 0, random.octets(1 + random.below(8)));
  },
  function remove(random, bytes) {
    return splice(bytes, random.below(bytes.length), 1 + random.below(4), Buffer.alloc(0));
  },
  function lieAboutLength(random, bytes) {
    const at = 3 + random.below(Math.max(1, bytes.length - 3));
    return splice(bytes, at, 1, Buffer.from([random.pick([0, 1, 2, 0x7f, 0x80, 0xfe, 0xff])]));
  },
  function repeatPart(random, bytes) {
    const at = random.below(bytes.length);
    return splice(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(20)));
  },
  function oversize(random, bytes) {
    return Buffer.concat([
      bytes,
      Buffer.alloc(random.below(2 * MAX_MESSAGE_OCTETS), random.octets(1 + random.below(5))),
    ]);
  },
];

/** What came out: the value, or the NasError. Anything else that is thrown fails the test. */
function outcome<T>(run: () => T): T | NasError {
  try {
    return run();
  } catch (error) {
    if (error instanceof NasError) return error;
    throw error;
  }
}

/** Decoded values may not be much larger than their octets: a few field names per message, 16 TAIs at most per list. */
function size(value: unknown): number {
  return JSON.stringify(value, (_, item) => (item?.type === 'Buffer' ? Buffer.from(item.data).toString('hex') : item))
    .length;
}

test(`decode of ${MUTATIONS} mutated messages gives a message or a NasError`, () => {
  const random = new Random(24501);
  const valid = [...messages(random, 'all'), ...messages(random, 'some')].map(encodeMessage);
  const seen = { message: 0, respond: 0, drop: 0 };
  for (let i = 0; i < MUTATIONS; i += 1) {
    const bytes = random.pick(MUTATORS)(random, random.pick(valid));
    const result = outcome(() => decodeMessage(bytes));
    outcome(() => decodeContainer(bytes));
    if (result instanceof NasError) {
      seen[result.action] += 1;
      continue;
    }
    seen.message += 1;
    assert.ok(size(result) <= 30 * bytes.length + 3000, bytes.toString('hex'));
    const again = outcome(() => encodeMessage(result)); // may not fit any more, but does not crash either
    if (!(again instanceof NasError)) assert.equal(decodeMessage(again).messageType, result.messageType);
  }
  assert.ok(
    Object.values(seen).every((count) => count > MUTATIONS / 50),
    JSON.stringify(seen),
  );
});

test(`unprotect of ${MUTATIONS} mutated messages gives the original or a NasError, in both directions`, () => {
  const random = new Random(33501);
  const ngKsi = { tsc: 'NATIVE', ksi: 0 } as const;
  const keys = { kNasInt: random.octets(16), kNasEnc: random.octets(16) };
  const options = { ngKsi, integrityAlgorithm: 2, cipheringAlgorithm: 2, ...keys } as const;
  const valid = messages(random, 'some').map(encodeMessage);
  let accepted = 0;
  for (let i = 0; i < MUTATIONS; i += 1) {
    const [from, to] = random.pick([['ue', 'network'] as const, ['network', 'ue'] as const]);
    const counts = { ulCount: random.below(2 ** 24), dlCount: random.below(2 ** 24) };
    const plain = random.pick(valid);
    const type = random.pick([SECURITY_HEADER.integrityProtected, SECURITY_HEADER.integrityProtectedAndCiphered]);
    const bytes = new NasSecurityContext({ ...options, ...counts, role: from }).protect(plain, type);
    const receiver = new NasSecurityContext({ ...options, ...counts, role: to });
    const mutated = random.pick(MUTATORS)(random, bytes);
    const result = outcome(() => receiver.unprotect(mutated));
    if (result instanceof NasError) {
      assert.equal(result.action, 'drop');
      continue;
    }
    accepted += 1; // only the spare half octet and the header type are not under the MAC
    assert.equal(result.message.toString('hex'), plain.toString('hex'), mutated.toString('hex'));
    assert.equal(mutated.subarray(2).toString('hex'), bytes.subarray(2).toString('hex'));
  }
  assert.ok(accepted < MUTATIONS / 20, `${accepted} accepted`);
});

test('random octets behind a valid header give a message or a NasError', () => {
  const random = new Random(7);
  const codes = messages(random, 'some').map((message) => encodeMessage(message).readUInt8(2));
  for (let i = 0; i < MUTATIONS; i += 1) {
    const bytes = Buffer.concat([Buffer.from([0x7e, 0, random.pick(codes)]), random.octets(random.below(120))]);
    outcome(() => decodeMessage(bytes));
  }
});
