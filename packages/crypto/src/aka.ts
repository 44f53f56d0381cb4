import { randomBytes, timingSafeEqual } from 'node:crypto';
import { deriveKausf, deriveResStar } from './key-hierarchy.ts';
import { milenage } from './milenage.ts';
import { expectOctets, xor } from './octets.ts';
import { sqnFromBuffer, sqnToBuffer, type UsimSqn } from './sqn.ts';

const SEPARATION_BIT = 0x80; // bit 0 of AMF, TS 33.102 Annex H
const RESYNC_AMF = Buffer.alloc(2); // AMF* of TS 33.102 6.3.3: MAC-S is computed over zeros

/** The 5G HE AV of TS 33.501 6.1.3.2 step 1: 16, 16, 16 and 32 octets. */
export interface HeAv5g {
  rand: Buffer;
  autn: Buffer;
  xresStar: Buffer;
  kausf: Buffer;
  /** Of which the ARPF has derived the others; they stay with it. */
  ck: Buffer;
  ik: Buffer;
}

/** What a USIM answers to a challenge, TS 33.102 6.3.3. `auts` is 14 octets. */
export type UsimResult =
  | { result: 'success'; res: Buffer; ck: Buffer; ik: Buffer; sqnXorAk: Buffer; amfSeparationBit: boolean }
  | { result: 'mac-failure' }
  | { result: 'sync-failure'; auts: Buffer };

/**
 * The 5G home environment authentication vector, TS 33.501 6.1.3.2 step 1, with MILENAGE.
 * @param input.k, input.opc 16 octets
 * @param input.sqn the SQN of this vector; the caller has already stored it
 * @param input.amf 2 octets; the separation bit is set here, as an ARPF must for 5G
 * @param input.rand 16 octets, fresh from node:crypto when absent
 * @throws RangeError when a length or the SQN is out of range
 */
export function generate5gHeAv(input: {
  k: Uint8Array;
  opc: Uint8Array;
  sqn: bigint;
  amf: Uint8Array;
  servingNetworkName: string;
  rand?: Uint8Array;
}): HeAv5g {
  const rand = Buffer.from(input.rand ?? randomBytes(16));
  const amf = Buffer.from(expectOctets('amf', input.amf, 2));
  amf[0] = (amf[0] ?? 0) | SEPARATION_BIT;
  const sqn = sqnToBuffer(input.sqn);
  const { macA, res, ck, ik, ak } = milenage(input.k, input.opc, rand, sqn, amf);
  const sqnXorAk = xor(sqn, ak);
  const { servingNetworkName } = input;
  return {
    rand,
    autn: Buffer.concat([sqnXorAk, amf, macA]),
    xresStar: deriveResStar({ ck, ik, servingNetworkName, rand, res }),
    kausf: deriveKausf({ ck, ik, servingNetworkName, sqnXorAk }),
    ck,
    ik,
  };
}

/**
 * The USIM's side of AKA, TS 33.102 6.3.3: MAC first, then freshness. A success consumes the SQN in `sqnState`. Whether the
 * separation bit is acceptable is the ME's decision (TS 33.501 6.1.3.2), so the bit is only reported.
 * @param input.k, input.opc, input.rand, input.autn 16 octets each
 * @param input.sqnState the USIM's sequence numbers; changed on success only
 * @throws RangeError when a length is wrong
 */
export function usimAuthenticate(input: {
  k: Uint8Array;
  opc: Uint8Array;
  rand: Uint8Array;
  autn: Uint8Array;
  sqnState: UsimSqn;
}): UsimResult {
  const { k, opc, rand, sqnState } = input;
  const autn = Buffer.from(expectOctets('autn', input.autn, 16));
  const sqnXorAk = autn.subarray(0, 6);
  const amf = autn.subarray(6, 8);

  // f2..f5 do not depend on SQN and AMF: the first run yields AK, which reveals the SQN for f1.
  const { res, ck, ik, ak } = milenage(k, opc, rand, Buffer.alloc(6), amf);
  const sqn = xor(sqnXorAk, ak);
  const { macA } = milenage(k, opc, rand, sqn, amf);
  if (!timingSafeEqual(macA, autn.subarray(8))) {
    return { result: 'mac-failure' };
  }
  if (!sqnState.accept(sqnFromBuffer(sqn))) {
    return { result: 'sync-failure', auts: computeAuts(k, opc, rand, sqnState.highest()) };
  }
  return { result: 'success', res, ck, ik, sqnXorAk, amfSeparationBit: ((amf[0] ?? 0) & SEPARATION_BIT) !== 0 };
}

function computeAuts(k: Uint8Array, opc: Uint8Array, rand: Uint8Array, sqnMs: bigint): Buffer {
  const sqn = sqnToBuffer(sqnMs);
  const { macS, akStar } = milenage(k, opc, rand, sqn, RESYNC_AMF);
  return Buffer.concat([xor(sqn, akStar), macS]);
}

/**
 * Verifies a resynchronisation token, TS 33.102 6.3.5.
 * @param input.k, input.opc 16 octets
 * @param input.rand the RAND of the challenge that failed, 16 octets
 * @param input.auts 14 octets
 * @returns SQN_MS, or undefined when MAC-S is wrong
 * @throws RangeError when a length is wrong
 */
export function verifyAuts(input: {
  k: Uint8Array;
  opc: Uint8Array;
  rand: Uint8Array;
  auts: Uint8Array;
}): bigint | undefined {
  const { k, opc, rand } = input;
  const auts = Buffer.from(expectOctets('auts', input.auts, 14));
  const { akStar } = milenage(k, opc, rand, Buffer.alloc(6), RESYNC_AMF);
  const sqn = xor(auts.subarray(0, 6), akStar);
  const { macS } = milenage(k, opc, rand, sqn, RESYNC_AMF);
  return timingSafeEqual(macS, auts.subarray(6)) ? sqnFromBuffer(sqn) : undefined;
}
