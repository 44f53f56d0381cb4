import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CARD, CARD_B, CARD_NULL, type Lab, SUPI, startLab } from './support/lab.ts';
import { registration, type Seen } from './support/scripted-amf.ts';

describe('registration', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab.close());
  beforeEach(() => {
    lab.home.script = registration();
  });

  const steps = (outcome: { steps: readonly { direction: string; message: string; security: string }[] }) =>
    outcome.steps.map(({ direction, message, security }) => [direction, message, security]);

  for (const [profile, card] of [
    ['the null scheme', CARD_NULL],
    ['Profile A', CARD],
    ['Profile B', CARD_B],
  ] as const) {
    test(`by SUCI with ${profile}`, async () => {
      const seen: Seen = {};
      lab.home.script = registration({ seen });
      assert.ok([201, 204].includes((await lab.provision(SUPI, card)).status));
      const outcome = await lab.register({ identity: 'suci' });
      assert.deepEqual(lab.home.failures, []);
      assert.equal(outcome.result, 'registered');
      assert.equal(outcome.kamfFingerprint, seen.kamfFingerprint);
      assert.equal(outcome.kgnbMatches, true);
      assert.match(outcome.fiveGGuti ?? '', /^5g-guti-00101/);
      const { status, body } = await lab.send('POST', `/${SUPI}/deregistrations`, {});
      assert.equal(status, 200);
      assert.equal((body as { result: string }).result, 'deregistered');
    });
  }

  test('says what went over the air, in order', async () => {
    await lab.provision();
    const outcome = await lab.register({ identity: 'suci' });
    const protectedOnes = 'integrity protected and ciphered';
    assert.deepEqual(steps(outcome), [
      ['up', 'Registration request', 'plain'],
      ['down', 'Authentication request', 'plain'],
      ['up', 'Authentication response', 'plain'],
      ['down', 'Security mode command', 'integrity protected with new 5G NAS security context'],
      ['up', 'Security mode complete', 'integrity protected and ciphered with new 5G NAS security context'],
      ['down', 'Registration accept', protectedOnes],
      ['up', 'Registration complete', protectedOnes],
    ]);
    assert.ok(outcome.durationMs > 0);
  });
});
