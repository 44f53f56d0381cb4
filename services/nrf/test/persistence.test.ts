import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { NFProfile, SubscriptionData } from '@twincore/model';
import { testPlmn } from '@twincore/testkit';
import { HOME, INSTANCES, idsIn, placeOf, SUBSCRIPTIONS, service, startNrf, user } from './support.ts';

test('what was acknowledged survives kill -9, and the next NRF serves at once', async (t) => {
  const plmn = await testPlmn(HOME);
  t.after(() => plmn.close());
  // In this process once, so that the testkit makes the configuration and knows where the NRF is.
  const nrf = await startNrf(plmn);
  await nrf.stop();
  const file = join(nrf.config.stateDir, 'config.json');
  writeFileSync(file, JSON.stringify({ ...nrf.config, ...placeOf(nrf) }));
  let running: ChildProcess | undefined;
  t.after(() => running?.kill('SIGKILL'));
  const start = async () => {
    const main = fileURLToPath(import.meta.resolve('../src/main.ts'));
    running = fork(main, ['--config', file], { execArgv: ['--disable-warning=ExperimentalWarning'] });
    assert.deepEqual(await once(running, 'message'), ['ready', undefined]);
    return running;
  };
  const kill = async (process: ChildProcess) => {
    process.kill('SIGKILL');
    await once(process, 'exit');
  };

  const [udm, gone, amf] = [
    user(await plmn.client('UDM'), nrf.apiRoot),
    user(await plmn.client('UDM'), nrf.apiRoot),
    user(await plmn.client('AMF'), nrf.apiRoot),
  ];
  const first = await start();
  await amf.register();
  await gone.register();
  assert.equal((await gone.delete()).status, 204);
  const subscribed = await amf.subscribe({ subscrCond: { nfType: 'UDM' } });
  await udm.register({ nfServices: [service('nudm-sdm')] });
  const patched = await udm.patch([{ op: 'add', path: '/priority', value: 5 }]);
  await kill(first);

  const second = await start();
  assert.deepEqual(idsIn(await amf.discover('UDM')), [udm.nfInstanceId]);
  const { body, headers } = await udm.get(`${INSTANCES}/${udm.nfInstanceId}`);
  assert.equal((body as NFProfile).priority, 5);
  assert.equal(headers.etag, patched.headers.etag);
  assert.equal((await udm.heartbeat()).status, 204);
  assert.equal((await amf.token({ targetNfType: 'UDM', scope: 'nudm-sdm' })).status, 200);
  const { subscriptionId } = subscribed.body as SubscriptionData;
  assert.equal((await amf.delete(`${SUBSCRIPTIONS}/${subscriptionId}`)).status, 204);
  await kill(second);
});
