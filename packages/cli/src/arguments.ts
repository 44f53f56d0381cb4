/** Parsers for arguments of the commands. */
import { type PlmnId, plmnFromString, type Snssai } from '@twincore/model';
import { InvalidArgumentError } from 'commander';

/** A whole number, 0 or more. */
export function integer(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('A whole number is needed.');
  return value;
}

/** A whole number, 1 or more. */
export function positive(text: string): number {
  const value = integer(text);
  if (value === 0) throw new InvalidArgumentError('It has to be at least 1.');
  return value;
}

/** `001-01`. */
export function plmn(text: string): PlmnId {
  const found = plmnFromString(text);
  if (found) return found;
  throw new InvalidArgumentError('A network is MCC-MNC: 001-01.');
}

/** `imsi-001010000000001`, or its digits. */
export function supi(text: string): string {
  const found = /^(?:imsi-)?(\d{5,15})$/.exec(text)?.[1];
  if (found) return `imsi-${found}`;
  throw new InvalidArgumentError('A SUPI is imsi- and 5 to 15 digits: imsi-001010000000001.');
}

/** 16 octets in hexadecimal. */
export function key(text: string): string {
  const digits = text.replace(/\s/g, '');
  if (/^[0-9a-f]{32}$/i.test(digits)) return digits.toLowerCase();
  throw new InvalidArgumentError('32 hexadecimal digits are needed.');
}

/** `1` or `1-000001`; may come several times. */
export function slices(text: string, before: readonly Snssai[] = []): Snssai[] {
  const [, sst, sd] = /^(\d{1,3})(?:-([0-9a-f]{6}))?$/i.exec(text) ?? [];
  if (sst === undefined || Number(sst) > 255) throw new InvalidArgumentError('A slice is SST or SST-SD: 1-000001.');
  return [...before, { sst: Number(sst), ...(sd === undefined ? {} : { sd }) }];
}
