/** What the commands that talk to a running lab have in common. */
import { attachLab, type LabClient } from '@twincore/lab';
import type { Command } from 'commander';

export interface LabOptions {
  readonly dir?: string;
  readonly json?: boolean;
}

/** --dir and --json. */
export function labOptions(command: Command): Command {
  return command
    .option('--dir <directory>', 'the lab directory (default: .twincore)')
    .option('--json', 'print JSON, for programs');
}

/** Attaches to the lab in `dir`, works with it, and lets go of it. */
export async function withLab<T>({ dir }: LabOptions, work: (lab: LabClient) => Promise<T>): Promise<T> {
  const lab = await attachLab(dir === undefined ? {} : { dir });
  try {
    return await work(lab);
  } finally {
    await lab.close();
  }
}
