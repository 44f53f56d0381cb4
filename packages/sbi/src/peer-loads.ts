/** What producers and proxies have said of their load and overload, and obeying it (TS 29.500 clauses 6.3.4 and 6.4.3.5). */
import { LRUCache } from 'lru-cache';
import { LCI, OCI, parseLci, parseOci, type Scope } from './load-headers.ts';

export const MESSAGE_PRIORITY = '3gpp-sbi-message-priority';
/** Messages of this priority and higher (lower numbers, TS 29.500 6.8) are held back by a reduction of 100 % only. */
const HIGH_PRIORITY = 7;
export const HIGHEST_PRIORITY = 0;
const MAX_SCOPES = 2_000;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

interface Overload {
  readonly timestamp: number;
  readonly reduction: number;
  readonly until: number;
  /** Percent of a request that the reduction has left over: what makes 3 of 10 at 30 %, evenly. */
  debt: number;
}

export class PeerLoads {
  readonly #now: () => number;
  readonly #loads = new LRUCache<Scope, { timestamp: number; load: number }>({ max: MAX_SCOPES });
  readonly #overloads = new LRUCache<Scope, Overload>({ max: MAX_SCOPES });

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Remembers what the headers of an answer say; of two announcements for one scope the newer one holds. */
  learn(headers: Headers): void {
    for (const { scope, timestamp, load } of parseLci(headers[LCI])) {
      const known = this.#loads.get(scope);
      if (!known || known.timestamp <= timestamp) this.#loads.set(scope, { timestamp, load });
    }
    for (const { scope, timestamp, reduction, validitySeconds } of parseOci(headers[OCI])) {
      const known = this.#overloads.get(scope);
      if (known && known.timestamp > timestamp) continue;
      const until = this.#now() + validitySeconds * 1000;
      this.#overloads.set(scope, { timestamp, reduction, until, debt: known?.debt ?? 0 });
    }
  }

  /** Load of the first of these scopes that has said something. */
  loadOf(scopes: readonly Scope[]): number | undefined {
    for (const scope of scopes) {
      const known = this.#loads.get(scope);
      if (known) return known.load;
    }
    return undefined;
  }

  /** Percent of requests to these scopes that are to be held back. */
  reductionOf(scopes: readonly Scope[]): number {
    return this.#current(scopes)?.reduction ?? 0;
  }

  /** Whether one more request may go there; each call counts as a request. */
  admit(scopes: readonly Scope[], priority?: number): boolean {
    const overload = this.#current(scopes);
    if (!overload || overload.reduction === 0) return true;
    if (overload.reduction < 100 && priority !== undefined && priority <= HIGH_PRIORITY) return true;
    overload.debt += overload.reduction;
    if (overload.debt < 100) return true;
    overload.debt -= 100;
    return false;
  }

  #current(scopes: readonly Scope[]): Overload | undefined {
    let worst: Overload | undefined;
    for (const scope of scopes) {
      const overload = this.#overloads.get(scope);
      if (overload && overload.until > this.#now() && overload.reduction >= (worst?.reduction ?? 0)) worst = overload;
    }
    return worst;
  }
}

/** The priority in 3gpp-Sbi-Message-Priority (0 to 31, TS 29.500 5.2.3.2.2); undefined when there is none. */
export function priorityIn(headers: Headers): number | undefined {
  const value = headers[MESSAGE_PRIORITY];
  const priority = typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : 32;
  return priority < 32 ? priority : undefined;
}
