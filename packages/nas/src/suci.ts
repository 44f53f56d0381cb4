import { decodeBcd, encodeBcd } from './bcd.ts';
import { IeError } from './errors.ts';
import { decodePlmn, encodePlmn } from './plmn.ts';

const TYPE_SUCI = 0b001;
const SUPI_FORMAT_IMSI = 0;
const NULL_SCHEME = '0';
const FIXED_OCTETS = 8;
const MAX_OUTPUT = 3000;
/**
 * Length of the scheme output in octets. Null scheme: an MSIN in BCD; A and B: ephemeral public key, ciphertext of
 * at least one octet, MAC tag (TS 33.501 C.3.4); proprietary: whatever, up to the limit of C.1. 3 to b are reserved.
 */
const OUTPUT_OCTETS: Readonly<Record<string, readonly [min: number, max: number]>> = {
  '0': [1, 5],
  '1': [32 + 1 + 8, MAX_OUTPUT],
  '2': [33 + 1 + 8, MAX_OUTPUT],
  c: [1, MAX_OUTPUT],
  d: [1, MAX_OUTPUT],
  e: [1, MAX_OUTPUT],
  f: [1, MAX_OUTPUT],
};
const MAX_IMSI_DIGITS = 15;
const MAX_KEY_ID = 255;
/** suci-0-mcc-mnc-routingIndicator-scheme-keyId-output (TS 29.571 Suci, TS 23.003 2.2B), SUPI type IMSI. */
const SUCI = /^suci-0-(\d{3})-(\d{2,3})-(\d{1,4})-([0-9a-fA-F])-(\d{1,3})-([0-9a-fA-F]+)$/;

/**
 * SUCI string to the value part of the 5GS mobile identity IE (TS 24.501 9.11.3.4, SUPI format IMSI).
 * Null scheme: the output is the MSIN in digits; every other scheme: hex. Throws IeError for anything else.
 */
export function encodeSuci(suci: string): Buffer {
  const [, mcc = '', mnc = '', routingIndicator = '', schemeDigit = '', keyId = '', output = ''] =
    SUCI.exec(suci) ?? [];
  const scheme = schemeDigit.toLowerCase();
  if (mcc === '') throw new IeError('not a SUCI of type IMSI');
  const routing = Buffer.from([0xff, 0xff]);
  encodeBcd(routingIndicator).copy(routing);
  if (Number(keyId) > MAX_KEY_ID) throw new IeError('home network public key identifier above 255');
  if (scheme !== NULL_SCHEME && output.length % 2 !== 0) throw new IeError('scheme output is not whole octets');
  const schemeOutput = scheme === NULL_SCHEME ? encodeBcd(output) : Buffer.from(output, 'hex');
  checkLength(scheme, schemeOutput);
  if (scheme === NULL_SCHEME) checkImsi(mcc + mnc + output);
  return Buffer.concat([
    Buffer.from([(SUPI_FORMAT_IMSI << 4) | TYPE_SUCI]),
    encodePlmn({ mcc, mnc }),
    routing,
    Buffer.from([Number.parseInt(scheme, 16), Number(keyId)]),
    schemeOutput,
  ]);
}

/** Value part of the 5GS mobile identity IE (type SUCI) to the SUCI string, output in lower-case hex. Throws IeError. */
export function decodeSuci(octets: Buffer): string {
  if (octets.length <= FIXED_OCTETS) throw new IeError('SUCI too short');
  if ((octets.readUInt8(0) & 0x70) >> 4 !== SUPI_FORMAT_IMSI) throw new IeError('SUPI format is not IMSI');
  const { mcc, mnc } = decodePlmn(octets.subarray(1, 4));
  const routingIndicator = decodeBcd(octets.subarray(4, 6));
  if (routingIndicator === '') throw new IeError('routing indicator without a digit');
  const scheme = (octets.readUInt8(6) & 0x0f).toString(16);
  const keyId = octets.readUInt8(7);
  const schemeOutput = octets.subarray(FIXED_OCTETS);
  checkLength(scheme, schemeOutput);
  const output = scheme === NULL_SCHEME ? decodeBcd(schemeOutput) : schemeOutput.toString('hex');
  if (scheme === NULL_SCHEME) checkImsi(mcc + mnc + output);
  return `suci-0-${mcc}-${mnc}-${routingIndicator}-${scheme}-${keyId}-${output}`;
}

function checkLength(scheme: string, schemeOutput: Buffer): void {
  const [min, max] = OUTPUT_OCTETS[scheme] ?? [1, 0];
  if (schemeOutput.length < min || schemeOutput.length > max)
    throw new IeError('reserved scheme or scheme output length');
}

function checkImsi(imsi: string): void {
  if (imsi.length > MAX_IMSI_DIGITS) throw new IeError('IMSI longer than 15 digits');
}
