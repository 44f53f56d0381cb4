import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedDespiteMacFailure, acceptedUnprotected, type NasMessageType } from '../src/index.ts';
import { MESSAGE_ROWS } from '../src/messages.ts';

/** TS 24.501 4.4.4.2 and 4.4.4.3, without the messages that are not implemented. */
const UE: readonly NasMessageType[] = [
  'REGISTRATION REJECT',
  'DEREGISTRATION ACCEPT UE ORIGINATING',
  'SERVICE REJECT',
  'AUTHENTICATION REQUEST',
  'AUTHENTICATION REJECT',
  'IDENTITY REQUEST',
];
const NETWORK: readonly NasMessageType[] = [
  'REGISTRATION REQUEST',
  'DEREGISTRATION REQUEST UE ORIGINATING',
  'DEREGISTRATION ACCEPT UE TERMINATED',
  'AUTHENTICATION RESPONSE',
  'AUTHENTICATION FAILURE',
  'IDENTITY RESPONSE',
  'SECURITY MODE REJECT',
];

test('exactly the messages of the TS are accepted without protection', () => {
  const names = MESSAGE_ROWS.map((row) => row.name);
  assert.deepEqual(
    names.filter((name) => acceptedUnprotected(name, 'ue')),
    UE,
  );
  assert.deepEqual(
    names.filter((name) => acceptedUnprotected(name, 'network')),
    NETWORK,
  );
  assert.deepEqual(new Set(names.filter(acceptedDespiteMacFailure)), new Set([...NETWORK, 'SERVICE REQUEST']));
});

test('content decides: identity type and 5GMM cause', () => {
  const request = (identityType: 'SUCI' | 'IMEI') =>
    acceptedUnprotected({ messageType: 'IDENTITY REQUEST', identityType }, 'ue');
  assert.deepEqual([request('SUCI'), request('IMEI')], [true, false]);

  const reject = (fiveGmmCause: number) =>
    acceptedUnprotected({ messageType: 'REGISTRATION REJECT', fiveGmmCause }, 'ue');
  assert.deepEqual([reject(3), reject(76), reject(78)], [true, false, false]);

  const suci = { type: 'SUCI', suci: 'suci-0-001-01-0-0-0-1' } as const;
  const imei = { type: 'IMEI', imei: '123456789012345' } as const;
  const response = (mobileIdentity: typeof suci | typeof imei) =>
    acceptedUnprotected({ messageType: 'IDENTITY RESPONSE', mobileIdentity }, 'network');
  assert.deepEqual([response(suci), response(imei)], [true, false]);
});
