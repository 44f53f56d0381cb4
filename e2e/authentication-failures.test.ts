/** What keeps a UE out, on whichever side it fails, and that it gets in when the reason is gone. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  assertRegistered,
  conformanceTest,
  HOME,
  isSbi,
  recordsOf,
  startTestLab,
  type TestLab,
  UE,
  VISITED,
} from './support/lab.ts';

const MIXED = [
  { home: 'direct', visited: 'direct' },
  { home: 'C', visited: 'D' },
  { home: 'D', visited: 'C' },
] as const;
const text = (modes: (typeof MIXED)[number]) => `${modes.home} at home, ${modes.visited} abroad`;

for (const communication of MIXED) {
  describe(`authentication failures, communication ${text(communication)}`, () => {
    let lab: TestLab;
    before(async () => {
      lab = await startTestLab({ communication });
    });
    after(() => lab.end());

    const messages = (steps: readonly { message: string }[]) => steps.map(({ message }) => message);

    for (const plmnId of [HOME, VISITED]) {
      const where = plmnId === HOME ? 'at home' : 'roaming';

      test(`${where}: a UE with another K finds the network's MAC wrong`, async () => {
        const ue = lab.ue(UE.profileA);
        const outcome = await ue.register(plmnId, { identity: 'suci', faults: { wrongK: true } });
        assert.equal(outcome.result, 'rejected');
        assert.ok(messages(outcome.steps).includes('Authentication failure'), JSON.stringify(outcome.steps));
        assertRegistered(await ue.register(plmnId, { identity: 'suci' }));
        await ue.deregister();
      });

      test(`${where}: a wrong RES* is rejected by the home, which keeps it in mind`, async () => {
        const ue = lab.ue(UE.profileB);
        const outcome = await ue.register(plmnId, { identity: 'suci', faults: { wrongResStar: true } });
        assert.equal(outcome.result, 'rejected');
        assert.equal(messages(outcome.steps).at(-1), 'Authentication reject');
        const records = (await recordsOf(lab, outcome.traceId)).filter(isSbi);
        const verdict = records.find(
          ({ operation, method }) => operation === 'Nausf_UEAuthentication_Authenticate' && method === 'PUT',
        );
        assert.equal(verdict?.to.plmn, '001-01');
        assert.deepEqual(verdict?.responseBody, { authResult: 'AUTHENTICATION_FAILURE' });
        const event = records.find(({ operation }) => operation === 'Nudm_UEAuthentication_ResultConfirmation');
        assert.equal((event?.requestBody as { success?: boolean } | undefined)?.success, false);
        // Nothing is registered for a UE that the home has not authenticated (home control).
        assert.ok(!records.some(({ operation }) => operation === 'Nudm_UECM_Registration'));
        assertRegistered(await ue.register(plmnId, { identity: 'suci' }));
        await ue.deregister();
      });

      test(`${where}: a used SQN gives a synch failure, and the resynchronised vector is accepted`, async () => {
        const ue = lab.ue(UE.nullScheme);
        const outcome = await ue.register(plmnId, { identity: 'suci', faults: { rejectSqn: true } });
        assertRegistered(outcome);
        const seen = messages(outcome.steps);
        assert.equal(seen.filter((message) => message === 'Authentication request').length, 2);
        assert.ok(seen.includes('Authentication failure'));
        await ue.deregister();
      });

      test(`${where}: a subscriber whom the home does not know is rejected`, async () => {
        const ue = lab.ue(UE.nullScheme);
        const url = `${lab.nf('ran', 'ransim').apiRoot}/ransim/v1/ues/imsi-001019999999999`;
        const { supi: _, ...usim } = lab.usims.find(({ supi }) => supi === UE.nullScheme) ?? assert.fail();
        const put = await lab.operator.request({ method: 'PUT', url, body: usim });
        assert.ok([201, 204, 200].includes(put.status), JSON.stringify(put.body));
        const answer = await lab.operator.request({
          method: 'POST',
          url: `${url}/registrations`,
          body: { plmnId, identity: 'suci' },
        });
        assert.equal(answer.status, 200);
        assert.equal((answer.body as { result: string }).result, 'rejected');
        assertRegistered(await ue.register(plmnId, { identity: 'suci' }));
        await ue.deregister();
      });
    }

    test('the SQN of the home and of the USIM drift apart by a lost vector, and find each other again', async () => {
      const ue = lab.ue(UE.profileA);
      // A wrong RES* uses up an SQN at the home and at the USIM alike; a wrong K only at the home.
      for (const faults of [{ wrongK: true }, { wrongResStar: true }, { wrongK: true }] as const) {
        assert.equal((await ue.register(HOME, { identity: 'suci', faults })).result, 'rejected');
      }
      const outcome = await ue.register(HOME, { identity: 'suci' });
      assertRegistered(outcome);
      assert.equal(messages(outcome.steps).filter((message) => message === 'Authentication request').length, 1);
      await ue.deregister();
    });

    conformanceTest(() => lab);
  });
}
