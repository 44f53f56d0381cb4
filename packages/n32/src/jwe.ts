/** JWE with a nonce that counts (TS 33.501 13.2.4.4, RFC 7516): flattened JSON, `alg` dir, AES-GCM. */
import { createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto';
import type { FlatJweJson } from '@twincore/model';
import { N32fError } from './errors.ts';
import { type JweCipherSuite, nonceOf, sequenceOf, type TrafficKey } from './keys.ts';

const CIPHER = { A128GCM: 'aes-128-gcm', A256GCM: 'aes-256-gcm' } as const;
const TAG_OCTETS = 16;

const protectedHeader = (enc: JweCipherSuite) => base64url(`{"alg":"dir","enc":"${enc}"}`);
const PROTECTED: Readonly<Record<JweCipherSuite, string>> = {
  A128GCM: protectedHeader('A128GCM'),
  A256GCM: protectedHeader('A256GCM'),
};

export function base64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

/**
 * The octets of a base64url text in its one canonical form (RFC 4648 3.5): without it the last character could change and nobody
 * would see. Undefined for any other text.
 */
export function fromBase64url(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const octets = Buffer.from(text, 'base64url');
  return octets.toString('base64url') === text ? octets : undefined;
}

/** Encrypts `plaintext` and protects `aad` with it (both JSON text), under the nonce for `seq`. */
export function seal(
  { key, salt }: TrafficKey,
  enc: JweCipherSuite,
  seq: number,
  aad: string,
  plaintext: string,
): FlatJweJson & { tag: string } {
  const nonce = nonceOf(salt, seq);
  const protectedPart = PROTECTED[enc];
  const encodedAad = base64url(aad);
  const cipher = createCipheriv(CIPHER[enc], key, nonce, { authTagLength: TAG_OCTETS });
  cipher.setAAD(Buffer.from(`${protectedPart}.${encodedAad}`, 'latin1'));
  const first = cipher.update(plaintext, 'utf8');
  const last = cipher.final();
  return {
    protected: protectedPart,
    aad: encodedAad,
    iv: nonce.toString('base64url'),
    ciphertext: (last.length === 0 ? first : Buffer.concat([first, last])).toString('base64url'),
    tag: cipher.getAuthTag().toString('base64url'),
  };
}

/**
 * The plaintext of a JWE under `key`, and its sequence number.
 * @throws N32fError INTEGRITY_CHECK_FAILED when anything in it is not as it was sealed. What the tag does not cover (headers
 * outside `protected`, an encrypted key, RFC 7516 5.2 step 10) has to be absent.
 */
export function open(jwe: FlatJweJson, { key, salt }: TrafficKey, enc: JweCipherSuite): { seq: number; text: string } {
  const fail = (what: string) => new N32fError('INTEGRITY_CHECK_FAILED', what);
  if (!isExpectedHeader(jwe.protected, enc)) throw fail(`the protected header is not alg dir, enc ${enc}`);
  if (!isEmpty(jwe.unprotected) || !isEmpty(jwe.header) || jwe.encrypted_key) {
    throw fail('a member that the tag does not protect');
  }
  const iv = fromBase64url(jwe.iv);
  const seq = iv && sequenceOf(iv, salt);
  if (iv === undefined || seq === undefined) throw fail('iv is no nonce of this context');
  const ciphertext = fromBase64url(jwe.ciphertext);
  const tag = fromBase64url(jwe.tag);
  if (ciphertext === undefined || tag?.length !== TAG_OCTETS) throw fail('ciphertext or tag is malformed');
  const decipher: DecipherGCM = createDecipheriv(CIPHER[enc], key, iv, { authTagLength: TAG_OCTETS });
  decipher.setAAD(Buffer.from(`${jwe.protected}.${jwe.aad}`, 'latin1'));
  decipher.setAuthTag(tag);
  const first = decipher.update(ciphertext);
  try {
    const last = decipher.final();
    return { seq, text: (last.length === 0 ? first : Buffer.concat([first, last])).toString('utf8') };
  } catch {
    throw fail('the authentication tag does not verify');
  }
}

/** Other SEPPs may write the members in another order, or with what RFC 7516 lets them add; the common case is one comparison. */
function isExpectedHeader(text: string | undefined, enc: JweCipherSuite): boolean {
  if (text === PROTECTED[enc]) return true;
  const octets = fromBase64url(text);
  if (!octets) return false;
  try {
    const header = JSON.parse(octets.toString('utf8')) as Record<string, unknown>;
    return header.alg === 'dir' && header.enc === enc && header.zip === undefined && header.crit === undefined;
  } catch {
    return false;
  }
}

function isEmpty(header: Readonly<Record<string, unknown>> | undefined): boolean {
  return header === undefined || (typeof header === 'object' && Object.keys(header ?? {}).length === 0);
}
