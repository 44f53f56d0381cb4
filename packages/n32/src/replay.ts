/** What of an N32-f context was received before (TS 33.501 13.2.2.4.3: counters for replay protection). */
import { N32fError } from './errors.ts';

/** How far a message may be overtaken by later ones: a power of two, in messages. */
const WINDOW = 1024;
/** As many message ids are remembered: a peer would have to repeat one itself, since the tag protects them. */
const MESSAGE_IDS = 256;

/** For a store: everything that a SEPP must know after a restart to refuse what it accepted before it. */
export interface ReplayState {
  /** Highest SEQ accepted, -1 for none. */
  readonly highest: number;
  /** One bit for each of the last 1024 SEQs, base64. */
  readonly seen: string;
  /** The last messageIds accepted, the oldest first. */
  readonly messageIds: readonly string[];
}

/**
 * The window over the SEQs and messageIds received under one key. Accept a message after its tag has verified; what was accepted
 * survives a restart once {@link toState} is stored, which has to be before the message has any effect. One write may cover
 * all messages accepted before it began.
 */
export class ReplayWindow {
  #highest = -1;
  readonly #seen = new Uint8Array(WINDOW / 8);
  readonly #messageIds = new Set<string>();

  static fromState({ highest, seen, messageIds }: ReplayState): ReplayWindow {
    const window = new ReplayWindow();
    const bits = Buffer.from(seen, 'base64');
    if (!Number.isInteger(highest) || bits.length !== window.#seen.length) throw new RangeError('no replay state');
    window.#highest = highest;
    window.#seen.set(bits);
    for (const id of messageIds) window.#messageIds.add(id);
    return window;
  }

  toState(): ReplayState {
    return {
      highest: this.#highest,
      seen: Buffer.from(this.#seen).toString('base64'),
      messageIds: [...this.#messageIds],
    };
  }

  /** Notes a message. Throws N32fError INTEGRITY_CHECK_FAILED when it was seen before, or is too old to know. */
  accept(seq: number, messageId: string): void {
    if (seq <= this.#highest - WINDOW) throw replayed('SEQ is older than the replay window');
    if (seq <= this.#highest && this.#has(seq)) throw replayed('SEQ was received before');
    if (this.#messageIds.has(messageId)) throw replayed('messageId was received before');
    if (seq > this.#highest) this.#advance(seq);
    this.#seen[(seq % WINDOW) >> 3] = (this.#seen[(seq % WINDOW) >> 3] ?? 0) | (1 << (seq & 7));
    this.#messageIds.add(messageId);
    if (this.#messageIds.size > MESSAGE_IDS) {
      const [oldest] = this.#messageIds;
      this.#messageIds.delete(oldest as string);
    }
  }

  #has(seq: number): boolean {
    return ((this.#seen[(seq % WINDOW) >> 3] ?? 0) & (1 << (seq & 7))) !== 0;
  }

  /** The places of the SEQs between the former highest and `seq` held older ones, which fall out of the window. */
  #advance(seq: number): void {
    if (seq - this.#highest >= WINDOW) this.#seen.fill(0);
    else
      for (let s = this.#highest + 1; s <= seq; s++) {
        this.#seen[(s % WINDOW) >> 3] = (this.#seen[(s % WINDOW) >> 3] ?? 0) & ~(1 << (s & 7));
      }
    this.#highest = seq;
  }
}

const replayed = (what: string) => new N32fError('INTEGRITY_CHECK_FAILED', `replay: ${what}`);
