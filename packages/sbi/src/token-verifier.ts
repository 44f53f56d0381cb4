/** Verification of access tokens as far as it depends on the token and the producer alone (TS 33.501 13.4.1.1, TS 29.510 6.3.5.2.4). */
import { readFile } from 'node:fs/promises';
import { AccessTokenClaims, type Snssai, samePlmn } from '@twincore/model';
import { compactVerify, createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet } from 'jose';
import { LRUCache } from 'lru-cache';
import { Compile } from 'typebox/compile';
import type { Defence, Insecure } from './insecure.ts';
import { Refusal } from './refusal.ts';
import type { ProducerIdentity } from './rules.ts';

/** Known tokens: so many, of so many octets together, each for so long, and never beyond its expiry. */
const CACHE = { max: 5_000, maxSize: 8 * 1024 * 1024, ttl: 300_000 };
/** How soon a key that the NRF has withdrawn is forgotten, and how often an unknown `kid` may cause a look at the file. */
const KEYS_MS = { reread: 60_000, pause: 1_000 };

const checkShape = Compile(AccessTokenClaims);

export function sameSnssai(a: Snssai, b: Snssai): boolean {
  return a.sst === b.sst && (a.sd ?? '').toLowerCase() === (b.sd ?? '').toLowerCase();
}

/** The token is none for this producer at all: 401 (RFC 6750 3.1 invalid_token, TS 29.500 6.7.3). */
export function invalidToken(reason: string, detail: string, claims?: AccessTokenClaims): Refusal {
  return new Refusal(401, reason, detail, {
    challenge: `Bearer error="invalid_token", error_description="${detail}"`,
    claims,
  });
}

/** The token is good, but not for this: 403 (RFC 6750 3.1 insufficient_scope). */
export function insufficient(reason: string, detail: string, claims?: AccessTokenClaims, scope?: string): Refusal {
  return new Refusal(403, reason, detail, {
    challenge: `Bearer error="insufficient_scope", error_description="${detail}"${scope === undefined ? '' : `, scope="${scope}"`}`,
    claims,
  });
}

interface ClaimCheck {
  readonly off: Defence;
  readonly holds: (claims: AccessTokenClaims, producer: ProducerIdentity, issuer: string) => boolean;
  readonly reason: string;
  readonly detail: string;
  readonly refuse: typeof invalidToken;
}

/** Every claim that says what a token is for. Each check has its switch, so that each can be seen to matter. */
const CLAIM_CHECKS: readonly ClaimCheck[] = [
  {
    off: 'withoutTokenIssuer',
    holds: ({ iss }, _producer, issuer) => iss.toLowerCase() === issuer.toLowerCase(),
    reason: 'token-iss',
    detail: 'the token is of another issuer',
    refuse: invalidToken,
  },
  {
    off: 'withoutTokenExpiry',
    holds: isCurrent,
    reason: 'token-expired',
    detail: 'the token has expired or is not valid yet',
    refuse: invalidToken,
  },
  {
    off: 'withoutTokenAudience',
    holds: ({ aud }, { nfType, nfInstanceId }) =>
      typeof aud === 'string' ? aud === nfType : aud.some((id) => id.toLowerCase() === nfInstanceId.toLowerCase()),
    reason: 'token-audience',
    detail: 'the token is for another NF',
    refuse: invalidToken,
  },
  {
    off: 'withoutTokenProducerPlmn',
    // A stand-alone non-public network is never this one.
    holds: ({ producerPlmnId, producerSnpnId }, { plmnId }) =>
      producerSnpnId === undefined && (producerPlmnId === undefined || samePlmn(producerPlmnId, plmnId)),
    reason: 'token-producer-plmn',
    detail: 'the token is for another network',
    refuse: invalidToken,
  },
  {
    off: 'withoutTokenSlice',
    holds: ({ producerSnssaiList: granted }, { sNssais: own }) =>
      granted === undefined ||
      own.length === 0 ||
      own.some((slice) => granted.some((other) => sameSnssai(slice, other))),
    reason: 'token-slice',
    detail: 'the token is for other slices',
    refuse: insufficient,
  },
  {
    off: 'withoutTokenNsi',
    holds: ({ producerNsiList: granted }, { nsiList: own }) =>
      granted === undefined || own.length === 0 || own.some((nsi) => granted.includes(nsi)),
    reason: 'token-nsi',
    detail: 'the token is for other network slice instances',
    refuse: insufficient,
  },
  {
    off: 'withoutTokenNfSet',
    holds: ({ producerNfSetId: set }, { nfSetIdList }) => set === undefined || nfSetIdList.includes(set),
    reason: 'token-nf-set',
    detail: 'the token is for another NF set',
    refuse: insufficient,
  },
  {
    off: 'withoutTokenNfServiceSet',
    holds: ({ producerNfServiceSetId: set }, { nfServiceSetIdList }) =>
      set === undefined || nfServiceSetIdList.includes(set),
    reason: 'token-nf-service-set',
    detail: 'the token is for another NF service set',
    refuse: insufficient,
  },
];

/** `exp`, and `nbf` where an NRF sets one (RFC 7519 4.1.4, 4.1.5). */
function isCurrent(claims: AccessTokenClaims & { readonly nbf?: unknown }): boolean {
  const now = Date.now() / 1000;
  return claims.exp > now && (claims.nbf === undefined || (typeof claims.nbf === 'number' && claims.nbf <= now));
}

/** Verifies tokens for one producer, and remembers those that hold. */
export class TokenVerifier {
  readonly #producer: ProducerIdentity;
  readonly #issuer: string;
  readonly #keysFile: string;
  readonly #insecure: Insecure;
  readonly #verified = new LRUCache<string, AccessTokenClaims>({
    ...CACHE,
    sizeCalculation: (_, token) => token.length,
  });
  #keys: ReturnType<typeof createLocalJWKSet> | undefined;
  #keysReadAt = 0;

  constructor(producer: ProducerIdentity, tokens: { issuer: string; keys: string }, insecure: Insecure) {
    this.#producer = producer;
    this.#issuer = tokens.issuer;
    this.#keysFile = tokens.keys;
    this.#insecure = insecure;
  }

  /** The claims of a token that was verified before and is still current. */
  cached(token: string): AccessTokenClaims | undefined {
    const claims = this.#verified.get(token);
    return claims && (this.#insecure.withoutTokenExpiry || isCurrent(claims)) ? claims : undefined;
  }

  /** Signature and shape, then every claim that concerns this producer. Throws {@link Refusal} 401 or 403. */
  async verify(token: string): Promise<AccessTokenClaims> {
    const claims = await this.#signedClaims(token);
    for (const { off, holds, reason, detail, refuse } of CLAIM_CHECKS) {
      if (!this.#insecure[off] && !holds(claims, this.#producer, this.#issuer)) throw refuse(reason, detail, claims);
    }
    this.#verified.set(token, claims);
    return claims;
  }

  /**
   * For people who want to know what is wrong with a token: the reasons of all checks that it fails, where `verify` throws at the
   * first. The claims are there as far as they can be read, whoever signed them.
   */
  async examine(token: string): Promise<{ claims?: AccessTokenClaims; reasons: string[] }> {
    const reasons: string[] = [];
    const failing = (error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      reasons.push(error.reason);
    };
    await this.#verifySignature(token).catch(failing);
    const claims = readable(token);
    if (claims === undefined) return { reasons: ['token-malformed'] };
    if (!checkShape.Check(claims)) return { reasons: [...reasons, 'token-claims'] };
    const failed = CLAIM_CHECKS.filter(({ holds }) => !holds(claims, this.#producer, this.#issuer));
    return { claims, reasons: [...reasons, ...failed.map(({ reason }) => reason)] };
  }

  async #signedClaims(token: string): Promise<AccessTokenClaims> {
    const claims = this.#insecure.withoutTokenSignature ? unverified(token) : await this.#verifySignature(token);
    if (checkShape.Check(claims)) return claims;
    throw invalidToken('token-claims', 'the token lacks mandatory claims');
  }

  async #verifySignature(token: string, reread = true): Promise<unknown> {
    if (!this.#keys || Date.now() - this.#keysReadAt > KEYS_MS.reread) await this.#readKeys();
    try {
      const { payload } = await compactVerify(token, this.#keys as ReturnType<typeof createLocalJWKSet>, {
        algorithms: ['ES256'],
      });
      return JSON.parse(Buffer.from(payload).toString());
    } catch (error) {
      // The NRF may have a new signing key.
      if (error instanceof errors.JWKSNoMatchingKey && reread && Date.now() - this.#keysReadAt > KEYS_MS.pause) {
        await this.#readKeys();
        return this.#verifySignature(token, false);
      }
      if (error instanceof errors.JOSEError || error instanceof SyntaxError) {
        throw invalidToken('token-signature', 'the token cannot be verified');
      }
      throw error;
    }
  }

  async #readKeys(): Promise<void> {
    this.#keysReadAt = Date.now();
    this.#keys = createLocalJWKSet(JSON.parse(await readFile(this.#keysFile, 'utf8')) as JSONWebKeySet);
  }
}

function unverified(token: string): unknown {
  const claims = readable(token);
  if (claims === undefined) throw invalidToken('token-malformed', 'the token is no JWT');
  return claims;
}

function readable(token: string): unknown {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}
