/** What the exit status of `twincore` means. docs/cli.md has the table. */
import type { LabErrorReason } from '@twincore/lab';

export const EXIT = {
  ok: 0,
  /** It was tried and did not succeed, or the answer is no. */
  failed: 1,
  /** The call is wrong: nothing was tried. */
  usage: 2,
  noLab: 3,
  /** Something on this machine is in the way. */
  machine: 4,
  /** A fault of twincore itself (EX_SOFTWARE of sysexits.h). */
  fault: 70,
  /** SIGINT ended it. */
  interrupted: 130,
} as const;

const BY_REASON: Readonly<Record<LabErrorReason, number>> = {
  failed: EXIT.failed,
  usage: EXIT.usage,
  'no-lab': EXIT.noLab,
  machine: EXIT.machine,
};

export function exitCodeOf(reason: LabErrorReason): number {
  return BY_REASON[reason];
}
