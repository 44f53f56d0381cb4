/** N32 contexts: what was negotiated with each partner on N32-c. They survive a restart. */

import { plmnToString } from '@twincore/model';
import type { Collection } from '@twincore/store';
import type { Partner } from './config.ts';

export interface N32Context {
  readonly security: 'TLS';
  /** The peer forwards by 3gpp-Sbi-Target-apiRoot (TS 29.573 5.2.2). */
  readonly targetApiRootSupported: boolean;
  /** Which side asked on N32-c. */
  readonly initiatedBy: 'us' | 'peer';
  readonly establishedAt: string;
}

const RETRY_MS = { first: 250, longest: 30_000 };

export class N32Contexts {
  readonly #stored: Pick<Collection<N32Context>, 'get' | 'put'>;
  readonly #negotiate: (partner: Partner) => Promise<N32Context>;
  readonly #current = new Map<Partner, N32Context>();
  readonly #running = new Map<Partner, Promise<N32Context>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  /** `negotiate` runs N32-c with a partner. */
  constructor(
    stored: Pick<Collection<N32Context>, 'get' | 'put'>,
    negotiate: (partner: Partner) => Promise<N32Context>,
  ) {
    this.#stored = stored;
    this.#negotiate = negotiate;
  }

  /** The context with `partner`, undefined when there is none. */
  async current(partner: Partner): Promise<N32Context | undefined> {
    const known = this.#current.get(partner) ?? (await this.#stored.get(plmnToString(partner.plmnId)));
    if (known) this.#current.set(partner, known);
    return known;
  }

  /** The context with `partner`; negotiated now when there is none. Rejects with the problem that N32-c ended in. */
  async ensure(partner: Partner): Promise<N32Context> {
    return (await this.current(partner)) ?? this.negotiate(partner);
  }

  /** A new context with `partner` in place of the former one. Whoever asks meanwhile gets the same. */
  negotiate(partner: Partner): Promise<N32Context> {
    let running = this.#running.get(partner);
    if (!running) {
      running = this.#negotiate(partner)
        .then(async (context) => {
          await this.established(partner, context);
          return context;
        })
        .finally(() => this.#running.delete(partner));
      this.#running.set(partner, running);
    }
    return running;
  }

  /** Resolves once the context is on disk: only then may the peer be told. */
  async established(partner: Partner, context: N32Context): Promise<void> {
    await this.#stored.put(plmnToString(partner.plmnId), context);
    this.#current.set(partner, context);
  }

  /** {@link negotiate}, repeated with growing pauses until it succeeds; `failed` is told each time that it does not. */
  keepTrying(partner: Partner, failed: (error: Error) => void, wait = RETRY_MS.first): void {
    this.negotiate(partner).catch((error: Error) => {
      if (this.#closed) return;
      failed(error);
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.keepTrying(partner, failed, Math.min(wait * 2, RETRY_MS.longest));
      }, wait);
      this.#timers.add(timer);
    });
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
