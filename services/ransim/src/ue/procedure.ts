/** What the UE is busy with, and what becomes of it. */
import type { NasMessage, SecurityHeaderType, Snssai, Tai } from '@twincore/nas';
import { preciseNow } from '@twincore/sbi';
import { messageName, SECURITY_NAMES } from './names.ts';
import type { UsimFaults } from './usim.ts';

/** By name in lower case: `k`, `ck`, `kausf` … */
export type UeKeys = Readonly<Record<string, string>>;

/** A NAS message as the UE sent it or accepted it. */
export interface Step {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: 'up' | 'down';
  readonly message: string;
  readonly security: string;
}

export interface Faults extends UsimFaults {
  /** The UE answers a challenge with a random RES*. */
  readonly wrongResStar?: boolean | undefined;
}

export interface RegistrationOutcome {
  readonly result: 'registered' | 'rejected';
  readonly fiveGGuti?: string;
  readonly taiList?: readonly Tai[];
  readonly allowedNssai?: readonly Snssai[];
  /** The 5GMM cause that either side named last. */
  readonly fiveGmmCause?: number;
  /** Absent when nobody rejected, e.g. when the network did not answer. */
  readonly rejectedBy?: 'AMF' | 'UE';
  /** What ended a registration that did not succeed. */
  readonly reason?: string;
  readonly durationMs: number;
  readonly kamfFingerprint?: string;
  /** Whether the UE's KgNB is the one that the AMF gave the gNB; absent when the gNB got none. */
  readonly kgnbMatches?: boolean;
  /** Keys that the UE used or derived, in hexadecimal: for the recorded exchange, which hides them, never for an answer. */
  readonly keys: UeKeys;
  readonly steps: readonly Step[];
}

export interface DeregistrationOutcome {
  /** `deregistered-locally`: the network did not acknowledge. */
  readonly result: 'deregistered' | 'deregistered-locally';
  readonly durationMs: number;
  readonly steps: readonly Step[];
}

/** Steps and time of a procedure, and a promise of its outcome. */
class Procedure<O extends { readonly durationMs: number; readonly steps: readonly Step[] }> {
  readonly #startedAt = performance.now();
  readonly #steps: Step[] = [];
  readonly #ended = Promise.withResolvers<O>();

  constructor() {
    // Whoever asked may be gone by then.
    this.#ended.promise.catch(() => {});
  }

  get outcome(): Promise<O> {
    return this.#ended.promise;
  }

  step(direction: Step['direction'], message: NasMessage, security: SecurityHeaderType): void {
    this.#steps.push({
      at: preciseNow(),
      direction,
      message: messageName(message.messageType),
      security: SECURITY_NAMES[security],
    });
  }

  end(result: Omit<O, 'durationMs' | 'steps'>): void {
    const durationMs = performance.now() - this.#startedAt;
    this.#ended.resolve({ ...result, durationMs, steps: this.#steps } as unknown as O);
  }

  fail(error: unknown): void {
    this.#ended.reject(error);
  }
}

export class Registration extends Procedure<RegistrationOutcome> {
  readonly kind = 'registration';
  readonly faults: Faults;
  /** The SUCI of this procedure; T3519 runs longer than it. */
  suci: string | undefined;
  /** The complete plain REGISTRATION REQUEST. */
  request: Buffer | undefined;
  /** Only its clear part has been sent. */
  clearOnly = false;
  lastCause: number | undefined;
  kamfFingerprint: string | undefined;
  kgnbMatches: boolean | undefined;
  readonly #keys: Record<string, string> = {};

  get keys(): UeKeys {
    return this.#keys;
  }

  /** Takes down keys for the trace. */
  used(keys: Readonly<Record<string, Uint8Array | string>>): void {
    for (const [name, key] of Object.entries(keys)) {
      this.#keys[name] = typeof key === 'string' ? key : Buffer.from(key).toString('hex');
    }
  }

  constructor(faults: Faults) {
    super();
    this.faults = faults;
  }
}

export class Deregistration extends Procedure<DeregistrationOutcome> {
  readonly kind = 'deregistration';
  sent = 0;
}
