/** Nudm_UECM for 3GPP access (TS 29.503 5.3.2) under the home's control (TS 33.501 6.1.4). */
import {
  type Amf3GppAccessRegistration,
  type Amf3GppAccessRegistrationModification,
  type DeregistrationData,
  type PatchItem,
  type PlmnId,
  plmnOfFqdn,
  samePlmn,
  servingNetworkNameOf,
} from '@twincore/model';
import { commonProblem, problem } from '@twincore/sbi';
import type { SubscriptionData } from '../clients/udr.ts';

/** The AMF that asks, as the guard knows it. */
export interface Caller {
  readonly plmnId: PlmnId;
}

export interface RegistrationResult {
  readonly created: boolean;
  /** The AMF that served the UE so far and is to be told so. */
  readonly former?: { readonly registration: Amf3GppAccessRegistration; readonly data: DeregistrationData };
}

/**
 * Nudm_UECM_Registration. Only an AMF of the serving PLMN may register there, and only after the home has confirmed that the
 * UE authenticated in it: a serving network cannot claim a UE that it has never seen.
 * @throws SbiProblem 403 INVALID_GUAMI for a GUAMI of another PLMN, 403 REAUTHENTICATION_REQUIRED without a successful
 * authentication there, 400 for a callback outside of the caller's PLMN, 404 USER_NOT_FOUND
 */
export async function registerAmf3GppAccess(
  udr: Pick<SubscriptionData, 'authenticationStatus' | 'amf3GppAccess' | 'putAmf3GppAccess'>,
  caller: Caller,
  supi: string,
  registration: Amf3GppAccessRegistration,
  now: Date = new Date(),
): Promise<RegistrationResult> {
  checkGuami(registration, caller);
  checkCallback(registration.deregCallbackUri, caller);
  const [status, former] = await Promise.all([
    udr.authenticationStatus(supi, servingNetworkNameOf(caller.plmnId)),
    udr.amf3GppAccess(supi),
  ]);
  if (!status?.success) throw problem(403, 'REAUTHENTICATION_REQUIRED');
  const amfInstanceId = registration.amfInstanceId.toLowerCase();
  const registrationTime = now.toISOString();
  const created = await udr.putAmf3GppAccess(supi, { ...registration, amfInstanceId, registrationTime });
  if (!former || former.purgeFlag || former.amfInstanceId === amfInstanceId) return { created };
  const deregReason = registration.initialRegistrationInd ? 'UE_INITIAL_REGISTRATION' : 'UE_REGISTRATION_AREA_CHANGE';
  return { created, former: { registration: former, data: { deregReason, accessType: '3GPP_ACCESS' } } };
}

/**
 * Nudm_UECM_Update, above all the purge after a deregistration. One compare-and-set at the UDR: what another AMF has
 * registered in the meantime stays.
 * @throws SbiProblem 403 INVALID_GUAMI when the caller is not the registered AMF, 404 CONTEXT_NOT_FOUND when none is,
 * 404 USER_NOT_FOUND
 */
export async function updateAmf3GppAccess(
  udr: Pick<SubscriptionData, 'patchAmf3GppAccess'>,
  caller: Caller & { readonly nfInstanceId?: string },
  supi: string,
  { guami, ...changes }: Amf3GppAccessRegistrationModification,
): Promise<void> {
  checkGuami({ guami }, caller);
  const members = Object.entries(changes).filter(([name]) => MODIFIABLE.has(name));
  const patch: PatchItem[] = [
    { op: 'test', path: '/guami', value: guami },
    ...(caller.nfInstanceId
      ? [{ op: 'test' as const, path: '/amfInstanceId', value: caller.nfInstanceId.toLowerCase() }]
      : []),
    ...members.flatMap(([name, value]) => changeOf(`/${name}`, value)),
  ];
  const result = await udr.patchAmf3GppAccess(supi, patch);
  if (result === 'conflict') throw problem(403, 'INVALID_GUAMI');
  if (result === 'absent') throw problem(404, 'CONTEXT_NOT_FOUND');
}
const MODIFIABLE = new Set([
  'purgeFlag',
  'pei',
  'imsVoPs',
  'backupAmfInfo',
  'epsInterworkingInfo',
  'ueSrvccCapability',
  'ueMINTCapability',
]);

/** A registration has no null and no empty list: they take the member away, which must be there for that (RFC 6902 4.2). */
function changeOf(path: string, value: unknown): PatchItem[] {
  const isNothing = value === null || (Array.isArray(value) && value.length === 0);
  return [{ op: 'add', path, value }, ...(isNothing ? [{ op: 'remove' as const, path }] : [])];
}

/**
 * Nudm_UECM_Get. A consumer of another PLMN only learns that the UE is registered in its own.
 * @throws SbiProblem 404 CONTEXT_NOT_FOUND or USER_NOT_FOUND
 */
export async function readAmf3GppAccess(
  udr: Pick<SubscriptionData, 'amf3GppAccess'>,
  caller: Caller,
  home: PlmnId,
  supi: string,
): Promise<Amf3GppAccessRegistration> {
  const registration = await udr.amf3GppAccess(supi);
  const visible = registration && [home, registration.guami.plmnId].some((plmnId) => samePlmn(plmnId, caller.plmnId));
  if (!visible) throw problem(404, 'CONTEXT_NOT_FOUND');
  return registration;
}

function checkGuami({ guami }: Pick<Amf3GppAccessRegistration, 'guami'>, { plmnId }: Caller): void {
  if (!samePlmn(guami.plmnId, plmnId)) throw problem(403, 'INVALID_GUAMI', "the GUAMI is not of the consumer's PLMN");
}

/** A callback is a request that this UDM will make, so its target must be the caller's to name. */
function checkCallback(uri: string, { plmnId }: Caller): void {
  const target = URL.canParse(uri) ? new URL(uri) : undefined;
  const owner = target && /^https?:$/.test(target.protocol) ? plmnOfFqdn(target.hostname) : undefined;
  if (owner && samePlmn(owner, plmnId)) return;
  throw commonProblem('MANDATORY_IE_INCORRECT', "a callback is in the consumer's own PLMN", [
    { param: '/deregCallbackUri' },
  ]);
}
