/** What went wrong in the lab, in words for its user, and what to do about it. The CLI prints both and no stack. */
export class LabError extends Error {
  readonly advice: string;
  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** The `code` of a system error such as ENOENT; undefined for any other value. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
