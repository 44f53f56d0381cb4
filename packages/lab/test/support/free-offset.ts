/** A port offset at which no port of the topology is in use: another lab may be up, a developer's or another test's. */
import { join } from 'node:path';
import { checkPortsFree, LabError, PROJECT_ROOT, portsOfTopology, readTopology } from '../../src/index.ts';

/** The first of `candidates`, which are below the ports that systems give to outgoing connections, that is free. */
export async function freePortOffset(candidates: readonly number[]): Promise<number> {
  for (const offset of candidates) {
    try {
      await checkPortsFree(portsOfTopology(readTopology(join(PROJECT_ROOT, 'deploy'), offset)));
      return offset;
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
    }
  }
  throw new Error(`none of the port offsets ${candidates.join(', ')} is free`);
}
