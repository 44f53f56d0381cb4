/** Which procedure an uplink message begins, and how each of them ends when it does not succeed. */
import { FIVE_GMM_CAUSE, NasError, type NasMessage } from '@twincore/nas';
import type { Received } from '../nas/link.ts';
import { rejectionOf } from './causes.ts';
import { deregister } from './deregistration.ts';
import type { Environment } from './environment.ts';
import { register } from './registration.ts';
import type { Beginning } from './states.ts';
import { Aborted, type UeSession, Unanswered } from './ue-session.ts';

type Procedure = (session: UeSession, received: Received<never>, environment: Environment) => Promise<void>;

const PROCEDURES: Readonly<Record<Beginning, Procedure>> = {
  'REGISTRATION REQUEST': registerOrReject,
  'DEREGISTRATION REQUEST UE ORIGINATING': deregister,
  'SERVICE REQUEST': rejectService,
};

const UNSPECIFIED = { group: 'nas', value: 'unspecified' } as const;
const AUTHENTICATION_FAILURE = { group: 'nas', value: 'authentication-failure' } as const;

/** Runs the procedure that `received` begins. Never rejects: what goes wrong ends the connection of this UE alone. */
export async function begin(session: UeSession, received: Received, environment: Environment): Promise<void> {
  const type = received.message.messageType as Beginning;
  try {
    session.enter(type);
    await PROCEDURES[type](session, received as Received<never>, environment);
  } catch (error) {
    if (error instanceof Aborted) return;
    if (!(error instanceof Unanswered)) environment.warn('a procedure failed', error);
    session.release(UNSPECIFIED);
  }
}

async function registerOrReject(session: UeSession, received: Received<never>, environment: Environment) {
  try {
    await register(session, received, environment);
    environment.onRegistration('accepted');
  } catch (error) {
    if (error instanceof Aborted) throw error;
    if (error instanceof Unanswered) {
      environment.onRegistration('unanswered');
      // After a REGISTRATION ACCEPT the UE is registered although it did not complete (TS 24.501 5.5.1.2.8 c).
      if (session.state === 'REGISTERED') return;
      throw error;
    }
    const rejection = rejectionOf(error, environment.config);
    if (!rejection) environment.warn('a registration failed', error);
    await reject(session, rejection ?? unspecified(error));
    environment.onRegistration(rejection?.messageType === 'AUTHENTICATION REJECT' ? 'unauthenticated' : 'rejected');
  }
}

function unspecified(error: unknown): NasMessage {
  const fiveGmmCause = error instanceof NasError ? error.fiveGmmCause : FIVE_GMM_CAUSE.PROTOCOL_ERROR_UNSPECIFIED;
  return { messageType: 'REGISTRATION REJECT', fiveGmmCause };
}

/**
 * There are no services to request yet. The UE is told that it is not known, after which it registers anew (TS 24.501
 * 5.6.1.5).
 */
async function rejectService(session: UeSession): Promise<void> {
  await reject(session, {
    messageType: 'SERVICE REJECT',
    fiveGmmCause: FIVE_GMM_CAUSE.UE_IDENTITY_CANNOT_BE_DERIVED,
  });
}

async function reject(session: UeSession, message: NasMessage): Promise<void> {
  session.enter('reject');
  if (session.ue) session.ue.registered = false;
  await session.send(message);
  session.release(message.messageType === 'AUTHENTICATION REJECT' ? AUTHENTICATION_FAILURE : UNSPECIFIED);
}
