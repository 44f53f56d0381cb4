import { expectOctets } from './octets.ts';

const IND_BITS = 5n;
const IND_COUNT = 32;
const IND_MASK = 31n;
const SEQ_MAX = (1n << 43n) - 1n;
const SQN_MAX = (1n << 48n) - 1n;

function expectSqn(sqn: bigint): bigint {
  if (sqn < 0n || sqn > SQN_MAX) {
    throw new RangeError('SQN must be an unsigned integer of 48 bits');
  }
  return sqn;
}

/** SQN as the 6 octets that MILENAGE and AUTN take. Throws RangeError beyond 48 bits. */
export function sqnToBuffer(sqn: bigint): Buffer {
  return Buffer.from(expectSqn(sqn).toString(16).padStart(12, '0'), 'hex');
}

/** The 48-bit SQN of 6 octets. Throws RangeError for another length. */
export function sqnFromBuffer(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(expectOctets('sqn', octets, 6)).toString('hex')}`);
}

/**
 * The SQN of the next vector at the home, TS 33.102 C.1.1.1 and C.1.2 (not time-based): SEQ grows by one, IND cycles.
 * @param current last SQN that was used (or SQN_MS after a resynchronisation)
 * @param ind IND of the new SQN, 0..31; by default the one after `current`'s
 * @throws RangeError when SEQ is exhausted or an argument is out of range
 */
export function nextSqn(current: bigint, ind?: number): bigint {
  const seq = (expectSqn(current) >> IND_BITS) + 1n;
  if (seq > SEQ_MAX) {
    throw new RangeError('SEQ is exhausted');
  }
  if (ind !== undefined && !(Number.isInteger(ind) && ind >= 0 && ind < IND_COUNT)) {
    throw new RangeError('IND must be 0..31');
  }
  const nextInd = ind === undefined ? (current + 1n) & IND_MASK : BigInt(ind);
  return (seq << IND_BITS) | nextInd;
}

export interface UsimSqnLimits {
  /** Δ of C.2.1: the largest step of SEQ above SEQ_MS that is accepted; 2^28 unless given. */
  delta?: bigint;
  /** L of C.2.2: SEQ_MS - SEQ must stay below it. Absent: no age limit; the TS leaves it to the operator. */
  ageLimit?: bigint;
}

/**
 * The USIM's array of accepted sequence numbers, TS 33.102 C.2: one SEQ per IND slot, a limit against jumps (C.2.1) and
 * optionally one on age (C.2.2).
 */
export class UsimSqn {
  readonly #seq: bigint[];
  readonly #delta: bigint;
  readonly #ageLimit: bigint | undefined;

  /**
   * @param state the highest accepted SEQ of each IND slot, 32 of them; a fresh USIM has zeros
   * @throws RangeError when there are not 32 values of 43 bits
   */
  constructor(state: readonly bigint[] = new Array<bigint>(IND_COUNT).fill(0n), limits: UsimSqnLimits = {}) {
    if (state.length !== IND_COUNT || state.some((seq) => seq < 0n || seq > SEQ_MAX)) {
      throw new RangeError('USIM state must be 32 SEQ values of 43 bits');
    }
    this.#seq = [...state];
    this.#delta = limits.delta ?? 1n << 28n;
    this.#ageLimit = limits.ageLimit;
  }

  /** True when the SQN is fresh, which it then no longer is; false leaves the state as it was. */
  accept(sqn: bigint): boolean {
    const seq = expectSqn(sqn) >> IND_BITS;
    const slot = Number(sqn & IND_MASK);
    const seqMs = this.highest() >> IND_BITS;
    const tooFarAhead = seq - seqMs > this.#delta;
    const tooOld = this.#ageLimit !== undefined && seqMs - seq >= this.#ageLimit;
    if (tooFarAhead || tooOld || seq <= (this.#seq[slot] ?? SEQ_MAX)) {
      return false;
    }
    this.#seq[slot] = seq;
    return true;
  }

  /** SQN_MS: the highest SQN accepted in any slot, 0 when none was. */
  highest(): bigint {
    let best = 0n;
    for (const [ind, seq] of this.#seq.entries()) {
      const sqn = (seq << IND_BITS) | BigInt(ind);
      if (seq > 0n && sqn > best) {
        best = sqn;
      }
    }
    return best;
  }

  /** The 32 SEQ values as decimal strings (JSON has no bigint). */
  toJSON(): string[] {
    return this.#seq.map(String);
  }

  /** The inverse of toJSON. Throws RangeError when it is not 32 decimal strings of 43-bit values. */
  static from(json: readonly string[], limits: UsimSqnLimits = {}): UsimSqn {
    if (!Array.isArray(json) || !json.every((seq) => typeof seq === 'string' && /^\d{1,13}$/.test(seq))) {
      throw new RangeError('USIM state must be 32 decimal strings');
    }
    return new UsimSqn(json.map(BigInt), limits);
  }
}
