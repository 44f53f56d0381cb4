/** What an NF said no to, in words. */
import { commandLine, LabError } from '../errors.ts';
import type { NfInfo } from '../lab-info.ts';
import type { OperatorResponse } from '../operator.ts';

/** What to do, by the `cause` of the ProblemDetails. */
const ADVICE: Readonly<Record<string, string>> = {
  USER_NOT_FOUND: `There is no such subscriber: ${commandLine('subscriber list')}`,
  UE_NOT_FOUND: `There is no such UE: ${commandLine('ue list')}`,
  UE_BUSY: 'A procedure of this UE is under way; wait for its end and try again.',
};

/** `what`: whom or what was asked about. */
export function refusalOf(nf: NfInfo, what: string, { status, body }: OperatorResponse): LabError {
  const { cause, detail, invalidParams } = Object(body) as Record<string, unknown>;
  const places = Array.isArray(invalidParams) ? invalidParams.map(({ param, reason }) => `${param} ${reason}`) : [];
  const why = [cause, detail, ...places].filter(Boolean).join(': ');
  return new LabError(
    `${nf.label} refused ${what} with ${status}${why ? ` (${why})` : ''}`,
    ADVICE[String(cause)] ?? `Its log: ${nf.logFile}`,
  );
}
