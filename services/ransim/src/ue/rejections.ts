/** What a UE forgets when a network turns it away (TS 24.501 5.5.1.2.5, 5.5.2.3.2, 5.4.1.3.5). */
import { FIVE_GMM_CAUSE as CAUSE } from '@twincore/nas';
import type { UeRecord } from './record.ts';

/** With these causes the UE deletes 5G-GUTI, TAI list, last visited TAI and ngKSI. */
const FORGETTING: ReadonlySet<number> = new Set([
  CAUSE.ILLEGAL_UE,
  CAUSE.ILLEGAL_ME,
  CAUSE.FIVE_GS_SERVICES_NOT_ALLOWED,
  // Of an update or service request (5.5.1.3.5), but an AMF that lost the UE may say it here as well.
  CAUSE.UE_IDENTITY_CANNOT_BE_DERIVED,
  CAUSE.PLMN_NOT_ALLOWED,
  CAUSE.TRACKING_AREA_NOT_ALLOWED,
  CAUSE.ROAMING_NOT_ALLOWED_IN_TA,
  CAUSE.NO_SUITABLE_CELLS_IN_TA,
  CAUSE.N1_MODE_NOT_ALLOWED,
  CAUSE.SERVING_NETWORK_NOT_AUTHORIZED,
]);

export const forgetsNetwork = (fiveGmmCause: number): boolean => FORGETTING.has(fiveGmmCause);

/** Deletes 5G-GUTI, TAI list, last visited TAI, allowed NSSAI, and the security context. */
export function forgetNetwork(record: UeRecord): void {
  record.network = undefined;
  record.security = undefined;
}
