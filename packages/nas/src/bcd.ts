import { IeError } from './errors.ts';

const FILLER = 0xf;

/** Digits to swapped-nibble BCD: first digit in bits 1-4, an odd last digit is followed by the filler 1111. */
export function encodeBcd(digits: string): Buffer {
  if (!/^\d*$/.test(digits)) throw new IeError('not decimal digits');
  const padded = digits.length % 2 === 0 ? digits : `${digits}f`;
  const octets = Buffer.from(padded, 'hex');
  return octets.map(swapNibbles) as Buffer;
}

/** Swapped-nibble BCD to digits; the filler 1111 may only stand at the end. Throws IeError on any other non-digit. */
export function decodeBcd(octets: Uint8Array): string {
  const digits = Buffer.from(octets.map(swapNibbles)).toString('hex').replace(/f+$/, '');
  if (!/^\d*$/.test(digits)) throw new IeError('non-decimal digit in BCD');
  return digits;
}

function swapNibbles(octet: number): number {
  return ((octet & FILLER) << 4) | (octet >> 4);
}
