import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  computeOpc,
  deriveKausf,
  deriveResStar,
  generate5gHeAv,
  milenage,
  nextSqn,
  sqnFromBuffer,
  sqnToBuffer,
  UsimSqn,
  usimAuthenticate,
  verifyAuts,
} from '../src/index.ts';
import { type AkaCase, fixture, flip, hex, integer, octets } from './support.ts';

const ROUNDS = 200;
const NAME = '5G:mnc001.mcc001.3gppnetwork.org';

const subscriber = () => ({ k: octets(16), opc: octets(16) });
/** An SQN within the reach of a fresh USIM. */
const anySqn = (): bigint => nextSqn(BigInt(integer(0, 2 ** 31)), integer(0, 31));

for (const c of fixture<AkaCase>('five-g-aka')) {
  test(`5G HE AV and the USIM's answer in ${c.servingNetworkName}`, () => {
    const k = hex(c.k);
    const opc = computeOpc(k, hex(c.op));
    const rand = hex(c.rand);
    const sqn = sqnFromBuffer(hex(c.sqn));
    const { servingNetworkName } = c;
    const av = generate5gHeAv({ k, opc, sqn, amf: hex(c.amf), servingNetworkName, rand });
    assert.deepEqual(
      { rand: c.rand, autn: c.autn, xresStar: c.xresStar, kausf: c.kausf, ck: c.ck, ik: c.ik },
      Object.fromEntries(Object.entries(av).map(([name, value]) => [name, value.toString('hex')])),
    );

    // The vectors' SQNs are beyond a fresh USIM's delta.
    const sqnState = new UsimSqn(undefined, { delta: 2n ** 43n });
    const answer = usimAuthenticate({ k, opc, rand, autn: av.autn, sqnState });
    assert.equal(answer.result, 'success');
    assert.equal(answer.res.toString('hex'), c.xres);
    assert.equal(answer.ck.toString('hex'), c.ck);
    assert.equal(answer.ik.toString('hex'), c.ik);
    assert.equal(answer.amfSeparationBit, true);
    assert.equal(sqnState.highest(), sqn);
  });
}

test(`every AV is accepted once by its USIM, which derives the same RES* and KAUSF`, () => {
  for (let i = 0; i < ROUNDS; i++) {
    const usim = subscriber();
    const sqnState = new UsimSqn();
    const { rand, autn, xresStar, kausf } = generate5gHeAv({
      ...usim,
      sqn: anySqn(),
      amf: hex('8000'),
      servingNetworkName: NAME,
    });
    const answer = usimAuthenticate({ ...usim, rand, autn, sqnState });
    assert.equal(answer.result, 'success');
    assert.deepEqual(deriveResStar({ ...answer, servingNetworkName: NAME, rand }), xresStar);
    assert.deepEqual(deriveKausf({ ...answer, servingNetworkName: NAME }), kausf);
  }
});

test(`a used SQN is a sync-failure whose AUTS tells SQN_MS, and the next vector is accepted`, () => {
  for (let i = 0; i < ROUNDS; i++) {
    const usim = subscriber();
    const sqnState = new UsimSqn();
    const sqn = anySqn();
    const vector = (value: bigint) =>
      generate5gHeAv({ ...usim, sqn: value, amf: hex('8000'), servingNetworkName: NAME });
    assert.equal(usimAuthenticate({ ...usim, ...vector(sqn), sqnState }).result, 'success');

    const used = vector(sqn);
    const answer = usimAuthenticate({ ...usim, ...used, sqnState });
    assert.equal(answer.result, 'sync-failure');
    assert.equal(answer.auts.length, 14);
    const sqnMs = verifyAuts({ ...usim, rand: used.rand, auts: answer.auts });
    assert.equal(sqnMs, sqn);

    const resynchronised = vector(nextSqn(sqnMs));
    assert.equal(usimAuthenticate({ ...usim, ...resynchronised, sqnState }).result, 'success');
  }
});

test(`AUTS is refused when any part of it, the RAND or the key is another`, () => {
  const usim = subscriber();
  const { rand, autn } = generate5gHeAv({ ...usim, sqn: 0n, amf: hex('8000'), servingNetworkName: NAME });
  const answer = usimAuthenticate({ ...usim, rand, autn, sqnState: new UsimSqn() });
  assert.equal(answer.result, 'sync-failure');
  const { auts } = answer;
  assert.equal(verifyAuts({ ...usim, rand, auts }), 0n);
  for (let bit = 0; bit < auts.length * 8; bit++) {
    assert.equal(verifyAuts({ ...usim, rand, auts: flip(auts, bit) }), undefined, `bit ${bit}`);
  }
  assert.equal(verifyAuts({ ...usim, rand: octets(16), auts }), undefined);
  assert.equal(verifyAuts({ ...subscriber(), rand, auts }), undefined);
});

test('AUTS is MAC-S over AMF* = 0000 and SQN_MS concealed by f5* (TS 33.102 6.3.3)', () => {
  const { k, opc } = subscriber();
  const rand = octets(16);
  const sqn = hex('0000000001e3');
  const sqnState = new UsimSqn();
  sqnState.accept(sqnFromBuffer(sqn));
  const { autn } = generate5gHeAv({
    k,
    opc,
    sqn: sqnFromBuffer(sqn),
    amf: hex('8000'),
    servingNetworkName: NAME,
    rand,
  });
  const answer = usimAuthenticate({ k, opc, rand, autn, sqnState });
  assert.equal(answer.result, 'sync-failure');
  const { akStar, macS } = milenage(k, opc, rand, sqn, hex('0000'));
  const concealed = Buffer.from(sqn.map((octet, i) => octet ^ (akStar[i] ?? 0)));
  assert.deepEqual(answer.auts, Buffer.concat([concealed, macS]));
});

test(`wrong K, another RAND and any changed bit of AUTN are mac-failures that consume no SQN`, () => {
  const usim = subscriber();
  const sqnState = new UsimSqn();
  const { rand, autn } = generate5gHeAv({ ...usim, sqn: anySqn(), amf: hex('8000'), servingNetworkName: NAME });
  const attempts = [
    { ...usim, k: octets(16), rand, autn },
    { ...usim, opc: octets(16), rand, autn },
    { ...usim, rand: octets(16), autn },
    ...Array.from({ length: 128 }, (_, bit) => ({ ...usim, rand, autn: flip(autn, bit) })),
  ];
  for (const attempt of attempts) {
    assert.deepEqual(usimAuthenticate({ ...attempt, sqnState }), { result: 'mac-failure' });
  }
  assert.equal(sqnState.highest(), 0n);
  assert.equal(usimAuthenticate({ ...usim, rand, autn, sqnState }).result, 'success');
});

test('the home always sets the separation bit; a USIM reports one that is not set', () => {
  const { k, opc } = subscriber();
  const rand = octets(16);
  const av = generate5gHeAv({ k, opc, sqn: 33n, amf: hex('0001'), servingNetworkName: NAME, rand });
  assert.equal(av.autn.subarray(6, 8).toString('hex'), '8001');

  const sqn = sqnToBuffer(33n);
  const amf = hex('7fff');
  const { ak, macA } = milenage(k, opc, rand, sqn, amf);
  const autn = Buffer.concat([sqn.map((octet, i) => octet ^ (ak[i] ?? 0)), amf, macA]);
  const answer = usimAuthenticate({ k, opc, rand, autn, sqnState: new UsimSqn() });
  assert.equal(answer.result, 'success');
  assert.equal(answer.amfSeparationBit, false);
});

test('RAND is fresh when none is given', () => {
  const input = { ...subscriber(), sqn: 33n, amf: hex('8000'), servingNetworkName: NAME };
  assert.notDeepEqual(generate5gHeAv(input).rand, generate5gHeAv(input).rand);
});

test('lengths that no challenge or AUTS has are RangeErrors', () => {
  const usim = subscriber();
  const rand = octets(16);
  const sqnState = new UsimSqn();
  assert.throws(() => usimAuthenticate({ ...usim, rand, autn: octets(15), sqnState }), RangeError);
  assert.throws(() => usimAuthenticate({ ...usim, rand: octets(17), autn: octets(16), sqnState }), RangeError);
  assert.throws(() => verifyAuts({ ...usim, rand, auts: octets(13) }), RangeError);
  const he = { ...usim, sqn: 33n, amf: octets(2), servingNetworkName: NAME };
  assert.throws(() => generate5gHeAv({ ...he, amf: octets(3) }), RangeError);
  assert.throws(() => generate5gHeAv({ ...he, sqn: 2n ** 48n }), RangeError);
});
