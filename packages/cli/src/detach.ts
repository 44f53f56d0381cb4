/** `twincore up --detach`: the launcher goes on in the background, this process leaves when the lab is up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_DIR } from '@twincore/lab';
import { EXIT } from './exit-codes.ts';
import { aborted, abortOnSignals } from './process.ts';

/** What the launcher in the background says when its job is done and the lab is up. */
export const UP = 'up';
const DETACH = new Set(['-d', '--detach']);
const POLL_MS = 200;

/** Starts this same command again without --detach, shows what it prints, and returns the exit status: its own when it ends early. */
export async function startDetached({ dir = DEFAULT_DIR }: { dir?: string | undefined }): Promise<number> {
  const signal = abortOnSignals();
  mkdirSync(resolve(dir), { recursive: true, mode: 0o700 });
  const file = join(resolve(dir), 'up.log');
  const log = openSync(file, 'w', 0o600);
  const [main = '', ...args] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, main, ...args.filter((arg) => !DETACH.has(arg))], {
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  closeSync(log);
  let shown = 0;
  const show = () => {
    const more = readFileSync(file).subarray(shown);
    shown += more.length;
    process.stdout.write(more);
  };
  const timer = setInterval(show, POLL_MS);
  const ended = once(child, 'exit').then(([code]) => (code as number | null) ?? EXIT.failed);
  const up = new Promise<typeof UP>((resolve) => {
    child.on('message', (message) => {
      if (message === UP) resolve(UP);
    });
  });
  const outcome = await Promise.race([up, ended, aborted(signal).then(() => undefined)]);
  if (outcome === undefined) {
    child.kill('SIGTERM');
    await ended;
  }
  clearInterval(timer);
  show();
  // From here on it lives alone.
  if (child.connected) child.disconnect();
  child.unref();
  if (outcome === undefined) return EXIT.interrupted;
  return outcome === UP ? EXIT.ok : outcome;
}
