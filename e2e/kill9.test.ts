/** What was acknowledged survives `kill -9`: each NF in turn is killed and started again, and the lab goes on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  assertRegistered,
  conformanceTest,
  eventually,
  HOME,
  startTestLab,
  type TestLab,
  UE,
  VISITED,
} from './support/lab.ts';

const TOKEN_NF = ['udr', 'udm', 'ausf', 'amf', 'sepp', 'nrf'];

describe('kill -9', () => {
  let lab: TestLab;
  before(async () => {
    lab = await startTestLab();
  });
  after(() => lab.end());

  /** What the NRF of a network has registered, as the operator sees it. */
  const registered = async (site: string) => {
    const { apiRoot } = lab.nf(site, 'nrf');
    const found = [];
    for (const type of ['UDR', 'UDM', 'AUSF', 'AMF', 'SEPP']) {
      const query = `target-nf-type=${type}&requester-nf-type=OPERATOR`;
      const { status, body } = await lab.operator.request({
        method: 'GET',
        url: `${apiRoot}/nnrf-disc/v1/nf-instances?${query}`,
      });
      assert.equal(status, 200, JSON.stringify(body));
      found.push(...(body as { nfInstances: { nfInstanceId: string }[] }).nfInstances.map((nf) => nf.nfInstanceId));
    }
    return found.sort();
  };
  const expected = (site: string) =>
    lab.nfs
      .filter((nf) => nf.config.plmnId.mcc === lab.nf(site, 'nrf').config.plmnId.mcc)
      .filter((nf) => !['NRF', 'RANSIM'].includes(nf.config.nfType))
      .map((nf) => nf.config.nfInstanceId)
      .sort();

  test('every NF is registered, and a UE is registered at home and one abroad', async () => {
    assert.deepEqual(await registered('home'), expected('home'));
    assertRegistered(await lab.ue(UE.profileA).register(HOME, { identity: 'suci' }));
    assertRegistered(await lab.ue(UE.profileB).register(VISITED, { identity: 'suci' }));
  });

  for (const site of ['home', 'visited'] as const) {
    for (const name of TOKEN_NF) {
      test(`${name} (${site}): registered UEs, the NRF's registry and the SQN are as acknowledged`, async () => {
        const nf = lab.nf(site, name);
        await nf.kill9();
        await nf.start();
        if (site === 'home') assert.deepEqual(await registered('home'), expected('home'));
        // The UEs are still registered: a registration by GUTI needs no identity request where the AMF knows its own.
        for (const [supi, plmnId] of [
          [UE.profileA, HOME],
          [UE.profileB, VISITED],
        ] as const) {
          const ue = lab.ue(supi);
          await eventually(`${supi} registers by its GUTI`, async () => {
            const outcome = await ue.register(plmnId, { identity: 'guti' }).catch(() => undefined);
            const known = !outcome?.steps.some(({ message }) => message === 'Identity request');
            if (outcome?.result === 'registered') assert.ok(known, 'the AMF lost a UE that it had registered');
            return outcome?.result === 'registered';
          });
          // And a whole new authentication is not out of step: no SQN comes twice.
          const whole = await ue.register(plmnId, { identity: 'suci' });
          assertRegistered(whole);
          const challenges = whole.steps.filter(({ message }) => message === 'Authentication request');
          assert.equal(challenges.length, 1, 'a synch failure: an SQN was used twice');
        }
      });
    }
  }

  test('ransim: the UEs keep their GUTIs, keys and SQNs', async () => {
    const ransim = lab.nf('ran', 'ransim');
    await ransim.kill9();
    await ransim.start();
    const ue = lab.ue(UE.profileA);
    await eventually('the gNB is back', async () => {
      const outcome = await ue.register(HOME, { identity: 'guti' }).catch(() => undefined);
      return outcome?.result === 'registered';
    });
    const whole = await ue.register(HOME, { identity: 'suci' });
    assertRegistered(whole);
    assert.equal(whole.steps.filter(({ message }) => message === 'Authentication request').length, 1);
  });

  test('every NF at once, as in a power cut', async () => {
    await Promise.all(lab.nfs.map((nf) => nf.kill9()));
    for (const name of ['nrf', ...TOKEN_NF.filter((other) => other !== 'nrf')]) {
      await Promise.all([lab.nf('home', name).start(), lab.nf('visited', name).start()]);
    }
    await lab.nf('ran', 'ransim').start();
    for (const [supi, plmnId] of [
      [UE.profileA, HOME],
      [UE.profileB, VISITED],
    ] as const) {
      await eventually(`${supi} registers by its GUTI`, async () => {
        const outcome = await lab
          .ue(supi)
          .register(plmnId, { identity: 'guti' })
          .catch(() => undefined);
        return outcome?.result === 'registered';
      });
      assertRegistered(await lab.ue(supi).register(plmnId, { identity: 'suci' }));
    }
  });

  conformanceTest(() => lab);
});
