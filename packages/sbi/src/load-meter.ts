/** What a producer or proxy says of its own load (TS 29.500 clauses 6.3 and 6.4), and to whom it has said it. */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { LRUCache } from 'lru-cache';
import { formatLci, formatOci, LCI, OCI, type Scope } from './load-headers.ts';

/** Load is measured over at least this time. */
const SAMPLE_MS = 1_000;
/** A change of load that is worth telling; less would put a header into every answer (TS 29.500 6.3.3.2). */
const WORTH_TELLING = 10;
const VALIDITY_S = 10;
const MAX_PEERS = 1_000;

export interface LoadMeterOptions {
  readonly scope: Scope;
  /** Requests a second that this NF takes before it declares overload; it never does without. */
  readonly capacity?: number;
  readonly now?: () => number;
  /** Share of time, 0 to 1, that the event loop was busy since the last call. */
  readonly utilization?: () => number;
}

interface Sample {
  readonly at: number;
  readonly load: number;
  readonly reduction: number;
}
interface Told {
  readonly load: number;
  readonly overloadAt: number;
  readonly reduction: number;
}

export class LoadMeter {
  readonly #options: LoadMeterOptions;
  readonly #now: () => number;
  readonly #utilization: () => number;
  readonly #told = new LRUCache<string, Told>({ max: MAX_PEERS });
  #requests = 0;
  #since: number;
  #sample: Sample | undefined;

  constructor(options: LoadMeterOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#utilization = options.utilization ?? eventLoopUtilization();
    this.#since = this.#now();
  }

  /** Counts a request and takes a new sample when the last one is old enough. */
  count(): void {
    this.#requests++;
    this.#takeSample();
  }

  /** Percent, as of now or the last second. */
  get load(): number {
    this.#takeSample();
    return this.#sample?.load ?? 0;
  }

  #takeSample(): void {
    const now = this.#now();
    const elapsed = now - this.#since;
    if (elapsed < SAMPLE_MS) return;
    const { capacity } = this.#options;
    const rate = (this.#requests * 1000) / elapsed;
    const ofCapacity = capacity === undefined ? 0 : (100 * rate) / capacity;
    const load = Math.min(100, Math.round(Math.max(100 * this.#utilization(), ofCapacity)));
    const reduction = ofCapacity > 100 ? Math.ceil(100 - 10_000 / ofCapacity) : 0;
    this.#sample = { at: now - (now % 1000), load, reduction };
    this.#requests = 0;
    this.#since = now;
  }

  /** The headers that an answer to `peer` is to have; undefined when it knows all there is to say. */
  announce(peer: string): Record<string, string> | undefined {
    const sample = this.#sample;
    if (!sample) return undefined;
    const told = this.#told.get(peer);
    const { scope } = this.#options;
    const { at: timestamp, load, reduction } = sample;
    const loadIsNews = !told || Math.abs(told.load - load) >= WORTH_TELLING;
    const overloadIsNews = reduction > 0 ? told?.overloadAt !== timestamp : (told?.reduction ?? 0) > 0;
    if (!loadIsNews && !overloadIsNews) return undefined;
    this.#told.set(peer, {
      load: loadIsNews || !told ? load : told.load,
      overloadAt: timestamp,
      reduction: overloadIsNews ? reduction : (told?.reduction ?? 0),
    });
    return {
      ...(loadIsNews ? { [LCI]: formatLci({ timestamp, scope, load }) } : {}),
      ...(overloadIsNews ? { [OCI]: formatOci({ timestamp, scope, reduction, validitySeconds: VALIDITY_S }) } : {}),
    };
  }
}

function eventLoopUtilization(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const current = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(current, last);
    last = current;
    return utilization;
  };
}
