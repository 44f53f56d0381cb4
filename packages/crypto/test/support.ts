import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The cases of test/fixtures/<name>.json; each fixture names its source. */
export function fixture<T>(name: string): T[] {
  const parsed: { cases: T[] } = JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'));
  return parsed.cases;
}

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** Random inputs that can be had again: every run names its seed, TWINCORE_TEST_SEED repeats it. Key pairs stay random. */
const seed = process.env.TWINCORE_TEST_SEED ?? randomBytes(4).toString('hex');
console.log(`random inputs of TWINCORE_TEST_SEED=${seed}`);

let counter = 0;
export function octets(length: number): Buffer {
  const parts: Buffer[] = [];
  for (let got = 0; got < length; got += 32) {
    parts.push(createHash('sha256').update(`${seed}/${counter++}`).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** An integer of low..high, both included. */
export const integer = (low: number, high: number): number => low + (octets(4).readUInt32BE() % (high - low + 1));

export const digits = (length: number): string => Array.from({ length }, () => integer(0, 9)).join('');

export function pick<T>(from: readonly [T, ...T[]]): T {
  return from[integer(0, from.length - 1)] ?? from[0];
}

/** One case of five-g-aka.json. */
export interface AkaCase {
  k: string;
  op: string;
  rand: string;
  sqn: string;
  amf: string;
  mcc: string;
  mnc: string;
  servingNetworkName: string;
  supi: string;
  autn: string;
  ck: string;
  ik: string;
  xres: string;
  xresStar: string;
  hxresStar: string;
  kausf: string;
  kseaf: string;
  abba: string;
  kamf: string;
  nasEncAlg: number;
  nasIntAlg: number;
  knasEnc: string;
  knasInt: string;
  ulNasCount: number;
  kgnb: string;
}

/** A copy with one bit changed, bit 0 the most significant of the first octet. */
export function flip(value: Buffer, bit: number): Buffer {
  const changed = Buffer.from(value);
  const at = bit >> 3;
  changed[at] = (changed[at] ?? 0) ^ (0x80 >> (bit & 7));
  return changed;
}
