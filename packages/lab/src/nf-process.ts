/** One NF as an operating system process: started, watched, stopped, and explained when it fails. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { LabError } from './errors.ts';

/** The lab is being stopped while the NF is still starting: nothing is wrong with the NF. */
export class StoppedBeforeReady extends LabError {
  constructor(label: string) {
    super(`${label} was stopped before it was ready`, 'Start it again.');
  }
}

export interface NfProcessOptions {
  /** How people call it, e.g. `AUSF(001-01)`. */
  readonly label: string;
  /** The service's `main.ts`. */
  readonly main: string;
  readonly configFile: string;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  readonly readyTimeoutMs?: number;
  /** File that the TLS secrets of its connections are added to. */
  readonly keylog?: string;
  /** The process ended although nobody asked it to. */
  readonly onUnexpectedExit?: (how: string) => void;
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
/** A young generation of 2 MiB a half instead of 16: a quarter less memory for the whole lab (`npm run bench -- registrations`). */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2'];

/** What the launcher does with an NF, whoever runs it. */
export type NfRunner = Pick<
  NfProcess,
  'label' | 'pid' | 'startedAt' | 'restarts' | 'start' | 'stop' | 'kill9' | 'killNow'
>;

export class NfProcess {
  readonly label: string;
  readonly #options: NfProcessOptions;
  #child: ChildProcess | undefined;
  #ready = false;
  #ending = false;
  #starts = 0;
  #startedAt = 0;

  constructor(options: NfProcessOptions) {
    this.label = options.label;
    this.#options = options;
  }

  /** Of the running process; undefined when there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts beyond the first. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  /** Milliseconds since 1970; undefined while there is no process. */
  get startedAt(): number | undefined {
    return this.#child && this.#startedAt;
  }

  /**
   * Starts the process and resolves when it says that it listens and is registered at its NRF. Throws a {@link LabError}
   * with the end of its log when it ends before that, or is not ready in time.
   */
  async start(): Promise<void> {
    if (this.#child) throw new Error(`${this.label} is running already`);
    const { main, configFile, logFile, readyTimeoutMs = READY_TIMEOUT_MS, keylog } = this.#options;
    const log = openSync(logFile, 'a', 0o600);
    const logBegin = fstatSync(log).size;
    // A process group of its own: Ctrl-C in the terminal reaches the launcher alone, which stops the NFs in order.
    const options = keylog === undefined ? NODE_OPTIONS : [...NODE_OPTIONS, `--tls-keylog=${keylog}`];
    const child = spawn(process.execPath, [...options, main, '--config', configFile], {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    this.#starts += 1;
    this.#startedAt = Date.now();
    this.#ready = false;
    this.#ending = false;
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        if (this.#child === child) this.#child = undefined;
        const how = signal ? `signal ${signal}` : `exit code ${code}`;
        if (this.#ready && !this.#ending) this.#options.onUnexpectedExit?.(how);
        resolve(how);
      });
      // A process that cannot even be spawned has no exit, only an error.
      child.once('error', (error) => {
        if (child.pid === undefined) this.#child = undefined;
        resolve(error.message);
      });
    });
    const outcome = await firstOf(child, exited, readyTimeoutMs);
    if (outcome === 'ready') {
      this.#ready = true;
      return;
    }
    if (this.#ending) throw new StoppedBeforeReady(this.label);
    await this.kill9();
    throw startFailure(this.#options, outcome ?? `not ready after ${readyTimeoutMs / 1000} s`, logBegin);
  }

  /** SIGTERM, so that it drains and deregisters; SIGKILL when it takes longer than 5 s. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** SIGKILL: what a power cut does to it. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** For the launcher's own last moment, when nothing can be awaited any more. */
  killNow(): void {
    this.#ending = true;
    this.#child?.kill('SIGKILL');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#ending = true;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }
}

/** `ready`, how the process ended, or undefined when neither came in time. */
async function firstOf(child: ChildProcess, exited: Promise<string>, timeoutMs: number): Promise<string | undefined> {
  const ready = new Promise<string>((resolve) => {
    child.on('message', (message) => {
      if (message === 'ready') resolve(message);
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([ready, exited, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const KNOWN_FAILURES: readonly { readonly sign: RegExp; readonly advice: string }[] = [
  {
    sign: /EADDRINUSE/,
    advice: 'Another process has its port: find it with "ss -ltnp", or start with --port-offset 2000.',
  },
  { sign: /is not a valid configuration/, advice: 'Mend its entry in the topology (deploy/*.yaml).' },
  {
    sign: /ERR_MODULE_NOT_FOUND|Cannot find (module|package)/,
    advice: 'Install again: rm -rf node_modules && npm start',
  },
  {
    sign: /file is not a database|database disk image is malformed|SQLITE_(CORRUPT|NOTADB)/,
    advice: 'What it has stored is damaged: remove its folder below state/ in the lab directory and start again.',
  },
  { sign: /ENOSPC|no space left|database or disk is full/, advice: 'The disk is full: make room and start again.' },
  { sign: /the NRF did not register/, advice: 'Look into the log of its NRF, which stands beside this one.' },
];

/** `logBegin`: where the log of this start begins. */
function startFailure({ label, logFile }: NfProcessOptions, how: string, logBegin: number): LabError {
  const lines = lastLinesOf(logFile, 12, logBegin);
  const advice = KNOWN_FAILURES.find(({ sign }) => lines.some((line) => sign.test(line)))?.advice;
  const told =
    lines.length > 0 ? `the end of its log:\n${lines.map((line) => `  | ${line}`).join('\n')}` : 'its log is empty';
  return new LabError(
    `${label} did not start (${how}); ${told}`,
    `${advice ?? 'The log may say more.'} Whole log: ${logFile}`,
  );
}

/** The end of a log from octet `begin` on, pino's JSON lines turned into text. */
export function lastLinesOf(logFile: string, count: number, begin = 0): string[] {
  return readFileSync(logFile)
    .subarray(begin)
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .slice(-count)
    .map(readable);
}

function readable(line: string): string {
  try {
    const { level, msg, err, reason } = JSON.parse(line) as Record<string, unknown>;
    const name = { 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }[Number(level)] ?? '';
    const message = typeof err === 'object' && err !== null && 'message' in err ? err.message : reason;
    return [name, msg, message].filter(Boolean).join(': ');
  } catch {
    return line;
  }
}
