import { IeError } from './errors.ts';

/** PLMN identity as TS 29.571 PlmnId: three digits of MCC, two or three of MNC. */
export interface PlmnId {
  readonly mcc: string;
  readonly mnc: string;
}

/** Octets 1-3 of a PLMN (TS 24.501 9.11.3.4, TS 24.008 10.5.1.13): MCC2|MCC1, MNC3|MCC3, MNC2|MNC1; MNC3 is 1111 with a 2-digit MNC. */
export function encodePlmn({ mcc, mnc }: PlmnId): Buffer {
  if (!/^\d{3}$/.test(mcc) || !/^\d{2,3}$/.test(mnc)) throw new IeError('PLMN needs 3 MCC and 2 or 3 MNC digits');
  const [mcc1, mcc2, mcc3] = mcc;
  const [mnc1, mnc2, mnc3 = 'f'] = mnc;
  return Buffer.from(`${mcc2}${mcc1}${mnc3}${mcc3}${mnc2}${mnc1}`, 'hex');
}

/** Inverse of encodePlmn; takes exactly 3 octets. Throws IeError when a digit is not 0-9. */
export function decodePlmn(octets: Buffer): PlmnId {
  const [mcc2, mcc1, mnc3, mcc3, mnc2, mnc1] = octets.toString('hex');
  const plmnId = { mcc: `${mcc1}${mcc2}${mcc3}`, mnc: `${mnc1}${mnc2}${mnc3 === 'f' ? '' : mnc3}` };
  if (octets.length !== 3 || !/^\d{3}$/.test(plmnId.mcc) || !/^\d{2,3}$/.test(plmnId.mnc))
    throw new IeError('PLMN digits');
  return plmnId;
}
