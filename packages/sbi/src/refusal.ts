/** A request that is refused because of who sent it or what it may do. */
import type { AccessTokenClaims } from '@twincore/model';
import { SbiProblem } from './problem.ts';

/** What a {@link Refusal} may carry beside its status and its reason. */
export interface RefusalDetails {
  /** Value of WWW-Authenticate (RFC 6750 3). */
  readonly challenge?: string;
  /** The `cause` of the TS, where it names one. */
  readonly cause?: string;
  /** Claims of the token that was refused, for the trace. */
  readonly claims?: AccessTokenClaims | undefined;
}

/** 401 or 403 with a short reason for the counter and the trace. */
export class Refusal extends SbiProblem {
  readonly reason: string;
  readonly claims: AccessTokenClaims | undefined;
  constructor(status: 401 | 403, reason: string, detail: string, { challenge, cause, claims }: RefusalDetails = {}) {
    super(
      status,
      { detail, ...(cause === undefined ? {} : { cause }) },
      challenge === undefined ? {} : { 'www-authenticate': challenge },
    );
    this.reason = reason;
    this.claims = claims;
  }
}
