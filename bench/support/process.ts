/** Processes that a benchmark starts, and what they cost. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Started {
  readonly child: ChildProcess;
  /** What it sent first. */
  readonly message: unknown;
  stop(): Promise<void>;
}

/** Starts a module and waits for its first message. */
export async function start(module: string, args: readonly string[]): Promise<Started> {
  const child = fork(module, [...args], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${module} ended with ${code}`)));
  ended.catch(() => {});
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return {
    child,
    message,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Clock ticks a second of /proc/<pid>/stat on Linux. */
const TICKS = 100;

/** Seconds of processor time that a process has used, user and system. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Memory of a process in octets: resident, and its share of it when pages that several map are divided among them. */
export function memory(pid: number): { resident: number; proportional: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]);
  return { resident: kilobytes('Rss') * 1024, proportional: kilobytes('Pss') * 1024 };
}
