/** The lab's directory (`.twincore/` by default): what survives a run, what belongs to one run, and who is running. */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, commandLine, LabError } from './errors.ts';

export const PROJECT_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
/** `TWINCORE_DIR` names another; in the image it is the volume. */
export const DEFAULT_DIR = process.env.TWINCORE_DIR ?? join(PROJECT_ROOT, '.twincore');

export interface RunDirectory {
  readonly id: string;
  readonly dir: string;
  readonly trace: string;
  readonly logs: string;
  readonly config: string;
}

/** A lab directory of which this process is the only user until `release`. */
export interface LabDirectory {
  readonly dir: string;
  readonly pki: string;
  readonly state: string;
  newRun(): RunDirectory;
  release(): void;
}

/** Makes the directory where it is missing and locks it. Throws a {@link LabError} while another lab is running in it. */
export function openLabDirectory(dir: string): LabDirectory {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = join(dir, 'lab.lock');
  takeLock(lock, dir);
  return {
    dir,
    pki: join(dir, 'pki'),
    state: join(dir, 'state'),
    newRun: () => newRun(join(dir, 'runs')),
    release: () => rmSync(lock, { force: true }),
  };
}

function takeLock(lock: string, dir: string): void {
  try {
    writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const pid = Number(readFileSync(lock, 'utf8'));
    if (isAlive(pid)) {
      throw new LabError(
        `a lab is running in ${dir} already (process ${pid})`,
        `Stop it (${commandLine('down')}), or start a second one with --dir ANOTHER_DIRECTORY --port-offset 2000.`,
        { reason: 'machine' },
      );
    }
    rmSync(lock, { force: true });
    takeLock(lock, dir);
  }
}

/** The launcher that holds the lock of a lab directory; undefined when nobody does. */
export function launcherOf(dir: string): { readonly pid: number; readonly alive: boolean } | undefined {
  try {
    const pid = Number(readFileSync(join(dir, 'lab.lock'), 'utf8'));
    return { pid, alive: isAlive(pid) };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Begins a run: its directories, and `latest`, which names it. */
export function newRun(runs: string): RunDirectory {
  const id = new Date().toISOString().replaceAll(':', '-').replace('Z', '');
  const run = runDirectory(runs, id);
  for (const dir of [run.trace, run.logs, run.config]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const latest = join(runs, 'latest');
  rmSync(latest, { force: true });
  symlinkSync(id, latest);
  return run;
}

function runDirectory(runs: string, id: string): RunDirectory {
  const dir = join(runs, id);
  return { id, dir, trace: join(dir, 'trace'), logs: join(dir, 'logs'), config: join(dir, 'config') };
}

/** The run `id` of a lab directory, the last one by default. Throws a {@link LabError} when there is none. */
export function findRun(dir: string, id = 'latest'): RunDirectory {
  const runs = join(dir, 'runs');
  const known = listRuns(runs);
  if (known.length === 0)
    throw new LabError(`there is no run in ${dir} yet`, 'Start the lab first: npm start -- --exit', {
      reason: 'no-lab',
    });
  if (!known.includes(id)) {
    throw new LabError(`there is no run ${id} in ${dir}`, `There are: ${known.slice(-8).join(', ')}`, {
      reason: 'usage',
    });
  }
  return runDirectory(runs, id);
}

function listRuns(runs: string): string[] {
  try {
    return readdirSync(runs).sort();
  } catch {
    return [];
  }
}
