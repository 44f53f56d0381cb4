import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { encodeMessage, type NasMessageOf, NasSecurityContext } from '@twincore/nas';
import { type Lab, startLab, until } from './support/lab.ts';
import { type AmfUe, authenticate, identify, registration, securityModeCommand } from './support/scripted-amf.ts';

describe('NAS security mode', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
    await lab.provision();
  });
  after(() => lab.close());
  beforeEach(() => {
    lab.home.failures.length = 0;
  });

  /** A registration up to what `attack` makes of the SECURITY MODE COMMAND; returns the UE's next message. */
  const after5gAka = async (attack: (ue: AmfUe) => void) => {
    const answers: string[] = [];
    lab.home.script = async (ue, amf) => {
      await identify(ue, amf, await ue.next());
      await authenticate(ue, amf);
      attack(ue);
      const { message } = await ue.next();
      answers.push(message.messageType);
      if (message.messageType === 'SECURITY MODE REJECT') answers.push(String(message.fiveGmmCause));
      await ue.release();
    };
    const outcome = await lab.register({ identity: 'suci' });
    return { answers, outcome };
  };
  const command = (changes: Partial<NasMessageOf<'SECURITY MODE COMMAND'>>) => (ue: AmfUe) =>
    ue.send(securityModeCommand(ue, changes), 3);

  for (const [what, attack, cause] of [
    [
      'security capabilities that are not the UE’s (bidding down)',
      command({ replayedUeSecurityCapability: Buffer.from('8020', 'hex') }),
      23,
    ],
    ['more capabilities than the UE’s', command({ replayedUeSecurityCapability: Buffer.from('a0200000', 'hex') }), 23],
    ['NIA0', command({ selectedAlgorithms: { ciphering: 2, integrity: 0 } }), 24],
    [
      'an integrity algorithm that the UE does not have',
      command({ selectedAlgorithms: { ciphering: 2, integrity: 1 } }),
      24,
    ],
    [
      'a ciphering algorithm that the UE does not have',
      command({ selectedAlgorithms: { ciphering: 3, integrity: 2 } }),
      24,
    ],
    [
      'algorithms other than those of the keys',
      command({ selectedAlgorithms: { ciphering: 0, integrity: 2 }, ngKsi: { tsc: 'NATIVE', ksi: 5 } }),
      24,
    ],
    ['an ngKSI without keys', command({ ngKsi: { tsc: 'NATIVE', ksi: 5 } }), 24],
    [
      'horizontal derivation, which it does not do',
      command({ additionalSecurityInformation: { horizontalDerivation: true, retransmitInitialNasMessage: false } }),
      24,
    ],
    [
      'a wrong MAC',
      (ue: AmfUe) => {
        const bytes = ue.protect(securityModeCommand(ue), 3);
        bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3);
        ue.sendOctets(bytes);
      },
      24,
    ],
  ] as const) {
    test(`refuses ${what} with #${cause}`, async () => {
      const { answers, outcome } = await after5gAka(attack);
      assert.deepEqual(lab.home.failures, []);
      assert.deepEqual(answers, ['SECURITY MODE REJECT', String(cause)]);
      assert.equal(outcome.result, 'rejected');
      assert.equal(outcome.fiveGmmCause, cause);
      // Nothing was taken into use.
      assert.equal((await lab.view()).security, undefined);
    });
  }

  test('does not hear a SECURITY MODE COMMAND in clear, nor another message with a new context', async () => {
    const { answers } = await after5gAka((ue) => {
      ue.send(securityModeCommand(ue), 0);
      const bytes = ue.protect(securityModeCommand(ue), 3);
      // REGISTRATION ACCEPT in its place.
      bytes.writeUInt8(0x42, 9);
      ue.sendOctets(bytes);
      ue.sendOctets(Buffer.from('7e', 'hex'));
      ue.sendOctets(Buffer.from('7e0f00000000007e005d', 'hex'));
      ue.sendOctets(Buffer.from('7e00ff', 'hex'));
      ue.send(securityModeCommand(ue), 3);
    });
    assert.deepEqual(answers, ['SECURITY MODE COMPLETE']);
    assert.deepEqual(lab.home.failures, []);
  });

  test('accepts each message once, and answers a malformed protected one with its cause', async () => {
    lab.home.script = registration();
    await lab.register({ identity: 'suci' });
    const ue = lab.home.ues.at(-1);
    assert.ok(ue?.nas);
    const before = (await lab.view()).security;
    assert.ok(before);
    const bytes = ue.protect({ messageType: 'IDENTITY REQUEST', identityType: 'IMEISV' }, 2);
    for (let i = 0; i < 3; i++) ue.sendOctets(bytes);
    // Type 0x42 without its mandatory IE.
    ue.sendOctets(ue.nas.protect(Buffer.from('7e0042', 'hex'), 2));
    ue.send({ messageType: 'SERVICE REJECT', fiveGmmCause: 9 });
    for (let i = 0; i < 100 && (await lab.view()).security?.dlCount !== before.dlCount + 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { security } = await lab.view();
    assert.equal(security?.dlCount, before.dlCount + 3);
    assert.equal(security?.ulCount, before.ulCount + 3, 'identity response, status #96, status #98');
  });

  test('2,000 mutations of downlink messages neither crash it nor move it', async () => {
    lab.home.script = registration();
    await lab.register({ identity: 'suci' });
    const ue = lab.home.ues.at(-1);
    assert.ok(ue?.nas);
    // A context of the same keys, so that the mutated ones use up no COUNT of the UE's own.
    const twin = NasSecurityContext.fromStored(ue.nas.toStored());
    const originals = [
      encodeMessage({ messageType: 'REGISTRATION REJECT', fiveGmmCause: 3 }),
      encodeMessage({ messageType: 'AUTHENTICATION REJECT' }),
      twin.protect(encodeMessage(securityModeCommand(ue)), 3),
      twin.protect(encodeMessage({ messageType: 'IDENTITY REQUEST', identityType: 'SUCI' }), 2),
    ];
    for (let i = 0; i < 2_000; i++) {
      const bytes = Buffer.from(originals[i % originals.length] ?? '');
      const at = randomInt(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << randomInt(8)), at);
      ue.sendOctets(i % 3 === 0 ? bytes.subarray(0, 1 + randomInt(bytes.length)) : bytes);
    }
    const { dlCount } = (await lab.view()).security ?? {};
    assert.ok(dlCount !== undefined);
    ue.send({ messageType: 'IDENTITY REQUEST', identityType: 'SUCI' });
    await until(async () => ((await lab.view()).security?.dlCount ?? 0) > dlCount, 'the request after them');
    assert.equal((await lab.view()).state, '5GMM-REGISTERED');
    assert.equal((await lab.register({ identity: 'suci' })).result, 'registered');
  });
});
