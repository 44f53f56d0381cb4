/**
 * Whose fault it is. `failed`: what was asked for was tried and did not succeed. `usage`: the question is wrong. `no-lab`: there is
 * no lab to ask. `machine`: something on this machine is in the way.
 */
export type LabErrorReason = 'failed' | 'usage' | 'no-lab' | 'machine';

/** What went wrong in the lab, in words for its user, and what to do about it. The CLI prints both and no stack. */
export class LabError extends Error {
  readonly advice: string;
  readonly reason: LabErrorReason;
  constructor(message: string, advice: string, options: ErrorOptions & { reason?: LabErrorReason } = {}) {
    super(message, options);
    this.advice = advice;
    this.reason = options.reason ?? 'failed';
  }
}

/** How a command is typed: `npm run twincore -- status`. */
export function commandLine(command: string): string {
  return `npm run twincore -- ${command}`;
}

/** The `code` of a system error such as ENOENT; undefined for any other value. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
