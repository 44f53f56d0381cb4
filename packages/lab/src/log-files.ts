/** The logs of NFs: pino's JSON lines, and whatever else a process prints, as one kind of line. */
import { readFileSync } from 'node:fs';

export const LOG_LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LogLevel = keyof typeof LOG_LEVELS;

export interface LogLine {
  /** Milliseconds since 1970; undefined for what is no JSON, such as a stack of a process that died. */
  readonly at: number | undefined;
  readonly level: LogLevel;
  readonly message: string;
  /** The other members of the line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What is no JSON is for everybody to see. */
export function parseLogLine(line: string): LogLine {
  try {
    const { time, level, msg, nf: _nf, plmn: _plmn, id: _id, pid: _pid, hostname: _host, ...fields } = JSON.parse(line);
    return {
      at: typeof time === 'number' ? time : undefined,
      level: nameOf(Number(level)),
      message: typeof msg === 'string' ? msg : '',
      fields,
    };
  } catch {
    return { at: undefined, level: 'error', message: line, fields: {} };
  }
}

/** Every line of a log file. */
export function readLog(file: string): LogLine[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(parseLogLine);
}

function nameOf(level: number): LogLevel {
  const names = Object.keys(LOG_LEVELS) as LogLevel[];
  return names.findLast((name) => LOG_LEVELS[name] <= level) ?? 'info';
}
