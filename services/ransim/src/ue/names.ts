/** NAS messages and security headers by the names that the AMF's trace records have for them. */
import type { NasMessageType, SecurityHeaderType } from '@twincore/nas';

/** Security header types (TS 24.501 9.3.1). */
export const SECURITY_NAMES: Readonly<Record<SecurityHeaderType, string>> = {
  0: 'plain',
  1: 'integrity protected',
  2: 'integrity protected and ciphered',
  3: 'integrity protected with new 5G NAS security context',
  4: 'integrity protected and ciphered with new 5G NAS security context',
};

/** `REGISTRATION REQUEST` as `Registration request`; abbreviations stay as they are. */
export function messageName(messageType: NasMessageType): string {
  const [first = '', ...rest] = messageType.split(' ');
  const small = (word: string) => (word === 'UE' ? word : word.toLowerCase());
  const capital = first === '5GMM' ? first : first.charAt(0) + first.slice(1).toLowerCase();
  return [capital, ...rest.map(small)].join(' ');
}
