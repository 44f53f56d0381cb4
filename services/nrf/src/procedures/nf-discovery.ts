/** Nnrf_NFDiscovery_Request among the NFs of the own PLMN (TS 29.510 5.3.2.2, query parameters of 6.2.3.2.3.1). */
import type { NFProfile, PlmnId, Snssai } from '@twincore/model';
import type { RegisteredNf, Registry } from './registry.ts';
import { type Requester, render, shareSlice } from './visibility.ts';

export interface DiscoveryQuery {
  readonly targetNfType: string;
  readonly serviceNames?: ReadonlySet<string>;
  readonly targetNfInstanceId?: string;
  readonly targetNfFqdn?: string;
  readonly routingIndicator?: string;
  /** `imsi-…`. */
  readonly supi?: string;
  readonly snssais?: readonly Snssai[];
  readonly limit?: number;
}

/** Seconds that a consumer may keep an answer for; it hears of changes before, by its subscription. */
export const VALIDITY_PERIOD_S = 30;

/** The SearchResult (TS 29.510 6.2.6.2.2) as JSON text: NFs in operation that match, the preferred ones first. */
export function searchNfs(registry: Registry, query: DiscoveryQuery, requester: Requester, ownPlmn: PlmnId): string {
  const matching = [...candidates(registry, query)]
    .filter(({ profile }) => matches(profile, query))
    .sort((a, b) => (a.profile.priority ?? 0) - (b.profile.priority ?? 0));
  const found: string[] = [];
  for (const nf of matching) {
    const json = render(nf, requester, ownPlmn, query.serviceNames);
    if (json !== undefined) found.push(json);
    if (found.length === query.limit) break;
  }
  return `{"validityPeriod":${VALIDITY_PERIOD_S},"nfInstances":[${found.join()}]}`;
}

/** The smallest index that holds all matches. */
function candidates(registry: Registry, query: DiscoveryQuery): Iterable<RegisteredNf> {
  if (query.targetNfInstanceId !== undefined) {
    const nf = registry.get(query.targetNfInstanceId);
    return nf ? [nf] : [];
  }
  if (query.targetNfFqdn !== undefined) return registry.withFqdn(query.targetNfFqdn);
  if (!query.serviceNames) return registry.ofType(query.targetNfType);
  return new Set([...query.serviceNames].flatMap((name) => [...registry.offering(name)]));
}

/** Where a profile says which subscribers its NF serves. */
const INFO_OF: Record<string, (profile: NFProfile) => NFProfile['udmInfo']> = {
  UDM: ({ udmInfo }) => udmInfo,
  AUSF: ({ ausfInfo }) => ausfInfo,
  UDR: ({ udrInfo }) => udrInfo,
};

function matches(profile: NFProfile, { targetNfType, snssais, routingIndicator, supi }: DiscoveryQuery): boolean {
  if (profile.nfType !== targetNfType || profile.nfStatus !== 'REGISTERED') return false;
  if (snssais && profile.sNssais && !shareSlice(snssais, profile.sNssais)) return false;
  const info = INFO_OF[profile.nfType]?.(profile);
  if (routingIndicator !== undefined && info?.routingIndicators?.includes(routingIndicator) === false) return false;
  return supi === undefined || !info?.supiRanges || info.supiRanges.some((range) => inRange(supi, range));
}

/**
 * Whether a SUPI is in a SupiRange (TS 29.510 6.1.6.2.9). A range that is a regular expression counts as matching: it comes
 * from another NF and could be made to run for ever, and a producer that does not serve the user says so itself.
 */
function inRange(supi: string, { start, end }: { start?: string; end?: string }): boolean {
  if (start === undefined || end === undefined) return true;
  const digits = /^imsi-(\d+)$/.exec(supi)?.[1];
  return digits !== undefined && BigInt(digits) >= BigInt(start) && BigInt(digits) <= BigInt(end);
}
