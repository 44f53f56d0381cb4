import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RansimError } from '../src/errors.ts';
import { messageName } from '../src/ue/names.ts';
import { type FiveGmmEvent, type FiveGmmState, nextState } from '../src/ue/states.ts';

const EVENTS: readonly FiveGmmEvent[] = [
  'registration-requested',
  'registration-accepted',
  'registration-failed',
  'deregistration-requested',
  'deregistered',
  'deregistered-by-network',
];

/** TS 24.501 figure 5.1.3.2.1.1.1, main states: next state, or why not, for each event in the order of EVENTS. */
const EXPECTED: Readonly<Record<FiveGmmState, readonly string[]>> = {
  '5GMM-DEREGISTERED': [
    '5GMM-REGISTERED-INITIATED',
    'UE_NOT_REGISTERED',
    'UE_NOT_REGISTERED',
    'UE_NOT_REGISTERED',
    'UE_NOT_REGISTERED',
    'UE_NOT_REGISTERED',
  ],
  '5GMM-REGISTERED-INITIATED': [
    'UE_BUSY',
    '5GMM-REGISTERED',
    '5GMM-DEREGISTERED',
    'UE_BUSY',
    'UE_BUSY',
    '5GMM-DEREGISTERED',
  ],
  '5GMM-REGISTERED': [
    '5GMM-REGISTERED-INITIATED',
    'UE_BUSY',
    'UE_BUSY',
    '5GMM-DEREGISTERED-INITIATED',
    'UE_BUSY',
    '5GMM-DEREGISTERED',
  ],
  '5GMM-DEREGISTERED-INITIATED': ['UE_BUSY', 'UE_BUSY', 'UE_BUSY', 'UE_BUSY', '5GMM-DEREGISTERED', '5GMM-DEREGISTERED'],
};

test('every event in every state has its next state or its refusal', () => {
  for (const [state, expected] of Object.entries(EXPECTED)) {
    const found = EVENTS.map((event) => {
      try {
        return nextState(state as FiveGmmState, event);
      } catch (error) {
        assert.ok(error instanceof RansimError);
        return error.reason;
      }
    });
    assert.deepEqual(found, expected, state);
  }
});

test('messages have the names that they have in traces', () => {
  assert.deepEqual(
    (['REGISTRATION REQUEST', 'DEREGISTRATION ACCEPT UE TERMINATED', '5GMM STATUS'] as const).map(messageName),
    ['Registration request', 'Deregistration accept UE terminated', '5GMM status'],
  );
});
