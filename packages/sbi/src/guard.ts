/**
 * The authorization of an inbound request: who sent it (mutual TLS, or a client credentials assertion behind an SCP), and whether
 * its access token covers what it asks for (TS 33.501 clauses 13.3 and 13.4, TS 29.510 clause 6.3, TS 29.500 clause 6.7).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { type AccessTokenClaims, type PlmnId, plmnToString, samePlmn } from '@twincore/model';
import type { FastifyRequest } from 'fastify';
import type { CcaVerifier } from './cca.ts';
import { CLIENT_CREDENTIALS, nfTypeOfUserAgent, ORIGINATING_NETWORK_ID, parseOriginatingNetworkId } from './headers.ts';
import type { PeerIdentity } from './identity.ts';
import type { Defence, Insecure } from './insecure.ts';
import { Refusal } from './refusal.ts';
import {
  type Consumer,
  neededScope,
  type PeerRule,
  type ProducerIdentity,
  type SbiRule,
  type TokenRule,
} from './rules.ts';
import { insufficient, sameSnssai, type TokenVerifier } from './token-verifier.ts';

/** A request that has been let in: from whom, and by which token. */
export interface Admission {
  readonly consumer: Consumer;
  readonly token?: { readonly claims: AccessTokenClaims; readonly cached: boolean };
}

/** What a token is held against. */
export interface TokenUse {
  readonly rule: TokenRule;
  readonly claims: AccessTokenClaims;
  readonly consumer: Consumer;
  /** The token's scopes. */
  readonly granted: readonly string[];
  /** NF types that the consumer is proven to be; what it declares when it is in another PLMN. */
  readonly nfTypes: readonly string[];
}

interface UseCheck {
  readonly off: Defence;
  readonly holds: (use: TokenUse) => boolean;
  readonly refuse: (use: TokenUse) => Refusal;
}

/** Our SEPP brings it from another network. Behind an SCP even a SEPP is but an NF that speaks for itself. */
const isForwarded = ({ peer, via }: Consumer) => via === undefined && peer.nfTypes.includes('SEPP');

/** Every check that binds a verified token to the request at hand, in the order in which they are made. */
const USE_CHECKS: readonly UseCheck[] = [
  {
    off: 'withoutTokenScope',
    holds: ({ rule, granted }) => granted.includes(rule.service),
    refuse: ({ rule, claims }) =>
      insufficient('token-scope', `the token does not cover ${rule.service}`, claims, scopeFor(rule)),
  },
  {
    off: 'withoutOperationScope',
    holds: ({ rule: { scopes }, granted }) => !scopes || scopes.some((scope) => granted.includes(scope)),
    refuse: ({ rule, claims }) =>
      insufficient('token-operation-scope', 'the token does not cover this operation', claims, scopeFor(rule)),
  },
  {
    off: 'withoutTokenConsumerPlmn',
    // Across PLMNs the token has to say whose consumer it is for, or any roaming partner could use it.
    holds: ({ claims: { consumerPlmnId, consumerSnpnId }, consumer }) =>
      consumerSnpnId === undefined &&
      (consumerPlmnId ? samePlmn(consumerPlmnId, consumer.plmnId) : !isForwarded(consumer)),
    refuse: ({ claims }) =>
      insufficient('token-consumer-plmn', 'the token is not one of a consumer in this network', claims),
  },
  {
    off: 'withoutTokenSubject',
    // Which NF of another PLMN asks, its own network answers for.
    holds: ({ claims, consumer }) =>
      // Asking for another NF (a DCCF for its source) would need that one's assertion as well.
      claims.sourceNfInstanceId === undefined &&
      (isForwarded(consumer) || claims.sub.toLowerCase() === consumer.peer.nfInstanceId.toLowerCase()),
    refuse: ({ claims, consumer }) =>
      consumer.via
        ? new Refusal(403, 'token-cca', 'token and client credentials assertion are of different NFs', {
            cause: 'TOKEN_CCA_MISMATCH',
            claims,
          })
        : insufficient('token-subject', 'the token belongs to another NF', claims),
  },
  {
    off: 'withoutConsumerNfType',
    holds: ({ rule, nfTypes }) => nfTypes.some((type) => rule.consumers.includes(type)),
    refuse: ({ rule, claims }) =>
      insufficient('consumer-nf-type', `this operation is for ${rule.consumers.join(', ')}`, claims),
  },
];

/** The reasons of all checks that forbid a use, where the guard refuses at the first. */
export function flawsOfUse(use: TokenUse): string[] {
  return USE_CHECKS.filter(({ holds }) => !holds(use)).map(({ refuse }) => refuse(use).reason);
}

/** The scope to ask for; of those of resource and operation, the first. */
function scopeFor({ service, scopes = [] }: TokenRule): string {
  return neededScope({ serviceName: service, scopes: scopes.slice(0, 1) });
}

export interface GuardOptions {
  readonly identity: ProducerIdentity;
  readonly insecure: Insecure;
  /** Absent where no route demands a token. */
  readonly verifier?: TokenVerifier;
  readonly cca: CcaVerifier;
}

export class Guard {
  readonly #identity: ProducerIdentity;
  readonly #insecure: Insecure;
  readonly #verifier: TokenVerifier | undefined;
  readonly #cca: CcaVerifier;

  constructor({ identity, insecure, verifier, cca }: GuardOptions) {
    this.#identity = identity;
    this.#insecure = insecure;
    this.#verifier = verifier;
    this.#cca = cca;
  }

  /** Throws when a rule asks for something that this guard cannot check. */
  accept(rule: SbiRule): void {
    if (rule.access === 'token' && !this.#verifier) {
      throw new Error(`${rule.operation} needs tokens, but "tokens" is not configured`);
    }
  }

  /**
   * Lets a request in or throws {@link Refusal}. Answers at once when it has seen token and assertion before.
   * @param peer the other end of the TLS connection
   */
  admit(rule: SbiRule, peer: PeerIdentity, headers: IncomingHttpHeaders): Admission | Promise<Admission> {
    const assertion = headers[CLIENT_CREDENTIALS];
    // An SCP passes assertions on: they are for the NRF and the producer.
    if (!peer.nfTypes.includes('SCP') || assertion === undefined || this.#identity.nfType === 'SCP') {
      const plmnId = originOf(headers, peer, this.#identity.plmnId);
      return this.#authorize(rule, headers, { peer, plmnId });
    }
    const prove = (identity: PeerIdentity) =>
      this.#authorize(rule, headers, { peer: identity, via: peer, plmnId: this.#identity.plmnId });
    const known = this.#cca.cached(String(assertion));
    if (known) return prove(known.identity);
    return this.#cca.verify(String(assertion)).then(({ identity }) => prove(identity));
  }

  #authorize(rule: SbiRule, headers: IncomingHttpHeaders, consumer: Consumer): Admission | Promise<Admission> {
    if (rule.access === 'peer') {
      this.#checkPeer(rule, consumer.peer);
      return { consumer };
    }
    const { authorization } = headers;
    if (this.#insecure.withoutTokens && authorization === undefined) return { consumer };
    if (!this.#verifier) throw new Error('no token verifier');
    // An SCP is no consumer: without an assertion nobody knows whose request this is.
    if (!consumer.via && consumer.peer.nfTypes.includes('SCP')) {
      throw new Refusal(403, 'cca-missing', 'a request that an SCP forwards needs client credentials of its consumer', {
        cause: 'CCA_VERIFICATION_FAILURE',
      });
    }
    const token = bearerToken(authorization, this.#identity);
    const claims = this.#verifier.cached(token);
    if (claims) return this.#use(rule, headers, consumer, claims, true);
    return this.#verifier.verify(token).then((fresh) => this.#use(rule, headers, consumer, fresh, false));
  }

  #use(
    rule: TokenRule,
    headers: IncomingHttpHeaders,
    consumer: Consumer,
    claims: AccessTokenClaims,
    cached: boolean,
  ): Admission {
    const declared = isForwarded(consumer) ? nfTypeOfUserAgent(headers['user-agent']) : undefined;
    const nfTypes = isForwarded(consumer) ? (declared === undefined ? [] : [declared]) : consumer.peer.nfTypes;
    const use: TokenUse = { rule, claims, consumer, granted: claims.scope.split(' '), nfTypes };
    for (const { off, holds, refuse } of USE_CHECKS) {
      if (!this.#insecure[off] && !holds(use)) throw refuse(use);
    }
    return { consumer: { ...consumer, claims }, token: { claims, cached } };
  }

  #checkPeer({ peers }: PeerRule, peer: PeerIdentity): void {
    const allowed = peers.includes('*')
      ? samePlmn(peer.plmnId, this.#identity.plmnId)
      : peers.some((type) => peer.nfTypes.includes(type));
    if (allowed || this.#insecure.withoutPeerNfType) return;
    throw new Refusal(403, 'peer-nf-type', 'the certificate does not allow this operation');
  }

  /** What only the whole request tells: the slices and the PLMN that it asks for. Throws {@link Refusal} 403. */
  checkContent(rule: TokenRule, request: FastifyRequest, { claims, plmnId }: Consumer): void {
    const granted = claims?.producerSnssaiList;
    if (rule.slices && granted && !this.#insecure.withoutTokenSlice) {
      const covered = rule.slices(request).every((asked) => granted.some((slice) => sameSnssai(slice, asked)));
      if (!covered) throw insufficient('request-slice', 'the token is not for the slice asked for', claims);
    }
    if (rule.plmn && !this.#insecure.withoutRequestPlmn && !samePlmn(rule.plmn(request), plmnId)) {
      throw insufficient('request-plmn', 'what belongs to a PLMN is for consumers in it', claims);
    }
  }
}

/** The token of an `Authorization` header; throws the 401 that a request without one gets. */
function bearerToken(authorization: string | undefined, producer: ProducerIdentity): string {
  const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,16384})$/i.exec(authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw new Refusal(
    401,
    authorization === undefined ? 'token-missing' : 'token-malformed',
    'an access token of the NRF is needed: POST {nrfApiRoot}/oauth2/token',
    { challenge: `Bearer realm="${producer.nfType}.${plmnToString(producer.plmnId)}"` },
  );
}

/** Where the request comes from: our own SEPP says which PLMN it checked; everybody else is of the own CA's PLMN. */
function originOf(headers: IncomingHttpHeaders, peer: PeerIdentity, ownPlmn: PlmnId): PlmnId {
  // A domain name cannot tell MNC 01 from 001; the configuration can.
  if (!samePlmn(peer.plmnId, ownPlmn)) return peer.plmnId;
  if (!peer.nfTypes.includes('SEPP')) return ownPlmn;
  return parseOriginatingNetworkId(headers[ORIGINATING_NETWORK_ID]) ?? ownPlmn;
}
