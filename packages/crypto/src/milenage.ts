import { createCipheriv } from 'node:crypto';
import { expectOctets, xor } from './octets.ts';

/** Everything MILENAGE computes from one RAND; octet lengths in the comments. */
export interface MilenageOutput {
  macA: Buffer; // f1, 8
  macS: Buffer; // f1*, 8
  res: Buffer; // f2, 8
  ck: Buffer; // f3, 16
  ik: Buffer; // f4, 16
  ak: Buffer; // f5, 6
  akStar: Buffer; // f5*, 6
}

type Block = (input: Uint8Array) => Buffer;

// The standard r1..r5 (in octets) and c1..c5 (only the last octet is not zero) of TS 35.206 clause 4.1.
const ROTATION = { out1: 8, out2: 0, out3: 4, out4: 8, out5: 12 };
const CONSTANT = { out1: 0, out2: 1, out3: 2, out4: 4, out5: 8 };
type Out = keyof typeof ROTATION;

function aes128(k: Uint8Array): Block {
  const cipher = createCipheriv('aes-128-ecb', expectOctets('k', k, 16), null).setAutoPadding(false);
  return (input) => cipher.update(input);
}

function rotateAndAddConstant(block: Uint8Array, out: Out): Buffer {
  const shift = ROTATION[out];
  const rotated = Buffer.concat([block.subarray(shift), block.subarray(0, shift)]);
  rotated[15] = (rotated[15] ?? 0) ^ CONSTANT[out];
  return rotated;
}

/**
 * OPc from the operator variant OP, TS 35.206 clause 4.1 (OPc = E_K(OP) xor OP).
 * @param k subscriber key, 16 octets
 * @param op operator variant algorithm configuration field, 16 octets
 * @returns OPc, 16 octets
 * @throws RangeError when a length is wrong
 */
export function computeOpc(k: Uint8Array, op: Uint8Array): Buffer {
  return xor(aes128(k)(expectOctets('op', op, 16)), op);
}

/**
 * The MILENAGE functions f1, f1*, f2, f3, f4, f5 and f5*, TS 35.206 clause 4.1.
 * @param k 16 octets
 * @param opc 16 octets
 * @param rand 16 octets
 * @param sqn 6 octets
 * @param amf 2 octets
 * @throws RangeError when a length is wrong
 */
export function milenage(
  k: Uint8Array,
  opc: Uint8Array,
  rand: Uint8Array,
  sqn: Uint8Array,
  amf: Uint8Array,
): MilenageOutput {
  expectOctets('opc', opc, 16);
  expectOctets('rand', rand, 16);
  expectOctets('sqn', sqn, 6);
  expectOctets('amf', amf, 2);
  const encrypt = aes128(k);

  const temp = encrypt(xor(rand, opc));
  const in1 = Buffer.concat([sqn, amf, sqn, amf]);
  const out1 = xor(encrypt(xor(temp, rotateAndAddConstant(xor(in1, opc), 'out1'))), opc);
  const masked = xor(temp, opc);
  const out = (which: Out): Buffer => xor(encrypt(rotateAndAddConstant(masked, which)), opc);
  const out2 = out('out2');

  return {
    macA: out1.subarray(0, 8),
    macS: out1.subarray(8, 16),
    res: out2.subarray(8, 16),
    ck: out('out3'),
    ik: out('out4'),
    ak: out2.subarray(0, 6),
    akStar: out('out5').subarray(0, 6),
  };
}
