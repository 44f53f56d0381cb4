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
  /** What both sides want the relation for (TS 29.573 6.1.5.3.9). */
  readonly purposes?: readonly string[];
  /** Which side asked on N32-c. */
  readonly initiatedBy: 'us' | 'peer';
  readonly establishedAt: string;
  readonly prins?: PrinsParameters;
}

export interface N32ContextsOptions {
  /** Runs N32-c with a partner. */
  readonly negotiate: (partner: Partner) => Promise<N32Context>;
  /** Hears when there are other contexts than before. */
  readonly changed?: (partner: Partner) => void;
  /** Hears of each attempt that failed. */
  readonly failed?: (partner: Partner, error: Error) => void;
  /** 0 to 1. */
  readonly random?: () => number;
}

interface State {
  /** Latest first. */
  readonly contexts: N32Context[];
  /** Contexts of the peer's making that it has used: it certainly knows that they are agreed. */
  readonly confirmed: Set<string>;
  negotiating?: Promise<N32Context>;
  /** After so many failures one after the other. */
  failures: number;
  /** The pause after the last of them. */
  retry?: { timer: NodeJS.Timeout; reason: string };
  /** One side has ended the relation. */
  ended: boolean;
}

const RETRY_MS = { first: 250, longest: 30_000 };
/** So much of a pause may be left out at random: the partners of a SEPP that was away do not all come at once. */
const JITTER = 0.5;
/** A message may still be under way in the context before the last. */
const KEPT_CONTEXTS = 3;
/** A peer that asked on N32-c has its answer by then. */
const CONFIRMED_AFTER_MS = 200;

export function newContextId(): string {
  return randomBytes(8).toString('hex');
}

export class N32Contexts {
  readonly #stored: Collection<N32Context>;
  readonly #options: N32ContextsOptions;
  readonly #states = new Map<Partner, State>();
  #closed = false;

  constructor(stored: Collection<N32Context>, options: N32ContextsOptions) {
    this.#stored = stored;
    this.#options = options;
  }

  /** Reads what is on disk for these partners; what was agreed under another protection than is configured now does not count. */
  async load(partners: readonly Partner[]): Promise<void> {
    for (const partner of partners) {
      const entries = await this.#stored.list({ prefix: prefixOf(partner) });
      const contexts = entries.map(({ value }) => value).filter(({ security }) => security === partner.security);
      contexts.sort((a, b) => b.establishedAt.localeCompare(a.establishedAt));
      const confirmed = new Set(contexts.map(({ contextId }) => contextId));
      this.#states.set(partner, { contexts, confirmed, failures: 0, ended: false });
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
    if (this.#state(partner).ended) {
      throw commonProblem('TARGET_NF_NOT_REACHABLE', 'the relation with this partner has been ended');
    }
    return this.#negotiateUnlessPausing(partner);
  }

  /** A context in place of one that the peer has lost: it may have lost those before as well. */
  async newerThan(partner: Partner, lost: N32Context): Promise<N32Context> {
    const known = this.current(partner);
    return known && known.establishedAt > lost.establishedAt ? known : this.#negotiateUnlessPausing(partner);
  }

  /** Whether an attempt to agree has failed and the next is yet to come. */
  isPausing(partner: Partner): boolean {
    return this.#state(partner).retry !== undefined;
  }

  /**
   * A new context with `partner` in place of the former one, now. Whoever asks meanwhile gets the same. When it fails it is tried again
   * after a pause that grows, until one side has a context to offer or the relation is ended.
   */
  negotiate(partner: Partner): Promise<N32Context> {
    const state = this.#state(partner);
    if (state.negotiating) return state.negotiating;
    this.#endPause(state);
    state.ended = false;
    state.negotiating = this.#options
      .negotiate(partner)
      .then(async (context) => {
        await this.established(partner, context);
        return context;
      })
      .catch((error: Error) => {
        this.#failed(partner, state, error);
        throw error;
      })
      .finally(() => {
        delete state.negotiating;
      });
    return state.negotiating;
  }

  async #negotiateUnlessPausing(partner: Partner): Promise<N32Context> {
    const { retry } = this.#state(partner);
    if (retry) throw commonProblem('TARGET_NF_NOT_REACHABLE', retry.reason);
    return this.negotiate(partner);
  }

  #failed(partner: Partner, state: State, error: Error): void {
    if (this.#closed || state.ended) return;
    this.#options.failed?.(partner, error);
    const { random = Math.random } = this.#options;
    const longest = Math.min(RETRY_MS.first * 2 ** state.failures, RETRY_MS.longest);
    state.failures += 1;
    const timer = setTimeout(
      () => {
        delete state.retry;
        // `failed` hears of it.
        this.negotiate(partner).catch(() => {});
      },
      longest * (1 - JITTER * random()),
    );
    state.retry = { timer, reason: error.message };
  }

  #endPause(state: State): void {
    if (state.retry) clearTimeout(state.retry.timer);
    delete state.retry;
  }

  /** Resolves once the context is on disk: only then may the peer be told. */
  async established(partner: Partner, context: N32Context): Promise<void> {
    const state = this.#state(partner);
    await this.#stored.put(keyOf(partner, context), context);
    state.contexts.unshift(context);
    state.ended = false;
    state.failures = 0;
    this.#endPause(state);
    const dropped = state.contexts.splice(partner.security === 'TLS' ? 1 : KEPT_CONTEXTS);
    this.#options.changed?.(partner);
    await this.#forget(partner, dropped);
  }

  /** Takes one context away, e.g. because the peer has terminated it or does not know it any more. */
  async remove(partner: Partner, context: N32Context): Promise<void> {
    const state = this.#state(partner);
    const at = state.contexts.indexOf(context);
    if (at >= 0) state.contexts.splice(at, 1);
    this.#options.changed?.(partner);
    await this.#forget(partner, [context]);
  }

  /** Takes everything away; nothing is negotiated until somebody asks for it. */
  async end(partner: Partner): Promise<void> {
    const state = this.#state(partner);
    state.ended = true;
    state.failures = 0;
    this.#endPause(state);
    const dropped = state.contexts.splice(0);
    this.#options.changed?.(partner);
    await this.#forget(partner, dropped);
  }

  close(): void {
    this.#closed = true;
    for (const state of this.#states.values()) this.#endPause(state);
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
