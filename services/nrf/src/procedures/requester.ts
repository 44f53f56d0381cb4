/** Who asks for producers or tokens: what it says of itself, held against its certificate and its registration. */
import { type PlmnId, plmnToString, type Snssai, samePlmn } from '@twincore/model';
import { type Consumer, Refusal } from '@twincore/sbi';
import { requireNfType, requireSameNf } from './nf-management.ts';
import type { Registry } from './registry.ts';
import { type Requester, slicesOf } from './visibility.ts';

export interface Claims {
  readonly nfType: string;
  readonly nfInstanceId?: string;
  readonly plmnIds?: readonly PlmnId[];
  readonly sNssais?: readonly Snssai[];
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
  const { nfType, sNssais } = claims;
  if (!samePlmn(plmnId, ownPlmn)) return { nfType, plmnId, ...(sNssais ? { sNssais } : {}) };
  requireNfType(peer, nfType);
  if (claims.nfInstanceId !== undefined) requireSameNf(peer, claims.nfInstanceId);
  const registered = registry.get(peer.nfInstanceId);
  // What an NF that is not registered says of its slices, nothing proves.
  const slices = registered && slicesOf(registered.profile.sNssais, sNssais);
  return { nfType, plmnId, ...(slices ? { sNssais: slices } : {}) };
}
