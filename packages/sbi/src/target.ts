/** The target of a request that a proxy is to pass on: 3gpp-Sbi-TargetApiRoot-apiRoot (TS 29.500 clause 5.2.3.2.4). */
import { type DiscoveredNFProfile, type PlmnId, plmnOfFqdn } from '@twincore/model';
import { LRUCache } from 'lru-cache';
import { TARGET_API_ROOT } from './headers.ts';
import { apiRootOf, type DiscoveryQuery } from './nrf-client.ts';
import { commonProblem } from './problem.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Where a request is to go. What a proxy needs of the URL, read once for each value. */
export interface TargetApiRoot {
  /** `scheme://host:port`. */
  readonly origin: string;
  /** `http` or `https`. */
  readonly scheme: string;
  readonly hostname: string;
  /** With the port where that is not the scheme's own. */
  readonly host: string;
  readonly port: string;
  readonly plmnId: PlmnId | undefined;
}

export function targetAt(url: URL): TargetApiRoot {
  const { origin, protocol, hostname, host, port } = url;
  return { origin, scheme: protocol.slice(0, -1), hostname, host, port, plmnId: plmnOfFqdn(hostname) };
}

const known = new LRUCache<string, TargetApiRoot>({
  maxSize: 1024 * 1024,
  sizeCalculation: (_target, text) => text.length + 1,
});

/** The target that 3gpp-Sbi-TargetApiRoot-apiRoot names. Throws 400 when it is missing or no origin. */
export function targetOf(headers: Headers): TargetApiRoot {
  const value = headers[TARGET_API_ROOT];
  if (typeof value !== 'string') throw malformed();
  const found = known.get(value);
  if (found) return found;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.search || url.hash || url.pathname !== '/') {
    throw malformed();
  }
  const target = targetAt(url);
  known.set(value, target);
  return target;
}

const malformed = () =>
  commonProblem('INVALID_MSG_FORMAT', '3gpp-Sbi-TargetApiRoot-apiRoot is missing or is no scheme://host:port');

/** What is asked of the NRF to know whether a target exists. */
export type Discover = (query: DiscoveryQuery) => Promise<DiscoveredNFProfile[]>;

/**
 * Whether the target is an end point that an NF of the own PLMN has registered. An NF without services has callbacks at most: its
 * name decides.
 */
export async function isRegistered(target: TargetApiRoot, path: string, discover: Discover): Promise<boolean> {
  for (const targetNfType of nfTypesOf(target.hostname, path)) {
    const profiles = await discover({ targetNfType, targetNfFqdn: target.hostname });
    if (profiles.some((profile) => isEndPoint(profile, target))) return true;
  }
  return false;
}

function isEndPoint(profile: DiscoveredNFProfile, target: TargetApiRoot): boolean {
  if (!profile.nfServices?.length) return target.scheme === 'https';
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
