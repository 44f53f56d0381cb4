import type { Receiver } from './descriptor.ts';
import type { NasMessage, NasMessageType } from './messages.ts';

/** What a field of the message must (or must not) be for the message to be processed. */
interface Only {
  readonly field: string;
  readonly in?: readonly unknown[];
  readonly notIn?: readonly unknown[];
}

/** Causes that a UE believes only with integrity protection: #76 (CAG), #78 (PLMN not allowed at this location). */
const PROTECTED_CAUSES: Only = { field: 'fiveGmmCause', notIn: [76, 78] };

/**
 * Messages processed before secure exchange of NAS messages is established: TS 24.501 4.4.4.2 (UE) and 4.4.4.3 (AMF).
 * IDENTITY RESPONSE is for a SUCI that was asked for, which may also come back as "no identity".
 */
const ACCEPTED: Readonly<Record<Receiver, Readonly<Partial<Record<NasMessageType, Only | true>>>>> = {
  ue: {
    'IDENTITY REQUEST': { field: 'identityType', in: ['SUCI'] },
    'AUTHENTICATION REQUEST': true,
    'AUTHENTICATION REJECT': true,
    'REGISTRATION REJECT': PROTECTED_CAUSES,
    'DEREGISTRATION ACCEPT UE ORIGINATING': true,
    'SERVICE REJECT': PROTECTED_CAUSES,
  },
  network: {
    'REGISTRATION REQUEST': true,
    'IDENTITY RESPONSE': { field: 'mobileIdentity.type', in: ['SUCI', 'NO IDENTITY'] },
    'AUTHENTICATION RESPONSE': true,
    'AUTHENTICATION FAILURE': true,
    'SECURITY MODE REJECT': true,
    'DEREGISTRATION REQUEST UE ORIGINATING': true,
    'DEREGISTRATION ACCEPT UE TERMINATED': true,
  },
};

/** Also looked at by the AMF when protected but not verifiable; SERVICE REQUEST is then rejected with #9 (4.4.4.3). */
const DESPITE_BAD_MAC: readonly NasMessageType[] = [
  ...(Object.keys(ACCEPTED.network) as NasMessageType[]),
  'SERVICE REQUEST',
];

/**
 * Whether `receiver` processes the message without integrity protection while no secure exchange of NAS messages is
 * established (TS 24.501 4.4.4.2 for the UE, 4.4.4.3 for the AMF). Give the decoded message to have the conditions on its
 * content checked too (identity type, 5GMM cause); a bare message type is accepted if any content would be.
 */
export function acceptedUnprotected(message: NasMessage | NasMessageType, receiver: Receiver): boolean {
  const type = typeof message === 'string' ? message : message.messageType;
  const rule = ACCEPTED[receiver][type];
  if (rule === undefined || rule === true || typeof message === 'string') return rule !== undefined;
  const value = rule.field.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], message);
  return rule.in?.includes(value) ?? !rule.notIn?.includes(value);
}

/**
 * Whether the AMF processes the message although its MAC fails or cannot be verified for want of a security context
 * (TS 24.501 4.4.4.3): it may then act on the payload of peekHeader as if it had come unprotected.
 */
export function acceptedDespiteMacFailure(messageType: NasMessageType): boolean {
  return DESPITE_BAD_MAC.includes(messageType);
}
