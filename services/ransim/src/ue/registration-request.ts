/** REGISTRATION REQUEST, and what of it may be read by anybody (TS 24.501 5.5.1.2.2, 4.4.6; TS 33.501 6.4.6). */
import { type PlmnId, samePlmn } from '@twincore/model';
import {
  encodeUeSecurityCapability,
  type FiveGGuti,
  type MobileIdentity,
  type NasMessageOf,
  NO_KEY_AVAILABLE,
  parseGuti,
} from '@twincore/nas';
import { RansimError } from '../errors.ts';
import { fromStored, type SecurityContext } from './nas-session.ts';
import type { UeRecord } from './record.ts';

type RegistrationRequest = NasMessageOf<'REGISTRATION REQUEST'>;

/** NEA0, NEA2 and NIA2; no NIA0, which only emergency services may use (TS 33.501 5.2.3). */
export const UE_SECURITY_CAPABILITY = encodeUeSecurityCapability({ nea: [0, 2], nia: [2] });
/** No capability of octet 3 (TS 24.501 9.11.3.1): no S1 mode, no LPP. */
const FIVE_GMM_CAPABILITY = Buffer.of(0);

/** What the UE is to name itself by; without a wish its 5G-GUTI if it has one, else its SUCI. */
export type WantedIdentity = 'suci' | 'guti' | undefined;

/** A 5G-GUTI, and the security context that the network which assigned it shares with the UE. */
export interface GutiInUse {
  readonly guti: FiveGGuti;
  readonly security: SecurityContext | undefined;
}

/**
 * The 5G-GUTI to register with (5.5.1.2.2); a UE has one at most, also in another network than its own. Throws a
 * {@link RansimError} when one is asked for and there is none.
 */
export function gutiFor({ network, security }: UeRecord, wanted: WantedIdentity): GutiInUse | undefined {
  if (wanted === 'suci') return undefined;
  if (!network) {
    if (wanted === 'guti') throw new RansimError('NO_GUTI', 'the UE has no 5G-GUTI');
    return undefined;
  }
  const shared = security && samePlmn(security.plmnId, network.plmnId);
  return { guti: parseGuti(network.guti), security: shared ? fromStored(security) : undefined };
}

/** The complete message in the plain, and the part of it that may go without ciphering. */
export function registrationRequest(
  { card, network }: UeRecord,
  plmnId: PlmnId,
  mobileIdentity: MobileIdentity,
  security: SecurityContext | undefined,
): { readonly complete: RegistrationRequest; readonly cleartext: RegistrationRequest } {
  const here = network && samePlmn(network.plmnId, plmnId) ? network : undefined;
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
    requestedNssai: card.requestedNssai ?? here?.allowedNssai,
    lastVisitedRegisteredTai: network?.tai,
  };
  return { complete, cleartext };
}

/** The message of a UE with a context: the complete one ciphered in a container, the clear part around it (4.4.6). */
export function withContainer(
  cleartext: RegistrationRequest,
  complete: Buffer,
  { nas }: SecurityContext,
): RegistrationRequest {
  return { ...cleartext, nasMessageContainer: nas.cipherContainer(complete, nas.ulCount) };
}
