/** Message × state → what the UE does about it. */
import { FIVE_GMM_CAUSE, type NasMessage, type NasMessageType } from '@twincore/nas';
import { onAuthenticationReject, onAuthenticationRequest } from './authentication.ts';
import { onDeregistrationAccept, onDeregistrationRequest } from './deregistration.ts';
import { onIdentityRequest } from './identification.ts';
import type { Received } from './nas-session.ts';
import type { ProcedureContext } from './procedure-context.ts';
import { onRegistrationAccept, onRegistrationReject } from './registration.ts';
import { onSecurityModeCommand } from './security-mode.ts';
import type { FiveGmmState } from './states.ts';

interface Handler {
  /** In every other state the message is answered with 5GMM STATUS #98 (7.4). */
  readonly states: readonly FiveGmmState[];
  readonly handle: (ue: ProcedureContext, received: Received) => Promise<void>;
}

const ANY: readonly FiveGmmState[] = [
  '5GMM-DEREGISTERED',
  '5GMM-REGISTERED-INITIATED',
  '5GMM-REGISTERED',
  '5GMM-DEREGISTERED-INITIATED',
];

/** Message × state → what the UE does. */
const HANDLERS: Readonly<Partial<Record<NasMessageType, Handler>>> = {
  'IDENTITY REQUEST': on('IDENTITY REQUEST', ANY, onIdentityRequest),
  'AUTHENTICATION REQUEST': on('AUTHENTICATION REQUEST', ANY, onAuthenticationRequest),
  'AUTHENTICATION REJECT': on('AUTHENTICATION REJECT', ANY, onAuthenticationReject),
  'SECURITY MODE COMMAND': {
    states: ANY,
    handle: async (ue, { message, unverified }) => {
      if (message.messageType === 'SECURITY MODE COMMAND' && unverified) {
        await onSecurityModeCommand(ue, message, unverified);
      }
    },
  },
  'REGISTRATION ACCEPT': on('REGISTRATION ACCEPT', ['5GMM-REGISTERED-INITIATED'], onRegistrationAccept),
  'REGISTRATION REJECT': on('REGISTRATION REJECT', ['5GMM-REGISTERED-INITIATED'], onRegistrationReject),
  'DEREGISTRATION ACCEPT UE ORIGINATING': on(
    'DEREGISTRATION ACCEPT UE ORIGINATING',
    ['5GMM-DEREGISTERED-INITIATED'],
    onDeregistrationAccept,
  ),
  'DEREGISTRATION REQUEST UE TERMINATED': on(
    'DEREGISTRATION REQUEST UE TERMINATED',
    ['5GMM-REGISTERED-INITIATED', '5GMM-REGISTERED', '5GMM-DEREGISTERED-INITIATED'],
    onDeregistrationRequest,
  ),
  // Only local action may follow a status; it is remembered for the outcome.
  '5GMM STATUS': on('5GMM STATUS', ANY, async ({ procedure }, { fiveGmmCause }) => {
    if (procedure?.kind === 'registration') procedure.lastCause = fiveGmmCause;
  }),
};

function on<T extends NasMessageType>(
  messageType: T,
  states: readonly FiveGmmState[],
  handle: (ue: ProcedureContext, message: Extract<NasMessage, { messageType: T }>) => Promise<void>,
): Handler {
  return {
    states,
    handle: async (ue, { message }) => {
      if (message.messageType === messageType) await handle(ue, message as Extract<NasMessage, { messageType: T }>);
    },
  };
}

/** Hands the message to its procedure, or answers 5GMM STATUS #98 where the state has none for it (7.4). */
export async function dispatch(ue: ProcedureContext, state: FiveGmmState, received: Received): Promise<void> {
  const handler = HANDLERS[received.message.messageType];
  if (handler?.states.includes(state)) {
    await handler.handle(ue, received);
    return;
  }
  const fiveGmmCause = FIVE_GMM_CAUSE.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE;
  await ue.session.send({ messageType: '5GMM STATUS', fiveGmmCause });
}
