/** The web console as a process beside the lab: started with it, ended with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT, type RunDirectory } from './directory.ts';
import { LabError } from './errors.ts';

export interface ConsoleOptions {
  readonly dir: string;
  readonly run: RunDirectory;
  readonly port: number;
  /** An address other than loopback; then it demands a login. */
  readonly listen?: string | undefined;
}

export interface ConsoleProcess {
  readonly url: string;
  /** To be shown once; only where a login is demanded. */
  readonly password?: string;
  stop(): Promise<void>;
}

const MAIN = join(PROJECT_ROOT, 'services/console/src/main.ts');
const STOP_TIMEOUT_MS = 5_000;

/** Resolves when the console listens. Throws a {@link LabError} with the last line that it said when it does not. */
export async function startConsole({ dir, run, port, listen }: ConsoleOptions): Promise<ConsoleProcess> {
  const configFile = join(run.dir, 'console.json');
  const logFile = join(run.logs, 'console.log');
  const config = { dir, port, ...(listen === undefined ? {} : { host: listen }) };
  writeFileSync(configFile, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  const log = openSync(logFile, 'a', 0o600);
  // A group of its own, as the NFs have: Ctrl-C reaches the launcher, which ends everything in order.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, '--config', configFile], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  const killNow = () => child.kill('SIGKILL');
  process.once('exit', killNow);
  const exited = new Promise<undefined>((resolve) => {
    child.once('exit', () => resolve(undefined));
    child.once('error', () => resolve(undefined));
  });
  const said = once(child, 'message').then(([message]) => message as { url: string; password?: string });
  said.catch(() => {});
  const open = await Promise.race([said, exited]);
  if (!open) {
    process.off('exit', killNow);
    const lastLine = readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1) ?? '';
    throw new LabError(lastLine || 'the console ended at once', `The lab runs without it. Its log: ${logFile}`);
  }
  return {
    ...open,
    async stop() {
      process.off('exit', killNow);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(killNow, STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}
