import { createHmac } from 'node:crypto';

/**
 * The generic key derivation function, TS 33.220 B.2: HMAC-SHA-256(key, FC || P0 || L0 || P1 || L1 || ...).
 * @param key any length
 * @param fc function code, one octet
 * @param params P0, P1, ...; each at most 65535 octets, its length is appended here
 * @returns 32 octets
 * @throws RangeError when FC or a parameter's length is out of range
 */
export function kdf(key: Uint8Array, fc: number, ...params: Uint8Array[]): Buffer {
  if (!Number.isInteger(fc) || fc < 0 || fc > 0xff) {
    throw new RangeError('FC must be one octet');
  }
  const hmac = createHmac('sha256', key).update(Buffer.of(fc));
  for (const param of params) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(param.length);
    hmac.update(param).update(length);
  }
  return hmac.digest();
}
