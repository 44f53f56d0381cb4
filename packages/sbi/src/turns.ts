/** So few that the next hop has something to do soon, so many that writing for them is not most of the work (tried: 4, 8, 16). */
const PER_TURN = 8;

/**
 * Spreads work over turns of the event loop. Node writes what it has for an HTTP/2 connection when a turn is over; a proxy that handles
 * everything at once that came at once lets the next hop wait, and then waits for it: of all on the way only one is at work at any time.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #passed = 0;
  #isScheduled = false;

  /** Resolves in this turn or, when that has had enough, in a later one; in the order of the calls. */
  next(): Promise<void> | undefined {
    this.#schedule();
    if (this.#passed < PER_TURN) {
      this.#passed++;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const released = this.#waiting.splice(0, PER_TURN);
      this.#passed = released.length;
      if (released.length > 0) this.#schedule();
      for (const resolve of released) resolve();
    });
  }
}
