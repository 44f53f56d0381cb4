/** What the subcommands of `twincore` have in common as a process: signals and errors. */
import { LabError } from '@twincore/lab';
import { SbiProblem } from '@twincore/sbi';
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.ts';

/** A signal that aborts at the first SIGINT, SIGTERM or SIGHUP; a second one ends this process at once. */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Says on standard error what went wrong and what to do, and returns the exit status. A stack only for what nobody foresaw. */
export function reportError(error: unknown, { json = false } = {}): number {
  // Commander has said already what is wrong with the call.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const told = wordsFor(error);
  if (!told) {
    console.error(error);
    console.error('\nThis is a fault of twincore. Please report it with the lines above.');
    return EXIT.fault;
  }
  const { message, advice, exitCode } = told;
  if (json) console.error(JSON.stringify({ error: message, advice, exitCode }));
  else console.error(`error: ${message}${advice ? `\n\n${advice}` : ''}`);
  return exitCode;
}

function wordsFor(error: unknown): { message: string; advice: string; exitCode: number } | undefined {
  if (error instanceof LabError) {
    return { message: error.message, advice: error.advice, exitCode: exitCodeOf(error.reason) };
  }
  if (error instanceof SbiProblem) {
    return {
      message: error.message,
      advice: 'Is it up? npm run twincore -- status',
      exitCode: EXIT.failed,
    };
  }
  const { code, path, syscall } = Object(error) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  const message = error instanceof Error ? error.message : code;
  return { message, advice: adviceFor(code, path), exitCode: EXIT.machine };
}

/** What to do about an error of the operating system. */
function adviceFor(code: string, path = 'the path'): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: `There is no ${path}: name another.`,
    EACCES: `You may not use ${path}: name another, or change its permissions.`,
    EPERM: `You may not use ${path}: name another, or change its permissions.`,
    ENOSPC: 'The disk is full: npm run twincore -- doctor',
    EISDIR: `${path} is a directory: name a file.`,
    ENOTDIR: `${path} is a file: name a directory.`,
    EROFS: `${path} cannot be written: name another.`,
    EMFILE: 'Too many files are open: raise the limit (ulimit -n).',
  };
  return known[code] ?? 'npm run twincore -- doctor may tell more.';
}
