import { NasError } from './errors.ts';

/** Extended protocol discriminator of 5GMM (TS 24.007 11.2.3.1A). */
export const EPD_5GMM = 0x7e;

/** Longest NAS message: the PDCP SDU of TS 38.323 4.3.1, to which TS 24.501 7.2.2 refers. */
export const MAX_MESSAGE_OCTETS = 9000;

/** Security header types (TS 24.501 9.3.1). */
export const SECURITY_HEADER = {
  plain: 0,
  integrityProtected: 1,
  integrityProtectedAndCiphered: 2,
  integrityProtectedWithNewContext: 3,
  integrityProtectedAndCipheredWithNewContext: 4,
} as const;
export type SecurityHeaderType = (typeof SECURITY_HEADER)[keyof typeof SECURITY_HEADER];
export type ProtectedHeaderType = Exclude<SecurityHeaderType, 0>;

export interface PlainHeader {
  readonly securityHeaderType: 0;
  /** Message type octet (TS 24.501 9.7). */
  readonly messageCode: number;
}

/** TS 24.501 9.1.1: MAC (4 octets), sequence number, then the NAS message, ciphered or not as the type says. */
export interface ProtectedHeader {
  readonly securityHeaderType: ProtectedHeaderType;
  readonly mac: Buffer;
  readonly sequenceNumber: number;
  readonly payload: Buffer;
}

const PLAIN_OCTETS = 3;
const MAC_AT = 2;
const SEQUENCE_NUMBER_AT = 6;
export const PAYLOAD_AT = 7;

/**
 * What can be known of a 5GS NAS message without keys (TS 24.501 9.1-9.8). `mac` and `payload` are views of `bytes`.
 * The payload of a protected message is not verified: use it only where TS 24.501 4.4.4 allows. Throws NasError (all
 * with action `drop`): `too-short`, `too-long`, `unknown-epd`, `reserved-security-header`.
 */
export function peekHeader(bytes: Uint8Array): PlainHeader | ProtectedHeader {
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (octets.length > MAX_MESSAGE_OCTETS) throw new NasError('too-long', `${octets.length} octets`);
  if (octets.length < PLAIN_OCTETS) throw new NasError('too-short', `${octets.length} octets`);
  if (octets.readUInt8(0) !== EPD_5GMM) throw new NasError('unknown-epd', `0x${octets.toString('hex', 0, 1)}`);
  const type = octets.readUInt8(1) & 0x0f;
  if (type === SECURITY_HEADER.plain) return { securityHeaderType: type, messageCode: octets.readUInt8(2) };
  if (!isProtectedType(type)) throw new NasError('reserved-security-header', `type ${type}`);
  if (octets.length < PAYLOAD_AT + PLAIN_OCTETS) throw new NasError('too-short', `${octets.length} octets`);
  return {
    securityHeaderType: type,
    mac: octets.subarray(MAC_AT, SEQUENCE_NUMBER_AT),
    sequenceNumber: octets.readUInt8(SEQUENCE_NUMBER_AT),
    payload: octets.subarray(PAYLOAD_AT),
  };
}

function isProtectedType(type: number): type is ProtectedHeaderType {
  return (
    type >= SECURITY_HEADER.integrityProtected && type <= SECURITY_HEADER.integrityProtectedAndCipheredWithNewContext
  );
}
