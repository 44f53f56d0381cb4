/** The 5GMM timers of one UE (TS 24.501 table 10.2.1). */
import type { UeTimers } from '../config.ts';

export type TimerName = keyof UeTimers;

export class Timers {
  readonly #durations: UeTimers;
  readonly #running = new Map<TimerName, NodeJS.Timeout>();

  constructor(durations: UeTimers) {
    this.#durations = durations;
  }

  /** Starts the timer, or starts it again from the beginning. */
  start(name: TimerName, onExpiry: () => void): void {
    this.stop(name);
    const timer = setTimeout(() => {
      this.#running.delete(name);
      onExpiry();
    }, this.#durations[name]);
    this.#running.set(name, timer);
  }

  stop(...names: readonly TimerName[]): void {
    for (const name of names) {
      clearTimeout(this.#running.get(name));
      this.#running.delete(name);
    }
  }

  running(name: TimerName): boolean {
    return this.#running.has(name);
  }

  stopAll(): void {
    this.stop(...this.#running.keys());
  }
}
