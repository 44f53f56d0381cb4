/** Nnrf_NFManagement_NFListRetrieval and NFProfileRetrieval (TS 29.510 5.2.2.8, 5.2.2.9). */
import { type PlmnId, samePlmn } from '@twincore/model';
import { type Consumer, Refusal } from '@twincore/sbi';
import { requireRegistered, requireSameNf } from './nf-management.ts';
import type { RegisteredNf, Registry } from './registry.ts';
import { type Requester, render, seesAll } from './visibility.ts';

/** Instance ids of the registered NFs, of one type if given, that the requester may know of, in an order that stays. */
export function listNfs(registry: Registry, ownPlmn: PlmnId, { peer }: Consumer, nfType?: string): string[] {
  const nfs = nfType === undefined ? registry.all() : registry.ofType(nfType);
  const requesters = peer.nfTypes.map(
    (type): Requester => ({ nfType: type, plmnId: ownPlmn, nfInstanceId: peer.nfInstanceId, fqdn: peer.fqdn }),
  );
  const ids: string[] = [];
  for (const nf of nfs) {
    const visible =
      nf.profile.nfInstanceId === peer.nfInstanceId ||
      requesters.some((requester) => seesAll(requester.nfType) || render(nf, requester, ownPlmn) !== undefined);
    if (visible) ids.push(nf.profile.nfInstanceId);
  }
  return ids.sort();
}

/** Which part of a list is shown: pages are counted from 1. */
export interface Page {
  readonly number: number;
  readonly size: number;
  readonly last: number;
}

/** The page that is asked for; undefined when the list is wanted whole. */
export function pageOf(total: number, number: number | undefined, size: number | undefined): Page | undefined {
  if (number === undefined && size === undefined) return undefined;
  const shown = size ?? DEFAULT_PAGE_SIZE;
  return { number: number ?? 1, size: shown, last: Math.max(1, Math.ceil(total / shown)) };
}
const DEFAULT_PAGE_SIZE = 100;

/**
 * A whole profile: for the NF itself, and for those who have to know every NF. An NF of another PLMN, which follows the URI in a
 * notification, gets the JSON text of what it could discover.
 * @param declaredNfType the type in the User-Agent of a request from abroad
 * @throws Refusal 403, SbiProblem 404
 */
export function retrieveNf(
  registry: Registry,
  ownPlmn: PlmnId,
  { peer, plmnId }: Consumer,
  nfInstanceId: string,
  declaredNfType: string | undefined,
): { nf: RegisteredNf; text?: string } {
  if (samePlmn(plmnId, ownPlmn)) {
    if (!peer.nfTypes.some(seesAll)) requireSameNf(peer, nfInstanceId);
    return { nf: requireRegistered(registry, nfInstanceId) };
  }
  const nf = registry.get(nfInstanceId.toLowerCase());
  const text = nf && render(nf, { nfType: declaredNfType ?? '', plmnId }, ownPlmn);
  if (!nf || text === undefined) throw new Refusal(403, 'nf-instance', 'there is no such NF for your network');
  return { nf, text };
}
