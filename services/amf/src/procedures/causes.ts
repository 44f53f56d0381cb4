/** How a registration that fails ends for the UE. */
import { FIVE_GMM_CAUSE, type NasMessageOf } from '@twincore/nas';
import { HomeFailure } from '../clients/home-failure.ts';

type Reject = NasMessageOf<'REGISTRATION REJECT'>;

/** The registration ends with a REGISTRATION REJECT. */
export class RegistrationRejected extends Error {
  readonly fiveGmmCause: number;
  readonly ies: Pick<Reject, 'rejectedNssai'>;
  constructor(fiveGmmCause: number, reason: string, ies: Pick<Reject, 'rejectedNssai'> = {}) {
    super(reason);
    this.fiveGmmCause = fiveGmmCause;
    this.ies = ies;
  }
}

/** The registration ends with an AUTHENTICATION REJECT (TS 24.501 5.4.1.3.5). */
export class AuthenticationRejected extends Error {}

const { ILLEGAL_UE, FIVE_GS_SERVICES_NOT_ALLOWED, ROAMING_NOT_ALLOWED_IN_TA, NO_SUITABLE_CELLS_IN_TA } = FIVE_GMM_CAUSE;
const { CONGESTION, PROTOCOL_ERROR_UNSPECIFIED, SERVING_NETWORK_NOT_AUTHORIZED } = FIVE_GMM_CAUSE;

/**
 * 5GMM causes for what the home answers (TS 29.524 clause 4). An identity that the home cannot make a subscriber of is an
 * illegal UE (TS 24.501 A.1); where nobody answers, the UE shall try again later.
 */
const FIVE_GMM_CAUSE_OF: Readonly<Record<HomeFailure['service'], Readonly<Record<string, number>>>> = {
  AUSF: {
    SERVING_NETWORK_NOT_AUTHORIZED,
    AUTHENTICATION_REJECTED: ILLEGAL_UE,
    INVALID_HN_PUBLIC_KEY_IDENTIFIER: ILLEGAL_UE,
    INVALID_SCHEME_OUTPUT: ILLEGAL_UE,
    UNSUPPORTED_PROTECTION_SCHEME: ILLEGAL_UE,
    USER_NOT_FOUND: ILLEGAL_UE,
    NOT_REACHABLE: CONGESTION,
    UPSTREAM_SERVER_ERROR: CONGESTION,
    NETWORK_FAILURE: CONGESTION,
    AV_GENERATION_PROBLEM: CONGESTION,
    NF_CONGESTION: CONGESTION,
    NF_CONGESTION_RISK: CONGESTION,
  },
  UDM: {
    UNKNOWN_5GS_SUBSCRIPTION: FIVE_GS_SERVICES_NOT_ALLOWED,
    NO_PS_SUBSCRIPTION: FIVE_GS_SERVICES_NOT_ALLOWED,
    ACCESS_NOT_ALLOWED: FIVE_GS_SERVICES_NOT_ALLOWED,
    USER_NOT_FOUND: FIVE_GS_SERVICES_NOT_ALLOWED,
    ROAMING_NOT_ALLOWED: ROAMING_NOT_ALLOWED_IN_TA,
    RAT_NOT_ALLOWED: NO_SUITABLE_CELLS_IN_TA,
    NOT_REACHABLE: CONGESTION,
    NF_CONGESTION: CONGESTION,
    NF_CONGESTION_RISK: CONGESTION,
  },
};

/** The message that ends a registration because of `error`; undefined for a fault of this AMF. `t3346` is for congestion. */
export function rejectionOf(
  error: unknown,
  { t3346 }: { readonly t3346: number },
): Reject | NasMessageOf<'AUTHENTICATION REJECT'> | undefined {
  if (error instanceof AuthenticationRejected) return { messageType: 'AUTHENTICATION REJECT' };
  if (error instanceof RegistrationRejected) {
    return { messageType: 'REGISTRATION REJECT', fiveGmmCause: error.fiveGmmCause, ...error.ies };
  }
  if (!(error instanceof HomeFailure)) return undefined;
  const fiveGmmCause = FIVE_GMM_CAUSE_OF[error.service][error.reason] ?? PROTOCOL_ERROR_UNSPECIFIED;
  return { messageType: 'REGISTRATION REJECT', fiveGmmCause, ...(fiveGmmCause === CONGESTION ? { t3346 } : {}) };
}
