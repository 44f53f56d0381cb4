/** Errors that an SCP answers by itself (TS 29.500 clause 6.10.8 and Table 5.2.7.2-1). */
import { SbiProblem } from '@twincore/sbi';

const STATUS_OF_CAUSE = {
  NF_DISCOVERY_FAILURE: 400,
  INVALID_DISCOVERY_PARAM: 400,
  MISSING_ACCESS_TOKEN_INFO: 400,
  MANDATORY_IE_MISSING: 400,
  MANDATORY_IE_INCORRECT: 400,
  INVALID_API: 400,
  ACCESS_TOKEN_DENIED: 403,
  CCA_VERIFICATION_FAILURE: 403,
  MAX_SCP_HOPS_REACHED: 502,
  NF_DISCOVERY_ERROR: 502,
  NF_CONGESTION: 503,
  NRF_NOT_REACHABLE: 504,
  TARGET_NF_NOT_REACHABLE: 504,
} as const;

export function scpProblem(cause: keyof typeof STATUS_OF_CAUSE, detail: string): SbiProblem {
  return new SbiProblem(STATUS_OF_CAUSE[cause], { cause, detail });
}
