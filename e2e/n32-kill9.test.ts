/** `kill -9` of a SEPP in the middle of 200 roaming registrations over PRINS: the rest succeed, and nothing is accepted twice. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistrationOutcome } from '@twincore/lab';
import { changedDeploy, type Deploy, provisionUes } from './support/deploy.ts';
import { conformanceTest, isSbi, recordsOf, startTestLab, type TestLab, VISITED } from './support/lab.ts';

const UES = 200;
const AT_ONCE = 8;
/** Registrations that are done when the SEPP of the home, and then that of the visited network, is killed. */
const KILLED_AFTER = [60, 120];
/** A UE tries again as long as this. */
const PATIENCE_MS = 60_000;

describe('kill -9 of a SEPP during roaming registrations', () => {
  let deploy: Deploy;
  let lab: TestLab;
  let supis: string[];
  before(async () => {
    deploy = changedDeploy((site) => {
      site.n32 = { security: 'PRINS' };
    });
    supis = provisionUes(deploy, UES);
    lab = await startTestLab({ deploy: deploy.dir });
  });
  after(async () => {
    await lab?.end();
    deploy.remove();
  });

  test(`each of ${UES} UEs is registered in the end, whoever is killed`, async () => {
    let done = 0;
    const rejected = new Set<string>();
    const waiting = [...supis];
    const register = async (supi: string): Promise<RegistrationOutcome> => {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const outcome = await lab.ue(supi).register(VISITED, { identity: 'suci' });
        if (outcome.result === 'registered' || Date.now() > deadline) return outcome;
        rejected.add(supi);
        await sleep(500);
      }
    };
    const worker = async () => {
      for (let supi = waiting.shift(); supi !== undefined; supi = waiting.shift()) {
        const outcome = await register(supi);
        assert.equal(outcome.result, 'registered', `${supi}: ${await refusals(lab, outcome.traceId)}`);
        done += 1;
      }
    };
    const killer = async () => {
      for (const [index, after] of KILLED_AFTER.entries()) {
        while (done < after) await sleep(20);
        const sepp = lab.nf(index === 0 ? 'home' : 'visited', 'sepp');
        await sepp.kill9();
        await sepp.start();
      }
    };
    await Promise.all([killer(), ...Array.from({ length: AT_ONCE }, worker)]);
    assert.equal(done, UES);
    // Those that were under way, and no others.
    assert.ok(rejected.size <= KILLED_AFTER.length * AT_ONCE, `${rejected.size} UEs were rejected`);
  });

  test('no message was accepted twice', async () => {
    const accepted = (await lab.trace())
      .filter(isSbi)
      .filter(({ n32, status }) => n32?.role === 'pSEPP' && status === 200)
      .map(({ n32 }) => `${n32?.n32fContextId} ${n32?.prins?.messageId}`);
    assert.ok(accepted.length > 5 * UES, `${accepted.length} messages`);
    assert.equal(new Set(accepted).size, accepted.length);
  });

  conformanceTest(() => lab);
});

/** What was answered with an error in a registration that failed. */
async function refusals(lab: TestLab, traceId: string): Promise<string> {
  return (await recordsOf(lab, traceId))
    .filter(isSbi)
    .filter(({ status }) => status >= 400)
    .map(({ operation, status, responseBody }) => `${operation} ${status} ${JSON.stringify(responseBody)}`)
    .join('\n');
}
