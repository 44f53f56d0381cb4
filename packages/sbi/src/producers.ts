/** Choosing among discovered producers (TS 23.501 clause 6.3.1, TS 29.500 clauses 6.3 to 6.5 and 6.10.5): by an NF that discovers, and by an SCP. */
import type { DiscoveredNFProfile, NFService } from '@twincore/model';
import { LRUCache } from 'lru-cache';
import { type Scope, scopeOf } from './load-headers.ts';
import { apiRootOf } from './nrf-client.ts';
import { PeerLoads } from './peer-loads.ts';

export interface Producer {
  readonly nfInstanceId: string;
  readonly serviceInstanceId: string;
  readonly nfSetIds: readonly string[];
  /** Where its service is: scheme, authority, prefix. */
  readonly apiRoot: string;
  readonly versions: readonly string[];
  /** What its load and overload information may be about. */
  readonly scopes: readonly Scope[];
  /** Lower is to be preferred. */
  readonly priority: number;
  /** Relative to other producers of the same priority. */
  readonly capacity: number;
  /** As registered, percent; what the producer itself says since then counts more. */
  readonly load: number;
}

/** The producers of a service in a discovery's result. */
export function producersIn(profiles: readonly DiscoveredNFProfile[], serviceName: string): Producer[] {
  return profiles.flatMap((profile) =>
    (profile.nfServices ?? [])
      .filter((service) => service.serviceName === serviceName)
      .map((service) => producerOf(profile, service)),
  );
}

const DEFAULT_CAPACITY = 100;

function producerOf(profile: DiscoveredNFProfile, service: NFService): Producer {
  const { nfInstanceId } = profile;
  const nfSetIds = profile.nfSetIdList ?? [];
  return {
    nfInstanceId,
    serviceInstanceId: service.serviceInstanceId,
    nfSetIds,
    apiRoot: apiRootOf(profile, service),
    versions: service.versions.map(({ apiVersionInUri }) => apiVersionInUri),
    scopes: [
      scopeOf('NF-Service-Instance', service.serviceInstanceId),
      scopeOf('NF-Instance', nfInstanceId),
      ...nfSetIds.map((set) => scopeOf('NF-Set', set)),
    ],
    priority: service.priority ?? profile.priority ?? 0,
    capacity: service.capacity ?? profile.capacity ?? DEFAULT_CAPACITY,
    load: service.load ?? profile.load ?? 0,
  };
}

/** For how long a producer that did not answer is the last one to be asked. */
const FAILED_MS = 10_000;

/** What is known of producers beyond their profiles: load, overload, and who did not answer. */
export class ProducerMemory {
  readonly loads: PeerLoads;
  readonly #random: () => number;
  readonly #failed: LRUCache<string, true>;
  readonly #instanceAt = new LRUCache<string, string>({ max: 1_000 });

  constructor(options: { loads?: PeerLoads; random?: () => number } = {}) {
    this.loads = options.loads ?? new PeerLoads();
    this.#random = options.random ?? Math.random;
    this.#failed = new LRUCache({ max: 1_000, ttl: FAILED_MS });
  }

  /** The producer behind this apiRoot did not answer, or sent a request away. */
  failed(apiRoot: string): void {
    this.#failed.set(apiRoot, true);
  }

  answered(apiRoot: string): void {
    this.#failed.delete(apiRoot);
  }

  /** By preference: those that answer, then priority, then at random in proportion to free capacity. */
  order(producers: readonly Producer[]): Producer[] {
    const ranked = producers.map((producer) => {
      this.#instanceAt.set(new URL(producer.apiRoot).origin, producer.nfInstanceId);
      const load = this.loads.loadOf(producer.scopes) ?? producer.load;
      const weight = Math.max(producer.capacity * (100 - load), 1);
      return { producer, failed: this.#failed.has(producer.apiRoot), draw: this.#random() ** (1 / weight) };
    });
    return ranked
      .sort(
        (a, b) => Number(a.failed) - Number(b.failed) || a.producer.priority - b.producer.priority || b.draw - a.draw,
      )
      .map(({ producer }) => producer);
  }

  /** Scopes of whoever is known to be at the origin of `uri`. */
  scopesAt(uri: string): readonly Scope[] {
    const nfInstanceId = this.#instanceAt.get(new URL(uri).origin);
    return nfInstanceId === undefined ? [] : [scopeOf('NF-Instance', nfInstanceId)];
  }

  /** Which NF answers at an origin, as an SCP has said. */
  learnInstance(apiRoot: string, nfInstanceId: string): void {
    this.#instanceAt.set(new URL(apiRoot).origin, nfInstanceId);
  }
}

/** Methods that may arrive twice without harm. */
const REPEATABLE = new Set(['GET', 'PUT']);

/** Whether a request without an answer may be sent again: when it cannot have arrived, or when twice is as good as once. */
export function mayRepeat(method: string, notSent: boolean): boolean {
  return notSent || REPEATABLE.has(method);
}

/** Answers of a producer that has not processed the request and wants it elsewhere or later (TS 29.500 6.4.2). */
export function isTurnedAway(status: number): boolean {
  return status === 429 || status === 503;
}
