import { createCipheriv } from 'node:crypto';
import { expectOctets, uint32, xor } from './octets.ts';

/** The inputs that TS 33.501 Annex D names. */
export interface NasAlgorithmInput {
  /** KNASenc or KNASint, 16 octets. */
  key: Uint8Array;
  /** NAS COUNT, unsigned 32 bits. */
  count: number;
  /** 5 bits; for NAS the NAS connection identifier: 1 for 3GPP access, 2 for non-3GPP. */
  bearer: number;
  /** 0 uplink, 1 downlink. */
  direction: 0 | 1;
  data: Uint8Array;
  /** LENGTH in bits; all of `data` when absent. Bits after it are ignored. */
  bitLength?: number;
}

const BLOCK = 16;

/** COUNT || BEARER || DIRECTION || 26 zero bits: how both AES algorithms of TS 33.401 Annex B begin. */
function head({ count, bearer, direction }: NasAlgorithmInput): Buffer {
  if (!Number.isInteger(bearer) || bearer < 0 || bearer > 31) {
    throw new RangeError('bearer must be 0..31');
  }
  if (direction !== 0 && direction !== 1) {
    throw new RangeError('direction must be 0 or 1');
  }
  return Buffer.concat([uint32('count', count), Buffer.of((bearer << 3) | (direction << 2), 0, 0, 0)]);
}

/** The first `bitLength` bits of data as octets, the rest of the last octet zero. */
function firstBits({ data, bitLength = data.length * 8 }: NasAlgorithmInput): { octets: Buffer; bitLength: number } {
  if (!Number.isInteger(bitLength) || bitLength < 0 || bitLength > data.length * 8) {
    throw new RangeError('bitLength must be an integer within data');
  }
  const octets = Buffer.from(data.subarray(0, Math.ceil(bitLength / 8)));
  clearAfter(octets, bitLength);
  return { octets, bitLength };
}

function clearAfter(octets: Buffer, bitLength: number): void {
  const used = bitLength % 8;
  const last = octets.length - 1;
  if (used !== 0) {
    octets[last] = (octets[last] ?? 0) & (0xff << (8 - used));
  }
}

/**
 * Ciphering and deciphering, TS 33.501 D.2: NEA0, or 128-NEA2 as 128-EEA2 of TS 33.401 B.1.3 (AES-128-CTR).
 * @returns as many octets as `bitLength` needs; bits after it are zero
 * @throws RangeError when an argument is out of range
 */
export function nea(algorithm: 0 | 2, input: NasAlgorithmInput): Buffer {
  const { octets, bitLength } = firstBits(input);
  if (algorithm === 0) {
    return octets;
  }
  const counterBlock = Buffer.concat([head(input), Buffer.alloc(8)]);
  const out = createCipheriv('aes-128-ctr', expectOctets('key', input.key, 16), counterBlock).update(octets);
  clearAfter(out, bitLength);
  return out;
}

/**
 * The message authentication code for integrity, TS 33.501 D.3: 128-NIA2 as 128-EIA2 of TS 33.401 B.2.3 (AES-CMAC).
 * @returns MAC-I, 4 octets
 * @throws RangeError when an argument is out of range
 */
export function nia(_algorithm: 2, input: NasAlgorithmInput): Buffer {
  const { octets, bitLength } = firstBits(input);
  const message = Buffer.concat([head(input), octets]);
  return cmac(expectOctets('key', input.key, 16), message, 64 + bitLength).subarray(0, 4);
}

/** AES-CMAC, RFC 4493, over a number of bits as NIST SP 800-38B has it. `message` holds zeros after `bitLength`. */
function cmac(key: Uint8Array, message: Uint8Array, bitLength: number): Buffer {
  const blocks = Math.max(1, Math.ceil(message.length / BLOCK));
  const padded = Buffer.alloc(blocks * BLOCK);
  padded.set(message);
  const k1 = double(createCipheriv('aes-128-ecb', key, null).update(Buffer.alloc(BLOCK)));
  const complete = bitLength > 0 && bitLength % (BLOCK * 8) === 0;
  if (!complete) {
    const at = Math.floor(bitLength / 8);
    padded[at] = (padded[at] ?? 0) | (0x80 >> (bitLength % 8));
  }
  const last = padded.subarray(-BLOCK);
  last.set(xor(last, complete ? k1 : double(k1)));
  // CBC-MAC is the last block of CBC with a zero IV: one call into OpenSSL for the whole message.
  const cbc = createCipheriv('aes-128-cbc', key, Buffer.alloc(BLOCK)).setAutoPadding(false).update(padded);
  return cbc.subarray(-BLOCK);
}

/** Multiplication by x in GF(2^128), RFC 4493 clause 2.3. */
function double(block: Uint8Array): Buffer {
  const out = Buffer.alloc(BLOCK);
  for (let i = 0; i < BLOCK; i++) {
    out[i] = ((block[i] ?? 0) << 1) | ((block[i + 1] ?? 0) >> 7);
  }
  if ((block[0] ?? 0) & 0x80) {
    out[BLOCK - 1] = (out[BLOCK - 1] ?? 0) ^ 0x87;
  }
  return out;
}
