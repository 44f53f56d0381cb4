import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeOpc, milenage } from '../src/index.ts';
import { fixture, hex } from './support.ts';

interface Case {
  id: string;
  k: string;
  rand: string;
  sqn: string;
  amf: string;
  op: string;
  opc: string;
  f1: string;
  f1star: string;
  f2: string;
  f3: string;
  f4: string;
  f5: string;
  f5star: string;
}

for (const c of fixture<Case>('milenage')) {
  test(`MILENAGE ${c.id} of TS 35.208: OPc and f1 to f5*`, () => {
    const opc = computeOpc(hex(c.k), hex(c.op));
    assert.equal(opc.toString('hex'), c.opc);
    const out = milenage(hex(c.k), opc, hex(c.rand), hex(c.sqn), hex(c.amf));
    const inHex = Object.fromEntries(Object.entries(out).map(([name, value]) => [name, value.toString('hex')]));
    assert.deepEqual(inHex, {
      macA: c.f1,
      macS: c.f1star,
      res: c.f2,
      ck: c.f3,
      ik: c.f4,
      ak: c.f5,
      akStar: c.f5star,
    });
  });
}

test('MILENAGE names the argument whose length is wrong and not its value', () => {
  const args = [16, 16, 16, 6, 2].map((length) => Buffer.alloc(length, 0xab));
  for (const [index, name] of ['k', 'opc', 'rand', 'sqn', 'amf'].entries()) {
    for (const wrong of [Buffer.alloc(0), Buffer.alloc(17, 0xab)]) {
      const [k, opc, rand, sqn, amf] = args.with(index, wrong);
      assert.ok(k && opc && rand && sqn && amf);
      assert.throws(
        () => milenage(k, opc, rand, sqn, amf),
        (error: Error) =>
          error instanceof RangeError && error.message.startsWith(`${name} must be`) && !error.message.includes('ab'),
      );
    }
  }
  assert.throws(() => computeOpc(Buffer.alloc(16), Buffer.alloc(15)), RangeError);
});
