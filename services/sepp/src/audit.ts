/** The audit log of the border: one line of JSON for each refusal, with who, what and why, and nothing of a subscriber. */
import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';

export interface AuditEntry {
  /** `MCC-MNC`, or `unknown` for who is no partner. */
  readonly partner: string;
  readonly direction: 'in' | 'out';
  readonly reason: string;
  readonly status: number;
  readonly operation?: string;
  readonly method?: string;
  readonly peer?: string;
  readonly detail?: string;
  readonly traceId?: string;
}

export class AuditLog {
  readonly #destination: ReturnType<typeof pino.destination>;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#destination = pino.destination({ dest: openSync(file, 'a', 0o600), sync: false });
  }

  refused(entry: AuditEntry): void {
    this.#destination.write(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
  }

  close(): void {
    this.#destination.flushSync();
    this.#destination.end();
  }
}
