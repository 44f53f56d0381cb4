/** A gNB's association with its AMF: set up, and set up again whenever it is lost (TS 38.413 8.7.1). */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectN2, type N2Association, type N2Message } from '@twincore/n2';
import type { FastifyBaseLogger } from 'fastify';
import type { GnbConfig, N2Settings } from '../config.ts';

export interface N2LinkHandler {
  /** A message after the NG setup. */
  onMessage(message: N2Message): void;
  /** The association is gone, and every UE context with it. */
  onLost(): void;
}

export class N2Link {
  readonly #gnb: GnbConfig;
  readonly #settings: N2Settings;
  readonly #log: FastifyBaseLogger;
  readonly #handler: N2LinkHandler;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #association: N2Association | undefined;
  #waiters: (() => void)[] = [];
  #hurry = new AbortController();

  /** Starts to connect at once, and goes on until `close`. */
  constructor(gnb: GnbConfig, settings: N2Settings, log: FastifyBaseLogger, handler: N2LinkHandler) {
    this.#gnb = gnb;
    this.#settings = settings;
    this.#log = log.child({ gnb: gnb.name });
    this.#handler = handler;
    this.#running = this.#run();
  }

  get ready(): boolean {
    return this.#association !== undefined;
  }

  /** Resolves with whether there is an AMF, at the latest after `waitMs`; the next attempt to connect comes at once. */
  async whenReady(): Promise<boolean> {
    if (this.ready) return true;
    this.#hurry.abort();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push(resolve);
    const timer = setTimeout(resolve, this.#settings.waitMs);
    await promise;
    clearTimeout(timer);
    this.#waiters = this.#waiters.filter((waiter) => waiter !== resolve);
    return this.ready;
  }

  /** Without an AMF the message is lost, as it is on a link that fails. */
  send(message: N2Message, traceparent?: string): void {
    this.#association?.send(message, traceparent);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#hurry.abort();
    this.#association?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { minRetryMs, maxRetryMs } = this.#settings;
    let pause = minRetryMs;
    while (!this.#closing.signal.aborted) {
      try {
        const { ended } = await this.#setUp();
        pause = minRetryMs;
        await ended;
        this.#log.warn('lost the AMF');
      } catch (error) {
        // Once is enough for an AMF that stays away.
        const level = pause === minRetryMs ? 'warn' : 'debug';
        this.#log[level]({ reason: (error as Error).message, pause }, 'no NG setup');
      }
      await this.#pause(pause);
      pause = Math.min(2 * pause, maxRetryMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#hurry = new AbortController();
    await sleep(ms, undefined, { signal: this.#hurry.signal }).catch(() => {});
  }

  /** Connects and exchanges NG SETUP. `ended` resolves when the association is gone; throws when it does not come about. */
  async #setUp(): Promise<{ ended: Promise<void> }> {
    const answered = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const association = await connectN2({ ...this.#gnb.amf, timeoutMs: this.#settings.setupTimeoutMs }, (self) => ({
      onMessage: ({ message }) => {
        if (this.#association === self) this.#handler.onMessage(message);
        else if (message.message === 'NGSetupResponse') {
          this.#established(self);
          answered.resolve();
        } else if (message.message === 'NGSetupFailure') {
          answered.reject(new Error(`the AMF refuses NG setup: ${message.cause.group}/${message.cause.value}`));
        }
      },
      onProtocolError: (error) => this.#log.warn({ cause: error.n2Cause.value }, 'N2 protocol error'),
      onClose: () => {
        answered.reject(new Error('the AMF closed the association'));
        ended.resolve();
        if (this.#association !== self) return;
        this.#association = undefined;
        this.#handler.onLost();
      },
    }));
    association.send(setupRequest(this.#gnb));
    const timer = setTimeout(
      () => answered.reject(new Error('the AMF does not answer NG setup')),
      this.#settings.setupTimeoutMs,
    );
    try {
      await answered.promise;
    } catch (error) {
      association.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return { ended: ended.promise };
  }

  #established(association: N2Association): void {
    this.#association = association;
    // close() may have come while the AMF was answering.
    if (this.#closing.signal.aborted) association.close();
    this.#log.info({ amf: association.peer }, 'NG setup done');
    for (const wake of this.#waiters) wake();
  }
}

function setupRequest({ name, plmnId, gnbId, tac, sNssais }: GnbConfig): N2Message {
  return {
    message: 'NGSetupRequest',
    globalRanNodeId: { plmnId, gnbId },
    ranNodeName: name,
    supportedTaList: [{ tac, broadcastPlmnList: [{ plmnId, taiSliceSupportList: sNssais }] }],
  };
}
