import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { milenage, UsimSqn } from '@twincore/crypto';
import type { SbiProblem } from '@twincore/sbi';
import { generateAuthData } from '../src/procedures/generate-auth-data.ts';
import { KeyedQueue } from '../src/procedures/keyed-queue.ts';
import { checkServingNetwork } from '../src/procedures/serving-network.ts';
import {
  credentials,
  fakeUdr,
  HOME,
  K,
  OPC,
  randomHex,
  SNN_HOME,
  SNN_VISITED,
  SUPI,
  sqnOfAutn,
  usim,
  VISITED,
} from './support.ts';

const rejected = (status: number, cause: string) => (error: SbiProblem) =>
  error.status === status && error.problem.cause === cause;

/** The SQN inside a vector. */
const sqnOf = (av: { rand: string; autn: string }) => {
  const { ak } = milenage(K, OPC, Buffer.from(av.rand, 'hex'), Buffer.alloc(6), Buffer.alloc(2));
  return BigInt(`0x${Buffer.from(sqnOfAutn(av, ak)).toString('hex')}`);
};

describe('generate-auth-data', () => {
  const arpf = (udr = fakeUdr()) => {
    const queue = new KeyedQueue();
    return {
      udr,
      generate: (snn = SNN_HOME, resync?: { rand: string; auts: string }, supi = SUPI) =>
        generateAuthData({ udr, queue }, supi, snn, resync),
    };
  };

  test('gives vectors from which the USIM derives the same keys, bound to the serving network', async () => {
    const { generate, udr } = arpf();
    const ue = usim();
    for (const snn of [SNN_HOME, SNN_VISITED, SNN_HOME]) {
      const av = await generate(snn);
      assert.deepEqual(ue.challenge(av, snn), { result: 'success', resStar: av.xresStar, kausf: av.kausf });
    }
    const av = await generate(SNN_HOME);
    const answer = ue.challenge(av, SNN_VISITED);
    assert.ok(answer.result === 'success' && answer.resStar !== av.xresStar && answer.kausf !== av.kausf);
    assert.equal(BigInt(`0x${udr.subscription.sequenceNumber?.sqn}`), sqnOf(av));
  });

  test('a USIM with another K finds the MAC wrong', async () => {
    const { generate } = arpf();
    assert.equal(usim().challenge(await generate(), SNN_HOME, Buffer.alloc(16)).result, 'mac-failure');
  });

  test('the SQN is stored before the vector exists', async () => {
    const { generate, udr } = arpf();
    udr.replaceSqn = async () => {
      throw new Error('the disk is full');
    };
    await assert.rejects(generate(), /disk is full/);
  });

  test('50 requests at once get 50 SQNs', async () => {
    const { generate } = arpf();
    const vectors = await Promise.all(Array.from({ length: 50 }, () => generate()));
    assert.equal(new Set(vectors.map(sqnOf)).size, 50);
    assert.equal(new Set(vectors.map(({ rand }) => rand)).size, 50);
    const ue = usim();
    for (const av of vectors.toSorted((a, b) => Number(sqnOf(a) - sqnOf(b)))) {
      assert.equal(ue.challenge(av, SNN_HOME).result, 'success');
    }
  });

  test('two UDM instances over one UDR never use an SQN twice', async () => {
    const udr = fakeUdr();
    const [one, two] = [arpf(udr), arpf(udr)];
    const vectors = [];
    for (let round = 0; round < 25; round++) vectors.push(...(await Promise.all([one.generate(), two.generate()])));
    assert.equal(new Set(vectors.map(sqnOf)).size, 50);
  });

  test('gives up when the SQN is taken away again and again', async () => {
    const { generate, udr } = arpf();
    let taken = 0;
    udr.rival = () => {
      udr.subscription = credentials((++taken).toString(16).padStart(12, '0'));
    };
    await assert.rejects(generate(), rejected(503, 'NF_CONGESTION'));
    assert.equal(taken, 8);
    udr.rival = () => {};
    await generate();
  });

  describe('resynchronisation', () => {
    const ahead = () => new UsimSqn(new Array<bigint>(32).fill(1000n));

    test('a USIM that is ahead answers AUTS, then accepts the next vector', async () => {
      const { generate } = arpf();
      const ue = usim(ahead());
      const first = await generate();
      const failure = ue.challenge(first, SNN_HOME);
      assert.ok(failure.result === 'sync-failure');
      const second = await generate(SNN_HOME, { rand: first.rand, auts: failure.auts.toString('hex') });
      assert.equal(sqnOf(second) >> 5n, 1001n);
      assert.equal(ue.challenge(second, SNN_HOME).result, 'success');
      assert.equal(ue.challenge(await generate(), SNN_HOME).result, 'success');
    });

    test('a wrong AUTS is rejected and changes nothing', async () => {
      const { generate, udr } = arpf();
      const first = await generate();
      const failure = usim(ahead()).challenge(first, SNN_HOME);
      assert.ok(failure.result === 'sync-failure');
      const auts = failure.auts.toString('hex');
      const before = structuredClone(udr.subscription);
      for (const wrong of [
        { rand: first.rand, auts: randomHex(14) },
        { rand: randomHex(16), auts },
        { rand: first.rand, auts: `${auts.slice(0, -1)}${auts.endsWith('0') ? '1' : '0'}` },
      ]) {
        await assert.rejects(generate(SNN_HOME, wrong), rejected(403, 'AUTHENTICATION_REJECTED'));
      }
      assert.deepEqual(udr.subscription, before);
    });

    test('an AUTS replayed later does not turn the SQN back', async () => {
      const { generate } = arpf();
      const ue = usim(ahead());
      const first = await generate();
      const failure = ue.challenge(first, SNN_HOME);
      assert.ok(failure.result === 'sync-failure');
      const resync = { rand: first.rand, auts: failure.auts.toString('hex') };
      const vectors = [await generate(SNN_HOME, resync), await generate(), await generate(SNN_HOME, resync)];
      const sqns = vectors.map(sqnOf);
      assert.deepEqual(
        sqns,
        sqns.toSorted((a, b) => Number(a - b)),
      );
      assert.equal(new Set(sqns).size, 3);
    });

    test('an SQN that is too far ahead for the USIM comes back to it', async () => {
      const { generate } = arpf(fakeUdr(credentials((1n << 40n).toString(16).padStart(12, '0'))));
      const ue = usim();
      const first = await generate();
      const failure = ue.challenge(first, SNN_HOME);
      assert.ok(failure.result === 'sync-failure');
      const second = await generate(SNN_HOME, { rand: first.rand, auts: failure.auts.toString('hex') });
      assert.equal(ue.challenge(second, SNN_HOME).result, 'success');
    });
  });

  test('rejects what 5G AKA with MILENAGE cannot do', async () => {
    const cases = [
      [{ ...credentials(), authenticationMethod: 'EAP_AKA_PRIME' }, 403, 'AUTHENTICATION_REJECTED'],
      [credentials('ffffffffffff'), 403, 'AUTHENTICATION_REJECTED'],
      [{ ...credentials(), algorithmId: 'tuak' }, 500, 'UNSPECIFIED_NF_FAILURE'],
      [{ ...credentials(), protectionParameterId: 'hsm-1' }, 500, 'UNSPECIFIED_NF_FAILURE'],
      [{ authenticationMethod: '5G_AKA' }, 500, 'UNSPECIFIED_NF_FAILURE'],
    ] as const;
    for (const [subscription, status, cause] of cases) {
      await assert.rejects(arpf(fakeUdr(subscription)).generate(), rejected(status, cause));
    }
    const { generate } = arpf();
    await assert.rejects(generate(SNN_HOME, undefined, 'imsi-001019999999999'), rejected(404, 'USER_NOT_FOUND'));
  });
});

test('serving networks: PLMNs only, and only listed ones where there is a list', () => {
  const refused = rejected(403, 'SERVING_NETWORK_NOT_AUTHORIZED');
  checkServingNetwork(SNN_HOME, HOME, []);
  checkServingNetwork(SNN_VISITED, HOME, undefined);
  checkServingNetwork(SNN_VISITED, HOME, [VISITED]);
  assert.throws(() => checkServingNetwork(SNN_VISITED, HOME, []), refused);
  assert.throws(() => checkServingNetwork('5G:NSWO', HOME, undefined), refused);
  assert.throws(() => checkServingNetwork(`${SNN_HOME}:000007ED9D5`, HOME, undefined), refused);
});
