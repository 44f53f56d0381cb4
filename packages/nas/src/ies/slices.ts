import { IeError } from '../errors.ts';
import { enumeration, type IeCodec } from './codec.ts';

/** S-NSSAI as TS 29.571 Snssai (SST number, SD in 6 hex digits), with the mapped HPLMN S-NSSAI when roaming. */
export interface Snssai {
  readonly sst: number;
  readonly sd?: string | undefined;
  readonly mapped?: { readonly sst: number; readonly sd?: string | undefined } | undefined;
}

/** Fields of the S-NSSAI value by its length (TS 24.501 table 9.11.2.8.1): offset of SD, mapped SST, mapped SD; 0: absent. */
const LAYOUT: Readonly<Record<number, { sd: number; mappedSst: number; mappedSd: number }>> = {
  1: { sd: 0, mappedSst: 0, mappedSd: 0 },
  2: { sd: 0, mappedSst: 1, mappedSd: 0 },
  4: { sd: 1, mappedSst: 0, mappedSd: 0 },
  5: { sd: 1, mappedSst: 4, mappedSd: 0 },
  8: { sd: 1, mappedSst: 4, mappedSd: 5 },
};
const SD = 3;

/** S-NSSAI value part (TS 24.501 9.11.2.8), 1, 2, 4, 5 or 8 octets. */
export const snssai: IeCodec<Snssai> = {
  encode({ sst, sd, mapped }) {
    if (mapped?.sd !== undefined && sd === undefined) throw new IeError('mapped SD without SD has no encoding');
    return Buffer.concat([
      encodeSstSd(sst, sd),
      mapped === undefined ? Buffer.alloc(0) : encodeSstSd(mapped.sst, mapped.sd),
    ]);
  },
  decode(value) {
    const layout = LAYOUT[value.length];
    if (layout === undefined) throw new IeError('S-NSSAI length');
    const sdAt = (at: number) => (at === 0 ? {} : { sd: value.toString('hex', at, at + SD) });
    const own = { sst: value.readUInt8(0), ...sdAt(layout.sd) };
    if (layout.mappedSst === 0) return own;
    return { ...own, mapped: { sst: value.readUInt8(layout.mappedSst), ...sdAt(layout.mappedSd) } };
  },
};

/** NSSAI (TS 24.501 9.11.3.37): S-NSSAIs, each with its length in front. */
export const nssai: IeCodec<readonly Snssai[]> = {
  encode: (slices) =>
    Buffer.concat(
      slices.map((slice) => {
        const value = snssai.encode(slice);
        return Buffer.concat([Buffer.from([value.length]), value]);
      }),
    ),
  decode(value) {
    const slices: Snssai[] = [];
    for (let at = 0; at < value.length; ) {
      const end = at + 1 + value.readUInt8(at);
      if (end > value.length) throw new IeError('S-NSSAI beyond the end of the NSSAI');
      slices.push(snssai.decode(value.subarray(at + 1, end)));
      at = end;
    }
    return slices;
  },
};

const rejectionCause = enumeration({ 0: 'PLMN', 1: 'REGISTRATION AREA', 2: 'NSSAA' });

/** A rejected S-NSSAI and where it is not available: in the PLMN, in the registration area, or for a failed NSSAA. */
export interface RejectedSnssai {
  readonly sst: number;
  readonly sd?: string | undefined;
  readonly cause: 'PLMN' | 'REGISTRATION AREA' | 'NSSAA';
}

/** Rejected NSSAI (TS 24.501 9.11.3.46): length (bits 5-8) and cause (bits 1-4) in one octet, then SST and SD. */
export const rejectedNssai: IeCodec<readonly RejectedSnssai[]> = {
  encode: (slices) =>
    Buffer.concat(
      slices.map(({ sst, sd, cause }) => {
        const value = encodeSstSd(sst, sd);
        return Buffer.concat([Buffer.from([(value.length << 4) | rejectionCause.code(cause)]), value]);
      }),
    ),
  decode(value) {
    const slices: RejectedSnssai[] = [];
    for (let at = 0; at < value.length; ) {
      const head = value.readUInt8(at);
      const end = at + 1 + (head >> 4);
      const slice = value.subarray(at + 1, end);
      if (end > value.length || (slice.length !== 1 && slice.length !== 1 + SD))
        throw new IeError('rejected S-NSSAI length');
      slices.push({ ...snssai.decode(slice), cause: rejectionCause.name(head & 0x0f) });
      at = end;
    }
    return slices;
  },
};

function encodeSstSd(sst: number, sd: string | undefined): Buffer {
  if (!Number.isInteger(sst) || sst < 0 || sst > 255) throw new IeError('SST out of range');
  if (sd !== undefined && !/^[0-9a-fA-F]{6}$/.test(sd)) throw new IeError('SD needs 6 hex digits');
  return Buffer.concat([Buffer.from([sst]), Buffer.from(sd ?? '', 'hex')]);
}
