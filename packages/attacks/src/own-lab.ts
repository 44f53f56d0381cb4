/** A lab for attacks alone, when none runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, LabError, startLab } from '@twincore/lab';

/** Below the ports that systems give to outgoing connections. */
const PORT_OFFSETS = [4_000, 4_300, 4_600, 6_300, 6_600, 12_000, 12_300, 12_600];

/** Starts a lab in a temporary directory, works with it, and ends it. Throws a {@link LabError} when it does not start. */
export async function withOwnLab<T>(signal: AbortSignal, work: (lab: Lab) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-attacks-'));
  try {
    const lab = await startSomewhere(dir, signal);
    try {
      for (const { supi } of lab.usims) await lab.ue(supi).provision();
      return await work(lab);
    } finally {
      await lab.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startSomewhere(dir: string, signal: AbortSignal): Promise<Lab> {
  for (const portOffset of PORT_OFFSETS) {
    try {
      return await startLab({ dir, portOffset, signal });
    } catch (error) {
      if (!(error instanceof LabError) || !/these ports are in use|EADDRINUSE/.test(error.message)) throw error;
    }
  }
  throw new LabError('no free ports for a lab were found', 'Stop another lab first: npm run twincore -- down', {
    reason: 'machine',
  });
}
