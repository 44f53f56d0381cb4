/** The target of a request that a proxy is to pass on: 3gpp-Sbi-Target-apiRoot (TS 29.500 clause 5.2.3.2.4). */
import type { DiscoveredNFProfile } from '@twincore/model';
import { TARGET_API_ROOT } from './headers.ts';
import { apiRootOf, type DiscoveryQuery } from './nrf-client.ts';
import { commonProblem } from './problem.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The target's origin as 3gpp-Sbi-Target-apiRoot gives it. Throws 400 when it is missing or no https origin. */
export function targetOf(headers: Headers): URL {
  const value = headers[TARGET_API_ROOT];
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash || url.pathname !== '/') {
    throw commonProblem('INVALID_MSG_FORMAT', '3gpp-Sbi-Target-apiRoot is missing or is no scheme://host:port');
  }
  return url;
}

/** What is asked of the NRF to know whether a target exists. */
export type Discover = (query: DiscoveryQuery) => Promise<DiscoveredNFProfile[]>;

/**
 * Whether the target is an end point that an NF of the own PLMN has registered. An NF without services has callbacks at most: its
 * name decides.
 */
export async function isRegistered(target: URL, path: string, discover: Discover): Promise<boolean> {
  for (const targetNfType of nfTypesOf(target.hostname, path)) {
    const profiles = await discover({ targetNfType, targetNfFqdn: target.hostname });
    if (profiles.some((profile) => isEndPoint(profile, target))) return true;
  }
  return false;
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
