/** What a route says about who may call it. There is no route without one of these rules. */
import type { AccessTokenClaims, PlmnId, Snssai } from '@twincore/model';
import type { FastifyRequest } from 'fastify';
import type { PeerIdentity } from './identity.ts';

interface RuleBase {
  /** Service operation in the TS's words; what traces and metrics call this route. */
  readonly operation: string;
}

/** The route is part of a 3GPP service: it needs an access token. */
export interface TokenRule extends RuleBase {
  readonly access: 'token';
  /** Service name: the service-level scope that every token needs. */
  readonly service: string;
  /**
   * Resource- or operation-level scopes, as `security` of the operation has them in the OpenAPI document: the token needs one of
   * them beside the service's.
   */
  readonly scopes?: readonly string[];
  /** NF types that may consume this operation. */
  readonly consumers: readonly string[];
  /** Slices that a request asks for; the token has to cover each. Called with a validated request. */
  readonly slices?: (request: FastifyRequest) => readonly Snssai[];
  /** The PLMN whose data a request asks for, which has to be the consumer's. Called with a validated request. */
  readonly plmn?: (request: FastifyRequest) => PlmnId;
}

/** The TLS identity is enough: the NRF's own services (a token cannot be asked with a token), callbacks, N32. */
export interface PeerRule extends RuleBase {
  readonly access: 'peer';
  /** NF types, out of the certificate, that may call; `'*'` is any NF with a certificate of the own PLMN. */
  readonly peers: readonly string[];
}
export type SbiRule = TokenRule | PeerRule;

/** Who a request is from, once the guard has let it in. The only source of a caller's identity for everything behind it. */
export interface Consumer {
  /**
   * The NF that asks, as far as it is proven: the other end of the TLS connection, or behind an SCP whose client credentials
   * assertion came along. Behind our SEPP it is the SEPP: which NF of the other PLMN asks is in `claims`.
   */
  readonly peer: PeerIdentity;
  /** The SCP that brought the request, when `peer` is proven by an assertion. */
  readonly via?: PeerIdentity;
  /** The PLMN that the request comes from; another than ours only behind our own SEPP. */
  readonly plmnId: PlmnId;
  /** Claims of the access token, where the rule asks for one. */
  readonly claims?: AccessTokenClaims;
}

/** The NF that is asked, as its guard sees it: what tokens for it may name. An empty list of slices or instances is "all". */
export interface ProducerIdentity {
  readonly nfInstanceId: string;
  readonly nfType: string;
  readonly plmnId: PlmnId;
  readonly sNssais: readonly Snssai[];
  readonly nsiList: readonly string[];
  readonly nfSetIdList: readonly string[];
  readonly nfServiceSetIdList: readonly string[];
}

/**
 * What the profile of a producer says of the consumers of a service (TS 29.510 6.1.6.2.3): the NRF grants by it what the guard
 * demands, because both come from the same rules.
 */
export function publishedOf(rules: readonly TokenRule[]): {
  allowedNfTypes: string[];
  allowedOperationsPerNfType?: Record<string, string[]>;
} {
  const scopesOf = new Map<string, Set<string>>();
  for (const { consumers, scopes = [] } of rules) {
    for (const nfType of consumers) scopesOf.set(nfType, new Set([...(scopesOf.get(nfType) ?? []), ...scopes]));
  }
  const withScopes = [...scopesOf].filter(([, scopes]) => scopes.size > 0);
  return {
    allowedNfTypes: [...scopesOf.keys()],
    ...(withScopes.length > 0
      ? { allowedOperationsPerNfType: Object.fromEntries(withScopes.map(([nfType, scopes]) => [nfType, [...scopes]])) }
      : {}),
  };
}

/** The `scope` of a token for an operation: the service's and those of resource and operation. */
export function neededScope(operation: { readonly serviceName: string; readonly scopes?: readonly string[] }): string {
  return [operation.serviceName, ...(operation.scopes ?? [])].join(' ');
}
