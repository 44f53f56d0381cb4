/** Delivery of notifications (TS 29.510 5.2.2.6): in order to each subscriber, a few attempts, then dropped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpRequest, type HttpResponse, Unreachable } from '@twincore/sbi';

export interface Notification {
  readonly subscriptionId: string;
  readonly uri: string;
  /** Of the subscriber. */
  readonly nfType: string;
  /** In the TS's words. */
  readonly operation: string;
  /** JSON text. */
  readonly body: string;
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
    const { subscriptionId: id } = notification;
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
  async #attempt({ subscriptionId, uri, nfType, operation, body }: Notification): Promise<void> {
    const { send, log, retryDelays = RETRY_DELAYS } = this.#options;
    let reason = '';
    for (const delay of [0, ...retryDelays]) {
      try {
        if (delay > 0) await sleep(delay, undefined, { signal: this.#closing.signal, ref: false });
        const { status } = await send({
          method: 'POST',
          url: uri,
          body,
          target: nfType,
          operation,
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
    log.warn({ subscriptionId, nfType, reason }, 'not notified');
  }
}
