/** Whether the lab's ports are free, asked before anything is started. */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { codeOf, LabError } from './errors.ts';
import { labelOf } from './nf-configs.ts';
import { listensAt, type SitePlan } from './topology.ts';

/** Every port that a topology wants, and who wants it. */
export function portsOfTopology(topology: readonly SitePlan[]): { host: string; port: number; label: string }[] {
  return topology.flatMap((site) =>
    site.nfs.flatMap((nf) => listensAt(nf).map((place) => ({ ...place, label: labelOf(site, nf) }))),
  );
}

/** Throws a {@link LabError} that names every port that another process has, and that process where the system tells. */
export async function checkPortsFree(wanted: readonly { host: string; port: number; label: string }[]): Promise<void> {
  const free = await Promise.all(wanted.map(({ host, port }) => isFree(host, port)));
  const taken = wanted.filter((_port, index) => !free[index]);
  if (taken.length === 0) return;
  const lines = taken.map(({ port, label }) => `  ${port} (for ${label})${ownerOf(port)}`);
  throw new LabError(
    `these ports are in use:\n${lines.join('\n')}`,
    'End what uses them, or move the lab with --port-offset 2000.',
    { reason: 'machine' },
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve(false);
      else
        reject(
          new LabError(`port ${port} of ${host}: ${error.message}`, 'Choose another --port-offset.', {
            reason: 'machine',
          }),
        );
    });
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** ` by node (process 4711)`, or nothing where `ss` is missing or may not tell. */
function ownerOf(port: number): string {
  try {
    const line = execFileSync('ss', ['-ltnpH', `sport = :${port}`], { encoding: 'utf8', stdio: 'pipe' });
    const [, name, pid] = /\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    return name && pid ? ` by ${name} (process ${pid})` : '';
  } catch {
    return '';
  }
}
