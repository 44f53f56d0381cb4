/** Nnrf_AccessToken_Get (TS 29.510 5.4.2.2, TS 33.501 13.4.1): who gets a token, and what is in it. */
import {
  type AccessTokenClaims,
  type AccessTokenErr,
  type AccessTokenReq,
  type AccessTokenRsp,
  type NFProfile,
  type NFService,
  type PlmnId,
  plmnOfFqdn,
  plmnToString,
  samePlmn,
} from '@twincore/model';
import { type Consumer, type Insecure, Refusal } from '@twincore/sbi';
import { shareSlice, slicesIn } from './matching/slices.ts';
import type { RegisteredNf, Registry } from './registry.ts';
import { type Claims, provenRequester } from './requester.ts';
import { mayUse, type Requester } from './visibility.ts';

/** A refusal in the words of RFC 6749 5.2. */
export class AccessTokenError extends Error {
  readonly error: AccessTokenErr['error'];
  constructor(error: AccessTokenErr['error'], description?: string) {
    super(description ?? error);
    this.error = error;
  }
}

/** What the procedure works with. */
export interface Issuer {
  readonly registry: Registry;
  readonly ownPlmn: PlmnId;
  /** The NRF's own instance id: `iss`. */
  readonly nfInstanceId: string;
  /** Seconds. */
  readonly tokenLifetime: number;
  readonly sign: (claims: AccessTokenClaims) => Promise<string>;
  /** The token endpoint of another PLMN's NRF; its URI where the requester knows it better. */
  readonly askPartner: (plmnId: PlmnId, request: AccessTokenReq, uri?: string) => Promise<AccessTokenRsp>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly insecure: Pick<Insecure, 'withoutGrantPolicy'>;
}

/**
 * Issues a token, or has the producer's PLMN issue it.
 * @throws AccessTokenError, and what `askPartner` throws
 */
export async function requestToken(
  issuer: Issuer,
  consumer: Consumer,
  request: AccessTokenReq,
): Promise<AccessTokenRsp> {
  const { ownPlmn } = issuer;
  const requester = authenticate(issuer, consumer, request);
  const targetPlmn = request.targetPlmn ?? ownPlmn;
  if (!samePlmn(targetPlmn, ownPlmn)) {
    if (!samePlmn(requester.plmnId, ownPlmn)) {
      throw new AccessTokenError('invalid_request', `${plmnToString(targetPlmn)} is not the PLMN of this NRF`);
    }
    const { hnrfAccessTokenUri: uri, ...asked } = request;
    if (uri !== undefined) requireInPlmn(uri, targetPlmn);
    return issuer.askPartner(targetPlmn, { ...asked, requesterPlmn: ownPlmn, targetPlmn }, uri);
  }
  const audience = audienceOf(request);
  const offers = audience
    .candidates(issuer.registry)
    .filter((nf) => matches(nf, request))
    .flatMap(({ profile, services }) => services.map(({ service }) => ({ profile, service })))
    .filter((offer) => isTarget(offer, request));
  for (const scope of issuer.insecure.withoutGrantPolicy ? [] : request.scope.split(' ')) {
    authorize(offers, requester, scope);
  }

  const { targetSnssaiList, targetNsiList, targetNfSetId, targetNfServiceSetId } = request;
  const abroad = !samePlmn(requester.plmnId, ownPlmn);
  const token = await issuer.sign({
    iss: issuer.nfInstanceId,
    sub: request.nfInstanceId.toLowerCase(),
    aud: audience.aud,
    scope: request.scope,
    exp: Math.floor(issuer.now() / 1000) + issuer.tokenLifetime,
    ...(abroad ? { consumerPlmnId: requester.plmnId, producerPlmnId: ownPlmn } : {}),
    ...(targetSnssaiList ? { producerSnssaiList: targetSnssaiList } : {}),
    ...(targetNsiList ? { producerNsiList: targetNsiList } : {}),
    ...(targetNfSetId === undefined ? {} : { producerNfSetId: targetNfSetId }),
    ...(targetNfServiceSetId === undefined ? {} : { producerNfServiceSetId: targetNfServiceSetId }),
  });
  return { access_token: token, token_type: 'Bearer', expires_in: issuer.tokenLifetime, scope: request.scope };
}

/** Client authentication (RFC 6749 2.3) by mutual TLS: the NF in the certificate, registered here as what it says it is. */
function authenticate({ registry, ownPlmn }: Issuer, consumer: Consumer, request: AccessTokenReq): Requester {
  const own = samePlmn(consumer.plmnId, ownPlmn);
  const registered = own ? registry.get(request.nfInstanceId.toLowerCase()) : undefined;
  const nfType = request.nfType ?? registered?.profile.nfType;
  if (nfType === undefined && !own) {
    throw new AccessTokenError('invalid_request', 'nfType is needed of a requester in another PLMN');
  }
  const { requesterPlmn, requesterPlmnList, requesterSnssaiList, requesterFqdn } = request;
  const plmnIds = requesterPlmn ? [requesterPlmn] : requesterPlmnList;
  const claims: Claims = {
    nfType: nfType ?? '',
    nfInstanceId: request.nfInstanceId,
    fqdn: requesterFqdn,
    plmnIds,
    sNssais: requesterSnssaiList,
  };
  // The registration comes first: it is what an NF that was forgotten has to learn of, and it says the type when the request does not.
  if (own && (!registered || registered.profile.nfType !== nfType)) {
    throw new AccessTokenError('invalid_client', 'the requester is not registered here as an NF of this type');
  }
  try {
    return provenRequester(registry, ownPlmn, consumer, claims);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new AccessTokenError('invalid_client', error.message);
  }
}

/** Whom the token is for (TS 29.510 6.3.5.2.4, `aud`), and where to look for them. */
function audienceOf({ nfType, targetNfType, targetNfInstanceId }: AccessTokenReq): {
  aud: AccessTokenClaims['aud'];
  candidates: (registry: Registry) => RegisteredNf[];
} {
  if (targetNfInstanceId !== undefined) {
    const id = targetNfInstanceId.toLowerCase();
    const fits = (nf: RegisteredNf) => targetNfType === undefined || nf.profile.nfType === targetNfType;
    return { aud: [id], candidates: (registry) => [registry.get(id)].filter((nf) => nf !== undefined).filter(fits) };
  }
  if (nfType === undefined || targetNfType === undefined) {
    throw new AccessTokenError('invalid_request', 'nfType and targetNfType, or targetNfInstanceId, are needed');
  }
  return { aud: targetNfType, candidates: (registry) => [...registry.ofType(targetNfType)] };
}

interface Offer {
  readonly profile: NFProfile;
  readonly service: NFService;
}

function matches({ profile }: RegisteredNf, request: AccessTokenReq): boolean {
  const { targetSnssaiList, targetNsiList, targetNfSetId } = request;
  const slices = slicesIn(profile, profile.plmnList ?? []);
  if (targetSnssaiList && slices && !shareSlice(targetSnssaiList, slices)) return false;
  if (targetNsiList && profile.nsiList && !targetNsiList.some((nsi) => profile.nsiList?.includes(nsi))) return false;
  return targetNfSetId === undefined || profile.nfSetIdList?.includes(targetNfSetId) === true;
}

function isTarget({ profile, service }: Offer, { targetSnssaiList, targetNfServiceSetId }: AccessTokenReq): boolean {
  const slices = slicesIn(service, profile.plmnList ?? []);
  if (targetSnssaiList && slices && !shareSlice(targetSnssaiList, slices)) return false;
  return targetNfServiceSetId === undefined || service.nfServiceSetIdList?.includes(targetNfServiceSetId) === true;
}

/**
 * A scope is granted when one of the producers offers its service to the requester. Whether it is in operation at the moment
 * is not a question of authorization. A scope of a resource or an operation, `<service>:…`, is granted to those whom the producer
 * allows it, by instance or by type (allowedOperationsPerNfInstance, allowedOperationsPerNfType), and to nobody else.
 */
function authorize(offers: readonly Offer[], requester: Requester, scope: string): void {
  const [serviceName] = scope.split(':', 1);
  const ofService = offers.filter(({ service }) => service.serviceName === serviceName);
  const known = scope === serviceName ? ofService : ofService.filter(({ service }) => scopesOf(service).has(scope));
  if (known.length === 0) throw new AccessTokenError('invalid_scope', `no such producer offers ${scope}`);
  const open = known.some(
    ({ profile, service }) =>
      mayUse(requester, profile, service) && (scope === serviceName || isAllowed(service, requester, scope)),
  );
  if (!open) throw new AccessTokenError('unauthorized_client', `${scope} is not open to the requester`);
}

/** The scopes beneath a service that its producer tells of. */
function scopesOf({ allowedOperationsPerNfType = {}, allowedOperationsPerNfInstance = {} }: NFService): Set<string> {
  return new Set(
    [allowedOperationsPerNfType, allowedOperationsPerNfInstance].flatMap((map) => Object.values(map)).flat(),
  );
}

function isAllowed(service: NFService, { nfType, nfInstanceId }: Requester, scope: string): boolean {
  const { allowedOperationsPerNfType = {}, allowedOperationsPerNfInstance = {} } = service;
  const own = Object.entries(allowedOperationsPerNfInstance).find(([id]) => id.toLowerCase() === nfInstanceId);
  // What is said of one NF stands above what is said of its type (TS 29.510 6.1.6.2.3).
  const allowed = own
    ? own[1]
    : Object.hasOwn(allowedOperationsPerNfType, nfType)
      ? allowedOperationsPerNfType[nfType]
      : [];
  return allowed?.includes(scope) === true;
}

function requireInPlmn(uri: string, plmnId: PlmnId): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const named = url && plmnOfFqdn(url.hostname);
  if (named && samePlmn(named, plmnId) && url.protocol.startsWith('http')) return;
  throw new AccessTokenError('invalid_request', `hnrfAccessTokenUri is not in ${plmnToString(plmnId)}`);
}
