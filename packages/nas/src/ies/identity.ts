import { decodeBcd, encodeBcd } from '../bcd.ts';
import { IeError } from '../errors.ts';
import { decodeGuti, decodeSTmsi, encodeGuti, encodeSTmsi, type FiveGGuti, type FiveGSTmsi } from '../guti.ts';
import { decodeSuci, encodeSuci } from '../suci.ts';
import { enumeration, type IeCodec } from './codec.ts';

/** 5GS mobile identity (TS 24.501 9.11.3.4). A SUCI is in its string form, an IMEI has 15 digits, an IMEISV 16. */
export type MobileIdentity =
  | { readonly type: 'NO IDENTITY' }
  | { readonly type: 'SUCI'; readonly suci: string }
  | { readonly type: '5G-GUTI'; readonly guti: FiveGGuti }
  | { readonly type: 'IMEI'; readonly imei: string }
  | { readonly type: '5G-S-TMSI'; readonly sTmsi: FiveGSTmsi }
  | { readonly type: 'IMEISV'; readonly imeisv: string };

export type MobileIdentityType = MobileIdentity['type'];

const TYPE_CODE = { 'NO IDENTITY': 0, SUCI: 1, '5G-GUTI': 2, IMEI: 3, '5G-S-TMSI': 4, IMEISV: 5 } as const;
const HIGH_NIBBLE_ONES = 0xf0;
const ODD = 0b1000;

const codecs: { readonly [T in MobileIdentityType]: IeCodec<Extract<MobileIdentity, { type: T }>> } = {
  'NO IDENTITY': {
    encode: () => Buffer.from([TYPE_CODE['NO IDENTITY']]),
    decode: () => ({ type: 'NO IDENTITY' }),
  },
  SUCI: {
    encode: ({ suci }) => encodeSuci(suci),
    decode: (octets) => ({ type: 'SUCI', suci: decodeSuci(octets) }),
  },
  '5G-GUTI': {
    encode: ({ guti }) => Buffer.concat([Buffer.from([HIGH_NIBBLE_ONES | TYPE_CODE['5G-GUTI']]), encodeGuti(guti)]),
    decode: (octets) => ({ type: '5G-GUTI', guti: decodeGuti(octets.subarray(1)) }),
  },
  '5G-S-TMSI': {
    encode: ({ sTmsi }) =>
      Buffer.concat([Buffer.from([HIGH_NIBBLE_ONES | TYPE_CODE['5G-S-TMSI']]), encodeSTmsi(sTmsi)]),
    decode: (octets) => ({ type: '5G-S-TMSI', sTmsi: decodeSTmsi(octets.subarray(1)) }),
  },
  IMEI: {
    encode: ({ imei }) => encodeDigits(imei, 15, TYPE_CODE.IMEI | ODD),
    decode: (octets) => ({ type: 'IMEI', imei: decodeDigits(octets, 15) }),
  },
  IMEISV: {
    encode: ({ imeisv }) => encodeDigits(imeisv, 16, TYPE_CODE.IMEISV),
    decode: (octets) => ({ type: 'IMEISV', imeisv: decodeDigits(octets, 16) }),
  },
};

const typeNames = enumeration({ 0: 'NO IDENTITY', 1: 'SUCI', 2: '5G-GUTI', 3: 'IMEI', 4: '5G-S-TMSI', 5: 'IMEISV' });

/** 5GS mobile identity IE: SUCI (SUPI format IMSI), 5G-GUTI, 5G-S-TMSI, IMEI, IMEISV, no identity. */
export const mobileIdentity: IeCodec<MobileIdentity> = {
  encode(value) {
    typeNames.code(value.type);
    const codec: IeCodec<MobileIdentity> = codecs[value.type];
    return codec.encode(value);
  },
  decode: (octets) => codecs[typeNames.name(octets.readUInt8(0) & 0b111)].decode(octets),
};

/** A mobile identity IE of which the message allows only one type, as that identity alone; another type is an IeError. */
function only<V>(wrap: (value: V) => MobileIdentity, unwrap: (identity: MobileIdentity) => V | undefined): IeCodec<V> {
  return {
    encode: (value) => mobileIdentity.encode(wrap(value)),
    decode(octets) {
      const value = unwrap(mobileIdentity.decode(octets));
      if (value === undefined) throw new IeError('type of identity not allowed here');
      return value;
    },
  };
}

export const gutiOnly = only<FiveGGuti>(
  (guti) => ({ type: '5G-GUTI', guti }),
  (identity) => (identity.type === '5G-GUTI' ? identity.guti : undefined),
);

export const sTmsiOnly = only<FiveGSTmsi>(
  (sTmsi) => ({ type: '5G-S-TMSI', sTmsi }),
  (identity) => (identity.type === '5G-S-TMSI' ? identity.sTmsi : undefined),
);

export const imeisvOnly = only<string>(
  (imeisv) => ({ type: 'IMEISV', imeisv }),
  (identity) => (identity.type === 'IMEISV' ? identity.imeisv : undefined),
);

const requested = enumeration({ 1: 'SUCI', 2: '5G-GUTI', 3: 'IMEI', 4: '5G-S-TMSI', 5: 'IMEISV' }, 'SUCI');

/** 5GS identity type (TS 24.501 9.11.3.3), half octet; unused values are read as SUCI. */
export const identityType: IeCodec<Exclude<MobileIdentityType, 'NO IDENTITY'>> = {
  encode: (value) => Buffer.from([requested.code(value)]),
  decode: (octets) => requested.name(octets.readUInt8(0) & 0b111),
};

/** First digit shares octet 4 with the type, the rest follows as BCD (TS 24.501 figure 9.11.3.4.2 for IMEI and IMEISV). */
function encodeDigits(digits: string, length: number, typeBits: number): Buffer {
  if (digits.length !== length) throw new IeError(`identity needs ${length} digits`);
  const rest = encodeBcd(digits.slice(1));
  return Buffer.concat([Buffer.from([(Number(digits[0]) << 4) | typeBits]), rest]);
}

function decodeDigits(octets: Buffer, length: number): string {
  const digits =
    decodeBcd(Buffer.from([(octets.readUInt8(0) >> 4) | HIGH_NIBBLE_ONES])) + decodeBcd(octets.subarray(1));
  if (digits.length !== length) throw new IeError(`identity needs ${length} digits`);
  return digits;
}
