/**
 * What a UE and this AMF are in the middle of, as a table: state × event → next state. An uplink message is only processed
 * in a state whose row has it (TS 24.501 7.4); a procedure can only take a step that the table knows.
 *
 * Of TS 24.501 5.1.3.3, DEREGISTERED is 5GMM-DEREGISTERED; REGISTERING to ACCEPTED are 5GMM-COMMON-PROCEDURE-INITIATED;
 * REGISTERED is 5GMM-REGISTERED; DEREGISTERING and DEREGISTRATION REQUESTED are 5GMM-DEREGISTERED-INITIATED.
 */
import type { NasMessageType } from '@twincore/nas';

/** Uplink messages, and the steps of the network's own procedures. */
export type UeEvent =
  | Extract<
      NasMessageType,
      | 'REGISTRATION REQUEST'
      | 'REGISTRATION COMPLETE'
      | 'DEREGISTRATION REQUEST UE ORIGINATING'
      | 'DEREGISTRATION ACCEPT UE TERMINATED'
      | 'SERVICE REQUEST'
      | 'IDENTITY RESPONSE'
      | 'AUTHENTICATION RESPONSE'
      | 'AUTHENTICATION FAILURE'
      | 'SECURITY MODE COMPLETE'
      | 'SECURITY MODE REJECT'
    >
  | 'identify'
  | 'challenge'
  | 'secure'
  | 'accept'
  | 'reject'
  | 'deregister'
  | 'unanswered'
  | 'done';

export type UeState =
  | 'DEREGISTERED'
  | 'REGISTERING'
  | 'IDENTIFYING'
  | 'AUTHENTICATING'
  | 'SECURING'
  | 'ACCEPTED'
  | 'REGISTERED'
  | 'DEREGISTERING'
  | 'DEREGISTRATION REQUESTED'
  | 'REJECTING SERVICE';

/** A UE may begin anew at any time: what was going on is aborted (TS 24.501 5.5.1.2.8 e, 5.5.2.2.6). */
const BEGINNINGS = {
  'REGISTRATION REQUEST': 'REGISTERING',
  'DEREGISTRATION REQUEST UE ORIGINATING': 'DEREGISTERING',
} as const;

export const TRANSITIONS: Readonly<Record<UeState, Readonly<Partial<Record<UeEvent, UeState>>>>> = {
  DEREGISTERED: { ...BEGINNINGS, 'SERVICE REQUEST': 'REJECTING SERVICE' },
  REGISTERING: {
    ...BEGINNINGS,
    identify: 'IDENTIFYING',
    challenge: 'AUTHENTICATING',
    secure: 'SECURING',
    accept: 'ACCEPTED',
    reject: 'DEREGISTERED',
  },
  IDENTIFYING: { ...BEGINNINGS, 'IDENTITY RESPONSE': 'REGISTERING', unanswered: 'DEREGISTERED' },
  AUTHENTICATING: {
    ...BEGINNINGS,
    'AUTHENTICATION RESPONSE': 'REGISTERING',
    'AUTHENTICATION FAILURE': 'REGISTERING',
    unanswered: 'DEREGISTERED',
  },
  SECURING: {
    ...BEGINNINGS,
    'SECURITY MODE COMPLETE': 'REGISTERING',
    'SECURITY MODE REJECT': 'REGISTERING',
    unanswered: 'DEREGISTERED',
  },
  // Without REGISTRATION COMPLETE the UE counts as registered all the same, with its old GUTI as good as the new one.
  ACCEPTED: { ...BEGINNINGS, 'REGISTRATION COMPLETE': 'REGISTERED', unanswered: 'REGISTERED' },
  REGISTERED: { ...BEGINNINGS, 'SERVICE REQUEST': 'REJECTING SERVICE', deregister: 'DEREGISTRATION REQUESTED' },
  DEREGISTERING: { ...BEGINNINGS, done: 'DEREGISTERED' },
  'DEREGISTRATION REQUESTED': {
    ...BEGINNINGS,
    'DEREGISTRATION ACCEPT UE TERMINATED': 'DEREGISTERED',
    unanswered: 'DEREGISTERED',
  },
  'REJECTING SERVICE': { ...BEGINNINGS, reject: 'DEREGISTERED' },
};

/** Uplink messages that begin a procedure; every other one answers a message of the network. */
export type Beginning = keyof typeof BEGINNINGS | 'SERVICE REQUEST';
export const isBeginning = (messageType: string): messageType is Beginning =>
  messageType in BEGINNINGS || messageType === 'SERVICE REQUEST';
