/** The store on one SQLite file (node:sqlite). */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { Collection, Entry, ListOptions, Store, WriteOptions } from './store.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS entries (
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (collection, key)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX IF NOT EXISTS entries_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
`;
const SWEEP_INTERVAL_MS = 30_000;
const DEFAULT_LIMIT = 10_000;

/** A write that waits for the next commit. `run` happens inside the transaction. */
interface PendingWrite {
  readonly run: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Opens (or makes) the database `file`; `:memory:` for one that lasts as long as the process. */
export function openStore(file: string): Store {
  return new SqliteStore(file);
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #statements: Record<'get' | 'put' | 'delete' | 'list' | 'sweep', StatementSync>;
  readonly #sweeper: NodeJS.Timeout;
  #pending: PendingWrite[] = [];
  #flush: NodeJS.Immediate | undefined;

  constructor(file: string) {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(file);
    this.#db.exec(SCHEMA);
    const alive = '(expires_at IS NULL OR expires_at > ?)';
    this.#statements = {
      get: this.#db.prepare(`SELECT value FROM entries WHERE collection = ? AND key = ? AND ${alive}`),
      put: this.#db.prepare('INSERT OR REPLACE INTO entries (collection, key, value, expires_at) VALUES (?, ?, ?, ?)'),
      delete: this.#db.prepare(`DELETE FROM entries WHERE collection = ? AND key = ? AND ${alive}`),
      list: this.#db.prepare(
        `SELECT key, value FROM entries WHERE collection = ? AND key > ? AND key >= ? AND key < ? AND ${alive} ORDER BY key LIMIT ?`,
      ),
      sweep: this.#db.prepare('DELETE FROM entries WHERE expires_at <= ?'),
    };
    this.#sweeper = setInterval(() => this.#write(() => this.#statements.sweep.run(Date.now())), SWEEP_INTERVAL_MS);
    this.#sweeper.unref();
  }

  collection<T>(name: string): Collection<T> {
    const { get, put, delete: remove, list } = this.#statements;
    const read = (key: string) => parse<T>(get.get(name, key, Date.now()));
    const write = (key: string, value: T, options?: WriteOptions) =>
      put.run(name, key, JSON.stringify(value), options?.expiresAt ?? null);
    return {
      get: async (key) => read(key),
      put: (key, value, options) => this.#write(() => void write(key, value, options)),
      delete: (key) => this.#write(() => remove.run(name, key, Date.now()).changes > 0),
      update: (key, change, options) =>
        this.#write(() => {
          const changed = change(read(key));
          if (changed === undefined) remove.run(name, key, Date.now());
          else write(key, changed, options);
          return changed;
        }),
      list: async ({ prefix = '', after = '', limit = DEFAULT_LIMIT }: ListOptions = {}) => {
        const rows = list.all(name, after, prefix, endOfPrefix(prefix), Date.now(), limit);
        return rows.map((row) => ({ key: String(row.key), value: parse<T>(row) })) as Entry<T>[];
      },
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#commit();
    this.#db.close();
  }

  /** Writes of one turn of the event loop share a transaction: waiting for the disk is what costs. */
  #write<R>(run: () => R): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (!this.#db.isOpen) {
        reject(new Error('the store is closed'));
        return;
      }
      this.#pending.push({ run, resolve: resolve as (value: never) => void, reject });
      this.#flush ??= setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    const batch = this.#pending;
    if (batch.length === 0) return;
    this.#pending = [];
    const done: (() => void)[] = [];
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      for (const { run, resolve, reject } of batch) {
        try {
          const result = run();
          done.push(() => resolve(result as never));
        } catch (error) {
          done.push(() => reject(error));
        }
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const settle of done) settle();
  }
}

function parse<T>(row: Record<string, SQLOutputValue> | undefined): T | undefined {
  return row === undefined ? undefined : (JSON.parse(String(row.value)) as T);
}

/** The first string after all that begin with `prefix`. Keys are text, so nothing sorts after U+10FFFF. */
function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
