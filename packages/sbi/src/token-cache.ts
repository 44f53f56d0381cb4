/** Access tokens of an NF: kept until shortly before they expire, renewed before that, and found only by all that they are for. */
import { type PlmnId, plmnToString, type Snssai } from '@twincore/model';
import { LRUCache } from 'lru-cache';

/** What a token is asked for. `plmnId` is the producer's PLMN, the own one when absent. */
export interface TokenQuery {
  readonly scope: string;
  readonly targetNfType: string;
  /** One producer instead of all of the type. */
  readonly targetNfInstanceId?: string;
  readonly plmnId?: PlmnId;
  /** Slices of the producer that the token is to be limited to. */
  readonly sNssais?: readonly Snssai[];
}

export interface GrantedToken {
  readonly token: string;
  /** Seconds from when it was asked for. */
  readonly lifetime: number;
}

interface Entry {
  readonly token: Promise<string>;
  /** From then on a new one is asked for while this one still serves. */
  renewAt: number;
}

const MAX_TOKENS = 500;
/** Renewed when a quarter of its life is left; not used any more when a tenth is, so that none expires on its way. */
const RENEW_AFTER = 0.75;
const USE_FOR = 0.9;
const RETRY_MS = 2_000;

export class TokenCache {
  readonly #ask: (query: TokenQuery) => Promise<GrantedToken>;
  readonly #tokens = new LRUCache<string, Entry>({ max: MAX_TOKENS });

  constructor(ask: (query: TokenQuery) => Promise<GrantedToken>) {
    this.#ask = ask;
  }

  /** Rejects when no token is granted; then none is kept either. */
  get(query: TokenQuery): Promise<string> {
    const key = keyOf(query);
    const known = this.#tokens.get(key);
    if (!known) return this.#fetch(query, key);
    if (known.renewAt <= Date.now()) {
      known.renewAt = Number.POSITIVE_INFINITY;
      // The one at hand is good for a while; another request will try again.
      this.#fetch(query, key, known).catch(() => {
        known.renewAt = Date.now() + RETRY_MS;
      });
    }
    return known.token;
  }

  /** Drops a token that a producer refused, unless it has been replaced already. */
  async forget(query: TokenQuery, refused: string): Promise<void> {
    const key = keyOf(query);
    const known = this.#tokens.get(key);
    if (known && (await known.token) === refused && this.#tokens.get(key) === known) this.#tokens.delete(key);
  }

  #fetch(query: TokenQuery, key: string, present?: Entry): Promise<string> {
    const askedAt = Date.now();
    const granted = this.#ask(query);
    const entry: Entry = { token: granted.then(({ token }) => token), renewAt: Number.POSITIVE_INFINITY };
    if (!present) this.#tokens.set(key, entry);
    granted.then(
      ({ lifetime }) => {
        if (present && this.#tokens.get(key) !== present) return;
        entry.renewAt = askedAt + lifetime * 1000 * RENEW_AFTER;
        this.#tokens.set(key, entry, { ttl: Math.max(1, Math.floor(lifetime * 1000 * USE_FOR)) });
      },
      () => {
        if (this.#tokens.get(key) === entry) this.#tokens.delete(key);
      },
    );
    return entry.token;
  }
}

/** Two queries share a token only when they are equal in everything. */
function keyOf({ scope, targetNfType, targetNfInstanceId = '', plmnId, sNssais = [] }: TokenQuery): string {
  const slices = sNssais.map(({ sst, sd = '' }) => `${sst}-${sd.toLowerCase()}`).toSorted();
  return [scope, targetNfType, targetNfInstanceId, plmnId ? plmnToString(plmnId) : '', ...slices].join('|');
}
