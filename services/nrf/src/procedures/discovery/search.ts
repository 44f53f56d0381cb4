/** Nnrf_NFDiscovery_Request among the NFs of the own PLMN (TS 29.510 5.3.2.2). */
import type { NoProfileMatchInfo, PlmnId } from '@twincore/model';
import { etagOf } from '../etag.ts';
import type { OfferedService, RegisteredNf, Registry } from '../registry.ts';
import { formFor, maySee, type Requester, visibleServices } from '../visibility.ts';
import { Matcher } from './matcher.ts';
import type { Query } from './parameter.ts';
import { conditionsOf } from './parameters.ts';
import { type Found, rank } from './ranking.ts';
import type { StoredSearches } from './stored-searches.ts';

/** Seconds that a consumer may keep an answer for; it hears of changes before, by its subscription. */
export const VALIDITY_PERIOD_S = 30;
/**
 * Complex-Query, Query-Params-Ext1, Query-Param-Analytics, MAPDU, Query-Params-Ext2, Service-Map, Query-Params-Ext3,
 * Query-Params-Ext4, Query-Param-vSmf-Capability, Query-SBIProtoc17, SCPDRI: 1 to 9, 11 and 12 of TS 29.510 6.2.9.
 */
export const DISCOVERY_FEATURES = 'dff';
const SERVICE_MAP = 1n << 5n;
/** Kilo octets (TS 29.510 6.2.3.2.3.1). */
const DEFAULT_PAYLOAD = 124;
const KILO = 1_000;

export interface SearchContext {
  readonly registry: Registry;
  readonly ownPlmn: PlmnId;
  readonly searches: StoredSearches;
}

export interface SearchAnswer {
  /** SearchResult (TS 29.510 6.2.6.2.2) as JSON text. */
  readonly body: string;
  readonly etag: string;
  /** Whether the answer names a stored search, which is forgotten after {@link VALIDITY_PERIOD_S}. */
  readonly stored: boolean;
}

/** NFs in operation that match and that the requester may know of, the preferred ones first. */
export function searchNfs(context: SearchContext, query: Query, requester: Requester): SearchAnswer {
  const { registry, ownPlmn, searches } = context;
  const matcher = new Matcher(query);
  const found: Found[] = [];
  for (const nf of candidates(registry, query)) {
    if (nf.profile.nfStatus !== 'REGISTERED') continue;
    const services = matcher.match(nf, servicesInOperation(nf, requester, ownPlmn));
    if (services && (nf.services.length > 0 || maySee(requester, ownPlmn, nf.profile))) found.push({ nf, services });
  }
  const { ranked, preferred } = rank(found, query);
  const features = query['requester-features'] as string | undefined;
  const asMap = features !== undefined && (BigInt(`0x0${features}`) & SERVICE_MAP) !== 0n;
  const form = formFor(requester, ownPlmn);
  const all = ranked.map(({ nf, services }) => nf.render(form, services, asMap));
  const shown = all.slice(0, fitting(all, query));
  const members = [`"validityPeriod":${VALIDITY_PERIOD_S}`, `"nfInstances":[${shown.join()}]`];
  const stored = shown.length < all.length;
  if (stored) {
    const searchId = searches.keep({ requester, shown, all });
    members.push(`"searchId":"${searchId}"`, `"numNfInstComplete":${all.length}`);
  }
  if (Object.keys(preferred).length > 0) members.push(`"preferredSearch":${JSON.stringify(preferred)}`);
  if (features !== undefined) members.push(`"nrfSupportedFeatures":"${DISCOVERY_FEATURES}"`);
  if (all.length === 0) {
    const reason = whyNothing(context, query, requester, matcher);
    if (reason) members.push(`"noProfileMatchInfo":${JSON.stringify(reason)}`);
  }
  const body = `{${members.join()}}`;
  return { body, etag: etagOf(body), stored };
}

/** The services that the requester may know of and that are in operation. */
function servicesInOperation(nf: RegisteredNf, requester: Requester, ownPlmn: PlmnId): readonly OfferedService[] {
  return visibleServices(nf, requester, ownPlmn).filter(({ service }) => service.nfServiceStatus === 'REGISTERED');
}

/** The smallest set of NFs out of the index that has all matches in it. */
function candidates(registry: Registry, query: Query): Iterable<RegisteredNf> {
  const nfType = String(query['target-nf-type']);
  let smallest: readonly ReadonlySet<RegisteredNf>[] | undefined;
  let size = Number.POSITIVE_INFINITY;
  for (const { filter, value } of conditionsOf(query)) {
    if (filter.on === 'info' || !filter.keys) continue;
    const sets = filter.keys(value, nfType).map((key) => registry.withKey(key));
    const sum = sets.reduce((total, set) => total + set.size, 0);
    if (sum < size) [smallest, size] = [sets, sum];
  }
  const [only, ...others] = smallest ?? [];
  if (!only) return [];
  return others.length === 0 ? only : new Set([only, ...others].flatMap((set) => [...set]));
}

/** How many of the profiles the answer may have, by number and by size. */
function fitting(profiles: readonly string[], query: Query): number {
  const limit = (query.limit as number | undefined) ?? profiles.length;
  const kilos = query['max-payload-size-ext'] ?? query['max-payload-size'] ?? DEFAULT_PAYLOAD;
  let octets = Number(kilos) * KILO;
  let count = 0;
  for (const profile of profiles) {
    octets -= profile.length + 1;
    if (count === limit || octets < 0) break;
    count++;
  }
  return count;
}

/** Why nothing was found (TS 29.510 6.2.6.2.11), as far as the requester may know of what there is. */
function whyNothing(
  { registry, ownPlmn }: SearchContext,
  query: Query,
  requester: Requester,
  matcher: Matcher,
): NoProfileMatchInfo | undefined {
  const visible = [...candidates(registry, query)].filter((nf) =>
    nf.services.length > 0
      ? visibleServices(nf, requester, ownPlmn).length > 0
      : maySee(requester, ownPlmn, nf.profile),
  );
  const matching = visible.filter((nf) => matcher.match(nf, visibleServices(nf, requester, ownPlmn)) !== undefined);
  const inState = (state: string) => matching.some(({ profile }) => profile.nfStatus === state);
  if (inState('SUSPENDED')) return { reason: 'TARGET_NF_SUSPENDED' };
  if (inState('UNDISCOVERABLE')) return { reason: 'TARGET_NF_UNDISCOVERABLE' };
  if (visible.length > 0 && matching.length === 0) return { reason: 'QUERY_PARAMS_COMBINATION_NO_MATCH' };
  return undefined;
}
