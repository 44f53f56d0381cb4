import { IeError } from '../errors.ts';
import { enumeration, flags, type IeCodec } from './codec.ts';

/** NAS key set identifier as TS 29.518 NgKsi; `ksi` 7 means that no key is available (UE to network). */
export interface NgKsi {
  readonly tsc: 'NATIVE' | 'MAPPED';
  readonly ksi: number;
}

/** Value of `ksi` in a message from a UE without a key. */
export const NO_KEY_AVAILABLE = 7;

const tsc = enumeration({ 0: 'NATIVE', 1: 'MAPPED' });

/** NAS key set identifier (TS 24.501 9.11.3.32), half octet: TSC in bit 4, value in bits 1-3. */
export const ngKsi: IeCodec<NgKsi> = {
  encode(value) {
    if (!Number.isInteger(value.ksi) || value.ksi < 0 || value.ksi > NO_KEY_AVAILABLE)
      throw new IeError('ngKSI out of range');
    return Buffer.from([(tsc.code(value.tsc) << 3) | value.ksi]);
  },
  decode(octets) {
    const nibble = octets.readUInt8(0);
    return { tsc: tsc.name(nibble >> 3), ksi: nibble & 0b111 };
  },
};

/** Identifiers of 5G-EA and 5G-IA, 0..7. */
export interface NasAlgorithms {
  readonly ciphering: number;
  readonly integrity: number;
}

/** NAS security algorithms (TS 24.501 9.11.3.34): ciphering in bits 5-8, integrity in bits 1-4; above 7 is reserved. */
export const nasAlgorithms: IeCodec<NasAlgorithms> = {
  encode: ({ ciphering, integrity }) => Buffer.from([(algorithm(ciphering) << 4) | algorithm(integrity)]),
  decode(octets) {
    const octet = octets.readUInt8(0);
    return { ciphering: algorithm(octet >> 4), integrity: algorithm(octet & 0x0f) };
  },
};

function algorithm(id: number): number {
  if (!Number.isInteger(id) || id < 0 || id > 7) throw new IeError('reserved algorithm');
  return id;
}

/** IMEISV request (TS 24.501 9.11.3.28, TS 24.008 10.5.5.10), half octet; anything but 001 means not requested. */
export const imeisvRequest: IeCodec<boolean> = {
  encode: (requested) => Buffer.from([requested ? 1 : 0]),
  decode: (octets) => (octets.readUInt8(0) & 0b111) === 1,
};

/** Additional 5G security information (TS 24.501 9.11.3.12): horizontal derivation, retransmission of the initial NAS message. */
export const additionalSecurityInformation = flags({ horizontalDerivation: 1, retransmitInitialNasMessage: 2 });

/** Algorithm identifiers (0..7) that a UE says it has, per family. The EPS ones are absent when the octets are. */
export interface UeSecurityCapability {
  readonly nea: readonly number[];
  readonly nia: readonly number[];
  readonly eea?: readonly number[] | undefined;
  readonly eia?: readonly number[] | undefined;
}

/**
 * UE security capability (TS 24.501 9.11.3.54) from algorithm lists to the octets of the IE: 2, or 4 with the EPS ones.
 * Messages carry the octets, since the AMF must replay them bit by bit in SECURITY MODE COMMAND. Throws NasError.
 */
export function encodeUeSecurityCapability({ nea, nia, eea, eia }: UeSecurityCapability): Buffer {
  const octets = [bitmap(nea), bitmap(nia)];
  if (eea !== undefined || eia !== undefined) octets.push(bitmap(eea ?? []), bitmap(eia ?? []));
  return Buffer.from(octets);
}

/** Inverse of encodeUeSecurityCapability; takes 2..8 octets, further octets are spare. Throws NasError when shorter than 2. */
export function decodeUeSecurityCapability(octets: Uint8Array): UeSecurityCapability {
  const [nea, nia, eea, eia] = octets;
  if (nea === undefined || nia === undefined) throw new IeError('UE security capability length');
  return {
    nea: algorithms(nea),
    nia: algorithms(nia),
    ...(eea === undefined ? {} : { eea: algorithms(eea) }),
    ...(eia === undefined ? {} : { eia: algorithms(eia) }),
  };
}

/** Algorithm 0 is bit 8, algorithm 7 is bit 1. */
function bitmap(ids: readonly number[]): number {
  return ids.reduce((octet, id) => octet | (0x80 >> algorithm(id)), 0);
}

function algorithms(octet: number): number[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((id) => (octet & (0x80 >> id)) !== 0);
}
