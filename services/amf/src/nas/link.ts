/** The NAS signalling connection of one UE: what protects its messages, and which of them are let in (TS 24.501 4.4.4). */
import {
  acceptedDespiteMacFailure,
  acceptedUnprotected,
  decodeMessage,
  encodeMessage,
  messageTypeOf,
  NasError,
  type NasMessage,
  type NasSecurityContext,
  type ProtectedHeader,
  peekHeader,
  SECURITY_HEADER,
  type SecurityHeaderType,
} from '@twincore/nas';

/** An uplink message that may be processed. */
export interface Received<M extends NasMessage = NasMessage> {
  readonly message: M;
  readonly securityHeaderType: SecurityHeaderType;
  /** Uplink NAS COUNT; absent when the integrity of the message was not verified. */
  readonly count?: number;
}

export class NasLink {
  /** The security context in use. With it, nothing unprotected is let in any more (4.4.4.3). */
  current: NasSecurityContext | undefined;
  /** The one that a SECURITY MODE COMMAND wants to take into use. */
  pending: NasSecurityContext | undefined;

  /** Throws NasError for a message that is not to be processed, or not as it is; its `action` says what the UE hears. */
  receive(pdu: Uint8Array): Received {
    const header = peekHeader(pdu);
    if (header.securityHeaderType === SECURITY_HEADER.plain) return this.#receivePlain(pdu);
    const completes = header.securityHeaderType === SECURITY_HEADER.integrityProtectedAndCipheredWithNewContext;
    const context = completes ? this.pending : this.current;
    if (context) {
      const received = verify(context, pdu);
      if (!completes && received.message.messageType === 'SECURITY MODE COMPLETE') {
        throw new NasError('unexpected-protection', 'SECURITY MODE COMPLETE without the new security context');
      }
      return received;
    }
    if (completes) throw new NasError('unexpected-protection', 'no security mode command was sent');
    return receiveUnverified(header);
  }

  #receivePlain(pdu: Uint8Array): Received {
    if (this.current) throw new NasError('unexpected-protection', 'a plain message after secure exchange began');
    const message = decodeMessage(pdu, { receiver: 'network' });
    if (!acceptedUnprotected(message, 'network')) {
      throw new NasError('unexpected-protection', `${message.messageType} is only processed protected`);
    }
    return { message, securityHeaderType: SECURITY_HEADER.plain };
  }

  /** A message for the UE, protected as far as the connection is. Moves the downlink COUNT. */
  protect(message: NasMessage): { readonly pdu: Buffer; readonly securityHeaderType: SecurityHeaderType } {
    const plain = encodeMessage(message);
    const [context, securityHeaderType] =
      message.messageType === 'SECURITY MODE COMMAND'
        ? ([this.pending, SECURITY_HEADER.integrityProtectedWithNewContext] as const)
        : ([this.current, SECURITY_HEADER.integrityProtectedAndCiphered] as const);
    if (!context) return { pdu: plain, securityHeaderType: SECURITY_HEADER.plain };
    return { pdu: context.protect(plain, securityHeaderType), securityHeaderType };
  }
}

/** Throws NasError when the message does not verify with `context`, was accepted before, or is malformed inside. */
export function verify(context: NasSecurityContext, pdu: Uint8Array): Received {
  const { message, count, securityHeaderType } = context.unprotect(pdu);
  return { message: decodeMessage(message, { receiver: 'network' }), count, securityHeaderType };
}

/** What TS 24.501 4.4.4.3 lets the AMF look at although it cannot verify it: as good as unprotected. */
function receiveUnverified({ payload, securityHeaderType }: ProtectedHeader): Received {
  const inner = peekHeader(payload);
  const type = inner.securityHeaderType === SECURITY_HEADER.plain ? messageTypeOf(inner.messageCode) : undefined;
  if (!type || !acceptedDespiteMacFailure(type)) throw new NasError('mac-failure', 'the message cannot be verified');
  const message = decodeMessage(payload, { receiver: 'network' });
  // SERVICE REQUEST is only looked at to be rejected; everything else has to be what would be accepted in clear.
  if (type !== 'SERVICE REQUEST' && !acceptedUnprotected(message, 'network')) {
    throw new NasError('mac-failure', `${type} cannot be verified`);
  }
  return { message, securityHeaderType };
}
