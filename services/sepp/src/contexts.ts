/** N32 contexts: what was negotiated with each partner on N32-c, in either direction. They survive a restart. */
import { randomBytes } from 'node:crypto';
import type { ProtectionPolicy, SecParamExchRspData } from '@twincore/model';
import { commonProblem } from '@twincore/sbi';
import type { Collection } from '@twincore/store';
import type { Partner } from './config.ts';

/** What PRINS needs beside; keys are derived from `masterKey` at each start. */
export interface PrinsParameters {
  /** The id that the peer has made up; ours is the context's. */
  readonly peerContextId: string;
  readonly cipherSuite: 'A128GCM' | 'A256GCM';
  /** N32-f master key, base64. */
  readonly masterKey: string;
  /** The peer's policy: what its IPX providers may modify. */
  readonly peerPolicy: ProtectionPolicy;
  /** With what they sign. */
  readonly peerIpxProviders: NonNullable<SecParamExchRspData['ipxProviderSecInfoList']>;
  /** Milliseconds since 1970; then its keys have expired. */
  readonly expiresAt: number;
}

export interface N32Context {
  /** Made up by this SEPP (TS 29.573 6.1.5.2, N32fContextId). */
  readonly contextId: string;
  readonly security: Partner['security'];
  /** The peer forwards by 3gpp-Sbi-Target-apiRoot (TS 29.573 5.2.2). */
  readonly targetApiRootSupported: boolean;
  /** Which side asked on N32-c. */
  readonly initiatedBy: 'us' | 'peer';
  readonly establishedAt: string;
  readonly prins?: PrinsParameters;
}

/** Runs N32-c with a partner. */
export type Negotiate = (partner: Partner) => Promise<N32Context>;

interface State {
  /** Latest first. */
  readonly contexts: N32Context[];
  /** Contexts of the peer's making that it has used: it certainly knows that they are agreed. */
  readonly confirmed: Set<string>;
  negotiating?: Promise<N32Context>;
  retry?: { timer: NodeJS.Timeout; wait: number; reason: string };
  /** One side has ended the relation. */
  ended: boolean;
}

const RETRY_MS = { first: 250, longest: 30_000 };
/** A message may still be under way in the context before the last. */
const KEPT_CONTEXTS = 3;
/** A peer that asked on N32-c has its answer by then. */
const CONFIRMED_AFTER_MS = 200;

export function newContextId(): string {
  return randomBytes(8).toString('hex');
}

export class N32Contexts {
  readonly #stored: Collection<N32Context>;
  readonly #negotiate: Negotiate;
  readonly #states = new Map<Partner, State>();
  readonly #changed: (partner: Partner) => void;
  #closed = false;

  constructor(stored: Collection<N32Context>, negotiate: Negotiate, changed: (partner: Partner) => void = () => {}) {
    this.#stored = stored;
    this.#negotiate = negotiate;
    this.#changed = changed;
  }

  /** Reads what is on disk for these partners; what was agreed under another protection than is configured now does not count. */
  async load(partners: readonly Partner[]): Promise<void> {
    for (const partner of partners) {
      const entries = await this.#stored.list({ prefix: prefixOf(partner) });
      const contexts = entries.map(({ value }) => value).filter(({ security }) => security === partner.security);
      contexts.sort((a, b) => b.establishedAt.localeCompare(a.establishedAt));
      const confirmed = new Set(contexts.map(({ contextId }) => contextId));
      this.#states.set(partner, { contexts, confirmed, ended: false });
    }
  }

  /** Every context with `partner`, the latest first. */
  of(partner: Partner): readonly N32Context[] {
    return this.#state(partner).contexts;
  }

  /** The context to send in, undefined when there is none. */
  current(partner: Partner): N32Context | undefined {
    const { contexts, confirmed } = this.#state(partner);
    const now = Date.now();
    const alive = contexts.filter(({ prins }) => !prins || prins.expiresAt > now);
    const known = ({ contextId, initiatedBy, establishedAt }: N32Context) =>
      initiatedBy === 'us' || confirmed.has(contextId) || Date.parse(establishedAt) + CONFIRMED_AFTER_MS < now;
    return alive.find(known) ?? alive[0];
  }

  /** The partner and context behind one of our context ids. */
  byId(contextId: string): { partner: Partner; context: N32Context } | undefined {
    for (const [partner, { contexts }] of this.#states) {
      const context = contexts.find((one) => one.contextId.toLowerCase() === contextId.toLowerCase());
      if (context) return { partner, context };
    }
    return undefined;
  }

  /** The peer has sent something in this context. */
  confirm(partner: Partner, { contextId }: N32Context): void {
    this.#state(partner).confirmed.add(contextId);
  }

  /**
   * The context to send in; negotiated now when there is none. Rejects with the problem that N32-c ended in, at once while the pause
   * after a failure lasts.
   */
  async ensure(partner: Partner): Promise<N32Context> {
    const context = this.current(partner);
    if (context) return context;
    const { ended, retry } = this.#state(partner);
    if (ended) throw commonProblem('TARGET_NF_NOT_REACHABLE', 'the relation with this partner has been ended');
    if (retry) throw commonProblem('TARGET_NF_NOT_REACHABLE', retry.reason);
    return this.negotiate(partner);
  }

  /** A context in place of one that the peer has lost: it may have lost those before as well. */
  async newerThan(partner: Partner, lost: N32Context): Promise<N32Context> {
    const known = this.current(partner);
    return known && known.establishedAt > lost.establishedAt ? known : this.negotiate(partner);
  }

  /** A new context with `partner` in place of the former one. Whoever asks meanwhile gets the same. */
  negotiate(partner: Partner): Promise<N32Context> {
    const state = this.#state(partner);
    state.negotiating ??= this.#negotiate(partner)
      .then(async (context) => {
        await this.established(partner, context);
        return context;
      })
      .finally(() => {
        delete state.negotiating;
      });
    return state.negotiating;
  }

  /** Resolves once the context is on disk: only then may the peer be told. */
  async established(partner: Partner, context: N32Context): Promise<void> {
    const state = this.#state(partner);
    await this.#stored.put(keyOf(partner, context), context);
    state.contexts.unshift(context);
    state.ended = false;
    const dropped = state.contexts.splice(partner.security === 'TLS' ? 1 : KEPT_CONTEXTS);
    this.#changed(partner);
    await this.#forget(partner, dropped);
  }

  /** Takes one context away, e.g. because the peer has terminated it or does not know it any more. */
  async remove(partner: Partner, context: N32Context): Promise<void> {
    const state = this.#state(partner);
    const at = state.contexts.indexOf(context);
    if (at >= 0) state.contexts.splice(at, 1);
    this.#changed(partner);
    await this.#forget(partner, [context]);
  }

  /** Takes everything away; nothing is negotiated until somebody asks for it. */
  async end(partner: Partner): Promise<void> {
    const state = this.#state(partner);
    state.ended = true;
    if (state.retry) clearTimeout(state.retry.timer);
    delete state.retry;
    const dropped = state.contexts.splice(0);
    this.#changed(partner);
    await this.#forget(partner, dropped);
  }

  /** {@link negotiate}, repeated with growing pauses until it succeeds; `failed` is told each time that it does not. */
  keepTrying(partner: Partner, failed: (error: Error) => void, wait = RETRY_MS.first): void {
    const state = this.#state(partner);
    if (state.retry) clearTimeout(state.retry.timer);
    state.ended = false;
    this.negotiate(partner).then(
      () => {
        delete state.retry;
      },
      (error: Error) => {
        if (this.#closed || state.ended) return;
        failed(error);
        const timer = setTimeout(() => this.keepTrying(partner, failed, Math.min(wait * 2, RETRY_MS.longest)), wait);
        state.retry = { timer, wait, reason: error.message };
      },
    );
  }

  close(): void {
    this.#closed = true;
    for (const { retry } of this.#states.values()) if (retry) clearTimeout(retry.timer);
  }

  #state(partner: Partner): State {
    const state = this.#states.get(partner);
    if (!state) throw new Error('a partner that was not loaded');
    return state;
  }

  async #forget(partner: Partner, contexts: readonly N32Context[]): Promise<void> {
    await Promise.all(contexts.map((context) => this.#stored.delete(keyOf(partner, context))));
  }
}

const prefixOf = (partner: Partner) => `${partner.n32.fqdn.toLowerCase()}/`;
const keyOf = (partner: Partner, { contextId }: N32Context) => prefixOf(partner) + contextId;
