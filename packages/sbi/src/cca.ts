/**
 * Client credentials assertions (TS 33.501 clause 13.3.8, TS 29.500 clause 5.2.3.2.11): how a consumer behind an SCP proves who it
 * is to the NRF and to the producer, whose TLS peer is the SCP. A JWT that the consumer signs with the key of its certificate,
 * which comes along.
 */
import 'reflect-metadata';
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as x509 from '@peculiar/x509';
import { NFType, NfInstanceId, type PlmnId, samePlmn } from '@twincore/model';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { NfConfig, TlsFiles } from './config.ts';
import { identityOfCertificate, type PeerIdentity } from './identity.ts';
import type { Insecure } from './insecure.ts';
import { Refusal } from './refusal.ts';

/** For how long an assertion is good: it is to live much shorter than an access token (TS 33.501 13.3.8.1). */
const LIFETIME_S = 30;
/** The longest life, and so the longest time for a replay, that a receiver grants to somebody else's assertion. */
const MAX_LIFETIME_S = 60;
const CLOCK_TOLERANCE_S = 2;
/** End entity, two intermediate CAs and a root that comes along. */
const MAX_CHAIN = 4;
const MAX_OCTETS = 16_384;

/** TS 29.500 clause 5.2.3.2.11: the claims; `aud` is the NF types of the receivers. */
export const CcaClaims = Type.Object({
  sub: NfInstanceId,
  iat: Type.Integer(),
  exp: Type.Integer(),
  aud: Type.Union([NFType, Type.Array(NFType, { minItems: 1 })]),
});
export type CcaClaims = Static<typeof CcaClaims>;

const checkClaims = Compile(CcaClaims);

interface Signer {
  readonly key: KeyObject;
  readonly x5c: string[];
  readonly made: Map<string, { assertion: Promise<string>; until: number }>;
}
const signers = new WeakMap<TlsFiles, Signer>();

/**
 * The assertion of an NF for receivers of these NF types, e.g. `['NRF', 'UDM']` for a request that an SCP takes to a UDM after asking
 * the NRF for a token. The same one is handed out for half of its life. Sent as `3gpp-Sbi-Client-Credentials`.
 */
export function createCca(
  nf: Pick<NfConfig, 'nfInstanceId' | 'tls'>,
  audience: readonly string[],
  now = Date.now(),
): Promise<string> {
  const signer = signerOf(nf.tls);
  const name = audience.toSorted().join(' ');
  const known = signer.made.get(name);
  if (known && known.until > now) return known.assertion;
  const iat = Math.floor(now / 1000);
  const assertion = new SignJWT({ sub: nf.nfInstanceId, aud: [...audience], iat, exp: iat + LIFETIME_S })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', x5c: signer.x5c })
    .sign(signer.key);
  signer.made.set(name, { assertion, until: now + (LIFETIME_S * 1000) / 2 });
  return assertion;
}

function signerOf(tls: TlsFiles): Signer {
  let signer = signers.get(tls);
  if (!signer) {
    const pem =
      readFileSync(tls.cert, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const x5c = pem.map((certificate) => new X509Certificate(certificate).raw.toString('base64'));
    signer = { key: createPrivateKey(readFileSync(tls.key)), x5c, made: new Map() };
    signers.set(tls, signer);
  }
  return signer;
}

/** Who verifies an assertion. `insecure.withoutCcaChain`: whoever issued its certificate. */
export interface CcaReceiver {
  readonly nfType: string;
  readonly plmnId: PlmnId;
  /** CA certificates of the own PLMN. */
  readonly trusted: readonly X509Certificate[];
  readonly insecure: Pick<Insecure, 'withoutCcaChain'>;
}

/** An assertion that holds: the identity is the one of its certificate. */
export interface VerifiedCca {
  readonly identity: PeerIdentity;
  readonly claims: CcaClaims;
}

/** What every failure is answered with: TS 29.500 clause 6.7.5 and Table 5.2.7.2-1. */
function failure(reason: string, detail: string): Refusal {
  return new Refusal(403, `cca-${reason}`, `client credentials assertion: ${detail}`, {
    cause: 'CCA_VERIFICATION_FAILURE',
  });
}

/**
 * Verifies an assertion as TS 33.501 13.3.8.3 asks: certificate chain up to the PLMN's CA, signature, `iat` and `exp`, the
 * receiver's NF type in `aud`, and `sub` equal to the instance id in the certificate.
 * @throws Refusal 403 CCA_VERIFICATION_FAILURE
 */
export async function verifyCca(assertion: string, receiver: CcaReceiver, now = Date.now()): Promise<VerifiedCca> {
  if (assertion.length > MAX_OCTETS) throw failure('size', 'it is too long');
  const certificate = certificateOf(assertion, receiver, now);
  const claims = await claimsOf(assertion, certificate, receiver.nfType, now);
  const found = identityOfCertificate(certificate.raw);
  if (!found || !samePlmn(found.plmnId, receiver.plmnId)) {
    throw failure('identity', 'its certificate is not that of an NF of this PLMN');
  }
  if (claims.sub.toLowerCase() !== found.nfInstanceId) throw failure('subject', 'its certificate is of another NF');
  // A domain name cannot tell MNC 01 from 001; the configuration can.
  return { identity: { ...found, plmnId: receiver.plmnId }, claims };
}

async function claimsOf(
  assertion: string,
  certificate: X509Certificate,
  audience: string,
  now: number,
): Promise<CcaClaims> {
  try {
    const { payload } = await jwtVerify(assertion, certificate.publicKey, {
      algorithms: ['ES256'],
      audience,
      currentDate: new Date(now),
      // Also refuses what was made in the future.
      maxTokenAge: MAX_LIFETIME_S,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['sub', 'iat', 'exp', 'aud'],
    });
    if (!checkClaims.Check(payload)) throw failure('claims', 'mandatory claims are missing or malformed');
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw failure('expired', 'it has expired');
    if (error instanceof errors.JWTClaimValidationFailed)
      throw failure(error.claim, `its ${error.claim} claim is wrong`);
    // Any other is about the signature, the key or the encoding.
    if (error instanceof errors.JOSEError || error instanceof TypeError)
      throw failure('signature', 'it cannot be verified');
    throw error;
  }
}

/** The certificate that signed, once its chain is known to end at a CA of the PLMN. */
function certificateOf(assertion: string, { trusted, insecure }: CcaReceiver, now: number): X509Certificate {
  const chain = certificatesIn(assertion);
  const [leaf] = chain;
  if (!leaf) throw failure('chain', 'it carries no certificate');
  if (insecure.withoutCcaChain) return leaf;
  if (leaf.ca) throw failure('chain', 'it is signed by a CA');
  let subject = leaf;
  for (let depth = 0; depth < chain.length; depth++) {
    if (!isValidAt(subject, now)) throw failure('chain', 'a certificate is not valid at this time');
    const root = trusted.find((ca) => issued(ca, subject, depth, now));
    if (root) return leaf;
    const issuer = chain[depth + 1];
    if (!issuer || !issued(issuer, subject, depth, now)) break;
    subject = issuer;
  }
  throw failure('chain', 'its certificate is not of this PLMN');
}

function certificatesIn(assertion: string): X509Certificate[] {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(assertion);
  } catch {
    throw failure('malformed', 'it is no JWT');
  }
  const { x5c, x5u, jwk, jku } = header;
  // Whoever fetches what an unverified header points to can be sent anywhere.
  if (x5u !== undefined || jku !== undefined || jwk !== undefined) {
    throw failure('certificate', 'its certificate has to come along as x5c');
  }
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > MAX_CHAIN) {
    throw failure('certificate', 'x5c is missing or too long');
  }
  try {
    return x5c.map((der) => new X509Certificate(Buffer.from(String(der), 'base64')));
  } catch {
    throw failure('certificate', 'x5c has no certificate');
  }
}

/** Whether `issuer` is a CA that may and did issue `subject`, below which `depth` CAs follow. */
function issued(issuer: X509Certificate, subject: X509Certificate, depth: number, now: number): boolean {
  return (
    issuer.ca &&
    isValidAt(issuer, now) &&
    subject.checkIssued(issuer) &&
    subject.verify(issuer.publicKey) &&
    pathLengthOf(issuer) >= depth
  );
}

function pathLengthOf(certificate: X509Certificate): number {
  const constraints = new x509.X509Certificate(new Uint8Array(certificate.raw)).getExtension(
    x509.BasicConstraintsExtension,
  );
  return constraints?.pathLength ?? Number.POSITIVE_INFINITY;
}

function isValidAt(certificate: X509Certificate, now: number): boolean {
  return certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime();
}

/** Verifies assertions for one receiver and remembers, bounded in number and time, those that held. */
export class CcaVerifier {
  readonly #receiver: CcaReceiver;
  readonly #verified = new LRUCache<string, VerifiedCca>({ max: 2_000 });

  constructor(receiver: Omit<CcaReceiver, 'trusted'>, ca: TlsFiles['ca']) {
    const trusted = [ca].flat().map((file) => new X509Certificate(readFileSync(file)));
    this.#receiver = { ...receiver, trusted };
  }

  /** What an assertion says that was verified before and has not expired. */
  cached(assertion: string): VerifiedCca | undefined {
    const known = this.#verified.get(assertion);
    return known && known.claims.exp * 1000 > Date.now() ? known : undefined;
  }

  /** {@link verifyCca}, and remembers. */
  async verify(assertion: string): Promise<VerifiedCca> {
    const verified = await verifyCca(assertion, this.#receiver);
    const { exp, iat } = verified.claims;
    const until = Math.min(exp, iat + MAX_LIFETIME_S) * 1000;
    this.#verified.set(assertion, verified, { ttl: Math.max(1, until - Date.now()) });
    return verified;
  }
}
