import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Lab, SUPI, startLab } from './support/lab.ts';
import { type AmfUe, identify, registration, type ScriptedAmf, type Seen } from './support/scripted-amf.ts';

const ngKsi = { tsc: 'NATIVE', ksi: 0 } as const;
const abba = Buffer.alloc(2);

describe('authentication', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab.close());
  beforeEach(async () => {
    lab.home.script = registration();
    lab.home.failures.length = 0;
    await lab.provision();
  });

  const messages = ({ steps }: { steps: readonly { message: string }[] }) => steps.map(({ message }) => message);
  const challenge = (ue: AmfUe, { rand, autn }: { rand: Buffer; autn: Buffer }) =>
    ue.send({ messageType: 'AUTHENTICATION REQUEST', ngKsi, abba, rand, autn });
  /** Sends the challenges that `vectors` gives and collects the causes of the failures. */
  const challenges = (
    causes: number[],
    vectors: (supi: string, amf: ScriptedAmf) => { rand: Buffer; autn: Buffer }[],
  ) => {
    lab.home.script = async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      for (const vector of vectors(ue.supi, amf)) {
        challenge(ue, vector);
        const { message } = await ue.next();
        if (message.messageType === 'AUTHENTICATION FAILURE') causes.push(message.fiveGmmCause);
      }
    };
  };

  test('another K finds the network’s MAC wrong: #20, and the UE stays out', async () => {
    const seen: Seen = {};
    lab.home.script = registration({ seen });
    const outcome = await lab.register({ identity: 'suci', faults: { wrongK: true } });
    assert.equal(outcome.result, 'rejected');
    assert.deepEqual(seen.failures, [20]);
    assert.equal(outcome.fiveGmmCause, 20);
    assert.equal(outcome.rejectedBy, 'AMF');
    assert.equal(outcome.kamfFingerprint, undefined);
    assert.deepEqual(messages(outcome).at(-1), 'Authentication reject');
    assert.equal((await lab.register({ identity: 'suci' })).result, 'registered');
  });

  test('a used SQN gives #21 with an AUTS that verifies, and the next challenge is right', async () => {
    await lab.register({ identity: 'suci' });
    const { sqnMs } = await lab.view();
    const seen: Seen = {};
    lab.home.script = registration({ seen });
    const outcome = await lab.register({ identity: 'suci', faults: { rejectSqn: true } });
    assert.deepEqual(lab.home.failures, []);
    assert.equal(outcome.result, 'registered');
    assert.equal(outcome.fiveGmmCause, undefined);
    assert.deepEqual(seen.failures, [21]);
    assert.ok(BigInt(`0x${(await lab.view()).sqnMs}`) > BigInt(`0x${sqnMs}`));
  });

  test('an SQN really used before is refused the same way', async () => {
    await lab.register({ identity: 'suci' });
    const subscriber = lab.home.subscribers.get(SUPI);
    assert.ok(subscriber);
    const last = subscriber.sqn;
    // One step back in SEQ and IND (TS 33.102 C.1.1.1), so that the last SQN comes again.
    subscriber.sqn -= 33n;
    const seen: Seen = {};
    lab.home.script = registration({ seen });
    assert.equal((await lab.register({ identity: 'suci' })).result, 'registered');
    assert.deepEqual(seen.failures, [21]);
    assert.ok(subscriber.sqn > last);
  });

  test('a wrong RES* does not match, and the rejection takes GUTI and keys away', async () => {
    await lab.register({ identity: 'suci' });
    assert.ok((await lab.view()).network);
    const seen: Seen = {};
    lab.home.script = registration({ seen });
    const outcome = await lab.register({ identity: 'suci', faults: { wrongResStar: true } });
    assert.equal(outcome.result, 'rejected');
    assert.equal(seen.resStarMatches, false);
    assert.equal(outcome.rejectedBy, 'AMF');
    assert.equal(outcome.reason, 'Authentication reject');
    const view = await lab.view();
    assert.equal(view.network, undefined);
    assert.equal(view.security, undefined);
    assert.equal(view.state, '5GMM-DEREGISTERED');
  });

  test('a vector that is none of 5G (separation bit 0) gives #26', () =>
    lab.withShortTimers(async () => {
      const causes: number[] = [];
      challenges(causes, (supi, amf) => [amf.vectorWithoutSeparationBit(supi)]);
      const outcome = await lab.register({ identity: 'suci' });
      assert.deepEqual(causes, [26]);
      assert.equal(outcome.reason, 'T3520 expired');
      assert.equal(outcome.rejectedBy, 'UE');
      assert.equal(outcome.fiveGmmCause, 26);
    }));

  test('a wrong MAC uses up no SQN, and three failures in a row are the end of it', async () => {
    const causes: number[] = [];
    const { sqnMs } = await lab.view();
    challenges(causes, () =>
      Array.from({ length: 3 }, () => ({ rand: Buffer.alloc(16, 1), autn: Buffer.alloc(16, 2) })),
    );
    const outcome = await lab.register({ identity: 'suci' });
    assert.deepEqual(causes, [20, 20, 20]);
    assert.equal(outcome.result, 'rejected');
    assert.equal(outcome.rejectedBy, 'UE');
    assert.match(outcome.reason ?? '', /in a row/);
    assert.equal((await lab.view()).sqnMs, sqnMs);
  });

  test('a repeated challenge gets the same answer, without the USIM (T3516)', async () => {
    const answers: (string | undefined)[] = [];
    lab.home.script = async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      const vector = amf.vector(ue.supi);
      for (let i = 0; i < 2; i++) {
        challenge(ue, vector);
        answers.push((await ue.expect('AUTHENTICATION RESPONSE')).message.resStar?.toString('hex'));
      }
      assert.equal(answers[0], vector.xresStar.toString('hex'));
      await ue.release();
    };
    const outcome = await lab.register({ identity: 'suci' });
    assert.deepEqual(lab.home.failures, []);
    assert.equal(answers.length, 2);
    assert.equal(answers[0], answers[1]);
    assert.match(outcome.reason ?? '', /released/);
  });

  test('AUTHENTICATION REJECT out of nowhere is ignored (5.4.1.3.5)', async () => {
    lab.home.script = async (ue, amf) => {
      ue.send({ messageType: 'AUTHENTICATION REJECT' });
      await registration()(ue, amf);
    };
    assert.equal((await lab.register({ identity: 'suci' })).result, 'registered');
  });

  test('EAP is answered with a status, not taken for 5G AKA', async () => {
    lab.home.script = async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      ue.send({ messageType: 'AUTHENTICATION REQUEST', ngKsi, abba, eapMessage: Buffer.from('0101000501', 'hex') });
      assert.equal((await ue.expect('5GMM STATUS')).message.fiveGmmCause, 97);
      await ue.release();
    };
    assert.equal((await lab.register({ identity: 'suci' })).result, 'rejected');
    assert.deepEqual(lab.home.failures, []);
  });

  test('the SQN that was accepted is stored before the UE answers', async () => {
    let stored = '';
    lab.home.script = async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      challenge(ue, amf.vector(ue.supi));
      await ue.expect('AUTHENTICATION RESPONSE');
      await lab.restart();
      stored = (await lab.view()).sqnMs;
    };
    const { sqnMs } = await lab.view();
    await lab.register({ identity: 'suci' }).catch(() => {});
    for (let i = 0; i < 200 && stored === ''; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(BigInt(`0x${stored}`) > BigInt(`0x${sqnMs}`));
  });
});
