/** JWS with ES256, flattened JSON (TS 33.501 13.2.4.6, RFC 7515), and the keys of IPX providers. */
import { createPublicKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import type { FlatJwsJson, IpxProviderSecInfo } from '@twincore/model';
import { hasDuplicateMembers, isObject } from './json.ts';
import { base64url, fromBase64url } from './jwe.ts';

const PROTECTED = base64url('{"alg":"ES256"}');
/** r and s side by side (RFC 7518 3.4), not the DER of X9.62. */
const ENCODING = 'ieee-p1363';

/** Signs the JSON of `payload` with a P-256 private key. */
export function signFlattened(payload: object, key: KeyObject): FlatJwsJson {
  const encoded = base64url(JSON.stringify(payload));
  const signature = sign('sha256', Buffer.from(`${PROTECTED}.${encoded}`, 'latin1'), { key, dsaEncoding: ENCODING });
  return { payload: encoded, protected: PROTECTED, signature: signature.toString('base64url') };
}

/** The payload of a JWS that one of `keys` signed; undefined for whatever is not exactly that. */
export function verifyFlattened(jws: unknown, keys: readonly KeyObject[]): Record<string, unknown> | undefined {
  if (!isObject(jws) || !isEs256(jws.protected) || jws.header !== undefined) return undefined;
  const signature = fromBase64url(jws.signature);
  const payload = fromBase64url(jws.payload);
  if (signature === undefined || payload === undefined) return undefined;
  const input = Buffer.from(`${jws.protected}.${jws.payload}`, 'latin1');
  if (!keys.some((key) => verify('sha256', input, { key, dsaEncoding: ENCODING }, signature))) return undefined;
  return parseObject(payload.toString('utf8'));
}

/** The payload of a JWS, unverified: for an IPX that looks at what the one before it changed. */
export function payloadOf(jws: unknown): Record<string, unknown> | undefined {
  const payload = isObject(jws) ? fromBase64url(jws.payload) : undefined;
  return payload && parseObject(payload.toString('utf8'));
}

function isEs256(header: unknown): boolean {
  if (header === PROTECTED) return true;
  const octets = fromBase64url(header);
  const members = octets && parseObject(octets.toString('utf8'));
  return members?.alg === 'ES256' && members.crit === undefined && members.b64 === undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && !hasDuplicateMembers(text, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The keys under which an IPX provider's signatures verify (TS 29.573 6.1.5.2.15). A raw public key is the base64 DER of a
 * SubjectPublicKeyInfo (RFC 7250 3), a certificate base64 DER too; PEM is taken for both. A certificate counts while it is valid.
 * @throws RangeError for what is no P-256 key
 */
export function ipxKeys({ rawPublicKeyList = [], certificateList = [] }: IpxProviderSecInfo, now: Date): KeyObject[] {
  const certificates = certificateList
    .map((text) => new X509Certificate(isPem(text) ? text : Buffer.from(text, 'base64')))
    .filter(({ validFromDate, validToDate }) => validFromDate <= now && now <= validToDate)
    .map(({ publicKey }) => publicKey);
  const raw = rawPublicKeyList.map((text) =>
    createPublicKey(isPem(text) ? text : { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' }),
  );
  const keys = [...raw, ...certificates];
  for (const { asymmetricKeyDetails } of keys) {
    if (asymmetricKeyDetails?.namedCurve !== 'prime256v1')
      throw new RangeError('an IPX signs with a P-256 key (ES256)');
  }
  return keys;
}

const isPem = (text: string) => text.includes('-----BEGIN');

/** How {@link ipxKeys} expects a raw public key. */
export function rawPublicKey(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).toString('base64');
}
