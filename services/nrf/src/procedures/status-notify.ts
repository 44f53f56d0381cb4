/** Nnrf_NFManagement_NFStatusNotify (TS 29.510 5.2.2.6): who hears what of a change, and its delivery. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlmnId } from '@twincore/model';
import { type HttpRequest, type HttpResponse, Unreachable } from '@twincore/sbi';
import type { RegisteredNf } from './registry.ts';
import { meets, type Subscription, type Subscriptions } from './status-subscriptions.ts';
import { render } from './visibility.ts';

export interface Notification {
  readonly subscription: Subscription;
  /** NotificationData (TS 29.510 6.1.6.2.17) as JSON text. */
  readonly body: string;
}

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
  const uri = `${apiRoot}/nnrf-nfm/v1/nf-instances/${(after ?? before)?.profile.nfInstanceId}`;
  const notifications: Notification[] = [];
  for (const subscription of subscriptions.concernedBy([before, after], now)) {
    const seen = (nf: RegisteredNf | undefined) =>
      nf && meets(subscription, nf)
        ? render(nf, { nfType: subscription.subscriber.nfType, plmnId: ownPlmn }, ownPlmn)
        : undefined;
    const was = seen(before);
    const is = seen(after);
    if (was === is) continue;
    const event = is === undefined ? 'NF_DEREGISTERED' : was === undefined ? 'NF_REGISTERED' : 'NF_PROFILE_CHANGED';
    if (subscription.data.reqNotifEvents?.includes(event) === false) continue;
    const profile = is === undefined ? '' : `,"nfProfile":${is}`;
    notifications.push({ subscription, body: `{"event":"${event}","nfInstanceUri":"${uri}"${profile}}` });
  }
  return notifications;
}

/** Delays before the second and later attempts, ms. */
const RETRY_DELAYS = [200, 1_000, 5_000];
/** Notifications that wait for one subscriber; one that is so far behind has to discover anew anyway. */
const MAX_WAITING = 64;

export interface NotifierOptions {
  readonly send: (request: HttpRequest) => Promise<HttpResponse>;
  readonly log: { warn(fields: object, message: string): void };
  readonly retryDelays?: readonly number[];
}

/** Delivers in the background: in order to each subscriber, to all of them at once, a few attempts each. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #queues = new Map<string, Notification[]>();
  readonly #closing = new AbortController();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Returns at once. */
  deliver(notification: Notification): void {
    const { id } = notification.subscription;
    const waiting = this.#queues.get(id);
    if (!waiting) {
      const queue = [notification];
      this.#queues.set(id, queue);
      void this.#drain(id, queue);
    } else if (waiting.length < MAX_WAITING) {
      waiting.push(notification);
    } else {
      this.#options.log.warn({ subscriptionId: id }, 'a subscriber is too slow, a notification is dropped');
    }
  }

  /** Drops what is still waiting. */
  close(): void {
    this.#closing.abort();
  }

  async #drain(id: string, queue: Notification[]): Promise<void> {
    for (let next = queue[0]; next && !this.#closing.signal.aborted; next = queue[0]) {
      await this.#attempt(next);
      queue.shift();
    }
    this.#queues.delete(id);
  }

  /** Never rejects. */
  async #attempt({ subscription, body }: Notification): Promise<void> {
    const { send, log, retryDelays = RETRY_DELAYS } = this.#options;
    let reason = '';
    for (const delay of [0, ...retryDelays]) {
      try {
        if (delay > 0) await sleep(delay, undefined, { signal: this.#closing.signal, ref: false });
        const { status } = await send({
          method: 'POST',
          url: subscription.data.nfStatusNotificationUri,
          body,
          target: subscription.subscriber.nfType,
          operation: 'Nnrf_NFManagement_NFStatusNotify',
        });
        if (status < 300) return;
        reason = `answered ${status}`;
        // The subscriber has read it and does not want it; asking again changes nothing.
        if (status < 500 && status !== 429) break;
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        reason = (error as Error).message;
        if (!(error instanceof Unreachable)) break;
      }
    }
    log.warn({ subscriptionId: subscription.id, nfType: subscription.subscriber.nfType, reason }, 'not notified');
  }
}
