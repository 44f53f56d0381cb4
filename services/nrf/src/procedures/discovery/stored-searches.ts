/** Results that did not fit into an answer, kept for as long as the answer holds (TS 29.510 6.2.3.3 and 6.2.3.4). */
import { randomUUID } from 'node:crypto';
import type { Requester } from '../visibility.ts';

export interface StoredSearch {
  readonly requester: Requester;
  /** Profiles as JSON text: those of the answer, and all. */
  readonly shown: readonly string[];
  readonly all: readonly string[];
}

const MAX_SEARCHES = 500;

export class StoredSearches {
  readonly #byId = new Map<string, StoredSearch & { readonly until: number }>();
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  constructor(lifetimeMs: number, now: () => number) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** The search's id, which nobody guesses. */
  keep(search: StoredSearch): string {
    const now = this.#now();
    // The oldest come first in a map, so this ends at the first that is still good and leaves room for one more.
    for (const [id, { until }] of this.#byId) {
      if (until > now && this.#byId.size < MAX_SEARCHES) break;
      this.#byId.delete(id);
    }
    const id = randomUUID();
    this.#byId.set(id, { ...search, until: now + this.#lifetimeMs });
    return id;
  }

  get(id: string): StoredSearch | undefined {
    const search = this.#byId.get(id);
    return search && search.until > this.#now() ? search : undefined;
  }
}
