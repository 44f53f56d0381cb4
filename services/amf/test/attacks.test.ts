/** Attacks on NAS that worked on other cores (known-attacks.md, C1 to C5), and what else comes from a UE that means ill. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { N2MessageOf } from '@twincore/n2';
import { encodeMessage, encodeUeSecurityCapability, type NasMessageOf, SECURITY_HEADER } from '@twincore/nas';
import { type TestPlmn, testPlmn } from '@twincore/testkit';
import { type Attachment, FakeHome, HOME, newUe, SLICE, startAmf, TestGnb } from './support.ts';
import type { TestUe } from './ue.ts';

const types = (ue: TestUe) => ue.heard.map(({ messageType }) => messageType);

describe('attacks on NAS', () => {
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

  const registered = async () => {
    const ue = newUe();
    const attachment = await gnb.register(ue);
    await settled(ue, attachment);
    return { ue, attachment };
  };
  /** The AMF answers something out of place after it has dealt with what came before it. */
  const settled = async (ue: TestUe, attachment: Attachment) => {
    ue.heard.length = 0;
    attachment.uplink(ue.protect({ messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'NO IDENTITY' } }));
    await gnb.until(() => types(ue).includes('5GMM STATUS'));
    ue.heard.length = 0;
    home.calls.length = 0;
  };
  /** The last message is a REGISTRATION REJECT with this cause. */
  const assertRejected = (ue: TestUe, cause: number) => {
    const last = ue.heard.at(-1) as NasMessageOf<'REGISTRATION REJECT'>;
    assert.deepEqual([last.messageType, last.fiveGmmCause], ['REGISTRATION REJECT', cause]);
  };
  const send = async (ue: TestUe, pdu: Buffer) => {
    const attachment = gnb.attach(ue, pdu);
    await gnb.until(() => attachment.released || ue.accepted);
    return attachment;
  };

  test('C1: NIA0 is not chosen, even if the UE has nothing else and the operator wants it', async () => {
    for (const nia of [[0], [0, 1, 3]]) {
      const ue = newUe();
      ue.capability = encodeUeSecurityCapability({ nea: [0, 2], nia });
      await send(ue, ue.registrationRequest());
      assertRejected(ue, 23);
    }
    await assert.rejects(startAmf(plmn, home, { algorithms: { ciphering: [2], integrity: [0] } }), /algorithms/);
    const emergency = newUe();
    await send(
      emergency,
      emergency.registrationRequest({ registrationType: { type: 'EMERGENCY', followOnRequest: false } }),
    );
    assertRejected(emergency, 111);
  });

  test('C2: a message that was accepted once is not processed again, here or on another connection', async () => {
    const { ue, attachment } = await registered();
    const deregistration = ue.deregistrationRequest();
    const status = ue.protect({ messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'NO IDENTITY' } });
    attachment.uplink(status);
    await gnb.until(() => types(ue).length === 1);
    attachment.uplink(status);
    // Its COUNT is lower than that of the message after it, which makes it a replay too.
    attachment.uplink(deregistration);
    await settled(ue, attachment);
    assert.equal(attachment.released, undefined);
    const initial = ue.registrationRequest();
    const there = await gnb.attach(ue, initial);
    await gnb.until(() => types(ue).includes('REGISTRATION ACCEPT'));
    assert.ok(there);
    const replay = gnb.attach(ue, initial, { answers: false });
    await gnb.until(() => replay.messages.length > 0);
    assert.notEqual((replay.messages[0] as N2MessageOf<'DownlinkNASTransport'>).message, 'InitialContextSetupRequest');
  });

  test('C3: a deregistration request that does not verify leaves the UE registered', async () => {
    const { ue, attachment } = await registered();
    const right = ue.deregistrationRequest(false, 1);
    const wrong = Buffer.from(right);
    wrong.writeUInt8(wrong.readUInt8(3) ^ 1, 3);
    const plain = right.subarray(7);
    for (const pdu of [wrong, plain]) {
      attachment.uplink(pdu);
      const other = gnb.attach(ue, pdu);
      await gnb.until(() => other.released);
      assert.equal(other.messages.length, 1);
    }
    assert.equal(attachment.released, undefined);
    assert.deepEqual([types(ue), home.operations()], [[], []]);
    attachment.uplink(ue.deregistrationRequest());
    await gnb.until(() => attachment.released);
    assert.deepEqual(types(ue), ['DEREGISTRATION ACCEPT UE ORIGINATING']);
  });

  test('C4: a mobile identity whose length lies is refused with #96', async () => {
    const honest = newUe().registrationRequest();
    for (const length of [0, 1, 4, 0x00ff, 0xffff]) {
      const ue = newUe();
      const lie = Buffer.from(honest);
      lie.writeUInt16BE(length, 4);
      await send(ue, lie);
      assertRejected(ue, 96);
    }
  });

  test('C5: capabilities changed on the way are noticed by the UE, and by the AMF if the UE does not look', async () => {
    for (const trusting of [false, true]) {
      const ue = newUe();
      ue.faults.trusting = trusting;
      ue.registrationRequest();
      const weakened = encodeUeSecurityCapability({ nea: [0], nia: [2] });
      const request = ue.registrationRequest();
      const changed = Buffer.from(
        request.toString('hex').replace(ue.capability.toString('hex'), `${weakened.toString('hex')}0000`),
        'hex',
      );
      assert.notDeepEqual(changed, request);
      home.calls.length = 0;
      await send(ue, changed);
      assertRejected(ue, 23);
      assert.deepEqual(home.operations(), ['authenticate', 'confirm', 'removeResult']);
    }
  });

  test('C5: what was added to the message in clear does not count', async () => {
    const ue = newUe();
    const added = encodeMessage({
      messageType: 'REGISTRATION REQUEST',
      registrationType: { type: 'INITIAL', followOnRequest: false },
      ngKsi: { tsc: 'NATIVE', ksi: 7 },
      mobileIdentity: { type: 'SUCI', suci: ue.suci },
      ueSecurityCapability: ue.capability,
      requestedNssai: [{ sst: 9 }],
    });
    ue.registrationRequest();
    await send(ue, added);
    assert.deepEqual([ue.accepted?.allowedNssai, ue.accepted?.rejectedNssai], [[SLICE], undefined]);
  });

  test('C5: without the protected copy, or with one that cannot be read, there is no registration', async () => {
    const another = encodeMessage({ messageType: 'REGISTRATION COMPLETE' });
    for (const [container, cause] of [
      [null, 100],
      [Buffer.from('7e0041', 'hex'), 96],
      [another, 95],
    ] as const) {
      const ue = newUe();
      ue.faults.container = container;
      await send(ue, ue.registrationRequest());
      assertRejected(ue, cause);
    }
  });

  test('SECURITY MODE COMPLETE counts only with the new security context', async () => {
    const ue = newUe();
    ue.faults.silent = new Set(['SECURITY MODE COMMAND']);
    const attachment = gnb.attach(ue, ue.registrationRequest());
    await gnb.until(() => types(ue).includes('SECURITY MODE COMMAND'));
    attachment.uplink(encodeMessage({ messageType: 'SECURITY MODE COMPLETE' }));
    attachment.uplink(ue.protect({ messageType: 'SECURITY MODE REJECT', fiveGmmCause: 24 }));
    await gnb.until(() => attachment.released);
    assertRejected(ue, 24);
  });

  test('after secure exchange has begun, nothing unprotected is processed', async () => {
    const { ue, attachment } = await registered();
    const fresh = newUe().registrationRequest();
    for (const pdu of [fresh, encodeMessage({ messageType: 'AUTHENTICATION FAILURE', fiveGmmCause: 20 })]) {
      attachment.uplink(pdu);
    }
    await settled(ue, attachment);
    assert.equal(attachment.released, undefined);
  });

  test('a message that is not for this moment gets 5GMM STATUS #98, and changes nothing', async () => {
    const ue = newUe();
    const attachment = gnb.attach(ue, ue.registrationRequest(), { answers: false });
    await gnb.until(() => attachment.messages.length === 1);
    attachment.uplink(
      ue.protect({ messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'SUCI', suci: ue.suci } }),
    );
    await gnb.until(() => attachment.messages.length === 2);
    assert.equal((attachment.messages[1] as N2MessageOf<'DownlinkNASTransport'>).nasPdu, '7e006462');
    const { nasPdu } = attachment.messages[0] as N2MessageOf<'DownlinkNASTransport'>;
    attachment.uplink(ue.hear(Buffer.from(nasPdu, 'hex')) as Buffer);
    await gnb.until(() => attachment.messages.length === 3);
    const command = Buffer.from((attachment.messages[2] as N2MessageOf<'DownlinkNASTransport'>).nasPdu, 'hex');
    assert.equal(command.readUInt8(1), SECURITY_HEADER.integrityProtectedWithNewContext);
  });

  test('a service request is refused with #9, so that the UE registers', async () => {
    const ue = newUe();
    const sTmsi = { amfSetId: 1, amfPointer: 1, tmsi: 1 };
    const pdu = encodeMessage({
      messageType: 'SERVICE REQUEST',
      ngKsi: { tsc: 'NATIVE', ksi: 7 },
      serviceType: 'SIGNALLING',
      sTmsi,
    });
    // In clear it is not processed at all; protected with unknown keys it is looked at (TS 24.501 4.4.4.3).
    const protectedPdu = Buffer.concat([Buffer.from('7e010102030400', 'hex'), pdu]);
    await send(ue, pdu);
    assert.deepEqual(types(ue), []);
    await send(ue, protectedPdu);
    assert.deepEqual(ue.heard, [{ messageType: 'SERVICE REJECT', fiveGmmCause: 9 }]);
  });
});
