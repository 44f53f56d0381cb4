/** Nnrf_NFManagement_NFListRetrieval and NFProfileRetrieval (TS 29.510 5.2.2.8, 5.2.2.9). */
import type { PlmnId } from '@twincore/model';
import type { PeerIdentity } from '@twincore/sbi';
import { requireRegistered, requireSameNf } from './nf-management.ts';
import type { RegisteredNf, Registry } from './registry.ts';
import { render, seesAll } from './visibility.ts';

/** Instance ids of the registered NFs, of one type if given, that the requester may know of. */
export function listNfs(registry: Registry, ownPlmn: PlmnId, peer: PeerIdentity, nfType?: string): string[] {
  const nfs = nfType === undefined ? registry.all() : registry.ofType(nfType);
  const ids: string[] = [];
  for (const nf of nfs) {
    const visible =
      nf.profile.nfInstanceId === peer.nfInstanceId ||
      peer.nfTypes.some(
        (type) => seesAll(type) || render(nf, { nfType: type, plmnId: ownPlmn }, ownPlmn) !== undefined,
      );
    if (visible) ids.push(nf.profile.nfInstanceId);
  }
  return ids;
}

/** A whole profile: for the NF itself, and for those who have to know every NF. Throws Refusal 403, SbiProblem 404. */
export function retrieveNf(registry: Registry, peer: PeerIdentity, nfInstanceId: string): RegisteredNf {
  if (!peer.nfTypes.some(seesAll)) requireSameNf(peer, nfInstanceId);
  return requireRegistered(registry, nfInstanceId);
}
