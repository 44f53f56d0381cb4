import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { nia } from '@twincore/crypto';
import {
  type CipheringAlgorithm,
  encodeMessage,
  MAX_NAS_COUNT,
  NasError,
  type NasErrorReason,
  NasSecurityContext,
  peekHeader,
  type Receiver,
  SECURITY_HEADER,
} from '../src/index.ts';

const kNasInt = Buffer.from('2bd6459f82c5b300952c49104881ff48', 'hex');
const kNasEnc = Buffer.from('d3c5d592327fb11c4035c6680af8c6d1', 'hex');
const COMPLETE = encodeMessage({ messageType: 'REGISTRATION COMPLETE' });
const STATUS = encodeMessage({ messageType: '5GMM STATUS', fiveGmmCause: 111 });
const SMC = encodeMessage({
  messageType: 'SECURITY MODE COMMAND',
  selectedAlgorithms: { ciphering: 2, integrity: 2 },
  ngKsi: { tsc: 'NATIVE', ksi: 0 },
  replayedUeSecurityCapability: Buffer.from('a020', 'hex'),
});
const SMC_COMPLETE = encodeMessage({ messageType: 'SECURITY MODE COMPLETE', imeisv: '1234567890123456' });
const { integrityProtected, integrityProtectedAndCiphered } = SECURITY_HEADER;
const { integrityProtectedWithNewContext, integrityProtectedAndCipheredWithNewContext } = SECURITY_HEADER;

function context(
  role: Receiver,
  counts: { ulCount?: number; dlCount?: number } = {},
  cipheringAlgorithm: CipheringAlgorithm = 2,
) {
  const ngKsi = { tsc: 'NATIVE', ksi: 0 } as const;
  return new NasSecurityContext({
    role,
    ngKsi,
    kNasInt,
    kNasEnc,
    integrityAlgorithm: 2,
    cipheringAlgorithm,
    ...counts,
  });
}

function refused(reason: NasErrorReason, run: () => unknown): void {
  assert.throws(
    run,
    (error) => error instanceof NasError && error.reason === reason && error.action === 'drop',
    reason,
  );
}

test('protected message is EPD, type, MAC over SQN and ciphered payload, SQN, payload (9.1.1, 33.501 D)', () => {
  const ulCount = 0x0123fe;
  const bytes = context('ue', { ulCount }).protect(STATUS, integrityProtectedAndCiphered);
  // NEA2 by hand: counter block is COUNT, bearer 1 and direction 0 in the fifth octet, zeros.
  const counter = Buffer.from(`000123fe${'08'}${'00'.repeat(11)}`, 'hex');
  const ciphered = createCipheriv('aes-128-ctr', kNasEnc, counter).update(STATUS);
  const sequenced = Buffer.concat([Buffer.from([0xfe]), ciphered]);
  const mac = nia(2, { key: kNasInt, count: ulCount, bearer: 1, direction: 0, data: sequenced });
  assert.equal(bytes.toString('hex'), `7e02${mac.toString('hex')}${sequenced.toString('hex')}`);
});

test('downlink uses direction 1 and the downlink COUNT', () => {
  const bytes = context('network', { ulCount: 9, dlCount: 3 }).protect(STATUS, integrityProtected);
  const sequenced = Buffer.concat([Buffer.from([3]), STATUS]);
  const mac = nia(2, { key: kNasInt, count: 3, bearer: 1, direction: 1, data: sequenced });
  assert.equal(bytes.toString('hex'), `7e01${mac.toString('hex')}${sequenced.toString('hex')}`);
});

for (const algorithm of [0, 2] as const) {
  test(`security mode and after, both directions, NEA${algorithm}`, () => {
    const ue = context('ue', {}, algorithm);
    const network = context('network', {}, algorithm);
    const steps: [NasSecurityContext, NasSecurityContext, Buffer, 1 | 2 | 3 | 4][] = [
      [network, ue, SMC, integrityProtectedWithNewContext],
      [ue, network, SMC_COMPLETE, integrityProtectedAndCipheredWithNewContext],
      [network, ue, STATUS, integrityProtectedAndCiphered],
      [ue, network, COMPLETE, integrityProtectedAndCiphered],
      [ue, network, STATUS, integrityProtected],
    ];
    const counts = steps.map(([sender, receiver, plain, type]) => {
      const { message, count, securityHeaderType } = receiver.unprotect(sender.protect(plain, type));
      assert.equal(message.toString('hex'), plain.toString('hex'));
      assert.equal(securityHeaderType, type);
      return count;
    });
    assert.deepEqual(counts, [0, 0, 1, 1, 2]);
    assert.deepEqual([ue.ulCount, ue.dlCount], [3, 2]);
    assert.deepEqual([network.ulCount, network.dlCount], [3, 2]);
  });
}

test('a COUNT is accepted once; after losses the next one is found, over a wrap of the sequence number too', () => {
  const ue = context('ue', { ulCount: 250 });
  const network = context('network', { ulCount: 250 });
  const sent = Array.from({ length: 20 }, () => ue.protect(COMPLETE, integrityProtectedAndCiphered));
  const [first, second] = sent;
  const last = sent.at(-1);
  assert.ok(first !== undefined && second !== undefined && last !== undefined);
  assert.equal(network.unprotect(first).count, 250);
  refused('replay', () => network.unprotect(first));
  assert.equal(network.unprotect(last).count, 269); // SQN 13, overflow 1
  refused('replay', () => network.unprotect(last));
  refused('replay', () => network.unprotect(second)); // passed over: late is refused like a replay
  assert.equal(network.ulCount, 270);
});

test('a wrong MAC, payload, sequence number, key or direction is refused and moves nothing', () => {
  const network = context('network');
  const good = context('ue').protect(COMPLETE, integrityProtectedAndCiphered);
  for (let at = 2; at < good.length; at += 1) {
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(at) ^ 1, at);
    refused('mac-failure', () => network.unprotect(bad));
  }
  refused('mac-failure', () => network.unprotect(context('network').protect(STATUS, integrityProtected)));
  const swapped = new NasSecurityContext({ ...network.toStored(), kNasInt: kNasEnc, kNasEnc });
  refused('mac-failure', () => swapped.unprotect(good));
  assert.equal(network.ulCount, 0);
  assert.equal(network.unprotect(good).count, 0);
});

test('the last COUNT is used once, then none is left', () => {
  const ue = context('ue', { ulCount: MAX_NAS_COUNT });
  const network = context('network', { ulCount: MAX_NAS_COUNT });
  const bytes = ue.protect(COMPLETE, integrityProtected);
  refused('count-exhausted', () => ue.protect(COMPLETE, integrityProtected));
  assert.equal(network.unprotect(bytes).count, MAX_NAS_COUNT);
  refused('replay', () => network.unprotect(bytes));
  refused('count-exhausted', () => network.unprotect(context('ue').protect(COMPLETE, integrityProtected)));
});

test('header types 3 and 4 are for SECURITY MODE COMMAND from the network and SECURITY MODE COMPLETE from the UE', () => {
  refused('unexpected-protection', () => context('ue').protect(SMC, integrityProtectedWithNewContext));
  refused('unexpected-protection', () => context('network').protect(STATUS, integrityProtectedWithNewContext));
  refused('unexpected-protection', () =>
    context('network').protect(SMC_COMPLETE, integrityProtectedAndCipheredWithNewContext),
  );
  const network = context('network');
  const smc = network.protect(SMC, integrityProtectedWithNewContext);
  refused('unexpected-protection', () => context('network').unprotect(smc)); // reflected
  const retyped = Buffer.from(context('ue').protect(STATUS, integrityProtectedAndCiphered));
  retyped.writeUInt8(integrityProtectedAndCipheredWithNewContext, 1);
  refused('unexpected-protection', () => context('network').unprotect(retyped));
});

test('plain and doubly protected messages are refused', () => {
  refused('unexpected-protection', () => context('network').unprotect(COMPLETE));
  const inner = context('ue').protect(COMPLETE, integrityProtected);
  refused('unexpected-protection', () => context('ue').protect(inner, integrityProtected));
});

test('peekHeader shows a SECURITY MODE COMMAND before there are keys', () => {
  const header = peekHeader(context('network', { dlCount: 7 }).protect(SMC, integrityProtectedWithNewContext));
  assert.ok(header.securityHeaderType === integrityProtectedWithNewContext);
  assert.equal(header.sequenceNumber, 7);
  assert.equal(header.payload.toString('hex'), SMC.toString('hex'));
  assert.deepEqual(peekHeader(COMPLETE), { securityHeaderType: 0, messageCode: 0x43 });
});

test('both sides derive the same keys from KAMF', () => {
  const common = { ngKsi: { tsc: 'NATIVE', ksi: 1 }, kamf: Buffer.alloc(32, 7), integrityAlgorithm: 2 } as const;
  const ue = NasSecurityContext.fromKamf({ ...common, cipheringAlgorithm: 2, role: 'ue' });
  const network = NasSecurityContext.fromKamf({ ...common, cipheringAlgorithm: 2, role: 'network' });
  const bytes = ue.protect(SMC_COMPLETE, integrityProtectedAndCipheredWithNewContext);
  assert.notEqual(bytes.subarray(7).toString('hex'), SMC_COMPLETE.toString('hex'));
  assert.equal(network.unprotect(bytes).message.toString('hex'), SMC_COMPLETE.toString('hex'));
});

test('the container of an initial NAS message is ciphered with the uplink COUNT of the message', () => {
  const ue = context('ue', { ulCount: 5 });
  const ciphered = ue.cipherContainer(COMPLETE, ue.ulCount);
  assert.notEqual(ciphered.toString('hex'), COMPLETE.toString('hex'));
  assert.equal(context('network').cipherContainer(ciphered, 5).toString('hex'), COMPLETE.toString('hex'));
});

test('a stored context goes on where it was, through JSON', () => {
  const ue = context('ue');
  const network = context('network');
  const first = ue.protect(COMPLETE, integrityProtectedAndCiphered);
  network.unprotect(first);
  const revived = NasSecurityContext.fromStored(JSON.parse(JSON.stringify(network.toStored())));
  assert.deepEqual(revived.toStored(), network.toStored());
  refused('replay', () => revived.unprotect(first));
  assert.equal(revived.unprotect(ue.protect(STATUS, integrityProtectedAndCiphered)).count, 1);
});

test('what is not a stored context is refused', () => {
  const stored = context('ue').toStored();
  for (const bad of [
    null,
    'x',
    {},
    { ...stored, role: 'amf' },
    { ...stored, kNasInt: 'zz' },
    { ...stored, kNasEnc: undefined },
    { ...stored, ulCount: MAX_NAS_COUNT + 2 },
    { ...stored, dlCount: -1 },
    { ...stored, dlCount: '0' },
    { ...stored, ngKsi: null },
    { ...stored, cipheringAlgorithm: 1 },
    { ...stored, integrityAlgorithm: 0 },
  ]) {
    refused('malformed-value', () => NasSecurityContext.fromStored(bad));
  }
});

test('neither inspect nor JSON.stringify of a context shows a key', () => {
  const shown = inspect(context('ue'), { depth: 9, showHidden: true }) + JSON.stringify(context('ue'));
  for (const key of [kNasInt, kNasEnc]) {
    assert.ok(
      !shown.includes(key.toString('hex')) && !shown.includes(key.toString('hex').match(/../g)?.join(' ') ?? ''),
    );
  }
});
