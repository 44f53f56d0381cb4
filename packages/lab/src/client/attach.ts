/** From a lab directory to a client of the lab that runs in it. */
import { LabError } from '../errors.ts';
import type { LabClient } from './types.ts';

export interface AttachOptions {
  /** `.twincore` in the project root by default. */
  readonly dir?: string;
}

/** Throws a {@link LabError} (`no-lab`) where no lab runs, or only a part of it. */
export async function attachLab(_options: AttachOptions = {}): Promise<LabClient> {
  throw new LabError('not written yet', 'Wait.');
}
