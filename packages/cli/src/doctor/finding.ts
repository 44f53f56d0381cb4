/** What the doctor says of one thing. */
export interface Finding {
  /** `warning`: the lab works, but not everything, or not for long. `problem`: it does not. */
  readonly level: 'ok' | 'warning' | 'problem';
  /** What was looked at. */
  readonly what: string;
  readonly found: string;
  /** What to do; with a warning or a problem. */
  readonly advice?: string;
}

export interface Patient {
  /** The lab directory, absolute. */
  readonly dir: string;
  readonly deploy: string;
  readonly portOffset: number;
}
export type Check = (patient: Patient) => Finding[] | Promise<Finding[]>;

export const ok = (what: string, found: string): Finding => ({ level: 'ok', what, found });
export const warning = (what: string, found: string, advice: string): Finding => ({
  level: 'warning',
  what,
  found,
  advice,
});
export const problem = (what: string, found: string, advice: string): Finding => ({
  level: 'problem',
  what,
  found,
  advice,
});
