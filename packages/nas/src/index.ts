export { FIVE_GMM_CAUSE } from './causes.ts';
export type { Receiver } from './descriptor.ts';
export { NasError, type NasErrorAction, type NasErrorReason } from './errors.ts';
export { type FiveGGuti, type FiveGSTmsi, formatGuti, parseGuti } from './guti.ts';
export type { Tai } from './ies/area.ts';
export type { MobileIdentity, MobileIdentityType } from './ies/identity.ts';
export type { Access, DeregistrationType, RegistrationResult, RegistrationType } from './ies/mobility.ts';
export {
  decodeUeSecurityCapability,
  encodeUeSecurityCapability,
  type NasAlgorithms,
  type NgKsi,
  NO_KEY_AVAILABLE,
  type UeSecurityCapability,
} from './ies/security.ts';
export type { RejectedSnssai, Snssai } from './ies/slices.ts';
export { decodeContainer, decodeMessage, encodeMessage, messageTypeOf } from './message-codec.ts';
export type { NasMessage, NasMessageOf, NasMessageType } from './messages.ts';
export { decodePlmn, encodePlmn, type PlmnId } from './plmn.ts';
export {
  type CipheringAlgorithm,
  type IntegrityAlgorithm,
  MAX_NAS_COUNT,
  NasSecurityContext,
  type NasSecurityContextOptions,
  type StoredNasSecurityContext,
  type UnprotectedMessage,
} from './security-context.ts';
export {
  MAX_MESSAGE_OCTETS,
  type PlainHeader,
  type ProtectedHeader,
  type ProtectedHeaderType,
  peekHeader,
  SECURITY_HEADER,
  type SecurityHeaderType,
} from './security-header.ts';
export { decodeSuci, encodeSuci } from './suci.ts';
export { acceptedDespiteMacFailure, acceptedUnprotected } from './unprotected.ts';
