/** How much a partner may ask, and how much may be asked about one UE. */
import { commonProblem } from '@twincore/sbi';
import { LRUCache } from 'lru-cache';

interface Bucket {
  tokens: number;
  at: number;
}

/** UEs whose rate is remembered; the one that was asked about longest ago is forgotten first. */
const MAX_UES = 100_000;

/** Token buckets; one second's worth may come at once. */
export class BorderRates {
  readonly #partnerRate: number;
  readonly #ueRate: number;
  readonly #partner: Bucket;
  readonly #ues = new LRUCache<string, Bucket>({ max: MAX_UES });

  constructor(requestsPerSecond: number, requestsPerSecondPerUe: number) {
    this.#partnerRate = requestsPerSecond;
    this.#ueRate = requestsPerSecondPerUe;
    this.#partner = { tokens: requestsPerSecond, at: performance.now() };
  }

  /** Takes one request of the partner. Throws 429 when there were too many. */
  admitPartner(): void {
    if (!take(this.#partner, this.#partnerRate)) {
      throw commonProblem('NF_CONGESTION_RISK', `more than ${this.#partnerRate} requests per second of this partner`);
    }
  }

  /** Takes one request about a UE. Throws 429 when there were too many. */
  admitUe(ue: string): void {
    let bucket = this.#ues.get(ue);
    if (!bucket) {
      bucket = { tokens: this.#ueRate, at: performance.now() };
      this.#ues.set(ue, bucket);
    }
    if (!take(bucket, this.#ueRate)) {
      throw commonProblem('NF_CONGESTION_RISK', `more than ${this.#ueRate} requests per second about one UE`);
    }
  }
}

function take(bucket: Bucket, rate: number): boolean {
  const now = performance.now();
  bucket.tokens = Math.min(rate, bucket.tokens + ((now - bucket.at) / 1000) * rate);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
