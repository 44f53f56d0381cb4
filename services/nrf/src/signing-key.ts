/** The key that access tokens are signed with (TS 33.501 13.4.1.1, RFC 7515), and its rotation. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AccessTokenClaims } from '@twincore/model';
import { ConfigError } from '@twincore/sbi';
import { type JSONWebKeySet, SignJWT } from 'jose';

const ALG = 'ES256';
/** Between two looks at the key file, ms. */
const POLL_MS = 500;

export type Sign = (claims: AccessTokenClaims) => Promise<string>;

/**
 * A signer of JWTs (ES256, with `kid`). Throws a ConfigError when producers could not verify what it signs, because the JWKS
 * does not have its public key.
 */
export async function loadSigner(signingKey: string, jwks: string): Promise<{ kid: string; sign: Sign }> {
  const key = createPrivateKey(await readFile(signingKey, 'utf8'));
  const { x, y } = createPublicKey(key).export({ format: 'jwk' });
  const { keys } = JSON.parse(await readFile(jwks, 'utf8')) as JSONWebKeySet;
  const kid = keys.find((candidate) => candidate.x === x && candidate.y === y)?.kid;
  if (kid === undefined) throw new ConfigError(`${jwks} has no key with a kid that belongs to ${signingKey}`);
  return {
    kid,
    sign: (claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg: ALG, kid, typ: 'JWT' }).sign(key),
  };
}

/**
 * A signer that changes its key when the key file changes (`twincore nrf rotate-key`). Until the new key can be used, and its
 * public key is where producers look for it, it signs with the old one.
 */
export async function rotatingSigner(
  signingKey: string,
  jwks: string,
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void },
): Promise<{ sign: Sign; close: () => void }> {
  let current = await loadSigner(signingKey, jwks);
  const reload = () => {
    loadSigner(signingKey, jwks).then(
      (fresh) => {
        if (fresh.kid !== current.kid) log.info({ kid: fresh.kid }, 'tokens are signed with a new key');
        current = fresh;
      },
      (error: Error) => log.error({ reason: error.message }, 'the new signing key cannot be used'),
    );
  };
  // Polled, because a watch of the file itself ends when it is replaced. Both files: which of them changes last is not ours to say.
  for (const file of [signingKey, jwks]) watchFile(file, { interval: POLL_MS, persistent: false }, reload);
  return {
    sign: (claims) => current.sign(claims),
    close() {
      for (const file of [signingKey, jwks]) unwatchFile(file, reload);
    },
  };
}
