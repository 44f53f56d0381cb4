/** Pseudo-random choices that a seed determines (mulberry32 over an FNV-1a hash of the seed's text). */
export class Random {
  #state: number;

  constructor(seed: string) {
    let hash = 0x811c9dc5;
    for (let index = 0; index < seed.length; index += 1) hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
    this.#state = hash >>> 0;
  }

  /** At least 0 and less than 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** Throws for an empty list: the caller decides what nothing means. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.integer(0, items.length - 1)] as T;
  }

  word(length: number): string {
    let word = '';
    for (let index = 0; index < length; index += 1) word += WORD[this.integer(0, WORD.length - 1)];
    return word;
  }

  hex(length: number): string {
    let digits = '';
    for (let index = 0; index < length; index += 1) digits += this.integer(0, 15).toString(16);
    return digits;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.integer(0, 255));
  }
}

const WORD = 'abcdefghijklmnopqrstuvwxyz0123456789';
