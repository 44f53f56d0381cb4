/** What a producer's guard found in a token, check by check, out of the record of the request. */
import { TOKEN_CHECKS } from '@twincore/lab';
import type { SbiTraceRecord } from '@twincore/sbi';
import type { CheckResult } from '../wire.ts';

/** Undefined where no token was asked for. */
export function tokenChecksOf({ token }: SbiTraceRecord): CheckResult[] | undefined {
  if (typeof token !== 'object' || token === null) return undefined;
  const { verdict, reason } = token;
  const claims = Object(token.claims) as Record<string, unknown>;
  const failing = TOKEN_CHECKS.findIndex(({ reasons }) => reason !== undefined && reasons.includes(reason));
  return TOKEN_CHECKS.map(({ name, clause, claim, reasons }, index): CheckResult => {
    const value = claim === undefined ? undefined : claims[claim];
    const shown = value === undefined ? {} : { detail: typeof value === 'string' ? value : JSON.stringify(value) };
    const applies = claim === undefined || value !== undefined || token.claims === undefined;
    const passed = { name, clause, result: applies ? ('passed' as const) : ('not applicable' as const), ...shown };
    if (verdict === 'verified' || index < failing) return passed;
    // A reason that is in no table is of a check beside these.
    if (failing < 0) return { name, clause, result: 'not checked', ...shown };
    if (index > failing) return { name, clause, result: 'not reached', ...shown };
    return { name, clause, result: 'failed', detail: shown.detail ?? reasons.join(', ') };
  });
}
