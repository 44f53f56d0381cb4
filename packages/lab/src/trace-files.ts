/** The recorded exchanges of a run: one NDJSON file for each NF, read as one list in the order of time. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceRecord } from '@twincore/sbi';
import { followLines } from './follow-lines.ts';

function files(path: string): string[] {
  if (!existsSync(path)) return [];
  return statSync(path).isFile() ? [path] : readdirSync(path).map((name) => join(path, name));
}

/** Every record in `dir` (or in one file), by start time. A last line that an NF is still writing, or was killed in, is left out. */
export function readTrace(dir: string): TraceRecord[] {
  const records = files(dir).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => recordOf(line) ?? []),
  );
  return records.sort((a, b) => a.at - b.at);
}

function recordOf(line: string): TraceRecord | undefined {
  try {
    return JSON.parse(line) as TraceRecord;
  } catch {
    return undefined;
  }
}

/** New records in `dir`, as they are written, until `signal` aborts. */
export async function* followTrace(dir: string, signal: AbortSignal): AsyncGenerator<TraceRecord> {
  for await (const { line } of followLines(() => files(dir), signal)) {
    const record = recordOf(line);
    if (record) yield record;
  }
}

/** Waits until the NFs have written what they did (they write after they answer), at most a second. */
export async function traceSettled(dir: string): Promise<void> {
  const size = () => files(dir).reduce((sum, file) => sum + statSync(file).size, 0);
  for (let tries = 0, before = -1; tries < 10 && size() !== before; tries += 1) {
    before = size();
    await sleep(100);
  }
}
