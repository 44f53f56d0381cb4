/** Nnrf_NFManagement: registration, update, deregistration, and what becomes of an NF that falls silent (TS 29.510 5.2.2). */
import { isDeepStrictEqual } from 'node:util';
import { type NFProfile, NrfInfo, type PatchItem, type PlmnId, plmnToString, samePlmn } from '@twincore/model';
import { type Consumer, commonProblem, type PeerIdentity, Refusal, SbiProblem } from '@twincore/sbi';
import { Value } from 'typebox/value';
import { namesEtag } from './etag.ts';
import { isHeartbeat, patchProfile } from './profile-patch.ts';
import { fqdnsOf, type RegisteredNf, type Registry, servicesOf } from './registry.ts';

/** What the procedures of NF management work with. */
export interface Management {
  readonly registry: Registry;
  readonly ownPlmn: PlmnId;
  /** Seconds. */
  readonly heartBeatTimer: number;
  /** Heartbeats that may stay away before an NF is suspended. */
  readonly missedHeartbeats: number;
  /** Seconds of silence after which an NF is removed. */
  readonly removalAfter: number;
  /** Whether the FQDN of a peer is proven by its certificate, so that a profile may be held to it. */
  readonly fqdnsAreProven: boolean;
  /** Told of every change; must not wait for anybody. */
  readonly onChange: (before: RegisteredNf | undefined, after: RegisteredNf | undefined) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Service-Map and Empty-Objects-Nrf-Info of TS 29.510 6.1.9. */
export const NFM_FEATURES = '3';
/** Of a heartbeat period: how late a heartbeat may be before it counts as missed. */
const JITTER = 0.5;

/** NF management is for NFs of the own PLMN, even if a SEPP would let another network's request through. */
export function requireOwnPlmn({ plmnId }: Consumer, ownPlmn: PlmnId): void {
  if (samePlmn(plmnId, ownPlmn)) return;
  throw new Refusal(403, 'foreign-plmn', `this service is not open to NFs of ${plmnToString(plmnId)}`);
}

/** Throws 403 unless the certificate is that of the NF that a request is about. */
export function requireSameNf(peer: PeerIdentity, nfInstanceId: string): void {
  if (peer.nfInstanceId === nfInstanceId.toLowerCase()) return;
  throw new Refusal(403, 'nf-instance', 'the certificate is not that of this NF instance');
}

/** Throws 403 unless the certificate allows its holder to act as `nfType`. */
export function requireNfType(peer: PeerIdentity, nfType: string): void {
  if (peer.nfTypes.includes(nfType)) return;
  throw new Refusal(403, 'nf-type', `the certificate is not that of an NF of type ${nfType}`);
}

/** Throws 404 when no such NF is registered. */
export function requireRegistered(registry: Registry, nfInstanceId: string): RegisteredNf {
  const nf = registry.get(nfInstanceId.toLowerCase());
  if (!nf) throw new SbiProblem(404, { detail: 'this NF instance is not registered' });
  return nf;
}

/**
 * NFRegister (5.2.2.2): registers, or replaces the whole profile. Resolves when it is durable.
 * @throws Refusal 403 when the certificate is not that of the NF in the profile; SbiProblem 400 for a profile that contradicts
 * its URI or its network
 */
export async function registerNf(
  management: Management,
  peer: PeerIdentity,
  nfInstanceId: string,
  requested: NFProfile,
): Promise<{ created: boolean; nf: RegisteredNf }> {
  const { registry, ownPlmn, heartBeatTimer, now } = management;
  requireSameNf(peer, nfInstanceId);
  if (requested.nfInstanceId.toLowerCase() !== peer.nfInstanceId) {
    throw commonProblem('MANDATORY_IE_INCORRECT', undefined, [
      { param: '/nfInstanceId', reason: 'is not the instance id in the URI' },
    ]);
  }
  requireNfType(peer, requested.nfType);
  const { nfProfileChangesSupportInd: _asks, nfProfileChangesInd: _tells, ...registered } = requested;
  const profile = {
    ...registered,
    nfInstanceId: peer.nfInstanceId,
    plmnList: requested.plmnList ?? [ownPlmn],
    heartBeatTimer,
  };
  checkProfile(management, peer, profile);
  checkServiceIds(profile);
  checkNrfInfo(profile);
  const before = registry.get(peer.nfInstanceId);
  const { nf, durable } = registry.set(profile);
  registry.seen(peer.nfInstanceId, now());
  await durable;
  if (before?.etag !== nf.etag) management.onChange(before, nf);
  return { created: before === undefined, nf };
}

/**
 * NFUpdate (5.2.2.3). A heartbeat is not worth a disk write unless it changes the status. Resolves when what has to be
 * durable is.
 * @param ifMatch the If-Match header
 * @throws Refusal 403, SbiProblem 404 when the NF is not registered (it registers anew then), 412 when `ifMatch` names another
 * version, and what {@link patchProfile} throws
 */
export async function updateNf(
  management: Management,
  peer: PeerIdentity,
  nfInstanceId: string,
  patch: readonly PatchItem[],
  ifMatch?: string,
): Promise<{ heartbeat: boolean; nf: RegisteredNf }> {
  const { registry, now } = management;
  requireSameNf(peer, nfInstanceId);
  const before = requireRegistered(registry, peer.nfInstanceId);
  if (ifMatch !== undefined && !namesEtag(ifMatch, before.etag)) {
    throw new SbiProblem(412, { detail: 'the profile was changed since it was read' });
  }
  const heartbeat = isHeartbeat(patch);
  const profile = patchProfile(before.profile, patch);
  if (!heartbeat) {
    checkServiceIds(profile);
    checkNrfInfo(profile);
  }
  checkProfile(management, peer, profile);
  registry.seen(peer.nfInstanceId, now());
  if (heartbeat && sameLiveness(before.profile, profile)) return { heartbeat, nf: before };
  const persist = !heartbeat || !sameState(before.profile, profile);
  const { nf, durable } = registry.set(profile, { persist });
  await durable;
  // The load changes all the time, and who selects by it discovers anew soon enough.
  if (persist && before.etag !== nf.etag) management.onChange(before, nf);
  return { heartbeat, nf };
}

/**
 * What an NF is answered that understands changes (TS 29.510 6.1.6.2.2, nfProfileChangesInd): what is mandatory, where it is, and
 * what the NRF made of its profile.
 */
export function profileChangesOf(requested: NFProfile, { profile }: RegisteredNf): NFProfile {
  const asked = requested as unknown as Record<string, unknown>;
  const changed = Object.entries(profile).filter(([name, value]) => !isDeepStrictEqual(asked[name], value));
  const { nfInstanceId, nfType, nfStatus, fqdn, ipv4Addresses, ipv6Addresses } = profile;
  const kept = Object.entries({ nfInstanceId, nfType, nfStatus, fqdn, ipv4Addresses, ipv6Addresses });
  return {
    ...Object.fromEntries([...kept.filter(([, value]) => value !== undefined), ...changed]),
    nfProfileChangesInd: true,
  } as NFProfile;
}

/** NFDeregister (5.2.2.4). Throws Refusal 403 or SbiProblem 404. */
export async function deregisterNf(management: Management, peer: PeerIdentity, nfInstanceId: string): Promise<void> {
  requireSameNf(peer, nfInstanceId);
  const before = requireRegistered(management.registry, peer.nfInstanceId);
  await management.registry.delete(peer.nfInstanceId);
  management.onChange(before, undefined);
}

/**
 * What becomes of NFs whose heartbeats stay away (TS 29.510 5.2.2.3.2): first nobody discovers them until they are heard again, and
 * after a long time they are forgotten.
 */
export async function attendToSilentNfs(management: Management): Promise<void> {
  const { registry, heartBeatTimer, missedHeartbeats, removalAfter, now } = management;
  const silence = (missedHeartbeats + JITTER) * heartBeatTimer;
  const gone = new Set(registry.silentSince(now() - Math.max(silence, removalAfter) * 1000));
  const silent = [...registry.silentSince(now() - silence * 1000)].filter(
    (nf) => !gone.has(nf) && nf.profile.nfStatus !== 'SUSPENDED',
  );
  await Promise.all([
    ...silent.map(async (before) => {
      const { nf, durable } = registry.set({ ...before.profile, nfStatus: 'SUSPENDED' });
      await durable;
      management.onChange(before, nf);
    }),
    ...[...gone].map(async (before) => {
      await registry.delete(before.profile.nfInstanceId);
      management.onChange(before, undefined);
    }),
  ]);
}

/** Throws 400 OPTIONAL_IE_INCORRECT for an `nrfInfo` that is not as TS 29.510 6.1.6.2.31 has it. */
function checkNrfInfo({ nrfInfo }: NFProfile): void {
  if (nrfInfo === undefined || Value.Check(NrfInfo, nrfInfo)) return;
  const errors = Value.Errors(NrfInfo, nrfInfo).slice(0, MAX_INVALID_PARAMS);
  const params = errors.map(({ instancePath, message }) => ({ param: `/nrfInfo${instancePath}`, reason: message }));
  throw commonProblem('OPTIONAL_IE_INCORRECT', undefined, params);
}
const MAX_INVALID_PARAMS = 20;

/** Services are told apart by their ids, and the map has them as keys (TS 29.510 6.1.6.2.2). */
function checkServiceIds({ nfServiceList = {} }: NFProfile): void {
  const wrong = Object.entries(nfServiceList).filter(([key, { serviceInstanceId }]) => key !== serviceInstanceId);
  if (wrong.length === 0) return;
  const params = wrong.map(([key]) => ({ param: `/nfServiceList/${key}`, reason: 'is not its serviceInstanceId' }));
  throw commonProblem('OPTIONAL_IE_INCORRECT', undefined, params);
}

/** The certificate, not the body, says who an NF is: its network and the names under which others will look for it. */
function checkProfile(management: Management, peer: PeerIdentity, profile: NFProfile): void {
  if (profile.plmnList?.some((plmnId) => !samePlmn(plmnId, management.ownPlmn))) {
    throw new Refusal(403, 'nf-plmn', 'an NF registers for the PLMN of its certificate only');
  }
  const foreign = fqdnsOf(profile).find((fqdn) => fqdn.toLowerCase() !== peer.fqdn.toLowerCase());
  if (management.fqdnsAreProven && foreign !== undefined) {
    throw new Refusal(403, 'nf-fqdn', `the certificate is not for ${foreign}`);
  }
}

/** Whether a heartbeat says nothing new; when the load was measured is nothing new by itself. */
function sameLiveness(a: NFProfile, b: NFProfile): boolean {
  const [{ loadTimeStamp: _before, ...one }, { loadTimeStamp: _after, ...other }] = [a, b];
  return isDeepStrictEqual(one, other);
}
/** Whether a heartbeat says something that has to survive: the state of the NF, or of one of its services. */
function sameState(a: NFProfile, b: NFProfile): boolean {
  const states = (profile: NFProfile) => servicesOf(profile).map(({ nfServiceStatus }) => nfServiceStatus);
  return a.nfStatus === b.nfStatus && isDeepStrictEqual(states(a), states(b));
}
