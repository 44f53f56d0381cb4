/** Procedures that meet each other, on one connection and on several (TS 24.501 5.5.1.2.8, 5.5.2.2.6). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { encodeMessage } from '@twincore/nas';
import { type TestPlmn, testPlmn } from '@twincore/testkit';
import { FakeHome, HOME, newUe, startAmf, TestGnb } from './support.ts';
import type { TestUe } from './ue.ts';

const count = (ue: TestUe, type: string) => ue.heard.filter(({ messageType }) => messageType === type).length;

describe('procedures that meet', () => {
  const home = new FakeHome();
  let plmn: TestPlmn;
  let gnb: TestGnb;

  before(async () => {
    plmn = await testPlmn(HOME);
    gnb = await TestGnb.connect((await startAmf(plmn, home)).config);
  });
  after(async () => {
    gnb.close();
    await plmn.close();
  });
  beforeEach(() => {
    home.calls.length = 0;
    home.delayMs = 10;
  });

  test('the same registration request once more changes nothing', async () => {
    const ue = newUe();
    const request = ue.registrationRequest();
    ue.faults.silent = new Set(['AUTHENTICATION REQUEST']);
    const attachment = gnb.attach(ue, request);
    await gnb.until(() => count(ue, 'AUTHENTICATION REQUEST') === 1);
    attachment.uplink(request);
    attachment.uplink(ue.protect({ messageType: 'AUTHENTICATION FAILURE', fiveGmmCause: 26 }));
    await gnb.until(() => attachment.released);
    assert.deepEqual(home.operations(), ['authenticate', 'confirm']);
  });

  test('another registration request replaces the one under way', async () => {
    const ue = newUe();
    ue.faults.silent = new Set(['AUTHENTICATION REQUEST']);
    const attachment = gnb.attach(ue, ue.registrationRequest());
    await gnb.until(() => count(ue, 'AUTHENTICATION REQUEST') === 1);
    delete ue.faults.silent;
    attachment.uplink(ue.registrationRequest({ registrationType: { type: 'INITIAL', followOnRequest: true } }));
    await gnb.until(() => ue.accepted);
    assert.deepEqual(
      home.operations().filter((operation) => operation === 'authenticate'),
      ['authenticate', 'authenticate'],
    );
  });

  test('requests that come while the home is being asked wait for it, and only the last one is served', async () => {
    const ue = newUe();
    home.delayMs = 60;
    ue.guti = { plmnId: HOME, amfRegionId: 1, amfSetId: 1, amfPointer: 1, tmsi: 1 };
    const request = (type: 'INITIAL' | 'MOBILITY UPDATING' | 'PERIODIC UPDATING') =>
      ue.registrationRequest({ registrationType: { type, followOnRequest: false } });
    const attachment = gnb.attach(ue, request('INITIAL'));
    await gnb.until(() => count(ue, 'IDENTITY REQUEST') === 1);
    attachment.uplink(request('MOBILITY UPDATING'));
    attachment.uplink(request('PERIODIC UPDATING'));
    await gnb.until(() => ue.accepted);
    assert.deepEqual([count(ue, 'IDENTITY REQUEST'), count(ue, 'REGISTRATION ACCEPT')], [2, 1]);
    assert.equal(home.operations().filter((operation) => operation === 'authenticate').length, 2);
  });

  test('a deregistration ends a registration that is under way', async () => {
    const ue = newUe();
    const first = await gnb.register(ue);
    ue.faults.silent = new Set(['REGISTRATION ACCEPT']);
    ue.accepted = undefined;
    const attachment = gnb.attach(ue, ue.registrationRequest());
    await gnb.until(() => count(ue, 'REGISTRATION ACCEPT') === 2);
    assert.ok(first.released);
    attachment.uplink(ue.deregistrationRequest());
    await gnb.until(() => attachment.released);
    assert.equal(count(ue, 'DEREGISTRATION ACCEPT UE ORIGINATING'), 1);
    assert.equal(home.registrations.get(ue.supi)?.purged, true);
  });

  test('many UEs at once, each with its own keys and its own GUTI', async () => {
    const ues = Array.from({ length: 50 }, () => newUe());
    await Promise.all(ues.map((ue) => gnb.register(ue)));
    assert.equal(new Set(ues.map((ue) => ue.guti?.tmsi)).size, 50);
    assert.equal(new Set(ues.map((ue) => ue.kamfFingerprint)).size, 50);
  });

  test('of two connections that present the same message, one at most is believed', async () => {
    const ue = newUe();
    await gnb.register(ue);
    const request = ue.deregistrationRequest(false, 1);
    const both = [gnb.attach(ue, request), gnb.attach(ue, request)];
    await gnb.until(() => both.every(({ released }) => released));
    assert.equal(count(ue, 'DEREGISTRATION ACCEPT UE ORIGINATING'), 1);
  });

  test('a UE that floods its connection loses messages, nobody else does', async () => {
    const flooding = newUe();
    const attachment = await gnb.register(flooding);
    for (let i = 0; i < 500; i++) attachment.uplink(encodeMessage({ messageType: 'REGISTRATION COMPLETE' }));
    await gnb.register(newUe());
  });
});
