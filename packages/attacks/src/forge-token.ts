/** Tokens that no NRF would issue. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPlmnPki } from '@twincore/lab/pki';
import { type PlmnId, plmnFromString } from '@twincore/model';
import { importPKCS8, type JWTPayload, SignJWT } from 'jose';

/** The NRF of a PLMN (`001-01`), nobody, or whoever has the public key of the NRF of 001-01. */
export const SIGNERS = ['001-01', '999-70', 'none', 'hs256'] as const;
export type Signer = (typeof SIGNERS)[number];

/** A token as the NRF of `plmnId` would sign it, with claims that it would never sign: the lab's key is on this machine. */
export async function forgeToken(lab: { readonly dir: string }, plmnId: PlmnId, claims: JWTPayload): Promise<string> {
  const pki = await openPlmnPki(join(lab.dir, 'pki'), plmnId);
  const { key, jwks } = await pki.signingKey();
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: firstKey(jwks).kid, typ: 'JWT' })
    .sign(await importPKCS8(readFileSync(key, 'utf8'), 'ES256'));
}

/** {@link forgeToken} by any signer of {@link SIGNERS}. */
export async function forgeTokenBy(lab: { readonly dir: string }, signer: Signer, claims: JWTPayload): Promise<string> {
  const plmnId = plmnFromString(signer);
  if (plmnId) return forgeToken(lab, plmnId, claims);
  if (signer === 'none') return `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`;
  const pki = await openPlmnPki(join(lab.dir, 'pki'), { mcc: '001', mnc: '01' });
  const jwk = firstKey((await pki.signingKey()).jwks);
  const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid: jwk.kid })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', JSON.stringify(jwk)).update(signed).digest('base64url')}`;
}

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');

function firstKey(jwks: string): { kid: string } {
  return (JSON.parse(readFileSync(jwks, 'utf8')) as { keys: { kid: string }[] }).keys[0] ?? { kid: '' };
}
