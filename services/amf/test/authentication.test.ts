import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { UsimSqn } from '@twincore/crypto';
import type { NasMessageOf } from '@twincore/nas';
import { type TestPlmn, testPlmn } from '@twincore/testkit';
import { HomeFailure } from '../src/clients/home-failure.ts';
import { FakeHome, HOME, newUe, startAmf, TestGnb, VISITED } from './support.ts';
import type { TestUe } from './ue.ts';

const types = (ue: TestUe) => ue.heard.map(({ messageType }) => messageType);
const rejectCause = (ue: TestUe) => (ue.heard.at(-1) as NasMessageOf<'REGISTRATION REJECT'>).fiveGmmCause;

describe('authentication', () => {
  let home: FakeHome;
  let plmn: TestPlmn;
  let gnb: TestGnb;
  let hurried: TestGnb;

  before(async () => {
    home = new FakeHome();
    plmn = await testPlmn(HOME);
    gnb = await TestGnb.connect((await startAmf(plmn, home)).config);
    const timers = { t3550: 0.03, t3560: 0.03, t3570: 0.03, t3522: 0.03, retransmissions: 4 };
    hurried = await TestGnb.connect((await startAmf(plmn, home, { timers })).config);
  });
  after(async () => {
    gnb.close();
    hurried.close();
    await plmn.close();
  });
  afterEach(() => {
    home.failures = {};
    home.calls.length = 0;
    home.results.clear();
  });

  const attempt = async (ue: TestUe, at = gnb) => {
    const attachment = at.attach(ue, ue.registrationRequest());
    await at.until(() => attachment.released);
    return attachment;
  };
  const outcome = () =>
    [...home.results.values()].map(({ success, resStar }) => ({ success, answered: resStar !== null }));

  test('a UE with another key fails the MAC, is rejected, and the home hears of it', async () => {
    const ue = newUe();
    ue.faults.wrongK = true;
    const { released } = await attempt(ue);
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'AUTHENTICATION REJECT']);
    assert.deepEqual(released?.cause, { group: 'nas', value: 'authentication-failure' });
    assert.deepEqual(outcome(), [{ success: false, answered: false }]);
  });

  test('a wrong RES* goes to the home all the same, whose verdict rejects the UE', async () => {
    const ue = newUe();
    ue.faults.wrongResStar = true;
    await attempt(ue);
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'AUTHENTICATION REJECT']);
    assert.deepEqual(outcome(), [{ success: false, answered: true }]);
  });

  test('HRES* that is not HXRES* fails also when the home confirms, which takes its result back', async () => {
    const ue = newUe();
    const { authenticate } = home;
    home.authenticate = async (...asked) => {
      const started = await authenticate.apply(home, asked);
      return { ...started, vector: { ...started.vector, hxresStar: '00'.repeat(16) } };
    };
    await attempt(ue);
    home.authenticate = authenticate;
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'AUTHENTICATION REJECT']);
    assert.deepEqual(home.operations(), ['authenticate', 'confirm', 'removeResult']);
  });

  test('a used SQN gives a synch failure, the home resynchronises, and the UE registers', async () => {
    const ue = newUe();
    ue.sqn = new UsimSqn(new Array(32).fill((home.sqn >> 5n) + 100n));
    await gnb.register(ue);
    assert.deepEqual(types(ue), [
      'AUTHENTICATION REQUEST',
      'AUTHENTICATION REQUEST',
      'SECURITY MODE COMMAND',
      'REGISTRATION ACCEPT',
    ]);
    const [first, second] = home.calls
      .filter(({ operation }) => operation === 'authenticate')
      .map(({ about }) => about);
    assert.deepEqual(Object.keys(first as object), ['supiOrSuci']);
    const { rand } = ue.heard[0] as NasMessageOf<'AUTHENTICATION REQUEST'>;
    const resynchronized = second as { resynchronizationInfo: { rand: string; auts: string } };
    assert.equal(resynchronized.resynchronizationInfo.rand, rand?.toString('hex'));
    assert.equal(resynchronized.resynchronizationInfo.auts.length, 28);
  });

  test('a second synch failure in a row ends the authentication', async () => {
    const ue = newUe();
    ue.sqn = new UsimSqn(new Array(32).fill((1n << 43n) - 1n));
    home.authenticate = (...[at, request]) =>
      FakeHome.prototype.authenticate.call(home, at, { supiOrSuci: request.supiOrSuci });
    await attempt(ue);
    home.authenticate = FakeHome.prototype.authenticate;
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'AUTHENTICATION REQUEST', 'AUTHENTICATION REJECT']);
  });

  test('an ngKSI that is in use is replaced, for the same challenge', async () => {
    const ue = newUe();
    ue.faults.failWith = 71;
    await gnb.register(ue);
    const [first, second] = ue.heard as NasMessageOf<'AUTHENTICATION REQUEST'>[];
    assert.deepEqual(first?.rand, second?.rand);
    assert.notEqual(first?.ngKsi.ksi, second?.ngKsi.ksi);
  });

  test('non-5G authentication unacceptable and unknown causes end the authentication', async () => {
    for (const cause of [26, 111]) {
      const ue = newUe();
      ue.faults.failWith = cause;
      await attempt(ue);
      assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'AUTHENTICATION REJECT']);
    }
  });

  test('a challenge is sent five times; then the connection ends and the home hears that no RES* came', async () => {
    const ue = newUe();
    ue.faults.silent = new Set(['AUTHENTICATION REQUEST']);
    await attempt(ue, hurried);
    assert.deepEqual(types(ue), new Array(5).fill('AUTHENTICATION REQUEST'));
    assert.deepEqual(outcome(), [{ success: false, answered: false }]);
  });

  test('a security mode command that nobody answers takes the result back', async () => {
    const ue = newUe();
    ue.faults.silent = new Set(['SECURITY MODE COMMAND']);
    await attempt(ue, hurried);
    assert.deepEqual(types(ue).slice(1), new Array(5).fill('SECURITY MODE COMMAND'));
    assert.equal(home.operations().at(-1), 'removeResult');
  });

  test('without REGISTRATION COMPLETE the UE is registered, and both its GUTIs are good', async () => {
    const ue = newUe();
    ue.faults.silent = new Set(['REGISTRATION ACCEPT']);
    hurried.attach(ue, ue.registrationRequest());
    await hurried.until(() => types(ue).filter((type) => type === 'REGISTRATION ACCEPT').length === 5);
    ue.guti = (ue.heard.at(-1) as NasMessageOf<'REGISTRATION ACCEPT'>).guti;
    delete ue.faults.silent;
    home.calls.length = 0;
    await hurried.register(ue);
    assert.deepEqual(home.operations(), ['register', 'amData', 'smfSelectData']);
  });

  test('a home that vouches for another network’s subscriber is not believed', async () => {
    const ue = newUe();
    home.confirm = async (...asked) => {
      const verdict = await FakeHome.prototype.confirm.apply(home, asked);
      return verdict.supi ? { ...verdict, supi: 'imsi-999700000000001' } : verdict;
    };
    await attempt(ue);
    home.confirm = FakeHome.prototype.confirm;
    assert.equal(rejectCause(ue), 111);
  });

  test('asks the home of the SUCI, whatever network it is', async () => {
    const ue = newUe(VISITED);
    await gnb.register(ue);
    assert.ok(home.calls.every((call) => call.home.mcc === '999' && call.home.mnc === '70'));
  });

  test('tells the UE what TS 29.524 has for a failure of the home', async () => {
    const table = [
      ['authenticate', 'AUSF', 'USER_NOT_FOUND', 3],
      ['authenticate', 'AUSF', 'INVALID_SCHEME_OUTPUT', 3],
      ['authenticate', 'AUSF', 'SERVING_NETWORK_NOT_AUTHORIZED', 73],
      ['authenticate', 'AUSF', 'NOT_REACHABLE', 22],
      ['confirm', 'AUSF', 'NOT_REACHABLE', 22],
      ['confirm', 'AUSF', 'SOMETHING_NEW', 111],
      ['register', 'UDM', 'ROAMING_NOT_ALLOWED', 13],
      ['register', 'UDM', 'USER_NOT_FOUND', 7],
      ['register', 'UDM', 'REAUTHENTICATION_REQUIRED', 111],
      ['amData', 'UDM', 'NOT_REACHABLE', 22],
    ] as const;
    for (const [operation, service, reason, cause] of table) {
      home.failures = { [operation]: new HomeFailure(service, reason, 'test') };
      const ue = newUe();
      await attempt(ue);
      assert.equal(rejectCause(ue), cause, `${operation} ${reason}`);
      const { t3346 } = ue.heard.at(-1) as NasMessageOf<'REGISTRATION REJECT'>;
      assert.equal(t3346, cause === 22 ? 30 : undefined);
    }
  });
});
