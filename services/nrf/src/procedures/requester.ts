/** Who asks for producers or tokens: what it says of itself, held against its certificate and its registration. */
import { type ExtSnssai, type PlmnId, type PlmnSnssai, plmnOfFqdn, plmnToString, samePlmn } from '@twincore/model';
import { type Consumer, Refusal } from '@twincore/sbi';
import { slicesIn } from './matching/slices.ts';
import { requireNfType, requireSameNf } from './nf-management.ts';
import type { Registry } from './registry.ts';
import { type Requester, slicesOf } from './visibility.ts';

export interface Claims {
  readonly nfType: string;
  readonly nfInstanceId?: string | undefined;
  readonly fqdn?: string | undefined;
  readonly plmnIds?: readonly PlmnId[] | undefined;
  readonly sNssais?: readonly ExtSnssai[] | undefined;
  readonly perPlmnSnssais?: readonly PlmnSnssai[] | undefined;
}

/**
 * The requester, when it is who it claims to be. An NF of the own PLMN proves it by its certificate. For one of another PLMN
 * the SEPP proves the PLMN, and which NF it is there is what that PLMN's NRF answers for (TS 33.501 13.4.1.2).
 * @throws Refusal 403
 */
export function provenRequester(registry: Registry, ownPlmn: PlmnId, consumer: Consumer, claims: Claims): Requester {
  const { peer, plmnId } = consumer;
  if (claims.plmnIds?.some((claimed) => samePlmn(claimed, plmnId)) === false) {
    throw new Refusal(403, 'requester-plmn', `the request comes from ${plmnToString(plmnId)}`);
  }
  const { nfType, nfInstanceId, fqdn } = claims;
  const claimed = claimedSlices(claims, plmnId);
  if (!samePlmn(plmnId, ownPlmn)) {
    const named = fqdn !== undefined && belongsTo(fqdn, plmnId) ? { fqdn } : {};
    const identified = nfInstanceId === undefined ? {} : { nfInstanceId: nfInstanceId.toLowerCase() };
    return { nfType, plmnId, ...identified, ...named, ...(claimed ? { sNssais: claimed } : {}) };
  }
  requireNfType(peer, nfType);
  if (nfInstanceId !== undefined) requireSameNf(peer, nfInstanceId);
  if (fqdn !== undefined && fqdn.toLowerCase() !== peer.fqdn.toLowerCase()) {
    throw new Refusal(403, 'requester-fqdn', `the certificate is not for ${fqdn}`);
  }
  const registered = registry.get(peer.nfInstanceId);
  // What an NF that is not registered says of its slices, nothing proves.
  const slices = registered && slicesOf(slicesIn(registered.profile, [ownPlmn]), claimed);
  return {
    nfType,
    plmnId,
    nfInstanceId: peer.nfInstanceId,
    fqdn: peer.fqdn,
    ...(slices ? { sNssais: slices } : {}),
  };
}

function claimedSlices({ sNssais, perPlmnSnssais }: Claims, plmnId: PlmnId): readonly ExtSnssai[] | undefined {
  return slicesIn(
    {
      ...(sNssais ? { sNssais: [...sNssais] } : {}),
      ...(perPlmnSnssais ? { perPlmnSnssaiList: [...perPlmnSnssais] } : {}),
    },
    [plmnId],
  );
}

function belongsTo(fqdn: string, plmnId: PlmnId): boolean {
  const own = plmnOfFqdn(fqdn);
  return own !== undefined && samePlmn(own, plmnId);
}
