/** How much one TLS peer may ask of an NF. */
import type { PeerIdentity } from './identity.ts';

/** A token bucket for each TLS connection's peer; one second's worth may come at once. */
export class PeerRateLimit {
  readonly requestsPerSecond: number;
  readonly #buckets = new WeakMap<PeerIdentity, { tokens: number; at: number }>();

  constructor(requestsPerSecond: number) {
    this.requestsPerSecond = requestsPerSecond;
  }

  /** Takes one request out of the peer's bucket; false when it is empty. */
  admit(peer: PeerIdentity): boolean {
    const now = performance.now();
    let bucket = this.#buckets.get(peer);
    if (!bucket) {
      bucket = { tokens: this.requestsPerSecond, at: now };
      this.#buckets.set(peer, bucket);
    }
    const earned = ((now - bucket.at) / 1000) * this.requestsPerSecond;
    bucket.tokens = Math.min(this.requestsPerSecond, bucket.tokens + earned);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
