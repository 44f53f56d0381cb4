/** The command as a process, as people run it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab';

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const MAIN = join(PROJECT_ROOT, 'packages/cli/src/main.ts');

export async function twincore(
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (more) => (text[name] += more));
  child.stdin.on('error', () => {}).end(input);
  const [status] = await once(child, 'close');
  return { status, ...text };
}
