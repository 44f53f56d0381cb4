/** ProblemDetails (TS 29.500 clause 5.2.7.2, RFC 9457) as an exception that any layer can throw. */
import type { InvalidParam, ProblemDetails } from '@twincore/model';

/** Protocol and application errors common to all APIs: TS 29.500 Table 5.2.7.2-1. */
const STATUS_OF_CAUSE = {
  INVALID_API: 400,
  INVALID_MSG_FORMAT: 400,
  INVALID_QUERY_PARAM: 400,
  MANDATORY_QUERY_PARAM_INCORRECT: 400,
  OPTIONAL_QUERY_PARAM_INCORRECT: 400,
  MANDATORY_QUERY_PARAM_MISSING: 400,
  MANDATORY_IE_INCORRECT: 400,
  OPTIONAL_IE_INCORRECT: 400,
  MANDATORY_IE_MISSING: 400,
  UNSPECIFIED_MSG_FAILURE: 400,
  MODIFICATION_NOT_ALLOWED: 403,
  SUBSCRIPTION_NOT_FOUND: 404,
  RESOURCE_URI_STRUCTURE_NOT_FOUND: 404,
  INCORRECT_LENGTH: 411,
  NF_CONGESTION_RISK: 429,
  INSUFFICIENT_RESOURCES: 500,
  UNSPECIFIED_NF_FAILURE: 500,
  SYSTEM_FAILURE: 500,
  NF_FAILOVER: 500,
  NF_CONGESTION: 503,
  TARGET_NF_NOT_REACHABLE: 504,
  TIMED_OUT_REQUEST: 504,
} as const;
export type CommonCause = keyof typeof STATUS_OF_CAUSE;

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** An answer other than success. Thrown anywhere below a route, it becomes the `application/problem+json` answer. */
export class SbiProblem extends Error {
  readonly status: number;
  readonly problem: ProblemDetails;
  readonly headers: Record<string, string>;

  constructor(status: number, problem: ProblemDetails = {}, headers: Record<string, string> = {}) {
    super(problem.detail ?? problem.cause ?? TITLES[status] ?? `status ${status}`);
    this.status = status;
    this.problem = { title: TITLES[status] ?? 'Error', status, ...problem };
    this.headers = headers;
  }
}

/** A problem with a cause of TS 29.500 Table 5.2.7.2-1, which fixes the status. */
export function commonProblem(cause: CommonCause, detail?: string, invalidParams?: InvalidParam[]): SbiProblem {
  return new SbiProblem(STATUS_OF_CAUSE[cause], {
    cause,
    ...(detail === undefined ? {} : { detail }),
    ...(invalidParams?.length ? { invalidParams } : {}),
  });
}

/** A problem with a cause that one API defines, e.g. `(404, 'USER_NOT_FOUND')` of TS 29.503. */
export function problem(status: number, cause: string, detail?: string): SbiProblem {
  return new SbiProblem(status, { cause, ...(detail === undefined ? {} : { detail }) });
}
