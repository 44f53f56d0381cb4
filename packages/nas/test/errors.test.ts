import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeContainer,
  decodeMessage,
  encodeMessage,
  NasError,
  type NasErrorReason,
  type Receiver,
} from '../src/index.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const REQUEST = '7e004179000d0100f1100000000000000000102e02a020';
const AUTH_REQUEST = `7e005600020000`;
const SIXTEEN = '00112233445566778899aabbccddeeff';

interface Case {
  readonly what: string;
  readonly octets: string;
  readonly reason: NasErrorReason;
  readonly cause: number;
  readonly action: 'respond' | 'drop';
  readonly messageType?: string;
  readonly receiver?: Receiver;
}

/** TS 24.501 clause 7, in its order. */
const CASES: readonly Case[] = [
  { what: 'nothing at all', octets: '', reason: 'too-short', cause: 111, action: 'drop' },
  { what: 'no message type', octets: '7e00', reason: 'too-short', cause: 111, action: 'drop' },
  { what: '9001 octets', octets: REQUEST.padEnd(18002, '0'), reason: 'too-long', cause: 111, action: 'drop' },
  { what: 'EPD of 5GSM', octets: '2e0101c1ffff91', reason: 'unknown-epd', cause: 111, action: 'drop' },
  { what: 'reserved header type', octets: '7e0f41', reason: 'reserved-security-header', cause: 111, action: 'drop' },
  {
    what: 'protected message',
    octets: `7e02${'00'.repeat(9)}`,
    reason: 'unexpected-protection',
    cause: 111,
    action: 'drop',
  },
  { what: 'unknown message type', octets: '7e00ff', reason: 'unknown-message-type', cause: 97, action: 'respond' },
  {
    what: 'message of the other direction',
    octets: '7e004301',
    reason: 'unknown-message-type',
    cause: 97,
    action: 'respond',
    receiver: 'ue',
  },
  {
    what: 'no mandatory IE',
    octets: '7e0041',
    reason: 'missing-mandatory-ie',
    cause: 96,
    action: 'respond',
    messageType: 'REGISTRATION REQUEST',
  },
  {
    what: 'mandatory IE longer than the message',
    octets: REQUEST.replace('000d', '00ff'),
    reason: 'missing-mandatory-ie',
    cause: 96,
    action: 'respond',
    messageType: 'REGISTRATION REQUEST',
  },
  {
    what: 'mandatory IE too short',
    octets: '7e0041790003010000',
    reason: 'invalid-mandatory-ie',
    cause: 96,
    action: 'respond',
    messageType: 'REGISTRATION REQUEST',
  },
  {
    what: 'letter in the MCC',
    octets: REQUEST.replace('0100f110', '010af110'),
    reason: 'invalid-mandatory-ie',
    cause: 96,
    action: 'respond',
    messageType: 'REGISTRATION REQUEST',
  },
  {
    what: 'unknown IE, comprehension required',
    octets: `${REQUEST}0501ff`,
    reason: 'comprehension-required',
    cause: 96,
    action: 'respond',
    messageType: 'REGISTRATION REQUEST',
  },
  {
    what: 'challenge without AUTN',
    octets: `${AUTH_REQUEST}21${SIXTEEN}`,
    reason: 'conditional-ie',
    cause: 100,
    action: 'respond',
    messageType: 'AUTHENTICATION REQUEST',
  },
  {
    what: 'synch failure without AUTS',
    octets: '7e005915',
    reason: 'conditional-ie',
    cause: 100,
    action: 'respond',
    messageType: 'AUTHENTICATION FAILURE',
  },
];

function nasError(run: () => unknown): NasError {
  try {
    run();
  } catch (error) {
    if (error instanceof NasError) return error;
    throw error;
  }
  return assert.fail('no error');
}

for (const { what, octets, reason, cause, action, messageType, receiver } of CASES) {
  test(`decode: ${what} is ${reason}`, () => {
    const error = nasError(() => decodeMessage(hex(octets), receiver === undefined ? {} : { receiver }));
    const { fiveGmmCause } = error;
    assert.deepEqual(
      { reason: error.reason, fiveGmmCause, action: error.action, messageType: error.messageType },
      { reason, fiveGmmCause: cause, action, messageType },
    );
  });
}

test('unknown optional IEs are skipped by the format their tag implies', () => {
  const plain = decodeMessage(hex(REQUEST));
  const unknown = ['66021234', '7f00031234ff', '91', 'f0']; // TLV, TLV-E, two half octets
  assert.deepEqual(decodeMessage(hex(REQUEST.replace('2e02', `${unknown.join('')}2e02`))), plain);
});

test('a repeated IE is ignored, the first counts', () => {
  assert.deepEqual(decodeMessage(hex(`${REQUEST}2e02ffff`)), decodeMessage(hex(REQUEST)));
});

test('an IE out of sequence is ignored', () => {
  assert.deepEqual(decodeMessage(hex(`${REQUEST}100101`)), decodeMessage(hex(REQUEST)));
});

test('a malformed optional IE is taken as absent, what follows it is read', () => {
  const message = decodeMessage(hex(`${REQUEST}2f0203012b0103`)); // S-NSSAI of 3 octets in 2; then UE status
  assert.ok(message.messageType === 'REGISTRATION REQUEST');
  assert.equal(message.requestedNssai, undefined);
  assert.deepEqual(message.ueStatus, { s1ModeRegistered: true, n1ModeRegistered: true });
});

test('an optional IE that runs beyond the message is taken as absent', () => {
  assert.deepEqual(decodeMessage(hex(`${REQUEST}2f48`)), decodeMessage(hex(REQUEST)));
});

test('an IE longer than its maximum is read up to it', () => {
  const message = decodeMessage(hex(`${REQUEST}2b03020000`));
  assert.ok(message.messageType === 'REGISTRATION REQUEST');
  assert.deepEqual(message.ueStatus, { s1ModeRegistered: false, n1ModeRegistered: true });
});

test('a container holds one plain initial NAS message and no further container', () => {
  assert.equal(decodeContainer(hex(REQUEST)).messageType, 'REGISTRATION REQUEST');
  const nested = nasError(() => decodeContainer(hex(`${REQUEST}710003${'7e0043'}`)));
  assert.deepEqual([nested.reason, nested.fiveGmmCause], ['semantic-error', 95]);
  assert.equal(nasError(() => decodeContainer(hex('7e0043'))).reason, 'semantic-error');
  assert.equal(nasError(() => decodeContainer(hex('7e005b01'))).reason, 'unknown-message-type');
});

test('encode refuses values that do not fit their IE', () => {
  const reason = (run: () => unknown) => nasError(run).reason;
  const response = (suci: string) =>
    reason(() => encodeMessage({ messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'SUCI', suci } }));
  assert.equal(response('imsi-001010000000001'), 'malformed-value');
  assert.equal(response('suci-0-001-01-0000-0-0-00000000001'), 'malformed-value');
  assert.equal(response('suci-0-001-01-0000-1-1-00'), 'malformed-value');
  assert.equal(response('suci-0-001-01-0000-5-1-00'), 'malformed-value');
  assert.equal(
    reason(() => encodeMessage({ messageType: 'AUTHENTICATION RESPONSE', resStar: Buffer.alloc(15) })),
    'malformed-value',
  );
  assert.equal(
    reason(() => encodeMessage({ messageType: '5GMM STATUS', fiveGmmCause: 256 })),
    'malformed-value',
  );
  assert.equal(
    reason(() => encodeMessage({ messageType: 'SECURITY MODE COMPLETE', nasMessageContainer: Buffer.alloc(9000) })),
    'malformed-value',
  );
});
