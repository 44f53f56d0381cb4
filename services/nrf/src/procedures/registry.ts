/** The registered NFs: in memory and indexed for discovery, in the store so that they survive the process. */
import {
  type DiscoveredNFProfile,
  type Guami,
  guamiToString,
  type IpEndPoint,
  type NFProfile,
  type NFService,
} from '@twincore/model';
import type { Collection } from '@twincore/store';
import { etagOf } from './etag.ts';
import { infosOf, type NfInfo } from './matching/infos.ts';

/** One registered NF. A changed profile is a new object, so that nobody sees half a change. */
export interface RegisteredNf {
  readonly profile: NFProfile;
  /** Strong validator of the profile (RFC 9110 8.8.3), quotes included. */
  readonly etag: string;
  readonly services: readonly OfferedService[];
  readonly infos: readonly NfInfo[];
  /** Those of {@link indexKey} that it is found under. */
  readonly keys: ReadonlySet<string>;
  /** The discovered form (TS 29.510 6.2.6.2.3) as JSON text, with these of its services, as a list or by their ids. */
  render(form: Form, services: readonly OfferedService[], asMap?: boolean): string;
}

export interface OfferedService {
  readonly service: NFService;
  readonly json: Rendering;
}

/** For consumers of the own PLMN, or for those of another. */
export type Form = 'home' | 'abroad';
/** JSON text for both. */
type Rendering = Readonly<Record<Form, string>>;

/** Keys under which NFs are found without looking at others. */
export const indexKey = {
  type: (nfType: string) => `type ${nfType}`,
  instance: (nfInstanceId: string) => `instance ${nfInstanceId.toLowerCase()}`,
  service: (nfType: string, serviceName: string) => `service ${nfType} ${serviceName}`,
  serviceOfAny: (serviceName: string) => `service ${serviceName}`,
  fqdn: (fqdn: string) => `fqdn ${fqdn.toLowerCase()}`,
  set: (nfSetId: string) => `set ${nfSetId.toLowerCase()}`,
  serviceSet: (nfServiceSetId: string) => `service-set ${nfServiceSetId.toLowerCase()}`,
  group: (nfType: string, groupId: string) => `group ${nfType} ${groupId}`,
  guami: (guami: Guami) => `guami ${guamiToString(guami)}`,
};

/** Stands for all of them where a key is needed. */
export const ANY_NF = 'any';

function keysOf({ profile, services, infos }: Omit<RegisteredNf, 'keys' | 'render'>): ReadonlySet<string> {
  const { nfType, nfInstanceId, nfSetIdList = [] } = profile;
  const guamis = infos.flatMap(({ guamiList = [], backupInfoAmfFailure = [], backupInfoAmfRemoval = [] }) => [
    ...guamiList,
    ...backupInfoAmfFailure,
    ...backupInfoAmfRemoval,
  ]);
  return new Set([
    indexKey.type(nfType),
    indexKey.instance(nfInstanceId),
    ...fqdnsOf(profile).map(indexKey.fqdn),
    ...nfSetIdList.map(indexKey.set),
    ...services.map(({ service }) => indexKey.service(nfType, service.serviceName)),
    ...services.map(({ service }) => indexKey.serviceOfAny(service.serviceName)),
    ...services.flatMap(({ service }) => (service.nfServiceSetIdList ?? []).map(indexKey.serviceSet)),
    ...infos.flatMap(({ groupId }) => (groupId === undefined ? [] : [indexKey.group(nfType, groupId)])),
    ...guamis.map(indexKey.guami),
  ]);
}

const NONE: ReadonlySet<RegisteredNf> = new Set();

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
  readonly #byKey = new Map<string, Set<RegisteredNf>>();
  readonly #lastSeen = new Map<string, number>();
  readonly #versions = new Map<string, number>();

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

  /** Grows with every change of an NF of this type; what was computed from them holds as long as this stays. */
  versionOf(nfType: string): number {
    return this.#versions.get(nfType) ?? 0;
  }

  get(nfInstanceId: string): RegisteredNf | undefined {
    return this.#byId.get(nfInstanceId);
  }
  all(): Iterable<RegisteredNf> {
    return this.#byId.values();
  }
  ofType(nfType: string): Iterable<RegisteredNf> {
    return this.withKey(indexKey.type(nfType));
  }
  /** By one of {@link indexKey}. */
  withKey(key: string): ReadonlySet<RegisteredNf> {
    return this.#byKey.get(key) ?? NONE;
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
    this.#changed(nf.profile.nfType);
    this.#byId.set(nf.profile.nfInstanceId, nf);
    for (const key of nf.keys) this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(nf));
  }

  #unindex(nfInstanceId: string): void {
    const nf = this.#byId.get(nfInstanceId);
    if (!nf) return;
    this.#changed(nf.profile.nfType);
    this.#byId.delete(nfInstanceId);
    for (const key of nf.keys) {
      const set = this.#byKey.get(key);
      if (set?.delete(nf) && set.size === 0) this.#byKey.delete(key);
    }
  }

  #changed(nfType: string): void {
    this.#versions.set(nfType, this.versionOf(nfType) + 1);
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
  const heads = { home: rendered.home.slice(0, -1), abroad: rendered.abroad.slice(0, -1) };
  const nf = {
    profile,
    etag: etagOf(JSON.stringify(profile)),
    infos: infosOf(profile),
    services: servicesOf(profile).map((service) => ({ service, json: renderingOf(service) })),
  };
  return {
    ...nf,
    keys: keysOf(nf),
    render(form, services, asMap = false) {
      if (services.length === 0) return `${heads[form]}}`;
      if (!asMap) return `${heads[form]},"nfServices":[${services.map(({ json }) => json[form]).join()}]}`;
      const members = services.map(({ service, json }) => `${JSON.stringify(service.serviceInstanceId)}:${json[form]}`);
      return `${heads[form]},"nfServiceList":{${members.join()}}}`;
    },
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
