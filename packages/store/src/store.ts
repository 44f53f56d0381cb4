/** What an NF needs of a database. Every method is asynchronous, so that a networked backend fits behind it as well. */

export interface WriteOptions {
  /** Milliseconds since 1970; from then on the entry does not exist any more. */
  readonly expiresAt?: number;
}

export interface ListOptions {
  readonly prefix?: string;
  /** Only keys after this one, in octet order: the last key of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

export interface Entry<T> {
  readonly key: string;
  readonly value: T;
}

/** JSON values by key. A promise of a write resolves when the write survives a power cut, not before. */
export interface Collection<T> {
  get(key: string): Promise<T | undefined>;
  put(key: string, value: T, options?: WriteOptions): Promise<void>;
  /** False when there was nothing to delete. */
  delete(key: string): Promise<boolean>;
  /**
   * Reads, changes and writes as one step that no other write comes between. `change` is synchronous; what it returns is
   * written (undefined deletes), what it throws rejects the promise and writes nothing.
   */
  update(
    key: string,
    change: (current: T | undefined) => T | undefined,
    options?: WriteOptions,
  ): Promise<T | undefined>;
  /** Ordered by key. */
  list(options?: ListOptions): Promise<Entry<T>[]>;
}

export interface Store {
  /** A collection by name; made when it is first used. */
  collection<T>(name: string): Collection<T>;
  /** Finishes what was begun, then closes. */
  close(): Promise<void>;
}
