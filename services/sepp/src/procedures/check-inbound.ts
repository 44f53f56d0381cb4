/** What the producer's SEPP checks before a message from another PLMN goes on (TS 33.501 13.1.2, 13.4.1.2, TS 29.500 6.1.4). */

import type { DiscoveredNFProfile } from '@twincore/model';
import { type PlmnId, plmnOfFqdn, plmnToString, samePlmn } from '@twincore/model';
import {
  apiRootOf,
  commonProblem,
  type DiscoveryQuery,
  ORIGINATING_NETWORK_ID,
  parseOriginatingNetworkId,
  Refusal,
  TARGET_API_ROOT,
} from '@twincore/sbi';
import { decodeJwt } from 'jose';

type Headers = Record<string, string | string[] | undefined>;

/** The target's origin as 3gpp-Sbi-Target-apiRoot gives it. Throws 400 when it is missing or no https origin. */
export function targetOf(headers: Headers): URL {
  const value = headers[TARGET_API_ROOT];
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash || url.pathname !== '/') {
    throw commonProblem('INVALID_MSG_FORMAT', '3gpp-Sbi-Target-apiRoot is missing or is no scheme://host:port');
  }
  return url;
}

/** What a request says about its own origin has to agree with the N32 peer: header and access token. Throws 403. */
export function checkSourcePlmn(headers: Headers, peerPlmn: PlmnId): void {
  const declared = parseOriginatingNetworkId(headers[ORIGINATING_NETWORK_ID]);
  if (headers[ORIGINATING_NETWORK_ID] !== undefined && !(declared && samePlmn(declared, peerPlmn))) {
    throw new Refusal(
      403,
      'n32-originating-network',
      `3gpp-Sbi-Originating-Network-Id is not ${plmnToString(peerPlmn)}`,
    );
  }
  const token = /^Bearer (.+)$/i.exec(String(headers.authorization ?? ''))?.[1];
  if (headers.authorization === undefined) return;
  // The producer verifies the signature; that the token belongs to a consumer of the peer's PLMN only this SEPP can know.
  const consumerPlmnId = token && consumerPlmnOf(token);
  if (!consumerPlmnId || !samePlmn(consumerPlmnId, peerPlmn)) {
    throw new Refusal(
      403,
      'n32-consumer-plmn',
      `the access token is not one of a consumer in ${plmnToString(peerPlmn)}`,
    );
  }
}

function consumerPlmnOf(token: string): PlmnId | undefined {
  try {
    return decodeJwt<{ consumerPlmnId?: PlmnId }>(token).consumerPlmnId;
  } catch {
    return undefined;
  }
}

/** What is asked of the NRF to know whether a target exists. */
export type Discover = (query: DiscoveryQuery) => Promise<DiscoveredNFProfile[]>;

/**
 * Only an NF that is registered in this PLMN can be reached from outside, on an end point that it registered; else a peer
 * could make this SEPP open connections wherever it likes. An NF without services has callbacks at most: its name decides.
 * Throws 403 for another network, 504 TARGET_NF_NOT_REACHABLE for an unknown target.
 */
export async function checkTarget(
  target: URL,
  path: string,
  own: { plmnId: PlmnId; nrfApiRoot: string },
  discover: Discover,
): Promise<void> {
  const plmnId = plmnOfFqdn(target.hostname);
  if (!plmnId || !samePlmn(plmnId, own.plmnId)) {
    throw new Refusal(403, 'n32-target', 'the target is not in this PLMN');
  }
  if (target.origin === new URL(own.nrfApiRoot).origin) return;
  for (const targetNfType of nfTypesOf(target.hostname, path)) {
    const profiles = await discover({ targetNfType, targetNfFqdn: target.hostname });
    if (profiles.some((profile) => isEndPoint(profile, target))) return;
  }
  throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no such NF is registered in this PLMN');
}

function isEndPoint(profile: DiscoveredNFProfile, target: URL): boolean {
  if (!profile.nfServices?.length) return target.protocol === 'https:';
  return profile.nfServices.some((service) => new URL(apiRootOf(profile, service)).origin === target.origin);
}

/**
 * The NF types that a target may be of; discovery wants one. `/nausf-auth/v1/…` belongs to an AUSF, since service names are
 * `n<NF type>-…` (TS 29.510 6.1.6.3.11). The path of a callback is its owner's choice, so that the name has to tell:
 * `amf1.5gc.…` (TS 23.003 28.3.2).
 */
function nfTypesOf(hostname: string, path: string): Set<string> {
  const named = [/^\/n([a-z0-9]{2,20})-/.exec(path)?.[1], /^[a-z]+/.exec(hostname)?.[0]];
  return new Set(named.filter((name) => name !== undefined).map((name) => name.toUpperCase()));
}
