/** Whether an initial NAS message is from a UE that this AMF knows (TS 24.501 4.4.4.3, TS 33.501 6.4.6). */
import { decodeMessage, type FiveGGuti, NasError, peekHeader, SECURITY_HEADER } from '@twincore/nas';
import { type Received, verify } from '../nas/link.ts';
import type { UeContext, UeContexts } from './ue-contexts.ts';

/**
 * The context that the message names, if the message verifies with it; held for the caller. Without it the message is worth
 * what an unprotected one is.
 * @throws NasError when the message verifies but is malformed inside, or is a replay of one that was accepted before
 */
export async function recognize(
  contexts: UeContexts,
  pdu: Buffer,
): Promise<{ ue: UeContext; received: Received } | undefined> {
  const guti = claimedGuti(pdu);
  const ue = guti && (await contexts.byGuti(guti));
  if (!ue) return undefined;
  try {
    return { ue, received: verify(ue.security, pdu) };
  } catch (error) {
    contexts.release(ue);
    if (error instanceof NasError && error.reason === 'mac-failure') return undefined;
    throw error;
  }
}

/** The 5G-GUTI in the clear part of an integrity protected message. */
function claimedGuti(pdu: Buffer): FiveGGuti | undefined {
  const header = peekHeader(pdu);
  if (header.securityHeaderType !== SECURITY_HEADER.integrityProtected) return undefined;
  try {
    const message = decodeMessage(header.payload, { receiver: 'network' });
    const identity = 'mobileIdentity' in message ? message.mobileIdentity : undefined;
    return identity?.type === '5G-GUTI' ? identity.guti : undefined;
  } catch {
    // Unverified and malformed: there is nobody to look for.
    return undefined;
  }
}
