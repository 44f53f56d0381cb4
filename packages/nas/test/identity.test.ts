import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePlmn, decodeSuci, encodePlmn, encodeSuci, formatGuti, NasError, parseGuti } from '../src/index.ts';

test('PLMN: two and three digits of MNC', () => {
  for (const [mcc, mnc, octets] of [
    ['001', '01', '00f110'],
    ['999', '70', '99f907'],
    ['274', '012', '722410'],
    ['310', '410', '130014'],
  ] as const) {
    assert.equal(encodePlmn({ mcc, mnc }).toString('hex'), octets);
    assert.deepEqual(decodePlmn(Buffer.from(octets, 'hex')), { mcc, mnc });
  }
});

test('SUCI: string and octets, both ways', () => {
  const output = 'ab'.repeat(45);
  for (const [suci, octets] of [
    ['suci-0-001-01-0-0-0-0123456789', '0100f110f0ff00001032547698'],
    ['suci-0-274-012-6789-0-0-001002086', '017224107698000000012080f6'],
    [`suci-0-999-70-12-1-1-${output}`, `0199f90721ff0101${output}`],
    [`suci-0-999-70-12-2-255-${output}`, `0199f90721ff02ff${output}`],
  ] as const) {
    assert.equal(encodeSuci(suci).toString('hex'), octets);
    assert.equal(decodeSuci(Buffer.from(octets, 'hex')), suci);
  }
});

test('SUCI: malformed octets', () => {
  for (const octets of [
    '', // nothing
    '0100f110f0ff0000', // no scheme output
    '1100f110f0ff00001032547698', // SUPI format: network specific identifier
    '0100f110ffff00001032547698', // no digit of routing indicator
    '0100f110f0ff03001032547698', // reserved scheme
    '0100f110f0ff0000103254769810', // IMSI of 17 digits
    '0100f110f0ff0000a032547698', // letter in the MSIN
    `0100f110f0ff0101${'ab'.repeat(40)}`, // Profile A without ciphertext
  ]) {
    assert.throws(() => decodeSuci(Buffer.from(octets, 'hex')), NasError, octets);
  }
});

test('5G-GUTI: string form, both ways', () => {
  const guti = { plmnId: { mcc: '001', mnc: '01' }, amfRegionId: 2, amfSetId: 1, amfPointer: 5, tmsi: 0xdeadbeef };
  assert.equal(formatGuti(guti), '5g-guti-00101020045deadbeef');
  assert.deepEqual(parseGuti('5g-guti-00101020045deadbeef'), guti);
  const american = { ...guti, plmnId: { mcc: '310', mnc: '410' }, amfSetId: 1023, amfPointer: 63 };
  assert.equal(formatGuti(american), '5g-guti-31041002ffffdeadbeef');
  assert.deepEqual(parseGuti(formatGuti(american)), american);
  for (const text of ['', '5g-guti-0010102004', '5g-guti-001010200045deadbeef00', 'suci-0-001-01-0-0-0-1']) {
    assert.throws(() => parseGuti(text), NasError, text);
  }
  assert.throws(() => formatGuti({ ...guti, amfSetId: 1024 }), NasError);
});
