import type { IeCodec } from './ies/codec.ts';

/** Who may receive the message. */
export type Receiver = 'ue' | 'network';

/** Formats of TS 24.007 11.2.1.1; `V1/2` and `TV1/2` are half octets (types 1). */
export type MandatoryFormat = 'V1/2' | 'V' | 'LV' | 'LV-E';
export type OptionalFormat = 'TV1/2' | 'TV' | 'TLV' | 'TLV-E';

/** Longest and shortest value part in octets, as the row's format and the total lengths of the TS table give them. */
interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface MandatoryIe<T> extends Bounds {
  readonly format: MandatoryFormat;
  readonly codec: IeCodec<T>;
}

export interface OptionalIe<T> extends Bounds {
  readonly iei: number;
  readonly format: OptionalFormat;
  readonly codec: IeCodec<T>;
}

/** At least one of `oneOf` must be there whole, when field `when[0]` has the value `when[1]` (or always). */
export interface Condition {
  readonly when?: readonly [field: string, value: unknown];
  readonly oneOf: readonly (readonly string[])[];
}

/** One message: its type octet, the clause of TS 24.501, who receives it, its IEs in the order of the TS table. */
export interface MessageRow<
  N extends string = string,
  M extends Record<string, MandatoryIe<unknown>> = Record<string, MandatoryIe<unknown>>,
  O extends Record<string, OptionalIe<unknown>> = Record<string, OptionalIe<unknown>>,
> {
  readonly name: N;
  readonly code: number;
  readonly clause: string;
  readonly receivers: readonly Receiver[];
  readonly mandatory: M;
  readonly optional: O;
  readonly conditions?: readonly Condition[];
}

type ValueOf<I> = I extends { readonly codec: IeCodec<infer T> } ? T : never;

/** The TypeScript shape of a row: optional IEs may be absent or undefined. */
export type MessageOf<R> =
  R extends MessageRow<infer N, infer M, infer O>
    ? { readonly messageType: N } & { readonly [K in keyof M]: ValueOf<M[K]> } & {
        readonly [K in keyof O]?: ValueOf<O[K]> | undefined;
      }
    : never;

/** `n` of the length columns: no limit but that of the length field. */
export const N = 65538;

/** Octets of a format that are not value: tag and length. */
const OVERHEAD = { 'V1/2': 0, V: 0, LV: 1, 'LV-E': 2, 'TV1/2': 0, TV: 1, TLV: 2, 'TLV-E': 3 } as const;

type Length = number | readonly [min: number, max: number];

/** Mandatory IE; `length` is the column of the TS table (total octets, tag and length included). */
export function mandatory<T>(format: MandatoryFormat, length: Length, codec: IeCodec<T>): MandatoryIe<T> {
  return { format, codec, ...bounds(format, length) };
}

/** Optional IE; `iei` is the tag octet, or the tag nibble of a half-octet IE; `length` as for mandatory. */
export function optional<T>(iei: number, format: OptionalFormat, length: Length, codec: IeCodec<T>): OptionalIe<T> {
  return { iei, format, codec, ...bounds(format, length) };
}

/** Mandatory half octet (length 1/2); two that follow each other share an octet, the first of them in bits 1-4. */
export function half<T>(codec: IeCodec<T>): MandatoryIe<T> {
  return mandatory('V1/2', 1, codec);
}

/** Checks a row's types while keeping its literal field names. */
export function message<
  const Name extends string,
  M extends Record<string, MandatoryIe<unknown>>,
  O extends Record<string, OptionalIe<unknown>>,
>(row: MessageRow<Name, M, O>): MessageRow<Name, M, O> {
  return row;
}

function bounds(format: MandatoryFormat | OptionalFormat, length: Length): Bounds {
  const [min, max] = typeof length === 'number' ? [length, length] : length;
  return { min: min - OVERHEAD[format], max: max - OVERHEAD[format] };
}
