import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deriveKgnb } from '@twincore/crypto';
import type { N2MessageOf } from '@twincore/n2';
import type { StartedNf, TestPlmn } from '@twincore/testkit';
import { testPlmn } from '@twincore/testkit';
import type { AmfConfig } from '../src/config.ts';
import { FakeHome, GUAMI, HOME, newUe, SLICE, startAmf, TAI, TestGnb } from './support.ts';

describe('registration by SUCI', () => {
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

  test('authenticates, secures, subscribes and accepts, in this order', async () => {
    const ue = newUe();
    const attachment = await gnb.register(ue);
    assert.deepEqual(
      ue.heard.map(({ messageType }) => messageType),
      ['AUTHENTICATION REQUEST', 'SECURITY MODE COMMAND', 'REGISTRATION ACCEPT'],
    );
    assert.deepEqual(home.operations(), ['authenticate', 'confirm', 'register', 'amData', 'smfSelectData']);
    const { guti, taiList, allowedNssai, t3512 } = ue.accepted ?? {};
    assert.deepEqual(guti, { plmnId: HOME, amfRegionId: 1, amfSetId: 1, amfPointer: 1, tmsi: guti?.tmsi });
    assert.deepEqual([taiList, allowedNssai, t3512], [[TAI], [SLICE], 3600]);
    const setup = attachment.messages.find(
      (message): message is N2MessageOf<'InitialContextSetupRequest'> =>
        message.message === 'InitialContextSetupRequest',
    );
    assert.equal(setup?.securityKey, deriveKgnb(ue.kamf as Buffer, 0).toString('hex'));
    assert.deepEqual(setup?.guami, GUAMI);
    assert.equal(setup?.ueSecurityCapabilities.nrEncryptionAlgorithms, 'c000');
    assert.match(home.registrations.get(ue.supi)?.deregCallbackUri ?? '', /^https:\/\/amf-.*\/deregistration$/);
    assert.doesNotMatch(home.registrations.get(ue.supi)?.deregCallbackUri ?? '', /0010100/);
    assert.equal(home.registrations.get(ue.supi)?.pei, 'imeisv-1234567890123456');
  });

  test('rejects a UE that has no slice here with #62, and tells the home', async () => {
    const { nssai } = home;
    home.nssai = { defaultSingleNssais: [{ sst: 9 }], singleNssais: [{ sst: 9 }] };
    const ue = newUe();
    const attachment = gnb.attach(ue, ue.registrationRequest());
    await gnb.until(() => attachment.released);
    home.nssai = nssai;
    const rejectedNssai = [{ ...SLICE, cause: 'PLMN' }];
    assert.deepEqual(ue.heard.at(-1), { messageType: 'REGISTRATION REJECT', fiveGmmCause: 62, rejectedNssai });
    assert.equal(home.registrations.get(ue.supi)?.purged, true);
  });

  test('deregisters, accepts unless the UE switches off, and tells the home', async () => {
    for (const switchOff of [false, true]) {
      const ue = newUe();
      const attachment = await gnb.register(ue);
      attachment.uplink(ue.deregistrationRequest(switchOff));
      await gnb.until(() => attachment.released);
      assert.equal(ue.heard.at(-1)?.messageType === 'DEREGISTRATION ACCEPT UE ORIGINATING', !switchOff);
      assert.deepEqual(attachment.released?.cause, { group: 'nas', value: 'deregister' });
      assert.equal(home.registrations.get(ue.supi)?.purged, true);
      assert.deepEqual(home.operations().slice(-2), ['purge', 'removeResult']);
    }
  });
});
