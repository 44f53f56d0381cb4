/** The key that access tokens are signed with (TS 33.501 13.4.1.1, RFC 7515). */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AccessTokenClaims } from '@twincore/model';
import { ConfigError } from '@twincore/sbi';
import { type JSONWebKeySet, SignJWT } from 'jose';

const ALG = 'ES256';

/**
 * A signer of JWTs (ES256, with `kid`). Throws a ConfigError when producers could not verify what it signs, because the JWKS
 * does not have its public key.
 */
export async function loadSigner(
  signingKey: string,
  jwks: string,
): Promise<(claims: AccessTokenClaims) => Promise<string>> {
  const key = createPrivateKey(await readFile(signingKey, 'utf8'));
  const { x, y } = createPublicKey(key).export({ format: 'jwk' });
  const { keys } = JSON.parse(await readFile(jwks, 'utf8')) as JSONWebKeySet;
  const kid = keys.find((candidate) => candidate.x === x && candidate.y === y)?.kid;
  if (kid === undefined) throw new ConfigError(`${jwks} has no key with a kid that belongs to ${signingKey}`);
  return (claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg: ALG, kid, typ: 'JWT' }).sign(key);
}
