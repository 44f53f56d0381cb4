import { timingSafeEqual } from 'node:crypto';
import { deriveKnasEnc, deriveKnasInt, nea, nia } from '@twincore/crypto';
import type { Receiver } from './descriptor.ts';
import { NasError } from './errors.ts';
import type { NgKsi } from './ies/security.ts';
import {
  EPD_5GMM,
  MAX_MESSAGE_OCTETS,
  PAYLOAD_AT,
  type ProtectedHeaderType,
  peekHeader,
  SECURITY_HEADER,
} from './security-header.ts';

/** Highest NAS COUNT: 16 bits of overflow counter and 8 of sequence number (TS 24.501 4.4.3.1). */
export const MAX_NAS_COUNT = 0xffffff;

/** Bearer input of NEA and NIA: NAS connection identifier of 3GPP access (TS 33.501 6.4.2.2, 6.4.3.1). */
const BEARER_3GPP = 1;
const UPLINK = 0;
const DOWNLINK = 1;
const KEY_OCTETS = 16;
const SQN_VALUES = 0x100;

export type IntegrityAlgorithm = 2;
export type CipheringAlgorithm = 0 | 2;

interface Algorithms {
  readonly role: Receiver;
  readonly ngKsi: NgKsi;
  readonly integrityAlgorithm: IntegrityAlgorithm;
  readonly cipheringAlgorithm: CipheringAlgorithm;
}

/** `ulCount` and `dlCount` are the next COUNT to be used or accepted; 0 for a context fresh from authentication. */
export interface NasSecurityContextOptions extends Algorithms {
  readonly kNasInt: Uint8Array;
  readonly kNasEnc: Uint8Array;
  readonly ulCount?: number;
  readonly dlCount?: number;
}

/** The context for a store: keys as lower-case hex. */
export interface StoredNasSecurityContext extends Algorithms {
  readonly kNasInt: string;
  readonly kNasEnc: string;
  readonly ulCount: number;
  readonly dlCount: number;
}

/** A message whose integrity was verified: the plain NAS message, the NAS COUNT that it came with, how it was protected. */
export interface UnprotectedMessage {
  readonly message: Buffer;
  readonly count: number;
  readonly securityHeaderType: ProtectedHeaderType;
}

interface HeaderRule {
  readonly ciphered: boolean;
  /** Only this side may send it, and only this message (TS 24.501 table 9.3.1, notes). */
  readonly only?: { readonly sender: Receiver; readonly messageCode: number };
}

const HEADER_RULES: Readonly<Record<ProtectedHeaderType, HeaderRule>> = {
  [SECURITY_HEADER.integrityProtected]: { ciphered: false },
  [SECURITY_HEADER.integrityProtectedAndCiphered]: { ciphered: true },
  [SECURITY_HEADER.integrityProtectedWithNewContext]: {
    ciphered: false,
    only: { sender: 'network', messageCode: 0x5d },
  },
  [SECURITY_HEADER.integrityProtectedAndCipheredWithNewContext]: {
    ciphered: true,
    only: { sender: 'ue', messageCode: 0x5e },
  },
};

/**
 * 5G NAS security context of one side for 3GPP access (TS 24.501 4.4, TS 33.501 6.4): NIA2 with NEA0 or NEA2.
 *
 * Both COUNTs start at 0 with the object, which is the reset of TS 24.501 5.4.2.2 and 5.4.2.3: make a new context for each
 * successful authentication. They never go back while the keys live, so no (key, COUNT) pair is used twice.
 * Keys and counters are private fields: logging or JSON.stringify of the object shows neither; `toStored` does.
 */
export class NasSecurityContext {
  readonly role: Receiver;
  readonly ngKsi: NgKsi;
  readonly integrityAlgorithm: IntegrityAlgorithm;
  readonly cipheringAlgorithm: CipheringAlgorithm;
  readonly #kNasInt: Buffer;
  readonly #kNasEnc: Buffer;
  #ulCount: number;
  #dlCount: number;

  /** Throws NasError `malformed-value` when a key is not 16 octets or a COUNT is out of range. */
  constructor(options: NasSecurityContextOptions) {
    this.role = options.role;
    this.ngKsi = options.ngKsi;
    this.integrityAlgorithm = options.integrityAlgorithm;
    this.cipheringAlgorithm = options.cipheringAlgorithm;
    this.#kNasInt = key(options.kNasInt);
    this.#kNasEnc = key(options.kNasEnc);
    this.#ulCount = nextCount(options.ulCount ?? 0);
    this.#dlCount = nextCount(options.dlCount ?? 0);
  }

  /** A fresh context from KAMF (32 octets): derives KNASint and KNASenc (TS 33.501 A.8) for the selected algorithms. */
  static fromKamf({ kamf, ...algorithms }: Algorithms & { readonly kamf: Uint8Array }): NasSecurityContext {
    return new NasSecurityContext({
      ...algorithms,
      kNasInt: deriveKnasInt(kamf, algorithms.integrityAlgorithm),
      kNasEnc: deriveKnasEnc(kamf, algorithms.cipheringAlgorithm),
    });
  }

  /** Inverse of toStored; `stored` may come from anywhere. Throws NasError `malformed-value`. */
  static fromStored(stored: unknown): NasSecurityContext {
    if (!isStored(stored)) throw new NasError('malformed-value', 'not a stored NAS security context');
    return new NasSecurityContext({
      ...stored,
      kNasInt: Buffer.from(stored.kNasInt, 'hex'),
      kNasEnc: Buffer.from(stored.kNasEnc, 'hex'),
    });
  }

  /** Next uplink NAS COUNT; the one last used (for KgNB, TS 33.501 A.9) is one less. */
  get ulCount(): number {
    return this.#ulCount;
  }

  /** Next downlink NAS COUNT. */
  get dlCount(): number {
    return this.#dlCount;
  }

  /** Everything, with the keys in hex, for a store that may hold keys. */
  toStored(): StoredNasSecurityContext {
    return {
      role: this.role,
      ngKsi: this.ngKsi,
      integrityAlgorithm: this.integrityAlgorithm,
      cipheringAlgorithm: this.cipheringAlgorithm,
      kNasInt: this.#kNasInt.toString('hex'),
      kNasEnc: this.#kNasEnc.toString('hex'),
      ulCount: this.#ulCount,
      dlCount: this.#dlCount,
    };
  }

  /**
   * Plain message to security protected message (TS 24.501 4.4.4.1, 4.4.5, 9.1.1): ciphers if the type says so, then puts
   * the MAC over sequence number and payload in front. Uses up one COUNT of the own direction. Throws NasError:
   * `count-exhausted`; `unexpected-protection` when the type is not for this side or message, or `plain` is not plain.
   */
  protect(plain: Uint8Array, securityHeaderType: ProtectedHeaderType): Buffer {
    checkUse(securityHeaderType, this.role, plain);
    if (plain.length + PAYLOAD_AT > MAX_MESSAGE_OCTETS) throw new NasError('too-long', `${plain.length} octets`);
    const direction = this.role === 'ue' ? UPLINK : DOWNLINK;
    const count = this.#next(direction);
    if (count > MAX_NAS_COUNT) throw new NasError('count-exhausted', 'no NAS COUNT left to send with');
    this.#accept(direction, count);
    const ciphered = HEADER_RULES[securityHeaderType].ciphered;
    const payload = ciphered ? this.#cipher(plain, count, direction) : Buffer.from(plain);
    const sequenced = Buffer.concat([Buffer.from([count % SQN_VALUES]), payload]);
    return Buffer.concat([
      Buffer.from([EPD_5GMM, securityHeaderType]),
      this.#mac(sequenced, count, direction),
      sequenced,
    ]);
  }

  /**
   * Security protected message to plain message. Estimates the COUNT from the 8-bit sequence number (TS 24.501 4.4.3.1:
   * the lowest COUNT with it that was not yet accepted), verifies the MAC in constant time, and only then moves the
   * COUNT. Throws NasError (action `drop`): `mac-failure`, `replay` (the MAC fits a COUNT already accepted),
   * `count-exhausted`, `unexpected-protection`, and those of peekHeader.
   */
  unprotect(bytes: Uint8Array): UnprotectedMessage {
    const header = peekHeader(bytes);
    if (header.securityHeaderType === SECURITY_HEADER.plain) {
      throw new NasError('unexpected-protection', 'message is not security protected');
    }
    const { securityHeaderType, sequenceNumber, mac, payload } = header;
    const sender: Receiver = this.role === 'ue' ? 'network' : 'ue';
    checkSender(securityHeaderType, sender);
    const direction = sender === 'ue' ? UPLINK : DOWNLINK;
    const count = estimate(this.#next(direction), sequenceNumber);
    const sequenced = Buffer.from(bytes.buffer, bytes.byteOffset + PAYLOAD_AT - 1, bytes.byteLength - PAYLOAD_AT + 1);
    const fits = (candidate: number) => timingSafeEqual(this.#mac(sequenced, candidate, direction), mac);
    if (count > MAX_NAS_COUNT || !fits(count)) {
      const seen = count - SQN_VALUES;
      if (seen >= 0 && fits(seen)) throw new NasError('replay', `NAS COUNT ${seen} was accepted or passed over before`);
      if (count > MAX_NAS_COUNT) throw new NasError('count-exhausted', 'no NAS COUNT left to accept');
      throw new NasError('mac-failure', 'message authentication code does not verify');
    }
    this.#accept(direction, count);
    const ciphered = HEADER_RULES[securityHeaderType].ciphered;
    const message = ciphered ? this.#cipher(payload, count, direction) : Buffer.from(payload);
    checkUse(securityHeaderType, sender, message);
    return { message, count, securityHeaderType };
  }

  /**
   * Ciphers (UE) or deciphers (network) the content of the NAS message container of an initial NAS message (TS 24.501
   * 4.4.6) with the uplink COUNT of that message: the UE's next `ulCount` before protect, or `count` from unprotect.
   */
  cipherContainer(container: Uint8Array, count: number): Buffer {
    return this.#cipher(container, count, UPLINK);
  }

  #next(direction: 0 | 1): number {
    return direction === UPLINK ? this.#ulCount : this.#dlCount;
  }

  #accept(direction: 0 | 1, count: number): void {
    if (direction === UPLINK) this.#ulCount = count + 1;
    else this.#dlCount = count + 1;
  }

  #mac(data: Uint8Array, count: number, direction: 0 | 1): Buffer {
    return nia(this.integrityAlgorithm, { key: this.#kNasInt, count, bearer: BEARER_3GPP, direction, data });
  }

  #cipher(data: Uint8Array, count: number, direction: 0 | 1): Buffer {
    return nea(this.cipheringAlgorithm, { key: this.#kNasEnc, count, bearer: BEARER_3GPP, direction, data });
  }
}

/** Lowest COUNT not below `next` whose 8 least significant bits are the sequence number. */
function estimate(next: number, sequenceNumber: number): number {
  const sameOverflow = next - (next % SQN_VALUES) + sequenceNumber;
  return sameOverflow >= next ? sameOverflow : sameOverflow + SQN_VALUES;
}

function checkSender(type: ProtectedHeaderType, sender: Receiver): void {
  const { only } = HEADER_RULES[type];
  if (only !== undefined && only.sender !== sender) {
    throw new NasError('unexpected-protection', `security header type ${type} from the ${sender}`);
  }
}

function checkUse(type: ProtectedHeaderType, sender: Receiver, plain: Uint8Array): void {
  checkSender(type, sender);
  const inner = peekHeader(plain);
  const { only } = HEADER_RULES[type];
  if (inner.securityHeaderType !== SECURITY_HEADER.plain) {
    throw new NasError('unexpected-protection', 'protected message in a protected message');
  }
  if (only !== undefined && only.messageCode !== inner.messageCode) {
    throw new NasError('unexpected-protection', `security header type ${type} on message type ${inner.messageCode}`);
  }
}

function key(octets: Uint8Array): Buffer {
  if (octets.length !== KEY_OCTETS) throw new NasError('malformed-value', 'NAS key is not 16 octets');
  return Buffer.from(octets);
}

/** One above the highest is the state of a counter that is used up. */
function nextCount(count: number): number {
  if (!Number.isInteger(count) || count < 0 || count > MAX_NAS_COUNT + 1) {
    throw new NasError('malformed-value', 'NAS COUNT out of range');
  }
  return count;
}

function isStored(value: unknown): value is StoredNasSecurityContext {
  if (typeof value !== 'object' || value === null) return false;
  const stored = value as Readonly<Record<keyof StoredNasSecurityContext, unknown>>;
  const ngKsi = stored.ngKsi as Readonly<Record<keyof NgKsi, unknown>> | null | undefined;
  return (
    (stored.role === 'ue' || stored.role === 'network') &&
    (ngKsi?.tsc === 'NATIVE' || ngKsi?.tsc === 'MAPPED') &&
    Number.isInteger(ngKsi.ksi) &&
    stored.integrityAlgorithm === 2 &&
    (stored.cipheringAlgorithm === 0 || stored.cipheringAlgorithm === 2) &&
    [stored.kNasInt, stored.kNasEnc].every((hex) => typeof hex === 'string' && /^[0-9a-f]{32}$/.test(hex)) &&
    Number.isInteger(stored.ulCount) &&
    Number.isInteger(stored.dlCount)
  );
}
