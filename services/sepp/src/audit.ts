/** The audit log of the border: one line of JSON for each refusal, with who, what and why, and nothing of a subscriber. */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface AuditEntry {
  /** `MCC-MNC`, or `unknown` for who is no partner. */
  readonly partner: string;
  readonly direction: 'in' | 'out';
  readonly reason: string;
  /** Of the answer; absent where there was no connection to answer on. */
  readonly status?: number;
  readonly operation?: string;
  readonly method?: string;
  readonly peer?: string;
  /** Where somebody who has no name came from. */
  readonly address?: string;
  readonly detail?: string;
  readonly traceId?: string;
}

export interface AuditLimits {
  /** Octets of one file; then it becomes `….1`, the former `….1` becomes `….2`, and so on. */
  readonly fileBytes: number;
  /** How many files there may be. */
  readonly files: number;
}

/** Writes each line before it returns: what was refused is on record, even when the SEPP is killed. */
export class AuditLog {
  readonly #file: string;
  readonly #limits: AuditLimits;
  #fd: number;
  #octets: number;

  constructor(file: string, limits: AuditLimits) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#file = file;
    this.#limits = limits;
    this.#fd = open(file);
    this.#octets = fstatSync(this.#fd).size;
  }

  refused(entry: AuditEntry): void {
    const line = Buffer.from(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
    if (this.#octets > 0 && this.#octets + line.length > this.#limits.fileBytes) this.#rotate();
    this.#octets += line.length;
    writeSync(this.#fd, line);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    const named = (n: number) => (n === 0 ? this.#file : `${this.#file}.${n}`);
    rmSync(named(this.#limits.files - 1), { force: true });
    for (let n = this.#limits.files - 1; n > 0; n--) {
      if (existsSync(named(n - 1))) renameSync(named(n - 1), named(n));
    }
    this.#fd = open(this.#file);
    this.#octets = 0;
  }
}

const open = (file: string) => openSync(file, 'a', 0o600);
