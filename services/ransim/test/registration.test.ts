import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { newTrace, withTrace } from '@twincore/sbi';
import { CARD, CARD_B, CARD_NULL, equip, type Lab, OPC, SUPI, startLab, until, VISITED } from './support/lab.ts';
import { accept, identify, registration, type Seen, securityModeCommand } from './support/scripted-amf.ts';

describe('registration', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab.close());
  beforeEach(async () => {
    for (const amf of [lab.home, lab.visited]) {
      amf.script = registration();
      amf.failures.length = 0;
    }
    await lab.provision();
  });

  const messages = ({ steps }: { steps: readonly { message: string }[] }) => steps.map(({ message }) => message);

  for (const [profile, card] of [
    ['the null scheme', CARD_NULL],
    ['Profile A', CARD],
    ['Profile B', CARD_B],
  ] as const) {
    test(`by SUCI with ${profile}`, async () => {
      const seen: Seen = {};
      lab.home.script = registration({ seen });
      await lab.provision(SUPI, card);
      const outcome = await lab.register({ identity: 'suci' });
      assert.equal(outcome.result, 'registered');
      assert.equal(outcome.kamfFingerprint, seen.kamfFingerprint);
      assert.equal(outcome.kgnbMatches, true);
      assert.match(outcome.fiveGGuti ?? '', /^5g-guti-00101/);
      assert.deepEqual(outcome.allowedNssai, [{ sst: 1, sd: '000001' }]);
      assert.equal((await lab.deregister()).result, 'deregistered');
      assert.deepEqual(lab.home.failures, []);
    });
  }

  test('says what went over the air, in order', async () => {
    const { steps, durationMs } = await lab.register({ identity: 'suci' });
    assert.deepEqual(
      steps.map(({ direction, message, security }) => [direction, message, security]),
      [
        ['up', 'Registration request', 'plain'],
        ['down', 'Authentication request', 'plain'],
        ['up', 'Authentication response', 'plain'],
        ['down', 'Security mode command', 'integrity protected with new 5G NAS security context'],
        ['up', 'Security mode complete', 'integrity protected and ciphered with new 5G NAS security context'],
        ['down', 'Registration accept', 'integrity protected and ciphered'],
        ['up', 'Registration complete', 'integrity protected and ciphered'],
      ],
    );
    assert.ok(durationMs > 0);
    assert.deepEqual(
      steps.map(({ at }) => at),
      steps.map(({ at }) => at).sort((a, b) => a - b),
    );
  });

  test('shows nothing but cleartext IEs before there are keys, and all of the request after (TS 33.501 6.4.6)', async () => {
    const seen: Seen = {};
    lab.home.script = registration({ seen });
    await lab.provision(SUPI, { ...CARD, requestedNssai: [{ sst: 1, sd: '000001' }], imeisv: '3512345678901234' });
    await lab.register({ identity: 'suci' });
    assert.deepEqual(Object.keys(seen.request ?? {}).sort(), [
      'messageType',
      'mobileIdentity',
      'ngKsi',
      'registrationType',
      'ueSecurityCapability',
    ]);
    assert.deepEqual(seen.request?.ngKsi, { tsc: 'NATIVE', ksi: 7 });
    assert.deepEqual(seen.complete?.requestedNssai, [{ sst: 1, sd: '000001' }]);
    assert.deepEqual(seen.complete?.mobileIdentity, seen.request?.mobileIdentity);
    assert.equal(seen.securityModeComplete?.imeisv, '3512345678901234');
  });

  test('tells its IMEISV only when it is asked', async () => {
    const seen: Seen = {};
    lab.home.script = registration({ seen, imeisv: false });
    await lab.register({ identity: 'suci' });
    assert.ok(seen.securityModeComplete);
    assert.equal(seen.securityModeComplete.imeisv, undefined);
  });

  test('works with NEA0', async () => {
    const seen: Seen = {};
    lab.home.script = registration({ seen, ciphering: 0 });
    const outcome = await lab.register({ identity: 'suci' });
    assert.equal(outcome.result, 'registered');
    assert.equal(outcome.kgnbMatches, true);
  });

  test('by 5G-GUTI: integrity protected with the stored context, the rest ciphered in the container', async () => {
    await lab.register({ identity: 'suci' });
    await lab.deregister();
    const { network, security } = await lab.view();
    const seen: Seen = {};
    lab.home.script = registration({ seen });
    const outcome = await lab.register({ identity: 'guti' });
    assert.equal(outcome.result, 'registered');
    assert.deepEqual(messages(outcome), ['Registration request', 'Registration accept', 'Registration complete']);
    assert.equal(outcome.steps[0]?.security, 'integrity protected');
    assert.equal(outcome.kgnbMatches, true, 'KgNB of the COUNT of the request');
    assert.deepEqual(seen.request?.ngKsi, security?.ngKsi);
    assert.equal(seen.request?.fiveGmmCapability, undefined);
    assert.ok(seen.complete?.fiveGmmCapability);
    assert.deepEqual(seen.complete?.lastVisitedRegisteredTai, network?.tai);
    assert.notEqual(outcome.fiveGGuti, network?.guti, 'a fresh one is stored');
    assert.equal((await lab.view()).network?.guti, outcome.fiveGGuti);
    const { fiveGSTmsi } = lab.home.ues.at(-1)?.initial ?? {};
    assert.ok(fiveGSTmsi && network?.guti.endsWith(fiveGSTmsi.tmsi.toString(16)));
    assert.deepEqual(lab.home.failures, []);
  });

  test('uses its GUTI by default, and answers an identity request of an AMF that does not know it', async () => {
    await lab.register({ identity: 'suci' });
    await lab.deregister();
    lab.home.known.clear();
    const outcome = await lab.register();
    assert.equal(outcome.result, 'registered');
    assert.deepEqual(messages(outcome).slice(0, 5), [
      'Registration request',
      'Identity request',
      'Identity response',
      'Authentication request',
      'Authentication response',
    ]);
    // Nothing was proved to either side yet, so nothing is protected.
    assert.deepEqual(
      outcome.steps.slice(1, 5).map(({ security }) => security),
      ['plain', 'plain', 'plain', 'plain'],
    );
    assert.deepEqual(lab.home.failures, []);
  });

  test('refuses an ngKSI that stands for other keys with #71 (5.4.1.3.7)', async () => {
    await lab.register({ identity: 'suci' });
    const { security } = await lab.view();
    const causes: unknown[] = [];
    lab.home.script = async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      const { rand, autn } = amf.vector(ue.supi);
      const ksi = security?.ngKsi.ksi ?? 0;
      const abba = Buffer.alloc(2);
      ue.send({ messageType: 'AUTHENTICATION REQUEST', ngKsi: { tsc: 'NATIVE', ksi }, abba, rand, autn }, 2);
      causes.push((await ue.expect('AUTHENTICATION FAILURE')).message.fiveGmmCause);
      await ue.release();
    };
    const outcome = await lab.register({ identity: 'guti' });
    assert.equal(outcome.result, 'rejected');
    assert.equal(outcome.fiveGmmCause, 71);
    assert.deepEqual(causes, [71]);
  });

  test('is authenticated again in a registration by GUTI, with new keys and COUNTs from 0', async () => {
    await lab.register({ identity: 'suci' });
    const before = await lab.view();
    const seen: Seen = {};
    lab.home.script = registration({ seen, always: true, ksi: 1 });
    const outcome = await lab.register({ identity: 'guti' });
    assert.equal(outcome.result, 'registered');
    assert.equal(outcome.kgnbMatches, true);
    assert.equal(outcome.kamfFingerprint, seen.kamfFingerprint);
    const { security } = await lab.view();
    assert.notEqual(security?.kamfFingerprint, before.security?.kamfFingerprint);
    assert.deepEqual(security?.ngKsi, { tsc: 'NATIVE', ksi: 1 });
    assert.equal(security?.ulCount, 2);
    // The challenge came protected with the old context.
    assert.equal(outcome.steps[1]?.security, 'integrity protected and ciphered');
    assert.deepEqual(lab.home.failures, []);
  });

  test('repeats its request under the keys in use when it is asked to (RINMR)', async () => {
    await lab.register({ identity: 'suci' });
    const containers: unknown[] = [];
    lab.home.script = async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      const additionalSecurityInformation = { horizontalDerivation: false, retransmitInitialNasMessage: true };
      ue.send(securityModeCommand(ue, { additionalSecurityInformation }), 3);
      const { message } = await ue.expect('SECURITY MODE COMPLETE');
      containers.push(message.nasMessageContainer);
      ue.kgnbCount = (ue.nas?.ulCount ?? 0) - 1;
      await accept(ue, amf);
    };
    const outcome = await lab.register({ identity: 'guti' });
    assert.deepEqual(lab.home.failures, []);
    assert.equal(outcome.result, 'registered');
    assert.equal(outcome.kgnbMatches, true);
    assert.ok(containers[0]);
  });

  test('roams: another PLMN, other keys, and its old GUTI there is only a name to ask about', async () => {
    const home = await lab.register({ identity: 'suci' });
    const roaming = await lab.register({ plmnId: VISITED, identity: 'guti' });
    assert.deepEqual(lab.visited.failures, []);
    assert.equal(roaming.result, 'registered');
    assert.ok(messages(roaming).includes('Identity request'));
    assert.match(roaming.fiveGGuti ?? '', /^5g-guti-99970/);
    assert.notEqual(roaming.kamfFingerprint, home.kamfFingerprint);
    const view = await lab.view();
    assert.deepEqual(view.registeredIn, VISITED);
    assert.deepEqual(view.security?.plmnId, VISITED);
  });

  test('belongs to the trace of the request that caused it', async () => {
    const trace = newTrace();
    await withTrace(trace, () => lab.register({ identity: 'suci' }));
    assert.match(lab.home.ues.at(-1)?.traceparent ?? '', new RegExp(`^00-${trace.traceId}-[0-9a-f]{16}-01$`));
  });

  test('a rejection is told with its cause; #11 takes GUTI and keys away, #22 does not', async () => {
    await lab.register({ identity: 'suci' });
    for (const [fiveGmmCause, forgets] of [
      [22, false],
      [11, true],
    ] as const) {
      lab.home.script = async (ue) => {
        await ue.next();
        ue.send({ messageType: 'REGISTRATION REJECT', fiveGmmCause });
        await ue.release();
      };
      const outcome = await lab.register();
      assert.equal(outcome.result, 'rejected');
      assert.equal(outcome.fiveGmmCause, fiveGmmCause);
      assert.equal(outcome.rejectedBy, 'AMF');
      const view = await lab.view();
      assert.equal(view.state, '5GMM-DEREGISTERED');
      assert.equal(view.network === undefined, forgets);
      assert.equal(view.security === undefined, forgets);
    }
  });

  test('#76 is believed only with protection (4.4.4.2), and without an answer T3510 ends the registration', () =>
    lab.withShortTimers(async () => {
      lab.home.script = async (ue) => {
        await ue.next();
        ue.send({ messageType: 'REGISTRATION REJECT', fiveGmmCause: 76 });
      };
      const outcome = await lab.register({ identity: 'suci' });
      assert.equal(outcome.result, 'rejected');
      assert.equal(outcome.reason, 'T3510 expired');
      assert.equal(outcome.rejectedBy, undefined);
      assert.deepEqual(messages(outcome), ['Registration request']);
      // The UE is gone from its cell, of which the AMF hears.
      await lab.home.ues.at(-1)?.expectN2('UEContextReleaseRequest');
    }));

  test('a REGISTRATION ACCEPT in clear, or under another key, registers nobody', () =>
    lab.withShortTimers(async () => {
      lab.home.script = async (ue, amf) => {
        await identify(ue, amf, await ue.next());
        const forged = { messageType: 'REGISTRATION ACCEPT', registrationResult: { access: '3GPP' } } as const;
        ue.send({ ...forged, guti: amf.nextGuti() }, 0);
      };
      const outcome = await lab.register({ identity: 'suci' });
      assert.equal(outcome.result, 'rejected');
      assert.deepEqual(messages(outcome), ['Registration request']);
    }));

  test('a KgNB that is not the UE’s fails at the gNB, and the accept with it is not believed', async () => {
    lab.home.script = registration({ wrongKgnb: true });
    const outcome = await lab.register({ identity: 'suci' });
    assert.equal(outcome.result, 'rejected');
    assert.equal(outcome.rejectedBy, 'UE');
    assert.equal(outcome.kgnbMatches, false);
    await until(() => lab.home.ues.at(-1) !== undefined, 'a UE');
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push((await lab.home.ues.at(-1)?.n2.take('N2 message'))?.message);
    assert.deepEqual(answers.sort(), ['InitialContextSetupFailure', 'UEContextReleaseRequest']);
  });

  test('nothing in clear is processed once messages are protected (4.4.4.2)', async () => {
    await lab.register({ identity: 'suci' });
    const ue = lab.home.ues.at(-1);
    assert.ok(ue);
    ue.send({ messageType: 'IDENTITY REQUEST', identityType: 'SUCI' }, 0);
    ue.send({ messageType: 'REGISTRATION REJECT', fiveGmmCause: 3 }, 0);
    ue.send({ messageType: 'AUTHENTICATION REJECT' }, 0);
    // What is protected is answered: the ones before it were heard and ignored.
    ue.send({ messageType: 'IDENTITY REQUEST', identityType: 'IMEISV' });
    await until(async () => (await lab.view()).security?.ulCount === 3, 'an answer');
    assert.equal((await lab.view()).state, '5GMM-REGISTERED');
    assert.ok((await lab.view()).network);
  });

  test('a hundred UEs at once', async () => {
    const supis = Array.from({ length: 100 }, (_, i) => `imsi-0010100001${String(i).padStart(5, '0')}`);
    for (const supi of supis) lab.home.subscribers.set(supi, { k: CARD.k, opc: OPC, sqn: 0n });
    await Promise.all(supis.map((supi) => lab.provision(supi)));
    const outcomes = await Promise.all(supis.map((supi) => lab.register({ identity: 'suci' }, supi)));
    assert.deepEqual([...new Set(outcomes.map(({ result }) => result))], ['registered']);
    assert.equal(new Set(outcomes.map(({ fiveGGuti }) => fiveGGuti)).size, 100);
    assert.equal(new Set(outcomes.map(({ kamfFingerprint }) => kamfFingerprint)).size, 100);
    await Promise.all(supis.map((supi) => lab.deregister({}, supi)));
  });

  test('GUTI, keys, COUNTs and SQNs survive a restart', async () => {
    const outcome = await lab.register({ identity: 'suci' });
    const before = await lab.view();
    await lab.restart();
    const { connected, ...view } = await lab.view();
    assert.equal(connected, false);
    assert.deepEqual({ ...view, connected: true }, before);
    assert.equal(view.network?.guti, outcome.fiveGGuti);
    const again = await lab.register({ identity: 'guti' });
    assert.deepEqual(lab.home.failures, []);
    assert.deepEqual(messages(again), ['Registration request', 'Registration accept', 'Registration complete']);
    // An SQN that was used before the restart is still used.
    equip(lab.home);
    const stale = await lab.register({ identity: 'suci' });
    assert.equal(stale.result, 'registered');
    assert.ok(messages(stale).includes('Authentication failure'));
  });
});
