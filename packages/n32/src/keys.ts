/** Session keys, IV salts and nonces of an N32-f context (TS 33.501 13.2.4.4.1). */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { N32fError } from './errors.ts';

/** TS 33.501 13.2.4.4.1, in the order of preference; TS 33.210 6.3 allows no other. */
export const JWE_CIPHER_SUITES = ['A256GCM', 'A128GCM'] as const;
export type JweCipherSuite = (typeof JWE_CIPHER_SUITES)[number];
/** TS 33.501 13.2.4.9. */
export const JWS_CIPHER_SUITES = ['ES256'] as const;

/** For the TLS exporter: label and octets of the N32-f master key; the context is the empty string. */
export const N32_MASTER_EXPORTER = { label: 'EXPORTER_3GPP_N32_MASTER', octets: 64 } as const;

const KEY_OCTETS: Readonly<Record<JweCipherSuite, number>> = { A128GCM: 16, A256GCM: 32 };
const SALT_OCTETS = 8;
const HASH_OCTETS = 32;

/** Who asked on N32-c. Its requests run in parallel to N32-c, those of the responding SEPP in reverse. */
export type N32cRole = 'initiating' | 'responding';
export type MessageKind = 'request' | 'response';

/** HKDF-Expand of RFC 5869 2.3 with SHA-256. */
export function hkdfExpand(key: Uint8Array, info: Uint8Array, octets: number): Buffer {
  const blocks: Buffer[] = [];
  let previous: Buffer = Buffer.alloc(0);
  for (let i = 1; blocks.length * HASH_OCTETS < octets; i++) {
    if (i > 255) throw new RangeError('HKDF-Expand yields 255 blocks at most');
    previous = createHmac('sha256', key).update(previous).update(info).update(Buffer.of(i)).digest();
    blocks.push(previous);
  }
  return Buffer.concat(blocks).subarray(0, octets);
}

/** N32-KDF (TS 33.501 13.2.4.4.1): HKDF-Expand(N32-f master key, "N32" || N32-Context-ID || label, L). */
export function n32Kdf(masterKey: Uint8Array, contextId: string, label: string, octets: number): Buffer {
  return hkdfExpand(masterKey, Buffer.from(`N32${contextId}${label}`, 'latin1'), octets);
}

export interface TrafficKey {
  readonly key: KeyObject;
  readonly salt: Buffer;
}
/** The keys of one SEPP: for what it sends and what it receives. */
export interface SessionKeys {
  readonly send: Readonly<Record<MessageKind, TrafficKey>>;
  readonly receive: Readonly<Record<MessageKind, TrafficKey>>;
}

/** The N32-f context ids that the two SEPPs made up on N32-c. */
export interface ContextIds {
  readonly initiating: string;
  readonly responding: string;
}

/**
 * The labels, and who sends under them. Which of the two context ids is "N32-Context-ID" the TS leaves open; here it is the one in
 * the metadata of the messages that the key protects, the receiving SEPP's, since that is the id by which a key is found.
 */
const DIRECTIONS = [
  { label: 'parallel_request', sender: 'initiating', kind: 'request' },
  { label: 'parallel_response', sender: 'responding', kind: 'response' },
  { label: 'reverse_request', sender: 'responding', kind: 'request' },
  { label: 'reverse_response', sender: 'initiating', kind: 'response' },
] as const;

const PEER: Readonly<Record<N32cRole, N32cRole>> = { initiating: 'responding', responding: 'initiating' };

/**
 * The four keys and four IV salts of an N32-f context, sorted for the SEPP with `role`. `masterKey` is the 64 octets that the
 * TLS exporter gives.
 * @throws RangeError when it has another length
 */
export function deriveSessionKeys(
  masterKey: Uint8Array,
  ids: ContextIds,
  suite: JweCipherSuite,
  role: N32cRole,
): SessionKeys {
  if (masterKey.length !== N32_MASTER_EXPORTER.octets) throw new RangeError('the N32-f master key has 64 octets');
  const keys = { send: {}, receive: {} } as { send: Record<string, TrafficKey>; receive: Record<string, TrafficKey> };
  for (const { label, sender, kind } of DIRECTIONS) {
    const contextId = ids[PEER[sender]];
    keys[sender === role ? 'send' : 'receive'][kind] = {
      key: createSecretKey(n32Kdf(masterKey, contextId, `${label}_key`, KEY_OCTETS[suite])),
      salt: n32Kdf(masterKey, contextId, `${label}_iv_salt`, SALT_OCTETS),
    };
  }
  return keys as unknown as SessionKeys;
}

/** The 96-bit nonce of AES-GCM: IV salt and sequence counter. */
export function nonceOf(salt: Buffer, seq: number): Buffer {
  const nonce = Buffer.allocUnsafe(SALT_OCTETS + 4);
  salt.copy(nonce);
  nonce.writeUInt32BE(seq, SALT_OCTETS);
  return nonce;
}

/** The sequence counter in a nonce; undefined when it is not a nonce under this salt. */
export function sequenceOf(nonce: Buffer, salt: Buffer): number | undefined {
  if (nonce.length !== SALT_OCTETS + 4 || nonce.compare(salt, 0, SALT_OCTETS, 0, SALT_OCTETS) !== 0) return undefined;
  return nonce.readUInt32BE(SALT_OCTETS);
}

export const MAX_SEQ = 0xffff_ffff;
/** With so many left there is time for N32-c to bring a new context before the last is used. */
const SEQ_MARGIN = 2 ** 24;

/**
 * The sequence counter of one IV salt. A value is given out once, whatever happens: only values below `reserved` are, and
 * `reserved` has to be on disk before. A SEPP that starts again goes on at the stored value and leaves out what it had not used.
 */
export class SequenceCounter {
  #next: number;
  #reserved: number;

  /** `start` is the last stored reservation, 0 for a new context. */
  constructor(start = 0) {
    if (!Number.isInteger(start) || start < 0 || start > MAX_SEQ + 1) throw new RangeError('no sequence counter');
    this.#next = start;
    this.#reserved = start;
  }

  /** How many can be taken before more has to be reserved. */
  get available(): number {
    return this.#reserved - this.#next;
  }

  /** Whether the context has to be replaced soon. */
  get nearlyUsedUp(): boolean {
    return this.#next > MAX_SEQ - SEQ_MARGIN;
  }

  /** What is to be stored to have `count` more; {@link grant} it once it is on disk. */
  reservation(count: number): number {
    return Math.min(this.#reserved + count, MAX_SEQ + 1);
  }

  grant(reserved: number): void {
    this.#reserved = Math.max(this.#reserved, Math.min(reserved, MAX_SEQ + 1));
  }

  /** The next value. Throws N32fError ENCRYPTION_KEY_EXPIRED when all are used, Error when none is reserved. */
  take(): number {
    if (this.#next > MAX_SEQ) throw new N32fError('ENCRYPTION_KEY_EXPIRED', 'every value of SEQ is used');
    if (this.available <= 0) throw new Error('no sequence number is reserved: store a reservation and grant it');
    return this.#next++;
  }
}
