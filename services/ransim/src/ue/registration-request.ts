/** REGISTRATION REQUEST, and what of it may be read by anybody (TS 24.501 5.5.1.2.2, 4.4.6; TS 33.501 6.4.6). */
import { type PlmnId, plmnFromString, plmnToString } from '@twincore/model';
import {
  encodeMessage,
  encodeUeSecurityCapability,
  type FiveGGuti,
  type MobileIdentity,
  type NasMessageOf,
  NO_KEY_AVAILABLE,
  parseGuti,
} from '@twincore/nas';
import { RansimError } from '../errors.ts';
import { fromStored, type SecurityContext } from './nas-session.ts';
import { networkOf, type UeRecord } from './record.ts';

type RegistrationRequest = NasMessageOf<'REGISTRATION REQUEST'>;

/** NEA0, NEA2 and NIA2; no NIA0, which only emergency services may use (TS 33.501 5.2.3). */
export const UE_SECURITY_CAPABILITY = encodeUeSecurityCapability({ nea: [0, 2], nia: [2] });
/** No capability of octet 3 (TS 24.501 9.11.3.1): no S1 mode, no LPP. */
const FIVE_GMM_CAPABILITY = Buffer.of(0);

/** What the UE is to name itself by; without a wish its 5G-GUTI of this network, or else its SUCI. */
export type WantedIdentity = 'suci' | 'guti' | undefined;

/** A 5G-GUTI and the security context that belongs to it. */
export interface GutiInUse {
  readonly guti: FiveGGuti;
  readonly security: SecurityContext | undefined;
}

/**
 * The 5G-GUTI to use in `plmnId` (5.5.1.2.2): this network's, or when a GUTI is asked for, the one of the network used
 * last. Throws a {@link RansimError} when one is asked for and there is none.
 */
export function gutiFor(record: UeRecord, plmnId: PlmnId, wanted: WantedIdentity): GutiInUse | undefined {
  if (wanted === 'suci') return undefined;
  const own = [plmnToString(plmnId), networkOf(record, plmnId)] as const;
  const latest = Object.entries(record.networks).findLast(([, { guti }]) => guti !== undefined);
  const [name, { guti, security }] = own[1].guti === undefined && wanted === 'guti' ? (latest ?? own) : own;
  if (guti === undefined) {
    if (wanted === 'guti') throw new RansimError('NO_GUTI', `no 5G-GUTI to use in ${plmnToString(plmnId)}`);
    return undefined;
  }
  return { guti: parseGuti(guti), security: security && fromStored(plmnFromString(name) ?? plmnId, security) };
}

/** The complete message in the plain, and the part of it that may go without ciphering. */
export function registrationRequest(
  record: UeRecord,
  plmnId: PlmnId,
  mobileIdentity: MobileIdentity,
  security: SecurityContext | undefined,
): { readonly complete: RegistrationRequest; readonly cleartext: RegistrationRequest } {
  const { tai, allowedNssai } = networkOf(record, plmnId);
  const requestedNssai = record.card.requestedNssai ?? allowedNssai;
  const cleartext: RegistrationRequest = {
    messageType: 'REGISTRATION REQUEST',
    registrationType: { type: 'INITIAL', followOnRequest: false },
    ngKsi: security?.nas.ngKsi ?? { tsc: 'NATIVE', ksi: NO_KEY_AVAILABLE },
    mobileIdentity,
    ueSecurityCapability: UE_SECURITY_CAPABILITY,
  };
  const complete = {
    ...cleartext,
    fiveGmmCapability: FIVE_GMM_CAPABILITY,
    requestedNssai,
    lastVisitedRegisteredTai: tai,
  };
  return { complete, cleartext };
}

/** The message for a UE with a context: the complete one ciphered in a container, the clear part around it. */
export function withContainer(cleartext: RegistrationRequest, complete: Buffer, { nas }: SecurityContext) {
  return { ...cleartext, nasMessageContainer: nas.cipherContainer(complete, nas.ulCount) };
}

export const encodeRequest = (request: RegistrationRequest): Buffer => encodeMessage(request);
