import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  deriveHresStar,
  deriveKamf,
  deriveKausf,
  deriveKgnb,
  deriveKnasEnc,
  deriveKnasInt,
  deriveKseaf,
  deriveResStar,
  fingerprint,
  kdf,
  servingNetworkName,
} from '../src/index.ts';
import { type AkaCase, fixture, hex } from './support.ts';

test('kdf appends each parameter and its length of two octets (TS 33.220 B.2)', () => {
  const expected = createHmac('sha256', 'key')
    .update(hex('6a61620002' + '0000'))
    .digest();
  assert.deepEqual(kdf(Buffer.from('key'), 0x6a, Buffer.from('ab'), Buffer.alloc(0)), expected);
  assert.throws(() => kdf(Buffer.alloc(32), 0x100), RangeError);
  assert.throws(() => kdf(Buffer.alloc(32), 0x6a, Buffer.alloc(65536)), RangeError);
});

for (const c of fixture<AkaCase>('five-g-aka')) {
  test(`the chain from CK and IK to KgNB in ${c.servingNetworkName}`, () => {
    const name = servingNetworkName(c);
    assert.equal(name, c.servingNetworkName);
    const ck = hex(c.ck);
    const ik = hex(c.ik);
    const rand = hex(c.rand);
    const resStar = deriveResStar({ ck, ik, servingNetworkName: name, rand, res: hex(c.xres) });
    assert.equal(resStar.toString('hex'), c.xresStar);
    assert.equal(deriveHresStar({ rand, resStar }).toString('hex'), c.hxresStar);
    const kausf = deriveKausf({ ck, ik, servingNetworkName: name, sqnXorAk: hex(c.autn).subarray(0, 6) });
    assert.equal(kausf.toString('hex'), c.kausf);
    const kseaf = deriveKseaf({ kausf, servingNetworkName: name });
    assert.equal(kseaf.toString('hex'), c.kseaf);
    const kamf = deriveKamf({ kseaf, supi: c.supi, abba: hex(c.abba) });
    assert.equal(kamf.toString('hex'), c.kamf);
    assert.deepEqual(deriveKamf({ kseaf, supi: c.supi.replace('imsi-', ''), abba: hex(c.abba) }), kamf);
    assert.equal(deriveKnasEnc(kamf, c.nasEncAlg).toString('hex'), c.knasEnc);
    assert.equal(deriveKnasInt(kamf, c.nasIntAlg).toString('hex'), c.knasInt);
    assert.equal(deriveKgnb(kamf, c.ulNasCount).toString('hex'), c.kgnb);
    assert.notEqual(deriveKgnb(kamf, c.ulNasCount, 2).toString('hex'), c.kgnb);
  });
}

test('a PLMN identity that is none has no serving network name', () => {
  assert.equal(servingNetworkName({ mcc: '999', mnc: '70' }), '5G:mnc070.mcc999.3gppnetwork.org');
  for (const plmn of [
    { mcc: '01', mnc: '01' },
    { mcc: '0011', mnc: '01' },
    { mcc: '001', mnc: '1' },
    { mcc: '001', mnc: '0001' },
    { mcc: '00a', mnc: '01' },
    { mcc: '001', mnc: '01\n' },
  ]) {
    assert.throws(() => servingNetworkName(plmn), RangeError);
  }
});

test('derivations refuse lengths and numbers that the TS does not have', () => {
  const key = Buffer.alloc(32);
  const kamfInput = { kseaf: key, supi: 'imsi-001010000000001', abba: Buffer.alloc(2) };
  assert.throws(() => deriveKamf({ ...kamfInput, supi: 'nai-user@example.org' }), RangeError);
  assert.throws(() => deriveKamf({ ...kamfInput, supi: '0010100000000012' }), RangeError);
  assert.throws(() => deriveKamf({ ...kamfInput, abba: Buffer.alloc(1) }), RangeError);
  assert.throws(() => deriveKamf({ ...kamfInput, kseaf: Buffer.alloc(16) }), RangeError);
  assert.throws(() => deriveKnasEnc(key, 16), RangeError);
  assert.throws(() => deriveKnasInt(key, -1), RangeError);
  for (const count of [-1, 2 ** 32, 0.5, Number.NaN]) {
    assert.throws(() => deriveKgnb(key, count), /^RangeError: uplinkNasCount must be/);
  }
  assert.throws(() => deriveHresStar({ rand: Buffer.alloc(16), resStar: Buffer.alloc(8) }), RangeError);
});

test('a fingerprint is 8 hex digits of the SHA-256', () => {
  const secret = Buffer.from('465b5ce8b199b49faa5f0a2ee238a6bc', 'hex');
  assert.equal(fingerprint(secret), createHash('sha256').update(secret).digest('hex').substring(0, 8));
});
