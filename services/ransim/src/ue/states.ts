/** The UE's 5GMM main states (TS 24.501 5.1.3.2.1) and what moves it from one to another. */
import { RansimError, type RansimErrorReason } from '../errors.ts';

export type FiveGmmState =
  | '5GMM-DEREGISTERED'
  | '5GMM-REGISTERED-INITIATED'
  | '5GMM-REGISTERED'
  | '5GMM-DEREGISTERED-INITIATED';

export type FiveGmmEvent =
  | 'registration-requested'
  | 'registration-accepted'
  /** REGISTRATION REJECT, AUTHENTICATION REJECT, a network that is not authentic, T3510, a lost connection. */
  | 'registration-failed'
  | 'deregistration-requested'
  /** DEREGISTRATION ACCEPT, the fifth expiry of T3521, a lost connection, switch-off. */
  | 'deregistered'
  | 'deregistered-by-network';

/** State × event → next state. What is not here cannot happen in that state. */
const TRANSITIONS: Readonly<Record<FiveGmmState, Readonly<Partial<Record<FiveGmmEvent, FiveGmmState>>>>> = {
  '5GMM-DEREGISTERED': {
    'registration-requested': '5GMM-REGISTERED-INITIATED',
  },
  '5GMM-REGISTERED-INITIATED': {
    'registration-accepted': '5GMM-REGISTERED',
    'registration-failed': '5GMM-DEREGISTERED',
    'deregistered-by-network': '5GMM-DEREGISTERED',
  },
  '5GMM-REGISTERED': {
    // An initial registration again: to the network the UE was switched off in between.
    'registration-requested': '5GMM-REGISTERED-INITIATED',
    'deregistration-requested': '5GMM-DEREGISTERED-INITIATED',
    'deregistered-by-network': '5GMM-DEREGISTERED',
  },
  '5GMM-DEREGISTERED-INITIATED': {
    deregistered: '5GMM-DEREGISTERED',
    'deregistered-by-network': '5GMM-DEREGISTERED',
  },
};

/** What a user is told whose event does not fit the state. */
const REFUSALS: Readonly<Record<FiveGmmState, RansimErrorReason>> = {
  '5GMM-DEREGISTERED': 'UE_NOT_REGISTERED',
  '5GMM-REGISTERED-INITIATED': 'UE_BUSY',
  '5GMM-REGISTERED': 'UE_BUSY',
  '5GMM-DEREGISTERED-INITIATED': 'UE_BUSY',
};

/** Throws a {@link RansimError} when the event cannot happen in this state. */
export function nextState(state: FiveGmmState, event: FiveGmmEvent): FiveGmmState {
  const next = TRANSITIONS[state][event];
  if (next === undefined) throw new RansimError(REFUSALS[state], `${event} does not fit ${state}`);
  return next;
}
