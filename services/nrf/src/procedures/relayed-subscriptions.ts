/**
 * Subscriptions of own NFs to NFs of another PLMN (TS 29.510 5.2.2.5.3): they are in that PLMN's NRF, which notifies the NF by way of
 * the SEPPs. Here is who they belong to, because there nobody can prove it.
 */
import { type PatchItem, type PlmnId, type SubscriptionData, samePlmn } from '@twincore/model';
import { commonProblem, type PeerIdentity } from '@twincore/sbi';
import type { Collection } from '@twincore/store';
import { requireSameNf } from './nf-management.ts';
import type { Requester } from './visibility.ts';

export interface RelayedSubscription {
  /** With the PLMN as prefix, as the NF knows it. */
  readonly id: string;
  /** As the other NRF knows it. */
  readonly remoteId: string;
  readonly plmnId: PlmnId;
  readonly nfInstanceId: string;
}

/** NFStatusSubscribe and what belongs to it at the NRF of another PLMN. */
export interface RemoteSubscriptions {
  subscribe(plmnId: PlmnId, data: SubscriptionData): Promise<SubscriptionData>;
  /** The data when they are not as asked for. */
  renew(plmnId: PlmnId, id: string, patch: readonly PatchItem[]): Promise<SubscriptionData | undefined>;
  unsubscribe(plmnId: PlmnId, id: string): Promise<void>;
}

const PAGE = 1_000;
const MAX_PER_SUBSCRIBER = 100;

export class RelayedSubscriptions {
  readonly #store: Collection<RelayedSubscription>;
  readonly #remote: RemoteSubscriptions;
  readonly #ownPlmn: PlmnId;
  readonly #byId = new Map<string, RelayedSubscription>();

  private constructor(store: Collection<RelayedSubscription>, remote: RemoteSubscriptions, ownPlmn: PlmnId) {
    this.#store = store;
    this.#remote = remote;
    this.#ownPlmn = ownPlmn;
  }

  static async open(
    store: Collection<RelayedSubscription>,
    remote: RemoteSubscriptions,
    ownPlmn: PlmnId,
  ): Promise<RelayedSubscriptions> {
    const relayed = new RelayedSubscriptions(store, remote, ownPlmn);
    for (let after = ''; ; ) {
      const page = await store.list({ after, limit: PAGE });
      for (const { key, value } of page) relayed.#byId.set(key, value);
      const last = page.at(-1);
      if (page.length < PAGE || !last) return relayed;
      after = last.key;
    }
  }

  get(id: string): RelayedSubscription | undefined {
    return this.#byId.get(id);
  }

  /** Resolves when the other PLMN has the subscription and it is known here, durably, whose it is. */
  async subscribe(
    plmnId: PlmnId,
    { nfInstanceId = '', nfType }: Requester,
    requested: SubscriptionData,
  ): Promise<{ id: string; data: SubscriptionData }> {
    const own = [...this.#byId.values()].filter((relayed) => relayed.nfInstanceId === nfInstanceId);
    if (own.length >= MAX_PER_SUBSCRIBER) {
      throw commonProblem('INSUFFICIENT_RESOURCES', `an NF may have ${MAX_PER_SUBSCRIBER} subscriptions abroad`);
    }
    const answer = await this.#remote.subscribe(plmnId, {
      ...requested,
      reqNfInstanceId: nfInstanceId,
      reqNfType: nfType,
      reqPlmnList: [this.#ownPlmn],
    });
    const remoteId = answer.subscriptionId ?? '';
    const id = remoteId.includes('-') ? remoteId : `${plmnId.mcc}${plmnId.mnc}-${remoteId}`;
    const relayed = { id, remoteId, plmnId, nfInstanceId };
    this.#byId.set(id, relayed);
    const expiresAt = answer.validityTime === undefined ? undefined : Date.parse(answer.validityTime);
    await this.#store.put(id, relayed, expiresAt === undefined ? {} : { expiresAt });
    return { id, data: { ...answer, subscriptionId: id } };
  }

  async renew(id: string, peer: PeerIdentity, patch: readonly PatchItem[]): Promise<SubscriptionData | undefined> {
    const { plmnId, remoteId } = this.#requireOwn(id, peer);
    const changed = await this.#remote.renew(plmnId, remoteId, patch);
    const relayed = this.#byId.get(id);
    // Its own expiry is that of the other NRF, which says 404 when it is over; this only has to last as long.
    if (relayed) await this.#store.put(id, relayed);
    return changed && { ...changed, subscriptionId: id };
  }

  async unsubscribe(id: string, peer: PeerIdentity): Promise<void> {
    const { plmnId, remoteId } = this.#requireOwn(id, peer);
    await this.#remote.unsubscribe(plmnId, remoteId);
    this.#byId.delete(id);
    await this.#store.delete(id);
  }

  #requireOwn(id: string, peer: PeerIdentity): RelayedSubscription {
    const relayed = this.#byId.get(id);
    if (!relayed || !samePlmn(peer.plmnId, this.#ownPlmn)) throw commonProblem('SUBSCRIPTION_NOT_FOUND');
    requireSameNf(peer, relayed.nfInstanceId);
    return relayed;
  }
}
