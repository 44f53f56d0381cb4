import { IeError } from './errors.ts';
import { decodePlmn, encodePlmn, type PlmnId } from './plmn.ts';

/** 5G-S-TMSI (TS 23.003 2.11): AMF set (10 bits), AMF pointer (6 bits), 5G-TMSI (32 bits), all as unsigned numbers. */
export interface FiveGSTmsi {
  readonly amfSetId: number;
  readonly amfPointer: number;
  readonly tmsi: number;
}

/** 5G-GUTI (TS 23.003 2.10): PLMN, AMF region (8 bits) and the 5G-S-TMSI. */
export interface FiveGGuti extends FiveGSTmsi {
  readonly plmnId: PlmnId;
  readonly amfRegionId: number;
}

const GUTI = /^5g-guti-(\d{3})(\d{2,3})([0-9a-fA-F]{2})([0-9a-fA-F]{12})$/;
const S_TMSI_OCTETS = 6;

/** `5g-guti-<mcc><mnc><AMF id, 6 hex><5G-TMSI, 8 hex>`, the form of ueContextId in TS 29.518. Throws IeError on a field out of range. */
export function formatGuti(guti: FiveGGuti): string {
  encodePlmn(guti.plmnId);
  return `5g-guti-${guti.plmnId.mcc}${guti.plmnId.mnc}${encodeRegion(guti).toString('hex')}${encodeSTmsi(guti).toString('hex')}`;
}

/** Inverse of formatGuti; the length tells a 2-digit from a 3-digit MNC. Throws IeError. */
export function parseGuti(text: string): FiveGGuti {
  const [, mcc = '', mnc = '', region = '', sTmsi = ''] = GUTI.exec(text) ?? [];
  if (mcc === '') throw new IeError('not a 5G-GUTI');
  return {
    plmnId: { mcc, mnc },
    amfRegionId: Number.parseInt(region, 16),
    ...decodeSTmsi(Buffer.from(sTmsi, 'hex')),
  };
}

/** Octets 5-14 of the 5GS mobile identity IE of type 5G-GUTI (TS 24.501 figure 9.11.3.4.1): PLMN, region, 5G-S-TMSI. */
export function encodeGuti(guti: FiveGGuti): Buffer {
  return Buffer.concat([encodePlmn(guti.plmnId), encodeRegion(guti), encodeSTmsi(guti)]);
}

/** Inverse of encodeGuti; takes 10 octets. Throws IeError. */
export function decodeGuti(octets: Buffer): FiveGGuti {
  if (octets.length !== 10) throw new IeError('5G-GUTI length');
  return {
    plmnId: decodePlmn(octets.subarray(0, 3)),
    amfRegionId: octets.readUInt8(3),
    ...decodeSTmsi(octets.subarray(4)),
  };
}

/** 5G-S-TMSI in 6 octets: set (10 bits) and pointer (6 bits), then the 5G-TMSI, big endian. */
export function encodeSTmsi({ amfSetId, amfPointer, tmsi }: FiveGSTmsi): Buffer {
  if (!fits(amfSetId, 10) || !fits(amfPointer, 6) || !fits(tmsi, 32)) throw new IeError('5G-S-TMSI field out of range');
  const octets = Buffer.alloc(S_TMSI_OCTETS);
  octets.writeUInt16BE((amfSetId << 6) | amfPointer, 0);
  octets.writeUInt32BE(tmsi, 2);
  return octets;
}

/** Inverse of encodeSTmsi; takes 6 octets. Throws IeError. */
export function decodeSTmsi(octets: Buffer): FiveGSTmsi {
  if (octets.length !== S_TMSI_OCTETS) throw new IeError('5G-S-TMSI length');
  const setAndPointer = octets.readUInt16BE(0);
  return { amfSetId: setAndPointer >> 6, amfPointer: setAndPointer & 0x3f, tmsi: octets.readUInt32BE(2) };
}

function encodeRegion({ amfRegionId }: FiveGGuti): Buffer {
  if (!fits(amfRegionId, 8)) throw new IeError('AMF region out of range');
  return Buffer.from([amfRegionId]);
}

function fits(value: number, bits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}
