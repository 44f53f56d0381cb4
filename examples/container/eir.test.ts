/**
 * testcontainers. twincore in a container, as a test of an NF in any language would have it: here the NF is the EIR of this folder's
 * neighbour, a process on the host, which the container reaches. Skips where no engine answers or the image is missing.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hasSpecs } from '@twincore/testkit';
import { type StartedTwincoreContainer, TwincoreContainer, whyNoContainer } from '@twincore/testkit/container';

const skip = (await whyNoContainer()) ?? false;

describe('twincore in a container', { skip }, () => {
  let twincore: StartedTwincoreContainer;
  let eir: ReturnType<typeof spawn>;

  before(async () => {
    const subscribers = [{ supi: 'imsi-001010000000001' }];
    twincore = await new TwincoreContainer({ nfs: ['nrf', 'ausf'], subscribers }).start();
    const own = await twincore.plmn.admit('5G_EIR');
    const file = join(twincore.plmn.dir, 'eir.json');
    writeFileSync(file, JSON.stringify(own));
    eir = spawn(process.execPath, [join(import.meta.dirname, '../eir/eir.ts'), file], { stdio: 'inherit' });
    await twincore.plmn.registered(own);
  });
  after(async () => {
    eir?.kill();
    await twincore?.stop();
  });

  test('an NF outside is discovered at the NRF inside, and called with its tokens', async () => {
    const amf = await twincore.plmn.client('AMF');
    const call = { to: '5G_EIR', service: 'n5g-eir-eic', method: 'GET' } as const;
    const answer = await amf.call({ ...call, path: '/equipment-status?pei=imei-490154203237518' });
    assert.deepEqual(answer.body, { status: 'BLACKLISTED' });
    await twincore.plmn.assertCalled({ from: 'AMF', to: 'NRF', operation: 'Nnrf_AccessToken_Get', status: 200 });
  });

  test('the AUSF inside calls a fake UDM of this test', async () => {
    const { plmn } = twincore;
    const udm = await plmn.registerFakeNf({
      nfType: 'UDM',
      services: ['nudm-ueau'],
      handler: () => ({ status: 404, body: { status: 404, cause: 'USER_NOT_FOUND' } }),
    });
    const amf = await plmn.client('AMF');
    const { status } = await amf.call({
      to: 'AUSF',
      service: 'nausf-auth',
      method: 'POST',
      path: '/ue-authentications',
      body: { supiOrSuci: 'imsi-001010000000001', servingNetworkName: '5G:mnc001.mcc001.3gppnetwork.org' },
    });
    assert.equal(status, 404);
    assert.equal(udm.requests[0]?.consumer.nfType, 'AUSF');
    await plmn.assertCalled({ from: 'AUSF', to: 'UDM', status: 404 }, 1);
    if (hasSpecs()) await plmn.assertConformant();
  });
});
