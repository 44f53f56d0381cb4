/** Nnrf_NFManagement_NFStatusNotify (TS 29.510 5.2.2.6): who hears what of a change. */
import type { ChangeItem, NotifCondition, NotificationData, PlmnId } from '@twincore/model';
import { createPatch } from 'rfc6902';
import type { Notification } from './notifier.ts';
import type { RegisteredNf } from './registry.ts';
import type { LiveSubscription, Subscriptions } from './status-subscriptions.ts';
import { render, visibleServices } from './visibility.ts';

/**
 * The notifications of one change. What a subscriber is told follows from what it could see before and can see now, so an NF
 * that stops to admit it is, for this subscriber, deregistered.
 */
export function notificationsOf(
  subscriptions: Subscriptions,
  before: RegisteredNf | undefined,
  after: RegisteredNf | undefined,
  { ownPlmn, apiRoot, now }: { ownPlmn: PlmnId; apiRoot: string; now: number },
): Notification[] {
  const nfInstanceUri = `${apiRoot}/nnrf-nfm/v1/nf-instances/${(after ?? before)?.profile.nfInstanceId}`;
  return [...subscriptions.concernedBy([before, after], now)].flatMap((subscription) => {
    const told = whatIsTold(subscription, view(subscription, before, ownPlmn), view(subscription, after, ownPlmn));
    if (!told || subscription.data.reqNotifEvents?.includes(told.event) === false) return [];
    const { id, data, subscriber } = subscription;
    const { profile, ...rest } = told;
    const body = JSON.stringify({
      ...rest,
      nfInstanceUri,
      subscriptionContext: { subscriptionId: id, ...(data.subscrCond ? { subscrCond: data.subscrCond } : {}) },
    } satisfies NotificationData);
    return [
      {
        subscriptionId: id,
        uri: data.nfStatusNotificationUri,
        nfType: subscriber.nfType,
        operation: 'Nnrf_NFManagement_NFStatusNotify',
        // The profile is text already.
        body: profile === undefined ? body : `${body.slice(0, -1)},"nfProfile":${profile}}`,
      },
    ];
  });
}

/** What a subscriber sees of an NF: the profile as JSON text if it may, and whether the NF meets its condition. */
interface View {
  readonly text: string | undefined;
  readonly meets: boolean;
}

function view(subscription: LiveSubscription, nf: RegisteredNf | undefined, ownPlmn: PlmnId): View {
  const text = nf && render(nf, subscription.subscriber, ownPlmn);
  const { servingScope } = subscription.data;
  const inScope = !servingScope || !nf?.profile.servingScope?.every((area) => !servingScope.includes(area));
  if (!nf || text === undefined || !inScope) return { text, meets: false };
  const visible = visibleServices(nf, subscription.subscriber, ownPlmn);
  return { text, meets: subscription.condition.meets(nf, visible) };
}

interface Told extends Pick<NotificationData, 'event' | 'conditionEvent' | 'profileChanges'> {
  readonly profile?: string;
}

function whatIsTold({ data }: LiveSubscription, before: View, after: View): Told | undefined {
  if (!before.meets && !after.meets) return undefined;
  if (after.text === undefined) return { event: 'NF_DEREGISTERED' };
  if (before.text === undefined) return { event: 'NF_REGISTERED', profile: after.text };
  const event = 'NF_PROFILE_CHANGED';
  // It is the condition that says whether an NF belongs to those that are watched (TS 29.510 6.1.6.3.14).
  if (!before.meets) return { event, conditionEvent: 'NF_ADDED', profile: after.text };
  if (before.text === after.text) return undefined;
  const profileChanges = changesBetween(before.text, after.text);
  if (!after.meets) return { event, conditionEvent: 'NF_REMOVED', profileChanges };
  if (data.notifCondition && !isNotable(data.notifCondition, profileChanges)) return undefined;
  const shorter = JSON.stringify(profileChanges).length < after.text.length;
  return shorter ? { event, profileChanges } : { event, profile: after.text };
}

/** The changes (TS 29.571 5.2.4.8) between two profiles as the subscriber sees them. */
function changesBetween(before: string, after: string): ChangeItem[] {
  const old: unknown = JSON.parse(before);
  return createPatch(old, JSON.parse(after)).flatMap((operation) => {
    const { op, path } = operation;
    if (op === 'test' || op === 'copy') return [];
    return [
      {
        op: op.toUpperCase(),
        path,
        ...(op === 'move' ? { from: operation.from } : {}),
        ...('value' in operation ? { newValue: operation.value as unknown } : {}),
      },
    ];
  });
}

/** Whether changes are of those that the subscriber watches, or beyond those that it does not (TS 29.510 6.1.6.2.22). */
function isNotable(condition: NotifCondition, changes: readonly ChangeItem[]): boolean {
  const { monitoredAttributes, unmonitoredAttributes } = condition;
  const touches = ({ path }: ChangeItem, attribute: string) => within(path, attribute) || within(attribute, path);
  if (monitoredAttributes) {
    return changes.some((change) => monitoredAttributes.some((attribute) => touches(change, attribute)));
  }
  return changes.some(({ path }) => unmonitoredAttributes?.every((attribute) => !within(path, attribute)) ?? true);
}

function within(path: string, attribute: string): boolean {
  return path === attribute || path.startsWith(`${attribute}/`);
}
