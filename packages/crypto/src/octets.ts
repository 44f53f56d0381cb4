/** Checks the length of an octet string argument; throws RangeError with the argument's name, never its value. */
export function expectOctets(name: string, value: Uint8Array, length: number): Uint8Array {
  if (value.length !== length) {
    throw new RangeError(`${name} must be ${length} octets, got ${value.length}`);
  }
  return value;
}

/** An unsigned 32-bit integer as 4 octets, most significant first; throws RangeError for anything else. */
export function uint32(name: string, value: number): Buffer {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`${name} must be an unsigned 32-bit integer`);
  }
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

/** XOR of two octet strings of equal length (the shorter one decides the length of the result). */
export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  const out = Buffer.alloc(Math.min(a.length, b.length));
  for (let i = 0; i < out.length; i++) {
    out[i] = (a[i] ?? 0) ^ (b[i] ?? 0);
  }
  return out;
}
