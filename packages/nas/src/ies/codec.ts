import { IeError } from '../errors.ts';

/**
 * Value part of one IE. A half-octet IE gets and gives one octet with the value in bits 1-4.
 * `decode` throws IeError, and may count on the length limits of the IE's row having been checked.
 */
export interface IeCodec<T> {
  encode(value: T): Buffer;
  decode(octets: Buffer): T;
}

/** Octet string as it stands (copied, so that the message does not hold on to the frame it came in). */
export const octets: IeCodec<Buffer> = {
  encode: (value) => Buffer.from(value),
  decode: (value) => Buffer.from(value),
};

/** One octet as a number 0..255. */
export const uint8: IeCodec<number> = {
  encode(value) {
    if (!Number.isInteger(value) || value < 0 || value > 255) throw new IeError('not an octet');
    return Buffer.from([value]);
  },
  decode: (value) => value.readUInt8(0),
};

/** Names by code, both ways. `unused` is what an unlisted code is read as; without it an unlisted code is an IeError. */
export function enumeration<const N extends string>(names: Readonly<Record<number, N>>, unused?: NoInfer<N>) {
  const codes = new Map<string, number>(Object.entries(names).map(([code, name]) => [name, Number(code)]));
  return {
    code(name: N): number {
      const code = codes.get(name);
      if (code === undefined) throw new IeError(`unknown value ${String(name)}`);
      return code;
    },
    name(code: number): N {
      const name = names[code] ?? unused;
      if (name === undefined) throw new IeError(`reserved value ${code}`);
      return name;
    },
  };
}

/** Named flags of one octet: bit numbers count from 1 as in the TS figures. Bits without a name are spare. */
export function flags<const K extends string>(bits: Readonly<Record<K, number>>): IeCodec<Record<K, boolean>> {
  const entries = Object.entries(bits) as [K, number][];
  return {
    encode: (value) =>
      Buffer.from([entries.reduce((octet, [name, bit]) => octet | (value[name] ? 1 << (bit - 1) : 0), 0)]),
    decode(value) {
      const octet = value.readUInt8(0);
      const named = entries.map(([name, bit]) => [name, (octet & (1 << (bit - 1))) !== 0]);
      return Object.fromEntries(named) as Record<K, boolean>;
    },
  };
}
