/** The registered NFs: in memory and indexed for discovery, in the store so that they survive the process. */
import { createHash } from 'node:crypto';
import type { DiscoveredNFProfile, IpEndPoint, NFProfile, NFService } from '@twincore/model';
import type { Collection } from '@twincore/store';

/** One registered NF. A changed profile is a new object, so that nobody sees half a change. */
export interface RegisteredNf {
  readonly profile: NFProfile;
  /** Strong validator of the profile (RFC 9110 8.8.3), quotes included. */
  readonly etag: string;
  /** The discovered form (TS 29.510 6.2.6.2.3), without services and without the closing brace. */
  readonly head: Rendering;
  readonly services: readonly OfferedService[];
}

export interface OfferedService {
  readonly service: NFService;
  readonly json: Rendering;
}

/** JSON text for consumers of the own PLMN, and for those of another. */
export interface Rendering {
  readonly home: string;
  readonly abroad: string;
}

/** Attributes that TS 29.510 6.2.6.2.3 and 6.2.6.2.4 leave out of what discovery returns. */
const MANAGEMENT_ONLY = [
  'heartBeatTimer',
  'nfProfileChangesSupportInd',
  'nfProfileChangesInd',
  'allowedPlmns',
  'allowedSnpns',
  'allowedNfTypes',
  'allowedNfDomains',
  'allowedNssais',
];
const PAGE = 1_000;

export class Registry {
  readonly #store: Collection<NFProfile>;
  readonly #byId = new Map<string, RegisteredNf>();
  readonly #byType = new Index();
  readonly #byService = new Index();
  readonly #byFqdn = new Index();
  readonly #lastSeen = new Map<string, number>();
  #version = 0;

  private constructor(store: Collection<NFProfile>) {
    this.#store = store;
  }

  /** The registry as it was acknowledged. Every NF gets a new heartbeat period, because nobody listened meanwhile. */
  static async open(store: Collection<NFProfile>, now: number = Date.now()): Promise<Registry> {
    const registry = new Registry(store);
    for (let after = ''; ; ) {
      const page = await store.list({ after, limit: PAGE });
      for (const { value } of page) {
        registry.#index(registered(value));
        registry.seen(value.nfInstanceId, now);
      }
      const last = page.at(-1);
      if (page.length < PAGE || !last) return registry;
      after = last.key;
    }
  }

  /** Grows with every change; what was computed from the registry holds as long as this stays. */
  get version(): number {
    return this.#version;
  }

  get(nfInstanceId: string): RegisteredNf | undefined {
    return this.#byId.get(nfInstanceId);
  }
  all(): Iterable<RegisteredNf> {
    return this.#byId.values();
  }
  ofType(nfType: string): Iterable<RegisteredNf> {
    return this.#byType.get(nfType);
  }
  offering(serviceName: string): Iterable<RegisteredNf> {
    return this.#byService.get(serviceName);
  }
  withFqdn(fqdn: string): Iterable<RegisteredNf> {
    return this.#byFqdn.get(fqdn.toLowerCase());
  }

  /**
   * Registers or replaces. The registry holds the new profile at once, so that concurrent changes of one NF have an order;
   * `durable` resolves when it survives the process, and only then may it be acknowledged. A change that is not worth a
   * disk write (the load in a heartbeat) says so.
   */
  set(profile: NFProfile, { persist = true } = {}): { nf: RegisteredNf; durable: Promise<void> } {
    const nf = registered(profile);
    this.#unindex(profile.nfInstanceId);
    this.#index(nf);
    return { nf, durable: persist ? this.#store.put(profile.nfInstanceId, profile) : Promise.resolve() };
  }

  /** False when there was none. */
  async delete(nfInstanceId: string): Promise<boolean> {
    this.#unindex(nfInstanceId);
    this.#lastSeen.delete(nfInstanceId);
    return this.#store.delete(nfInstanceId);
  }

  /** Notes a sign of life. */
  seen(nfInstanceId: string, at: number): void {
    this.#lastSeen.set(nfInstanceId, at);
  }
  /** NFs without a sign of life since `since`, milliseconds since 1970. */
  *silentSince(since: number): Iterable<RegisteredNf> {
    for (const [id, at] of this.#lastSeen) {
      const nf = this.#byId.get(id);
      if (nf && at < since) yield nf;
    }
  }

  #index(nf: RegisteredNf): void {
    this.#version++;
    this.#byId.set(nf.profile.nfInstanceId, nf);
    this.#byType.add(nf.profile.nfType, nf);
    for (const { service } of nf.services) this.#byService.add(service.serviceName, nf);
    for (const fqdn of fqdnsOf(nf.profile)) this.#byFqdn.add(fqdn.toLowerCase(), nf);
  }

  #unindex(nfInstanceId: string): void {
    const nf = this.#byId.get(nfInstanceId);
    if (!nf) return;
    this.#version++;
    this.#byId.delete(nfInstanceId);
    this.#byType.delete(nf.profile.nfType, nf);
    for (const { service } of nf.services) this.#byService.delete(service.serviceName, nf);
    for (const fqdn of fqdnsOf(nf.profile)) this.#byFqdn.delete(fqdn.toLowerCase(), nf);
  }
}

class Index {
  readonly #sets = new Map<string, Set<RegisteredNf>>();

  get(key: string): Iterable<RegisteredNf> {
    return this.#sets.get(key) ?? [];
  }
  add(key: string, nf: RegisteredNf): void {
    const set = this.#sets.get(key) ?? new Set();
    this.#sets.set(key, set.add(nf));
  }
  delete(key: string, nf: RegisteredNf): void {
    const set = this.#sets.get(key);
    if (set?.delete(nf) && set.size === 0) this.#sets.delete(key);
  }
}

/** The services of a profile, whether it registered them as a list, as a map, or as both (TS 29.510 6.1.6.2.2). */
export function servicesOf(profile: NFProfile | DiscoveredNFProfile): NFService[] {
  const services = [...(profile.nfServices ?? []), ...Object.values(profile.nfServiceList ?? {})];
  return [...new Map(services.map((service) => [service.serviceInstanceId, service])).values()];
}

/** Every FQDN under which a profile says that it is reached, in this PLMN or from another. */
export function fqdnsOf(profile: NFProfile): string[] {
  const names = [profile, ...servicesOf(profile)].flatMap(({ fqdn, interPlmnFqdn }) => [fqdn, interPlmnFqdn]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

function registered(profile: NFProfile): RegisteredNf {
  const { nfServices: _list, nfServiceList: _map, ...head } = profile;
  const rendered = renderingOf(head);
  return {
    profile,
    etag: `"${createHash('sha256').update(JSON.stringify(profile)).digest('base64url').slice(0, 22)}"`,
    head: { home: rendered.home.slice(0, -1), abroad: rendered.abroad.slice(0, -1) },
    services: servicesOf(profile).map((service) => ({ service, json: renderingOf(service) })),
  };
}

function renderingOf(full: Omit<NFProfile, 'nfServices' | 'nfServiceList'> | NFService): Rendering {
  const discovered: typeof full & Record<string, unknown> = { ...full };
  for (const name of MANAGEMENT_ONLY) delete discovered[name];
  return { home: JSON.stringify(discovered), abroad: JSON.stringify(abroad(discovered)) };
}

/**
 * What another PLMN learns: the name for use between PLMNs (TS 29.510 6.2.6.2.3, `fqdn`), and no addresses, which are of no
 * use beyond the SEPP.
 */
function abroad<T extends { fqdn?: string; interPlmnFqdn?: string } & Record<string, unknown>>(discovered: T) {
  const { interPlmnFqdn, ipv4Addresses: _v4, ipv6Addresses: _v6, ipEndPoints, ...rest } = discovered;
  return {
    ...rest,
    ...(interPlmnFqdn === undefined ? {} : { fqdn: interPlmnFqdn }),
    ...(ipEndPoints === undefined ? {} : { ipEndPoints: (ipEndPoints as IpEndPoint[]).map(withoutAddress) }),
  };
}

function withoutAddress({ ipv4Address: _v4, ipv6Address: _v6, ...rest }: IpEndPoint): IpEndPoint {
  return rest;
}
