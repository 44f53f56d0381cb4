import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { deriveKgnb } from '@twincore/crypto';
import type { N2MessageOf } from '@twincore/n2';
import { encodeUeSecurityCapability, type NasMessageOf, NasSecurityContext } from '@twincore/nas';
import { openStore } from '@twincore/store';
import { type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { AmfConfig } from '../src/config.ts';
import { type Attachment, FakeHome, HOME, newUe, startAmf, TestGnb, VISITED } from './support.ts';
import type { TestUe } from './ue.ts';

const types = (ue: TestUe) => ue.heard.map(({ messageType }) => messageType);
const WITHOUT_AUTHENTICATION = ['register', 'amData', 'smfSelectData'];

describe('registration by 5G-GUTI', () => {
  const home = new FakeHome();
  let plmn: TestPlmn;
  let amf: StartedNf<AmfConfig>;
  let gnb: TestGnb;

  before(async () => {
    plmn = await testPlmn(HOME);
    amf = await startAmf(plmn, home);
    gnb = await TestGnb.connect(amf.config);
  });
  after(async () => {
    gnb.close();
    await plmn.close();
  });
  afterEach(() => {
    home.failures = {};
  });

  /** A registered UE that has heard nothing yet. */
  const registered = async () => {
    const ue = newUe();
    const attachment = await gnb.register(ue);
    forget(ue);
    return { ue, attachment };
  };
  const forget = (ue: TestUe) => {
    ue.heard.length = 0;
    ue.accepted = undefined;
    home.calls.length = 0;
  };

  /** The AMF answers something out of place after it has dealt with what came before it. */
  const settled = async (ue: TestUe, attachment: Attachment) => {
    attachment.uplink(ue.protect({ messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'NO IDENTITY' } }));
    await gnb.until(() => types(ue).includes('5GMM STATUS'));
  };

  test('needs no authentication when the security context holds, and gives a new GUTI', async () => {
    const { ue, attachment } = await registered();
    const former = ue.guti;
    const count = ue.security?.ulCount ?? 0;
    const again = await gnb.register(ue);
    assert.deepEqual(types(ue), ['REGISTRATION ACCEPT']);
    assert.deepEqual(home.operations(), WITHOUT_AUTHENTICATION);
    assert.notEqual(ue.guti?.tmsi, former?.tmsi);
    assert.ok(attachment.released, 'the former connection is released');
    const setup = again.messages[0] as N2MessageOf<'InitialContextSetupRequest'>;
    assert.equal(setup.securityKey, deriveKgnb(ue.kamf as Buffer, count).toString('hex'));
    await settled(ue, again);
    // The old GUTI is free again: it leads to nobody.
    forget(ue);
    ue.guti = former;
    await gnb.register(ue);
    assert.equal(types(ue)[0], 'IDENTITY REQUEST');
  });

  test('uses what is in the ciphered container', async () => {
    const { ue } = await registered();
    ue.requestedNssai = [{ sst: 9 }];
    await gnb.register(ue);
    assert.deepEqual(ue.accepted?.rejectedNssai, [{ sst: 9, cause: 'PLMN' }]);
  });

  test('asks for the SUCI behind a GUTI of this AMF, of another one and of another network', async () => {
    const own = { plmnId: HOME, amfRegionId: 1, amfSetId: 1, amfPointer: 1, tmsi: 1 };
    for (const guti of [own, { ...own, amfSetId: 2 }, { ...own, plmnId: VISITED }]) {
      const ue = newUe();
      ue.guti = guti;
      await gnb.register(ue);
      assert.deepEqual(types(ue), [
        'IDENTITY REQUEST',
        'AUTHENTICATION REQUEST',
        'SECURITY MODE COMMAND',
        'REGISTRATION ACCEPT',
      ]);
    }
  });

  test('rejects a UE that has no SUCI to give, with #9', async () => {
    const ue = newUe();
    ue.guti = { plmnId: HOME, amfRegionId: 1, amfSetId: 1, amfPointer: 1, tmsi: 1 };
    const attachment = gnb.attach(ue, ue.registrationRequest(), { answers: false });
    await gnb.until(() => attachment.messages.length === 1);
    attachment.uplink(ue.protect({ messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'NO IDENTITY' } }));
    await gnb.until(() => attachment.released);
    const { nasPdu } = attachment.messages[1] as N2MessageOf<'DownlinkNASTransport'>;
    assert.equal(nasPdu, '7e004409');
  });

  test('authenticates a UE that has lost its keys, by the SUPI behind its GUTI', async () => {
    const { ue } = await registered();
    ue.security = undefined;
    await gnb.register(ue);
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'SECURITY MODE COMMAND', 'REGISTRATION ACCEPT']);
    assert.deepEqual(home.calls[0]?.about, { supiOrSuci: ue.supi });
  });

  test('a GUTI with somebody else’s keys: challenged as its owner, fails, gives its SUCI, registers as itself', async () => {
    const { ue: owner } = await registered();
    const other = newUe();
    await gnb.register(other);
    forget(other);
    const count = owner.security?.ulCount;
    other.guti = owner.guti;
    other.faults.failWith = 20;
    await gnb.register(other);
    assert.deepEqual(types(other), [
      'AUTHENTICATION REQUEST',
      'IDENTITY REQUEST',
      'AUTHENTICATION REQUEST',
      'SECURITY MODE COMMAND',
      'REGISTRATION ACCEPT',
    ]);
    assert.deepEqual(
      home.calls.filter(({ operation }) => operation === 'authenticate').map(({ about }) => about),
      [{ supiOrSuci: owner.supi }, { supiOrSuci: other.suci }],
    );
    // The owner never noticed: its keys are the ones it has.
    home.calls.length = 0;
    await gnb.register(owner);
    assert.ok(count !== undefined && (owner.security?.ulCount ?? 0) > count);
    assert.deepEqual(home.operations(), WITHOUT_AUTHENTICATION);
  });

  test('authenticates anew with other keys after a deregistration, since the home has forgotten the result', async () => {
    const { ue, attachment } = await registered();
    const former = ue.security;
    attachment.uplink(ue.deregistrationRequest());
    await gnb.until(() => attachment.released);
    forget(ue);
    await gnb.register(ue);
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'SECURITY MODE COMMAND', 'REGISTRATION ACCEPT']);
    assert.notEqual(ue.security?.ngKsi.ksi, former?.ngKsi.ksi);
    const command = ue.heard[1] as NasMessageOf<'SECURITY MODE COMMAND'>;
    assert.equal(command.additionalSecurityInformation, undefined, 'the request was verified: no copy is needed');
  });

  test('authenticates when the home demands it', async () => {
    const { ue } = await registered();
    home.results.clear();
    await gnb.register(ue);
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'SECURITY MODE COMMAND', 'REGISTRATION ACCEPT']);
    assert.deepEqual(home.operations().slice(0, 4), ['register', 'authenticate', 'confirm', 'register']);
  });

  test('authenticates every time where the operator wants it', async () => {
    const strict = await startAmf(plmn, home, { authenticateKnownUes: true });
    const at = await TestGnb.connect(strict.config);
    const ue = newUe();
    await at.register(ue);
    forget(ue);
    await at.register(ue);
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'SECURITY MODE COMMAND', 'REGISTRATION ACCEPT']);
    at.close();
  });

  test('agrees on algorithms anew when the UE can do other ones', async () => {
    const { ue } = await registered();
    ue.capability = encodeUeSecurityCapability({ nea: [0], nia: [2] });
    await gnb.register(ue);
    const [, command] = ue.heard as NasMessageOf<'SECURITY MODE COMMAND'>[];
    assert.deepEqual(command?.selectedAlgorithms, { ciphering: 0, integrity: 2 });
  });

  test('renews keys whose COUNT comes near its end', async () => {
    const { config } = await startAmf(plmn, home);
    const ue = newUe();
    await (await TestGnb.connect(config)).register(ue);
    const stateDir = `${config.stateDir}-worn`;
    cpSync(config.stateDir, stateDir, { recursive: true });
    const worn = { ulCount: 0xff0000, dlCount: 0xff0000 };
    const store = openStore(join(stateDir, 'amf.sqlite'));
    await store.collection<{ security: object }>('ue').update(ue.supi, (record) => {
      assert.ok(record);
      return { ...record, security: { ...record.security, ...worn } };
    });
    await store.close();
    ue.security = NasSecurityContext.fromStored({ ...ue.security?.toStored(), ...worn });
    forget(ue);
    await (await TestGnb.connect((await startAmf(plmn, home, { stateDir })).config)).register(ue);
    assert.deepEqual(types(ue), ['AUTHENTICATION REQUEST', 'SECURITY MODE COMMAND', 'REGISTRATION ACCEPT']);
    assert.equal(ue.security.ulCount, 2);
  });

  test('keeps GUTI, keys and both COUNTs, also when it is killed: what it has acted upon is on disk', async () => {
    /** An AMF that goes on from what the disk holds at this moment, which is all that `kill -9` leaves of another one. */
    const afterKill = async (killed: AmfConfig) => {
      const stateDir = `${killed.stateDir}-copy`;
      cpSync(killed.stateDir, stateDir, { recursive: true });
      const { config } = await startAmf(plmn, home, { stateDir });
      return { config, gnb: await TestGnb.connect(config) };
    };
    const { config } = await startAmf(plmn, home);
    const ue = newUe();
    await (await TestGnb.connect(config)).register(ue);
    forget(ue);
    const second = await afterKill(config);
    await second.gnb.register(ue);
    assert.deepEqual(types(ue), ['REGISTRATION ACCEPT']);
    assert.deepEqual(home.operations(), WITHOUT_AUTHENTICATION);
    const request = ue.deregistrationRequest(false, 1);
    const deregistered = second.gnb.attach(ue, request);
    await second.gnb.until(() => deregistered.released);
    assert.equal(types(ue).at(-1), 'DEREGISTRATION ACCEPT UE ORIGINATING');
    const third = await afterKill(second.config);
    const replay = third.gnb.attach(ue, request);
    await third.gnb.until(() => replay.released);
    assert.equal(replay.messages.length, 1, 'a COUNT that was accepted is accepted no more');
  });
});
