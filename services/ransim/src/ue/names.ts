/** NAS messages and security headers as people and traces call them. */
import type { NasMessageType, SecurityHeaderType } from '@twincore/nas';

/** Security header types in the words of TS 24.501 table 9.3.1. */
export const SECURITY_NAMES: Readonly<Record<SecurityHeaderType, string>> = {
  0: 'Plain 5GS NAS message, not security protected',
  1: 'Integrity protected',
  2: 'Integrity protected and ciphered',
  3: 'Integrity protected with new 5G NAS security context',
  4: 'Integrity protected and ciphered with new 5G NAS security context',
};

/** `Registration request`, `Deregistration request (UE originating)`: the names of TS 24.501 table 9.7.1. */
export function messageName(messageType: NasMessageType): string {
  const [, what = messageType, origin] = /^(.*?)(?: UE (ORIGINATING|TERMINATED))?$/.exec(messageType) ?? [];
  const name = what.startsWith('5GMM ') ? `5GMM${what.slice(4).toLowerCase()}` : what[0] + what.slice(1).toLowerCase();
  return origin === undefined ? name : `${name} (UE ${origin.toLowerCase()})`;
}
