import { IeError } from '../errors.ts';
import { decodePlmn, encodePlmn, type PlmnId } from '../plmn.ts';
import type { IeCodec } from './codec.ts';

/** Tracking area identity as TS 29.571 Tai: PLMN and TAC in 6 hex digits. */
export interface Tai {
  readonly plmnId: PlmnId;
  readonly tac: string;
}

const PLMN = 3;
const TAC = 3;
const MAX_TAIS = 16;
/** Type of list in bits 7-6 of the first octet of a partial list (table 9.11.3.9.1). */
const ONE_PLMN = 0b00;
const ONE_PLMN_CONSECUTIVE = 0b01;
const MANY_PLMNS = 0b10;

/** 5GS tracking area identity (TS 24.501 9.11.3.8): PLMN, then TAC, 6 octets. */
export const tai: IeCodec<Tai> = {
  encode: ({ plmnId, tac }) => Buffer.concat([encodePlmn(plmnId), encodeTac(tac)]),
  decode: (value) => ({ plmnId: decodePlmn(value.subarray(0, PLMN)), tac: hexTac(value, PLMN) }),
};

/**
 * 5GS tracking area identity list (TS 24.501 9.11.3.9) as the TAIs it names, at most 16. Encoded as one partial list:
 * type 00 when all TAIs are of one PLMN, else type 10. Decoded from any mix of types 00, 01 and 10.
 */
export const taiList: IeCodec<readonly Tai[]> = {
  encode(tais) {
    const [first] = tais;
    if (first === undefined || tais.length > MAX_TAIS) throw new IeError('TAI list needs 1 to 16 TAIs');
    const onePlmn = tais.every(({ plmnId }) => plmnId.mcc === first.plmnId.mcc && plmnId.mnc === first.plmnId.mnc);
    const type = onePlmn ? ONE_PLMN : MANY_PLMNS;
    const elements = onePlmn
      ? [encodePlmn(first.plmnId), ...tais.map(({ tac }) => encodeTac(tac))]
      : tais.map(tai.encode);
    return Buffer.concat([Buffer.from([(type << 5) | (tais.length - 1)]), ...elements]);
  },
  decode(value) {
    const tais: Tai[] = [];
    for (let at = 0; at < value.length && tais.length < MAX_TAIS; ) {
      const head = value.readUInt8(at);
      const count = Math.min((head & 0x1f) + 1, MAX_TAIS);
      const [length, read] = partialList((head >> 5) & 0b11, count);
      const body = value.subarray(at + 1, at + 1 + length);
      if (body.length < length) throw new IeError('partial TAI list cut short');
      tais.push(...read(body));
      at += 1 + length;
    }
    return tais.slice(0, MAX_TAIS);
  },
};

/** Length in octets of a partial list behind its first octet, and how to read it. */
function partialList(type: number, count: number): [number, (body: Buffer) => Tai[]] {
  const indices = Array.from({ length: count }, (_, index) => index);
  switch (type) {
    case ONE_PLMN:
      return [
        PLMN + count * TAC,
        (body) =>
          indices.map((i) => ({ plmnId: decodePlmn(body.subarray(0, PLMN)), tac: hexTac(body, PLMN + i * TAC) })),
      ];
    case ONE_PLMN_CONSECUTIVE:
      return [PLMN + TAC, (body) => indices.map((i) => nextTai(tai.decode(body), i))];
    case MANY_PLMNS:
      return [count * (PLMN + TAC), (body) => indices.map((i) => tai.decode(body.subarray(i * (PLMN + TAC))))];
    default:
      throw new IeError('reserved type of TAI list');
  }
}

function nextTai({ plmnId, tac }: Tai, offset: number): Tai {
  const value = Number.parseInt(tac, 16) + offset;
  if (value > 0xffffff) throw new IeError('consecutive TACs beyond FFFFFF');
  return { plmnId, tac: value.toString(16).padStart(2 * TAC, '0') };
}

/** PLMN list (TS 24.501 9.11.3.45): up to 15 PLMNs, 3 octets each. */
export const plmnList: IeCodec<readonly PlmnId[]> = {
  encode: (plmns) => Buffer.concat(plmns.map(encodePlmn)),
  decode(value) {
    if (value.length % PLMN !== 0) throw new IeError('PLMN list is not whole PLMNs');
    return Array.from({ length: value.length / PLMN }, (_, i) => decodePlmn(value.subarray(i * PLMN, (i + 1) * PLMN)));
  },
};

function encodeTac(tac: string): Buffer {
  if (!/^[0-9a-fA-F]{6}$/.test(tac)) throw new IeError('TAC needs 6 hex digits');
  return Buffer.from(tac, 'hex');
}

function hexTac(value: Buffer, at: number): string {
  return value.toString('hex', at, at + TAC);
}
