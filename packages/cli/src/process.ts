/** What the subcommands of `twincore` have in common. */
import { LabError } from '@twincore/lab';

/** The exit status of a process that SIGINT ended. */
export const INTERRUPTED = 130;

/** A signal that aborts at the first SIGINT, SIGTERM or SIGHUP; a second one ends this process at once. */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
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

/** Prints what went wrong and what to do; a stack only for what nobody foresaw. */
export function printError(error: unknown): void {
  if (error instanceof LabError) console.error(`\nerror: ${error.message}\n\n${error.advice}`);
  else console.error(error);
}
