import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Lab, startLab, until } from './support/lab.ts';
import { accept, authenticate, identify, registration, type Script, securityMode } from './support/scripted-amf.ts';

describe('deregistration', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
    await lab.provision();
  });
  after(() => lab.close());
  beforeEach(() => {
    lab.home.script = registration();
    lab.home.failures.length = 0;
  });

  /** A registration, and then what `then` does. */
  const registeredAnd =
    (then: Script): Script =>
    async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      if (!ue.secured) {
        await authenticate(ue, amf);
        await securityMode(ue);
      }
      await accept(ue, amf);
      await then(ue, amf);
    };

  test('is acknowledged, and leaves the UE its GUTI and keys', async () => {
    await lab.register({ identity: 'suci' });
    const outcome = await lab.deregister();
    assert.equal(outcome.result, 'deregistered');
    assert.deepEqual(
      outcome.steps.map(({ direction, message, security }) => [direction, message, security]),
      [
        ['up', 'Deregistration request UE originating', 'integrity protected and ciphered'],
        ['down', 'Deregistration accept UE originating', 'integrity protected and ciphered'],
      ],
    );
    const view = await lab.view();
    assert.equal(view.state, '5GMM-DEREGISTERED');
    assert.equal(view.registeredIn, undefined);
    assert.ok(view.network && view.security);
    await until(async () => !(await lab.view()).connected, 'the release');
    assert.deepEqual(lab.home.failures, []);
  });

  test('with switch-off waits for nobody', async () => {
    await lab.register({ identity: 'suci' });
    const outcome = await lab.deregister({ switchOff: true });
    assert.equal(outcome.result, 'deregistered');
    assert.equal(outcome.steps.length, 1);
    assert.deepEqual(lab.home.failures, []);
  });

  test('from idle, also after a restart, on a new connection with the stored keys', async () => {
    lab.home.script = registeredAnd((ue) => ue.release());
    await lab.register({ identity: 'suci' });
    await until(async () => !(await lab.view()).connected, 'the release');
    assert.equal((await lab.view()).state, '5GMM-REGISTERED');
    await lab.restart();
    lab.home.script = registration();
    const outcome = await lab.deregister();
    assert.equal(outcome.result, 'deregistered');
    assert.equal(outcome.steps[0]?.security, 'integrity protected');
    assert.deepEqual(lab.home.failures, []);
  });

  test('is repeated when T3521 expires, and local after the fifth', () =>
    lab.withShortTimers(async () => {
      let requests = 0;
      lab.home.script = registeredAnd(async (ue) => {
        for (; ; requests++) await ue.expect('DEREGISTRATION REQUEST UE ORIGINATING');
      });
      await lab.register({ identity: 'suci' });
      const outcome = await lab.deregister();
      assert.equal(outcome.result, 'deregistered-locally');
      assert.equal(outcome.steps.filter(({ direction }) => direction === 'up').length, 5);
      await until(() => requests === 5, 'five requests');
      assert.equal((await lab.view()).state, '5GMM-DEREGISTERED');
    }));

  test('by the network is acknowledged; its cause may take GUTI and keys away', async () => {
    for (const [fiveGmmCause, forgets] of [
      [undefined, false],
      [7, true],
    ] as const) {
      lab.home.script = registeredAnd(async (ue) => {
        ue.send({
          messageType: 'DEREGISTRATION REQUEST UE TERMINATED',
          deregistrationType: { switchOff: false, reRegistrationRequired: true, access: '3GPP' },
          fiveGmmCause,
        });
        await ue.expect('DEREGISTRATION ACCEPT UE TERMINATED');
        await ue.release();
      });
      await lab.register({ identity: 'suci' });
      await until(async () => (await lab.view()).state === '5GMM-DEREGISTERED', 'deregistered');
      await until(async () => !(await lab.view()).connected, 'the release');
      const view = await lab.view();
      assert.equal(view.registeredIn, undefined);
      assert.equal(view.network === undefined, forgets);
      assert.equal(view.security === undefined, forgets);
      assert.deepEqual(lab.home.failures, []);
    }
  });

  test('by the network is not believed in clear', async () => {
    await lab.register({ identity: 'suci' });
    const ue = lab.home.ues.at(-1);
    ue?.send(
      {
        messageType: 'DEREGISTRATION REQUEST UE TERMINATED',
        deregistrationType: { switchOff: false, reRegistrationRequired: false, access: '3GPP' },
        fiveGmmCause: 3,
      },
      0,
    );
    ue?.send({ messageType: 'IDENTITY REQUEST', identityType: '5G-GUTI' });
    await until(async () => (await lab.view()).security?.dlCount === 3, 'the request after it');
    assert.equal((await lab.view()).state, '5GMM-REGISTERED');
  });

  test('a UE that is rejected leaves its cell when the network does not release it (T3540)', () =>
    lab.withShortTimers(async () => {
      lab.home.script = async (ue) => {
        await ue.next();
        ue.send({ messageType: 'REGISTRATION REJECT', fiveGmmCause: 111 });
        await ue.expectN2('UEContextReleaseRequest');
        await ue.release();
      };
      assert.equal((await lab.register({ identity: 'suci' })).result, 'rejected');
      assert.equal((await lab.view()).connected, true);
      await until(async () => !(await lab.view()).connected, 'T3540');
      assert.deepEqual(lab.home.failures, []);
    }));
});
