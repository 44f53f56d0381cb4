/** Nnrf_NFManagement_NFStatusSubscribe and Unsubscribe (TS 29.510 5.2.2.5, 5.2.2.7), and who is to hear of a change. */
import { createHash } from 'node:crypto';
import { type PlmnId, plmnOfFqdn, type SubscriptionData, samePlmn } from '@twincore/model';
import { commonProblem, type PeerIdentity, problem, SbiProblem } from '@twincore/sbi';
import type { Collection } from '@twincore/store';
import { requireNfType, requireSameNf } from './nf-management.ts';
import { type RegisteredNf, type Registry, servicesOf } from './registry.ts';

/** A subscription as it is stored. */
export interface Subscription {
  readonly id: string;
  readonly data: SubscriptionData;
  readonly subscriber: { readonly nfInstanceId: string; readonly nfType: string };
}

/** Conditions that can be subscribed to, and what of an NF they are about. Others are refused rather than widened. */
const CONDITIONS: Record<string, (nf: RegisteredNf) => string[]> = {
  nfInstanceId: ({ profile }) => [profile.nfInstanceId],
  nfType: ({ profile }) => [profile.nfType],
  serviceName: ({ profile }) => servicesOf(profile).map(({ serviceName }) => serviceName),
};
const ANY = 'any';
/** Of one NF; a subscription is some hundred octets and costs a request for each change. */
const MAX_PER_SUBSCRIBER = 100;
const PAGE = 1_000;

export class Subscriptions {
  readonly #store: Collection<Subscription>;
  readonly #byId = new Map<string, Subscription>();
  readonly #byCondition = new Map<string, Set<Subscription>>();
  readonly #bySubscriber = new Map<string, Set<Subscription>>();

  private constructor(store: Collection<Subscription>) {
    this.#store = store;
  }

  static async open(store: Collection<Subscription>): Promise<Subscriptions> {
    const subscriptions = new Subscriptions(store);
    for (let after = ''; ; ) {
      const page = await store.list({ after, limit: PAGE });
      for (const { value } of page) subscriptions.#index(value);
      const last = page.at(-1);
      if (page.length < PAGE || !last) return subscriptions;
      after = last.key;
    }
  }

  get(id: string): Subscription | undefined {
    return this.#byId.get(id);
  }
  countOf(nfInstanceId: string): number {
    return this.#bySubscriber.get(nfInstanceId)?.size ?? 0;
  }

  /** Resolves when the subscription is durable. */
  async put(subscription: Subscription): Promise<void> {
    this.#unindex(subscription.id);
    this.#index(subscription);
    const expiresAt = expiryOf(subscription);
    await this.#store.put(subscription.id, subscription, expiresAt === undefined ? {} : { expiresAt });
  }

  async delete(id: string): Promise<void> {
    this.#unindex(id);
    await this.#store.delete(id);
  }

  /** Forgets those whose validityTime is over; the store does so by itself. */
  removeExpired(now: number): void {
    for (const subscription of this.#byId.values()) {
      if ((expiryOf(subscription) ?? Number.POSITIVE_INFINITY) <= now) this.#unindex(subscription.id);
    }
  }

  /** Live subscriptions whose condition an NF meets in one of the given states. */
  concernedBy(states: readonly (RegisteredNf | undefined)[], now: number): Set<Subscription> {
    const keys = new Set([ANY]);
    for (const nf of states) {
      if (nf) for (const key of keysOf(nf)) keys.add(key);
    }
    const concerned = new Set<Subscription>();
    for (const key of keys) {
      for (const subscription of this.#byCondition.get(key) ?? []) {
        if ((expiryOf(subscription) ?? Number.POSITIVE_INFINITY) > now) concerned.add(subscription);
      }
    }
    return concerned;
  }

  #index(subscription: Subscription): void {
    this.#byId.set(subscription.id, subscription);
    addTo(this.#byCondition, conditionKey(subscription.data), subscription);
    addTo(this.#bySubscriber, subscription.subscriber.nfInstanceId, subscription);
  }

  #unindex(id: string): void {
    const subscription = this.#byId.get(id);
    if (!subscription) return;
    this.#byId.delete(id);
    removeFrom(this.#byCondition, conditionKey(subscription.data), subscription);
    removeFrom(this.#bySubscriber, subscription.subscriber.nfInstanceId, subscription);
  }
}

/** Whether an NF in this state meets the condition of a subscription. */
export function meets({ data }: Subscription, nf: RegisteredNf): boolean {
  const key = conditionKey(data);
  return key === ANY || keysOf(nf).includes(key);
}

/** Where notifications may go to: a name of this PLMN, over TLS, and the subscriber's own where its certificate proves it. */
export interface NotificationPolicy {
  readonly ownPlmn: PlmnId;
  readonly cleartext: boolean;
}

/**
 * NFStatusSubscribe (5.2.2.5.2). The same subscription of the same NF is one resource, so that an NF which lost its memory does
 * not hear everything twice. Resolves when it is durable.
 * @throws Refusal 403 for another identity than the certificate's, 403 SUBSCRIPTION_NOT_ALLOWED for a notification URI that is not
 * the subscriber's, 404 NF_NOT_FOUND for an NF that is not registered, 400 for a condition that is not known here, 501 for another
 * PLMN's NFs
 */
export async function subscribe(
  subscriptions: Subscriptions,
  registry: Registry,
  peer: PeerIdentity,
  requested: SubscriptionData,
  policy: NotificationPolicy,
): Promise<Subscription> {
  if (requested.reqNfInstanceId !== undefined) requireSameNf(peer, requested.reqNfInstanceId);
  const nfType = requested.reqNfType ?? peer.nfTypes[0] ?? '';
  requireNfType(peer, nfType);
  if (requested.plmnId && !samePlmn(requested.plmnId, policy.ownPlmn)) {
    throw new SbiProblem(501, { detail: 'NFs of another PLMN cannot be subscribed to' });
  }
  checkNotificationUri(requested.nfStatusNotificationUri, peer, policy);
  checkCondition(requested.subscrCond);
  const watched = requested.subscrCond?.nfInstanceId;
  if (watched !== undefined && !registry.get(watched.toLowerCase())) throw problem(404, 'NF_NOT_FOUND');

  const { subscriptionId: _theirs, ...data } = requested;
  const id = idOf(peer.nfInstanceId, data);
  if (!subscriptions.get(id) && subscriptions.countOf(peer.nfInstanceId) >= MAX_PER_SUBSCRIBER) {
    throw commonProblem('INSUFFICIENT_RESOURCES', `an NF may have ${MAX_PER_SUBSCRIBER} subscriptions`);
  }
  const subscription = {
    id,
    data: { ...data, subscriptionId: id },
    subscriber: { nfInstanceId: peer.nfInstanceId, nfType },
  };
  await subscriptions.put(subscription);
  return subscription;
}

/** NFStatusUnsubscribe (5.2.2.7). Throws 404 SUBSCRIPTION_NOT_FOUND, and Refusal 403 for another NF's subscription. */
export async function unsubscribe(subscriptions: Subscriptions, peer: PeerIdentity, id: string): Promise<void> {
  const subscription = subscriptions.get(id);
  if (!subscription) throw commonProblem('SUBSCRIPTION_NOT_FOUND');
  requireSameNf(peer, subscription.subscriber.nfInstanceId);
  await subscriptions.delete(id);
}

function checkNotificationUri(uri: string, peer: PeerIdentity, { ownPlmn, cleartext }: NotificationPolicy): void {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url) {
    throw commonProblem('MANDATORY_IE_INCORRECT', undefined, [
      { param: '/nfStatusNotificationUri', reason: 'is not an absolute URI' },
    ]);
  }
  const plmnId = plmnOfFqdn(url.hostname);
  const allowed = cleartext
    ? url.protocol === 'http:' && plmnId !== undefined && samePlmn(plmnId, ownPlmn)
    : url.protocol === 'https:' && url.hostname.toLowerCase() === peer.fqdn.toLowerCase();
  // Otherwise a subscriber could have the NRF send requests to whom it likes.
  if (!allowed || url.username || url.password) {
    throw problem(403, 'SUBSCRIPTION_NOT_ALLOWED', 'notifications go to the subscriber itself, over https');
  }
}

function checkCondition(condition: SubscriptionData['subscrCond']): void {
  if (condition === undefined) return;
  const names = Object.keys(condition);
  if (names.length === 1 && names[0] !== undefined && names[0] in CONDITIONS) return;
  throw commonProblem('OPTIONAL_IE_INCORRECT', undefined, [
    { param: '/subscrCond', reason: `must be exactly one of ${Object.keys(CONDITIONS).join(', ')}` },
  ]);
}

function conditionKey({ subscrCond }: SubscriptionData): string {
  const [condition] = Object.entries(subscrCond ?? {});
  return condition ? `${condition[0]}:${String(condition[1]).toLowerCase()}` : ANY;
}

function keysOf(nf: RegisteredNf): string[] {
  return Object.entries(CONDITIONS).flatMap(([name, of]) => of(nf).map((value) => `${name}:${value.toLowerCase()}`));
}

function expiryOf({ data }: Subscription): number | undefined {
  return data.validityTime === undefined ? undefined : Date.parse(data.validityTime);
}

/** No hyphen: TS 29.510 6.1.6.2.16 reserves it for a PLMN prefix. */
function idOf(nfInstanceId: string, { nfStatusNotificationUri, subscrCond, reqNotifEvents }: SubscriptionData): string {
  const identity = JSON.stringify([nfInstanceId, nfStatusNotificationUri, subscrCond, reqNotifEvents]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}

function addTo(map: Map<string, Set<Subscription>>, key: string, subscription: Subscription): void {
  map.set(key, (map.get(key) ?? new Set()).add(subscription));
}

function removeFrom(map: Map<string, Set<Subscription>>, key: string, subscription: Subscription): void {
  const set = map.get(key);
  if (set?.delete(subscription) && set.size === 0) map.delete(key);
}
