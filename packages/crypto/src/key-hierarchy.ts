import { createHash } from 'node:crypto';
import { kdf } from './kdf.ts';
import { expectOctets, uint32 } from './octets.ts';

/** Function codes of TS 33.501 Annex A (TS 33.220 B.2.2 keeps the register). */
const FC = { kNas: 0x69, kAusf: 0x6a, resStar: 0x6b, kSeaf: 0x6c, kAmf: 0x6d, kGnb: 0x6e };
/** Algorithm type distinguishers, TS 33.501 table A.8-1. */
const ALGORITHM_TYPE = { nasEncryption: 0x01, nasIntegrity: 0x02 };

const leastSignificant16 = (octets: Buffer): Buffer => octets.subarray(octets.length - 16);

/**
 * The serving network name, TS 24.501 clause 9.12.1 and TS 33.501 6.1.1.4: `5G:mnc001.mcc001.3gppnetwork.org`.
 * @throws RangeError when MCC is not 3 digits or MNC not 2 or 3
 */
export function servingNetworkName(plmnId: { mcc: string; mnc: string }): string {
  if (!/^\d{3}$/.test(plmnId.mcc) || !/^\d{2,3}$/.test(plmnId.mnc)) {
    throw new RangeError('PLMN identity must have an MCC of 3 digits and an MNC of 2 or 3');
  }
  return `5G:mnc${plmnId.mnc.padStart(3, '0')}.mcc${plmnId.mcc}.3gppnetwork.org`;
}

/** KAUSF of 5G AKA, TS 33.501 A.2. CK and IK of 16 octets, SQN xor AK of 6. Returns 32 octets; RangeError on lengths. */
export function deriveKausf(input: {
  ck: Uint8Array;
  ik: Uint8Array;
  servingNetworkName: string;
  sqnXorAk: Uint8Array;
}): Buffer {
  const key = Buffer.concat([expectOctets('ck', input.ck, 16), expectOctets('ik', input.ik, 16)]);
  return kdf(key, FC.kAusf, Buffer.from(input.servingNetworkName), expectOctets('sqnXorAk', input.sqnXorAk, 6));
}

/** RES* or XRES*, TS 33.501 A.4. CK, IK, RAND of 16 octets, RES as f2 gives it. Returns 16 octets; RangeError on lengths. */
export function deriveResStar(input: {
  ck: Uint8Array;
  ik: Uint8Array;
  servingNetworkName: string;
  rand: Uint8Array;
  res: Uint8Array;
}): Buffer {
  const key = Buffer.concat([expectOctets('ck', input.ck, 16), expectOctets('ik', input.ik, 16)]);
  const name = Buffer.from(input.servingNetworkName);
  return leastSignificant16(kdf(key, FC.resStar, name, expectOctets('rand', input.rand, 16), input.res));
}

/** HRES* or HXRES*, TS 33.501 A.5. RAND and RES* of 16 octets. Returns 16 octets; RangeError on lengths. */
export function deriveHresStar(input: { rand: Uint8Array; resStar: Uint8Array }): Buffer {
  return leastSignificant16(
    createHash('sha256')
      .update(expectOctets('rand', input.rand, 16))
      .update(expectOctets('resStar', input.resStar, 16))
      .digest(),
  );
}

/** KSEAF, TS 33.501 A.6. KAUSF of 32 octets. Returns 32 octets; RangeError on lengths. */
export function deriveKseaf(input: { kausf: Uint8Array; servingNetworkName: string }): Buffer {
  return kdf(expectOctets('kausf', input.kausf, 32), FC.kSeaf, Buffer.from(input.servingNetworkName));
}

/**
 * KAMF, TS 33.501 A.7.0.
 * @param input.kseaf 32 octets
 * @param input.supi the IMSI, with or without `imsi-`: the KDF takes its digits only
 * @param input.abba as the UE receives it, at least 2 octets
 * @returns 32 octets
 * @throws RangeError when the SUPI is not an IMSI or a length is wrong
 */
export function deriveKamf(input: { kseaf: Uint8Array; supi: string; abba: Uint8Array }): Buffer {
  const imsi = input.supi.startsWith('imsi-') ? input.supi.slice('imsi-'.length) : input.supi;
  if (!/^\d{5,15}$/.test(imsi)) {
    throw new RangeError('SUPI must be an IMSI of 5 to 15 digits');
  }
  if (input.abba.length < 2) {
    throw new RangeError('ABBA must be at least 2 octets');
  }
  return kdf(expectOctets('kseaf', input.kseaf, 32), FC.kAmf, Buffer.from(imsi), input.abba);
}

function deriveKnas(kamf: Uint8Array, type: number, algorithmId: number): Buffer {
  if (!Number.isInteger(algorithmId) || algorithmId < 0 || algorithmId > 15) {
    throw new RangeError('algorithm identity must be 0..15');
  }
  return leastSignificant16(kdf(expectOctets('kamf', kamf, 32), FC.kNas, Buffer.of(type), Buffer.of(algorithmId)));
}

/** KNASenc, TS 33.501 A.8. KAMF of 32 octets and the NEA number. Returns 16 octets; RangeError on bad arguments. */
export function deriveKnasEnc(kamf: Uint8Array, algorithmId: number): Buffer {
  return deriveKnas(kamf, ALGORITHM_TYPE.nasEncryption, algorithmId);
}

/** KNASint, TS 33.501 A.8. KAMF of 32 octets and the NIA number. Returns 16 octets; RangeError on bad arguments. */
export function deriveKnasInt(kamf: Uint8Array, algorithmId: number): Buffer {
  return deriveKnas(kamf, ALGORITHM_TYPE.nasIntegrity, algorithmId);
}

/**
 * KgNB (KN3IWF for non-3GPP access), TS 33.501 A.9.
 * @param kamf 32 octets
 * @param uplinkNasCount the uplink NAS COUNT, unsigned 32 bits
 * @param accessType access type distinguisher: 1 for 3GPP, 2 for non-3GPP access
 * @returns 32 octets
 * @throws RangeError when an argument is out of range
 */
export function deriveKgnb(kamf: Uint8Array, uplinkNasCount: number, accessType: 1 | 2 = 1): Buffer {
  const count = uint32('uplinkNasCount', uplinkNasCount);
  return kdf(expectOctets('kamf', kamf, 32), FC.kGnb, count, Buffer.of(accessType));
}

/** What logs and traces show instead of a secret: the first 8 hex digits of its SHA-256. */
export function fingerprint(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8);
}
