/**
 * The authorization of an inbound request: who sent it (mutual TLS), and whether its access token covers what it asks for
 * (TS 33.501 clause 13.4.1, TS 29.510 clause 6.3, TS 29.500 clause 6.7.3). Each route carries one rule; there is no route
 * without one.
 */
import { readFile } from 'node:fs/promises';
import { AccessTokenClaims, type PlmnId, plmnToString, type Snssai, samePlmn } from '@twincore/model';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { Compile } from 'typebox/compile';
import type { PeerIdentity } from './identity.ts';
import { Refusal } from './refusal.ts';

interface RuleBase {
  /** Service operation in the TS's words; what traces and metrics call this route. */
  readonly operation: string;
}
/** The route is part of a 3GPP service: an access token whose scope holds `service` (and `scopes`) is needed. */
export interface TokenRule extends RuleBase {
  readonly access: 'token';
  readonly service: string;
  /** Resource- or operation-level scopes that the TS demands besides the service's. */
  readonly scopes?: readonly string[];
  /** NF types that may consume this operation. */
  readonly consumers: readonly string[];
}
/** The TLS identity is enough: the NRF's own services (a token cannot be asked with a token), callbacks, N32. */
export interface PeerRule extends RuleBase {
  readonly access: 'peer';
  /** NF types, out of the certificate, that may call; `'*'` is any NF with a certificate of the own PLMN. */
  readonly peers: readonly string[];
}
export type SbiRule = TokenRule | PeerRule;

/** Who a request is from, once the guard has let it in. */
export interface Consumer {
  /** The other end of the TLS connection. */
  readonly peer: PeerIdentity;
  /** The PLMN that the request comes from; another than ours only behind our own SEPP. */
  readonly plmnId: PlmnId;
  /** Claims of the access token, where the rule asks for one. */
  readonly claims?: AccessTokenClaims;
}

export interface ProducerIdentity {
  readonly nfInstanceId: string;
  readonly nfType: string;
  readonly plmnId: PlmnId;
  readonly sNssais: readonly Snssai[];
  readonly nfSetIdList: readonly string[];
}

const checkClaims = Compile(AccessTokenClaims);
const unauthorized = (reason: string, detail: string, claims?: AccessTokenClaims) =>
  new Refusal(401, reason, detail, {
    challenge: `Bearer error="invalid_token", error_description="${detail}"`,
    claims,
  });
const forbidden = (reason: string, detail: string, claims?: AccessTokenClaims) =>
  new Refusal(403, reason, detail, { claims });

/** Verifies tokens for one producer. Verified tokens are remembered, bounded in number and by their own expiry. */
export class TokenVerifier {
  readonly #producer: ProducerIdentity;
  readonly #issuer: string;
  readonly #keysFile: string;
  readonly #verified = new LRUCache<string, AccessTokenClaims>({ max: 5_000 });
  #keys: ReturnType<typeof createLocalJWKSet> | undefined;
  #keysReadAt = 0;

  constructor(producer: ProducerIdentity, tokens: { issuer: string; keys: string }) {
    this.#producer = producer;
    this.#issuer = tokens.issuer;
    this.#keysFile = tokens.keys;
  }

  /** The claims of a token that was verified before and has not expired. */
  cached(token: string): AccessTokenClaims | undefined {
    const claims = this.#verified.get(token);
    return claims && claims.exp * 1000 > Date.now() ? claims : undefined;
  }

  /** Signature, `iss`, `exp`, shape; then what concerns this producer: `aud`, PLMN, slices, set. Throws {@link Refusal}. */
  async verify(token: string): Promise<AccessTokenClaims> {
    const claims = await this.#verifySignature(token);
    this.#checkProducer(claims);
    this.#verified.set(token, claims, { ttl: Math.max(1, claims.exp * 1000 - Date.now()) });
    return claims;
  }

  async #verifySignature(token: string, reread = true): Promise<AccessTokenClaims> {
    this.#keys ??= await this.#readKeys();
    try {
      const { payload } = await jwtVerify(token, this.#keys, { algorithms: ['ES256'], issuer: this.#issuer });
      if (!checkClaims.Check(payload)) throw unauthorized('token-claims', 'the token lacks mandatory claims');
      return payload;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey && reread && Date.now() - this.#keysReadAt > 1_000) {
        // The NRF may have a new signing key; once a second is often enough to look, and too rarely to be abused.
        this.#keys = await this.#readKeys();
        return this.#verifySignature(token, false);
      }
      if (error instanceof Refusal) throw error;
      if (error instanceof errors.JWTExpired) throw unauthorized('token-expired', 'the token has expired');
      if (error instanceof errors.JWTClaimValidationFailed) {
        throw unauthorized(`token-${error.claim}`, `the token's ${error.claim} claim is not the one expected here`);
      }
      if (error instanceof errors.JOSEError) throw unauthorized('token-signature', 'the token cannot be verified');
      throw error;
    }
  }

  async #readKeys() {
    this.#keysReadAt = Date.now();
    return createLocalJWKSet(JSON.parse(await readFile(this.#keysFile, 'utf8')) as JSONWebKeySet);
  }

  #checkProducer(claims: AccessTokenClaims): void {
    const { nfInstanceId, nfType, plmnId, sNssais, nfSetIdList } = this.#producer;
    const audience = typeof claims.aud === 'string' ? claims.aud === nfType : claims.aud.includes(nfInstanceId);
    if (!audience) throw unauthorized('token-audience', 'the token is for another NF', claims);
    if (claims.producerPlmnId && !samePlmn(claims.producerPlmnId, plmnId)) {
      throw unauthorized('token-producer-plmn', 'the token is for another PLMN', claims);
    }
    const slices = claims.producerSnssaiList;
    if (slices && sNssais.length > 0 && !slices.some((slice) => sNssais.some((own) => sameSnssai(slice, own)))) {
      throw forbidden('token-slice', 'the token is for other slices', claims);
    }
    if (claims.producerNfSetId && !nfSetIdList.includes(claims.producerNfSetId)) {
      throw forbidden('token-nf-set', 'the token is for another NF set', claims);
    }
  }
}

function sameSnssai(a: Snssai, b: Snssai): boolean {
  return a.sst === b.sst && (a.sd ?? '').toLowerCase() === (b.sd ?? '').toLowerCase();
}

/** The token of an `Authorization` header; throws the 401 that a request without one gets. */
export function bearerToken(authorization: string | undefined, producer: ProducerIdentity): string {
  const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,16384})$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new Refusal(
      401,
      authorization === undefined ? 'token-missing' : 'token-malformed',
      'an access token of the NRF is needed: POST {nrfApiRoot}/oauth2/token',
      { challenge: `Bearer realm="${producer.nfType}.${plmnToString(producer.plmnId)}"` },
    );
  }
  return token;
}

/**
 * What binds a verified token to the request at hand. `peer` is the TLS client; a SEPP speaks for the consumer of
 * `originPlmn`, anyone else only for itself.
 */
export function checkConsumer(
  rule: TokenRule,
  claims: AccessTokenClaims,
  peer: PeerIdentity,
  originPlmn: PlmnId,
  declaredNfType: string | undefined,
): void {
  const granted = claims.scope.split(' ');
  const missing = [rule.service, ...(rule.scopes ?? [])].filter((scope) => !granted.includes(scope));
  if (missing.length > 0) {
    const detail = `the token does not cover ${missing.join(' ')}`;
    const challenge = `Bearer error="insufficient_scope", scope="${missing.join(' ')}"`;
    throw new Refusal(403, 'token-scope', detail, { challenge, claims });
  }
  if (claims.consumerPlmnId && !samePlmn(claims.consumerPlmnId, originPlmn)) {
    throw forbidden('token-consumer-plmn', 'the token belongs to a consumer of another PLMN', claims);
  }
  const forwarded = peer.nfTypes.includes('SEPP');
  if (!forwarded && claims.sub.toLowerCase() !== peer.nfInstanceId) {
    throw forbidden('token-subject', 'the token belongs to another NF', claims);
  }
  if (forwarded && !claims.consumerPlmnId) {
    throw forbidden('token-consumer-plmn', 'a token used across PLMNs names the PLMN of its consumer', claims);
  }
  const nfTypes = forwarded ? (declaredNfType ? [declaredNfType] : []) : peer.nfTypes;
  if (!nfTypes.some((type) => rule.consumers.includes(type))) {
    throw forbidden('consumer-nf-type', `this operation is for ${rule.consumers.join(', ')}`, claims);
  }
}

/** Whether the TLS peer may call an operation that needs no token. */
export function checkPeer(rule: PeerRule, peer: PeerIdentity, ownPlmn: PlmnId): void {
  const allowed = rule.peers.includes('*')
    ? samePlmn(peer.plmnId, ownPlmn)
    : rule.peers.some((type) => peer.nfTypes.includes(type));
  if (!allowed) throw forbidden('peer-nf-type', 'the certificate does not allow this operation');
}
