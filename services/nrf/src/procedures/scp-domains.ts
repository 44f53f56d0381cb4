/** SCP domains and how SCPs connect them: SCPDomainRoutingInfoGet, Subscribe, Notify (TS 29.510 5.3.2.3 to 5.3.2.6). */
import { createHash } from 'node:crypto';
import type { ScpDomainRoutingInformation, ScpDomainRoutingInfoSubscription } from '@twincore/model';
import { type Consumer, commonProblem, problem } from '@twincore/sbi';
import type { Collection } from '@twincore/store';
import { requireSameNf } from './nf-management.ts';
import type { Notification } from './notifier.ts';
import type { Registry } from './registry.ts';

export interface ScpDomainSubscription {
  readonly id: string;
  readonly data: ScpDomainRoutingInfoSubscription;
  readonly nfInstanceId: string;
}

/** Each SCP domain with those that an SCP connects it with. This NRF has no other NRF beneath, so all of it is local. */
export function scpDomainRouting(registry: Registry): ScpDomainRoutingInformation {
  const connected = new Map<string, Set<string>>();
  for (const { profile, infos } of registry.ofType('SCP')) {
    const domains = new Set([
      ...(profile.scpDomains ?? []),
      ...infos.flatMap(({ scpDomainInfoList = {} }) => Object.keys(scpDomainInfoList)),
    ]);
    for (const domain of domains) {
      const others = connected.get(domain) ?? new Set();
      for (const other of domains) if (other !== domain) others.add(other);
      connected.set(domain, others);
    }
  }
  const sorted = [...connected].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    scpDomainList: Object.fromEntries(
      sorted.map(([domain, others]) => [domain, { connectedScpDomainList: [...others].sort() }]),
    ),
  };
}

/** An SCP needs one. */
const MAX_PER_SUBSCRIBER = 10;

export class ScpDomainSubscriptions {
  readonly #store: Collection<ScpDomainSubscription>;
  readonly #byId: Map<string, ScpDomainSubscription>;
  #told: string;

  private constructor(store: Collection<ScpDomainSubscription>, kept: ScpDomainSubscription[], registry: Registry) {
    this.#store = store;
    this.#byId = new Map(kept.map((subscription) => [subscription.id, subscription]));
    this.#told = JSON.stringify(scpDomainRouting(registry));
  }

  static async open(store: Collection<ScpDomainSubscription>, registry: Registry): Promise<ScpDomainSubscriptions> {
    const entries = await store.list();
    return new ScpDomainSubscriptions(
      store,
      entries.map(({ value }) => value),
      registry,
    );
  }

  /**
   * Resolves when it is durable.
   * @throws Refusal 403 for another NF's id, 403 SUBSCRIPTION_NOT_ALLOWED for a callback that is not the subscriber's
   */
  async subscribe(
    { peer }: Consumer,
    data: ScpDomainRoutingInfoSubscription,
    cleartext: boolean,
  ): Promise<ScpDomainSubscription> {
    if (data.reqInstanceId !== undefined) requireSameNf(peer, data.reqInstanceId);
    const url = URL.canParse(data.callbackUri) ? new URL(data.callbackUri) : undefined;
    const scheme = cleartext ? 'http:' : 'https:';
    if (url?.protocol !== scheme || url.hostname.toLowerCase() !== peer.fqdn.toLowerCase() || url.username) {
      throw problem(403, 'SUBSCRIPTION_NOT_ALLOWED', 'notifications go to the subscriber itself, over https');
    }
    const id = createHash('sha256').update(`${peer.nfInstanceId} ${data.callbackUri}`).digest('hex').slice(0, 32);
    const own = [...this.#byId.values()].filter(({ nfInstanceId }) => nfInstanceId === peer.nfInstanceId);
    if (!this.#byId.has(id) && own.length >= MAX_PER_SUBSCRIBER) throw commonProblem('INSUFFICIENT_RESOURCES');
    const subscription = { id, data, nfInstanceId: peer.nfInstanceId };
    this.#byId.set(id, subscription);
    await this.#store.put(id, subscription, expiryOf(subscription));
    return subscription;
  }

  /** Throws 404 SUBSCRIPTION_NOT_FOUND, and Refusal 403 for another NF's. */
  async unsubscribe({ peer }: Consumer, id: string): Promise<void> {
    const subscription = this.#byId.get(id);
    if (!subscription) throw commonProblem('SUBSCRIPTION_NOT_FOUND');
    requireSameNf(peer, subscription.nfInstanceId);
    this.#byId.delete(id);
    await this.#store.delete(id);
  }

  /** The notifications that are due, if the domains are connected in another way than when this was last asked. */
  notificationsOf(registry: Registry, now: number): Notification[] {
    const routingInfo = scpDomainRouting(registry);
    const text = JSON.stringify(routingInfo);
    if (text === this.#told) return [];
    this.#told = text;
    return [...this.#byId.values()]
      .filter((subscription) => (expiryOf(subscription).expiresAt ?? Number.POSITIVE_INFINITY) > now)
      .map(({ id, data }) => ({
        subscriptionId: id,
        uri: data.callbackUri,
        nfType: 'SCP',
        operation: 'Nnrf_NFDiscovery_SCPDomainRoutingInfoNotify',
        body: JSON.stringify({ routingInfo, ...(data.localInd === undefined ? {} : { localInd: data.localInd }) }),
      }));
  }
}

function expiryOf({ data }: ScpDomainSubscription): { expiresAt?: number } {
  return data.validityTime === undefined ? {} : { expiresAt: Date.parse(data.validityTime) };
}
