/** The subscriptions to NF status (TS 29.510 5.2.2.5): in memory by what they are about, in the store so that they survive. */
import type { SubscriptionData } from '@twincore/model';
import { plmnToString } from '@twincore/model';
import type { Collection } from '@twincore/store';
import { ANY_NF, type RegisteredNf } from './registry.ts';
import { type Condition, conditionOf } from './subscription-conditions.ts';
import type { Requester } from './visibility.ts';

/** A subscription as it is stored. */
export interface Subscription {
  readonly id: string;
  readonly data: SubscriptionData;
  /** Who it is that is told, and what it may hear of follows from it. */
  readonly subscriber: Requester;
}

/** A subscription as it is at work. */
export interface LiveSubscription extends Subscription {
  readonly condition: Condition;
}

const PAGE = 1_000;

export class Subscriptions {
  readonly #store: Collection<Subscription>;
  readonly #byId = new Map<string, LiveSubscription>();
  readonly #byKey = new Map<string, Set<LiveSubscription>>();
  readonly #counts = new Map<string, number>();

  private constructor(store: Collection<Subscription>) {
    this.#store = store;
  }

  static async open(store: Collection<Subscription>): Promise<Subscriptions> {
    const subscriptions = new Subscriptions(store);
    for (let after = ''; ; ) {
      const page = await store.list({ after, limit: PAGE });
      for (const { key, value } of page) {
        try {
          subscriptions.#index(value);
        } catch {
          // Another version of the NRF wrote it, and nobody can say any more whom it concerns.
          await store.delete(key);
        }
      }
      const last = page.at(-1);
      if (page.length < PAGE || !last) return subscriptions;
      after = last.key;
    }
  }

  get(id: string): Subscription | undefined {
    return this.#byId.get(id);
  }
  countOf(subscriber: Requester): number {
    return this.#counts.get(nameOf(subscriber)) ?? 0;
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
      if (isOver(subscription, now)) this.#unindex(subscription.id);
    }
  }

  /** Live subscriptions that an NF in one of the given states may be of interest to. */
  concernedBy(states: readonly (RegisteredNf | undefined)[], now: number): Set<LiveSubscription> {
    const keys = new Set([ANY_NF, ...states.flatMap((nf) => [...(nf?.keys ?? [])])]);
    const concerned = new Set<LiveSubscription>();
    for (const key of keys) {
      for (const subscription of this.#byKey.get(key) ?? [])
        if (!isOver(subscription, now)) concerned.add(subscription);
    }
    return concerned;
  }

  #index(stored: Subscription): void {
    const subscription = { ...stored, condition: conditionOf(stored.data) };
    this.#byId.set(subscription.id, subscription);
    for (const key of subscription.condition.keys) {
      this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(subscription));
    }
    this.#count(subscription, 1);
  }

  #unindex(id: string): void {
    const subscription = this.#byId.get(id);
    if (!subscription) return;
    this.#byId.delete(id);
    for (const key of subscription.condition.keys) {
      const set = this.#byKey.get(key);
      if (set?.delete(subscription) && set.size === 0) this.#byKey.delete(key);
    }
    this.#count(subscription, -1);
  }

  #count({ subscriber }: Subscription, change: number): void {
    const name = nameOf(subscriber);
    const count = (this.#counts.get(name) ?? 0) + change;
    if (count > 0) this.#counts.set(name, count);
    else this.#counts.delete(name);
  }
}

function nameOf({ nfInstanceId, plmnId }: Requester): string {
  return `${plmnToString(plmnId)} ${nfInstanceId ?? ''}`;
}

function expiryOf({ data }: Subscription): number | undefined {
  return data.validityTime === undefined ? undefined : Date.parse(data.validityTime);
}
function isOver(subscription: Subscription, now: number): boolean {
  return (expiryOf(subscription) ?? Number.POSITIVE_INFINITY) <= now;
}
