/** Nnrf_NFManagement_NFStatusSubscribe, its update, and NFStatusUnsubscribe (TS 29.510 5.2.2.5, 5.2.2.7). */
import { createHash } from 'node:crypto';
import {
  type PatchItem,
  type PlmnId,
  plmnOfFqdn,
  plmnToString,
  type SubscriptionData,
  samePlmn,
} from '@twincore/model';
import { type Consumer, commonProblem, type Insecure, problem, Refusal, SbiProblem } from '@twincore/sbi';
import { NFM_FEATURES, requireSameNf } from './nf-management.ts';
import type { Registry } from './registry.ts';
import type { RelayedSubscriptions } from './relayed-subscriptions.ts';
import { provenRequester } from './requester.ts';
import type { Subscription, Subscriptions } from './status-subscriptions.ts';
import { conditionOf } from './subscription-conditions.ts';
import type { Requester } from './visibility.ts';

/** Of one NF; a subscription is some hundred octets and costs a request for each change. */
const MAX_PER_SUBSCRIBER = 100;

export interface SubscriptionContext {
  readonly registry: Registry;
  readonly subscriptions: Subscriptions;
  /** Subscriptions in other PLMNs, of NFs of this one. */
  readonly relayed: RelayedSubscriptions;
  readonly ownPlmn: PlmnId;
  /** Whether FQDNs of peers are proven by certificates, and notifications go over TLS. */
  readonly cleartext: boolean;
  /** Seconds that a subscription with a validity time is good for at most, until it is renewed. */
  readonly subscriptionLifetime: number;
  readonly insecure: Pick<Insecure, 'withoutNotificationPolicy'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * NFStatusSubscribe (5.2.2.5.2, 5.2.2.5.3). The same subscription of the same NF is one resource, so that an NF which lost its
 * memory does not hear everything twice. Resolves when it is durable; for another PLMN's NFs, when that PLMN has it.
 * @throws Refusal 403 for another identity than the certificate's, 403 SUBSCRIPTION_NOT_ALLOWED for a notification URI that is not
 * the subscriber's, 404 NF_NOT_FOUND for an NF that is not registered, 400 for a condition that is not known here, 501 for an SNPN
 */
export async function subscribe(
  context: SubscriptionContext,
  consumer: Consumer,
  requested: SubscriptionData,
): Promise<{ id: string; data: SubscriptionData }> {
  const { registry, subscriptions, relayed, ownPlmn } = context;
  const subscriber = subscriberOf(context, consumer, requested);
  if (requested.nid !== undefined || requested.reqSnpnList) {
    throw new SbiProblem(501, { detail: 'NFs of an SNPN cannot be subscribed to, and cannot subscribe' });
  }
  checkNotificationUri(requested.nfStatusNotificationUri, consumer, context);
  // Throws for one that is none of the TS's.
  conditionOf(requested);
  if (requested.plmnId && !samePlmn(requested.plmnId, ownPlmn)) {
    if (!samePlmn(consumer.plmnId, ownPlmn)) {
      throw new Refusal(403, 'target-plmn', `this NRF has no NFs of ${plmnToString(requested.plmnId)}`);
    }
    return relayed.subscribe(requested.plmnId, subscriber, requested);
  }
  const watched = requested.subscrCond?.nfInstanceId;
  if (typeof watched === 'string' && !registry.get(watched.toLowerCase())) throw problem(404, 'NF_NOT_FOUND');

  const { subscriptionId: _theirs, requesterFeatures, nrfSupportedFeatures: _ours, ...data } = requested;
  const id = idOf(subscriber, data);
  if (!subscriptions.get(id) && subscriptions.countOf(subscriber) >= MAX_PER_SUBSCRIBER) {
    throw commonProblem('INSUFFICIENT_RESOURCES', `an NF may have ${MAX_PER_SUBSCRIBER} subscriptions`);
  }
  const validityTime = grantedTime(context, requested.validityTime, '/validityTime');
  const subscription: Subscription = {
    id,
    data: {
      ...data,
      subscriptionId: id,
      ...(validityTime === undefined ? {} : { validityTime }),
      ...(requesterFeatures === undefined ? {} : { nrfSupportedFeatures: NFM_FEATURES }),
    },
    subscriber,
  };
  await subscriptions.put(subscription);
  return subscription;
}

/**
 * Update of a subscription (5.2.2.5.6): its validity time, and nothing else. The data when it is not as it was asked for.
 * @throws 404 SUBSCRIPTION_NOT_FOUND, Refusal 403 for another NF's, 403 MODIFICATION_NOT_ALLOWED, 400
 */
export async function renew(
  context: SubscriptionContext,
  consumer: Consumer,
  id: string,
  patch: readonly PatchItem[],
): Promise<SubscriptionData | undefined> {
  const { subscriptions, relayed } = context;
  if (relayed.get(id)) return relayed.renew(id, consumer.peer, patch);
  const subscription = ownSubscription(subscriptions, consumer, id);
  let requested: string | undefined;
  for (const [index, { op, path, value }] of patch.entries()) {
    if (path !== '/validityTime' || (op !== 'replace' && op !== 'add')) {
      throw commonProblem('MODIFICATION_NOT_ALLOWED', 'only the validityTime of a subscription can be changed');
    }
    if (typeof value !== 'string' || Number.isNaN(Date.parse(value))) {
      throw commonProblem('MANDATORY_IE_INCORRECT', undefined, [
        { param: `/${index}/value`, reason: 'is not a date and time' },
      ]);
    }
    requested = value;
  }
  const validityTime = grantedTime(context, requested, '/0/value');
  const data = { ...subscription.data, ...(validityTime === undefined ? {} : { validityTime }) };
  await subscriptions.put({ ...subscription, data });
  return validityTime === requested ? undefined : data;
}

/** NFStatusUnsubscribe (5.2.2.7). Throws 404 SUBSCRIPTION_NOT_FOUND, and Refusal 403 for another NF's subscription. */
export async function unsubscribe(context: SubscriptionContext, consumer: Consumer, id: string): Promise<void> {
  const { subscriptions, relayed } = context;
  if (relayed.get(id)) return relayed.unsubscribe(id, consumer.peer);
  ownSubscription(subscriptions, consumer, id);
  await subscriptions.delete(id);
}

/** Of another PLMN only the PLMN is proven; which of its NFs may do what, its own NRF has seen to. */
function ownSubscription(subscriptions: Subscriptions, { peer, plmnId }: Consumer, id: string): Subscription {
  const subscription = subscriptions.get(id);
  if (!subscription) throw commonProblem('SUBSCRIPTION_NOT_FOUND');
  const { subscriber } = subscription;
  if (!samePlmn(subscriber.plmnId, plmnId)) {
    throw new Refusal(403, 'nf-plmn', 'the subscription is that of an NF of another PLMN');
  }
  if (!samePlmn(plmnId, peer.plmnId)) return subscription;
  requireSameNf(peer, subscriber.nfInstanceId ?? '');
  return subscription;
}

function subscriberOf(context: SubscriptionContext, consumer: Consumer, requested: SubscriptionData): Requester {
  const { ownPlmn, registry } = context;
  const own = samePlmn(consumer.plmnId, ownPlmn);
  const nfType = requested.reqNfType ?? (own ? consumer.peer.nfTypes[0] : undefined);
  if (nfType === undefined) {
    throw commonProblem('MANDATORY_IE_MISSING', 'an NF of another PLMN has to say what it is', [
      { param: '/reqNfType' },
    ]);
  }
  const requester = provenRequester(registry, ownPlmn, consumer, {
    nfType,
    nfInstanceId: requested.reqNfInstanceId,
    fqdn: requested.reqNfFqdn,
    plmnIds: requested.reqPlmnList,
    sNssais: requested.reqSnssais,
    perPlmnSnssais: requested.reqPerPlmnSnssais,
  });
  // Requesters prove their slices by their registration, and a subscription may come before that.
  return requested.reqSnssais && own && !requester.sNssais ? { ...requester, sNssais: [] } : requester;
}

function checkNotificationUri(uri: string, consumer: Consumer, context: SubscriptionContext): void {
  const { ownPlmn, cleartext, insecure } = context;
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url) {
    throw commonProblem('MANDATORY_IE_INCORRECT', undefined, [
      { param: '/nfStatusNotificationUri', reason: 'is not an absolute URI' },
    ]);
  }
  const named = plmnOfFqdn(url.hostname);
  const inItsPlmn = named !== undefined && samePlmn(named, consumer.plmnId);
  const own = samePlmn(consumer.plmnId, ownPlmn);
  const allowed = cleartext
    ? url.protocol === 'http:' && inItsPlmn
    : url.protocol === 'https:' && (own ? url.hostname.toLowerCase() === consumer.peer.fqdn.toLowerCase() : inItsPlmn);
  // Otherwise a subscriber could have the NRF send requests to whom it likes.
  if ((!allowed || url.username || url.password) && !insecure.withoutNotificationPolicy) {
    throw problem(403, 'SUBSCRIPTION_NOT_ALLOWED', 'notifications go to the subscriber itself, over https');
  }
}

/** The validity time that an NF gets: what it asks for, but not for ever. */
function grantedTime(
  { subscriptionLifetime, now }: SubscriptionContext,
  requested: string | undefined,
  param: string,
): string | undefined {
  if (requested === undefined) return undefined;
  const latest = now() + subscriptionLifetime * 1000;
  if (Date.parse(requested) <= now()) {
    throw commonProblem('OPTIONAL_IE_INCORRECT', undefined, [{ param, reason: 'is over' }]);
  }
  return Date.parse(requested) > latest ? new Date(latest).toISOString() : requested;
}

/** No hyphen: TS 29.510 6.1.6.2.16 reserves it for a PLMN prefix. */
function idOf(
  subscriber: Requester,
  { nfStatusNotificationUri, subscrCond, reqNotifEvents }: SubscriptionData,
): string {
  const who = [plmnToString(subscriber.plmnId), subscriber.nfInstanceId];
  const identity = JSON.stringify([who, nfStatusNotificationUri, subscrCond, reqNotifEvents]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}
