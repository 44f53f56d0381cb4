/** This machine: Node, what is installed, disk, memory, Docker. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '@twincore/lab';
import { type Check, ok, problem, warning } from './finding.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

interface RootPackage {
  readonly config: { readonly pnpm: string };
  readonly devDependencies: Readonly<Record<string, string>>;
}
const rootPackage = () => JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as RootPackage;

export const node: Check = () => {
  const wanted = rootPackage().devDependencies.node;
  const found = process.versions.node;
  return found === wanted
    ? [ok('Node', found)]
    : [
        warning(
          'Node',
          `${found}; the workspace pins ${wanted}`,
          'Run it by npm run twincore, which takes the pinned one.',
        ),
      ];
};

/** The same stamp as scripts/run.mjs writes. */
export const installation: Check = () => {
  const stamp = join(PROJECT_ROOT, 'node_modules/.twincore-install');
  const wanted = createHash('sha256')
    .update(rootPackage().config.pnpm)
    .update(readFileSync(join(PROJECT_ROOT, 'pnpm-lock.yaml')))
    .digest('hex');
  const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  return isCurrent
    ? [ok('installed packages', 'as the lockfile says')]
    : [warning('installed packages', 'not those of the lockfile', 'npm start installs them.')];
};

const DISK = { problem: 200 * MIB, warning: 2 * GIB };

export const disk: Check = ({ dir }) => {
  const place = nearestExisting(dir);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const found = `${(free / GIB).toFixed(1)} GiB free at ${place}`;
  if (free < DISK.problem) return [problem('disk', found, 'Make room: state and traces are written there.')];
  if (free < DISK.warning)
    return [warning('disk', found, 'Make room before long; traces grow with what the lab does.')];
  return [ok('disk', found)];
};

const RUNS_WARNING = GIB;

export const runs: Check = ({ dir }) => {
  const place = join(dir, 'runs');
  if (!existsSync(place)) return [];
  const ids = readdirSync(place).filter((id) => id !== 'latest');
  const size = ids.reduce((sum, id) => sum + sizeOf(join(place, id)), 0);
  const found = `${ids.length} recorded, ${(size / MIB).toFixed(0)} MiB`;
  return size > RUNS_WARNING
    ? [warning('runs', found, `Remove those that you do not need any more: ${place}/<id>`)]
    : [ok('runs', found)];
};

function sizeOf(dir: string): number {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** Thirteen processes and the console. */
const MEMORY = 1.5 * GIB;

export const memory: Check = () => {
  const free = availableMemory();
  const found = `${(free / GIB).toFixed(1)} GiB available`;
  return free < MEMORY
    ? [warning('memory', found, 'The lab takes about a gigabyte: end something else, or expect it to be slow.')]
    : [ok('memory', found)];
};

/** Where the system tells what could be freed, that; `freemem` leaves out what caches hold. */
function availableMemory(): number {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    return kib === undefined ? freemem() : Number(kib) * 1024;
  } catch {
    return freemem();
  }
}

const DOCKER_MS = 5_000;

export const docker: Check = async () => {
  try {
    const arguments_ = ['version', '--format', '{{.Server.Version}}'];
    const { stdout } = await promisify(execFile)('docker', arguments_, { timeout: DOCKER_MS });
    return [ok('Docker', `engine ${stdout.trim()}`)];
  } catch (error) {
    const { code } = Object(error) as { code?: unknown };
    const found = code === 'ENOENT' ? 'no command docker' : 'the engine does not answer';
    return [
      warning(
        'Docker',
        found,
        'Only docker-compose up and the container tests need it; npm start does not. Install or start it for those.',
      ),
    ];
  }
};

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(resolve(path, '..'));
}
