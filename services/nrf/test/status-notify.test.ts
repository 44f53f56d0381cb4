import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SubscriptionData } from '@twincore/model';
import { type HttpRequest, Unreachable } from '@twincore/sbi';
import { type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { NrfConfig } from '../src/config.ts';
import { type Notification, Notifier } from '../src/procedures/notifier.ts';
import {
  fqdnOf,
  HOME,
  INSTANCES,
  type Listener,
  placeOf,
  refused,
  SUBSCRIPTIONS,
  service,
  startListener,
  startNrf,
  user,
  VISITED,
} from './support.ts';

describe('NFStatusSubscribe and Notify', () => {
  let plmn: TestPlmn;
  let nrf: StartedNf<NrfConfig>;
  let listener: Listener;
  const newUser = async (nfType: string, options?: { nfInstanceId: string }) =>
    user(await plmn.client(nfType, options), nrf.apiRoot);
  /** Sends as the NF that listens. */
  let ausf: Awaited<ReturnType<typeof newUser>>;

  before(async () => {
    plmn = await testPlmn(HOME);
    nrf = await startNrf(plmn);
    listener = await startListener(plmn, nrf.apiRoot, 'AUSF');
    ausf = await newUser('AUSF', { nfInstanceId: listener.nf.config.nfInstanceId });
  });
  after(() => plmn.close());

  /** A notification would have come by now: the others of this test take a few milliseconds. */
  const nothingMore = async () => {
    await sleep(150);
    assert.deepEqual(listener.waiting, []);
  };
  const subscribe = async (more: object) => {
    const answer = await ausf.subscribe(more, listener.callback);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const { subscriptionId } = answer.body as SubscriptionData;
    assert.equal(answer.headers.location, `${nrf.apiRoot}${SUBSCRIPTIONS}/${subscriptionId}`);
    return { end: async () => assert.equal((await ausf.delete(`${SUBSCRIPTIONS}/${subscriptionId}`)).status, 204) };
  };

  test('tells of registration, change, suspension and deregistration of NFs of a type', async () => {
    const subscription = await subscribe({ subscrCond: { nfType: 'UDM' } });
    const udm = await newUser('UDM');
    const nfInstanceUri = `${nrf.apiRoot}${INSTANCES}/${udm.nfInstanceId}`;
    await udm.register({ nfServices: [service('nudm-ueau', { allowedNfTypes: ['AUSF'] })] });
    const registered = await listener.next();
    assert.equal(registered.event, 'NF_REGISTERED');
    assert.equal(registered.nfInstanceUri, nfInstanceUri);
    assert.deepEqual(
      registered.nfProfile?.nfServices?.map(({ serviceName }) => serviceName),
      ['nudm-ueau'],
    );

    await udm.register({ nfServices: [service('nudm-ueau', { allowedNfTypes: ['AUSF'] })] });
    await udm.heartbeat();
    await udm.patch([{ op: 'add', path: '/load', value: 50 }]);
    await udm.patch([{ op: 'replace', path: '/nfStatus', value: 'SUSPENDED' }]);
    const changed = await listener.next();
    assert.equal(changed.event, 'NF_PROFILE_CHANGED', 'the first that is worth a notification');
    assert.deepEqual(changed.profileChanges, [{ op: 'REPLACE', path: '/nfStatus', newValue: 'SUSPENDED' }]);
    assert.deepEqual(changed.subscriptionContext?.subscrCond, { nfType: 'UDM' });

    await (await newUser('UDR')).register();
    await udm.delete();
    const { subscriptionContext: _context, ...gone } = await listener.next();
    assert.deepEqual(gone, { event: 'NF_DEREGISTERED', nfInstanceUri });
    await subscription.end();
    await udm.register();
    await nothingMore();
  });

  test('tells a subscriber what it may see, and only that', async () => {
    const subscription = await subscribe({ subscrCond: { serviceName: 'nudr-dr' } });
    const udr = await newUser('UDR');
    await udr.register({ nfServices: [service('nudr-dr', { allowedNfTypes: ['UDM'] })] });
    await udr.register({ nfServices: [service('nudr-dr', { allowedNfTypes: ['UDM', 'AUSF'] })] });
    assert.equal((await listener.next()).event, 'NF_REGISTERED', 'now it is one for the AUSF');
    await udr.register({ nfServices: [service('nudr-dr', { allowedNfTypes: ['UDM'] })] });
    assert.equal((await listener.next()).event, 'NF_DEREGISTERED');
    await udr.delete();
    await subscription.end();
    await nothingMore();
  });

  test('tells of one NF, and of the events that were asked for', async () => {
    const smf = await newUser('SMF');
    refused(
      await ausf.subscribe({ subscrCond: { nfInstanceId: smf.nfInstanceId } }, listener.callback),
      404,
      'NF_NOT_FOUND',
    );
    await smf.register();
    const subscription = await subscribe({
      subscrCond: { nfInstanceId: smf.nfInstanceId },
      reqNotifEvents: ['NF_DEREGISTERED'],
    });
    await smf.register({ priority: 9 });
    await smf.delete();
    assert.equal((await listener.next()).event, 'NF_DEREGISTERED');
    await subscription.end();
  });

  test('knows the same subscription again, and forgets one whose time is over', async () => {
    const condition = { subscrCond: { nfType: 'PCF' } };
    const first = (await ausf.subscribe(condition, listener.callback)).body as SubscriptionData;
    const soon = { ...condition, validityTime: new Date(Date.now() + 300).toISOString() };
    const second = (await ausf.subscribe(soon, listener.callback)).body as SubscriptionData;
    assert.equal(second.subscriptionId, first.subscriptionId);
    assert.equal(second.validityTime, soon.validityTime);
    const pcf = await newUser('PCF');
    await pcf.register();
    assert.equal((await listener.next()).event, 'NF_REGISTERED', 'once, not twice');
    await sleep(400);
    await pcf.delete();
    await nothingMore();
  });

  test('renews a subscription, for as long as the NRF likes', async () => {
    const soon = new Date(Date.now() + 400).toISOString();
    const { subscriptionId } = (
      await ausf.subscribe({ subscrCond: { nfType: 'CHF' }, validityTime: soon }, listener.callback)
    ).body as SubscriptionData;
    const uri = `${nrf.apiRoot}${SUBSCRIPTIONS}/${subscriptionId}`;
    const renewal = (value: unknown) => [{ op: 'replace', path: '/validityTime', value }];
    const later = new Date(Date.now() + 60_000).toISOString();
    assert.equal((await ausf.patch(renewal(later), {}, uri)).status, 204);
    const endless = await ausf.patch(renewal('2999-01-01T00:00:00Z'), {}, uri);
    assert.equal(endless.status, 200);
    const { validityTime = '' } = endless.body as SubscriptionData;
    const seconds = (Date.parse(validityTime) - Date.now()) / 1000;
    assert.ok(Math.abs(seconds - nrf.config.subscriptionLifetime) < 10, validityTime);
    await sleep(500);
    await (await newUser('CHF')).register();
    assert.equal((await listener.next()).event, 'NF_REGISTERED', 'it outlived its first time');

    refused(await ausf.patch(renewal('yesterday'), {}, uri), 400, 'MANDATORY_IE_INCORRECT');
    refused(await ausf.patch(renewal('2001-01-01T00:00:00Z'), {}, uri), 400, 'OPTIONAL_IE_INCORRECT');
    const other = [{ op: 'replace', path: '/nfStatusNotificationUri', value: 'https://x/y' }];
    refused(await ausf.patch(other, {}, uri), 403, 'MODIFICATION_NOT_ALLOWED');
    refused(await (await newUser('AMF')).patch(renewal(later), {}, uri), 403);
    refused(await ausf.patch(renewal(later), {}, `${uri}0`), 404, 'SUBSCRIPTION_NOT_FOUND');
    refused(await ausf.client.send({ method: 'PATCH', url: uri, body: renewal(later) }), 415);
    assert.equal((await ausf.delete(`${SUBSCRIPTIONS}/${subscriptionId}`)).status, 204);
  });

  test('subscribes nobody in the name of another (A5, A6)', async () => {
    const thief = await newUser('AMF');
    refused(await thief.subscribe({ reqNfInstanceId: ausf.nfInstanceId }), 403);
    refused(await thief.subscribe({ reqNfType: 'UDM' }), 403);
    const { subscriptionId } = (await ausf.subscribe({}, listener.callback)).body as SubscriptionData;
    refused(await thief.delete(`${SUBSCRIPTIONS}/${subscriptionId}`), 403);
    assert.equal((await ausf.delete(`${SUBSCRIPTIONS}/${subscriptionId}`)).status, 204);
    refused(await ausf.delete(`${SUBSCRIPTIONS}/${subscriptionId}`), 404, 'SUBSCRIPTION_NOT_FOUND');
    refused(await ausf.delete(`${SUBSCRIPTIONS}/..%2f..%2fnf-instances`), 400, 'MANDATORY_IE_INCORRECT');
  });

  test('notifies nobody but the subscriber itself (B3)', async () => {
    const amf = await newUser('AMF');
    const host = fqdnOf(amf.client);
    for (const uri of [
      'https://127.0.0.1:9090/metrics',
      'https://localhost/x',
      `https://${fqdnOf(ausf.client)}/x`,
      `http://${host}/x`,
      `https://user:password@${host}/x`,
      'file:///etc/passwd',
    ]) {
      refused(await amf.subscribe({}, uri), 403, 'SUBSCRIPTION_NOT_ALLOWED');
    }
    for (const uri of ['/only/a/path', 'https://', 'nonsense']) {
      refused(await amf.subscribe({}, uri), 400, 'MANDATORY_IE_INCORRECT');
    }
    refused(await amf.post(SUBSCRIPTIONS, {}), 400, 'MANDATORY_IE_MISSING');
    assert.equal(
      (await amf.subscribe({ subscrCond: { nfType: 'BSF' } }, `https://${host}:7`)).status,
      201,
      'without a path',
    );
    await (await newUser('BSF')).register();
    assert.equal((await amf.register()).status, 201, 'and the NRF serves on');
  });

  test('refuses conditions that it does not know, and other networks', async () => {
    const incorrect = 'OPTIONAL_IE_INCORRECT';
    refused(await ausf.subscribe({ subscrCond: {} }, listener.callback), 400, incorrect);
    refused(await ausf.subscribe({ subscrCond: { colour: 'blue' } }, listener.callback), 400, incorrect);
    refused(await ausf.subscribe({ subscrCond: { conditionType: 'X_COND' } }, listener.callback), 400, incorrect);
    refused(await ausf.subscribe({ subscrCond: { nfSetId: 7 } }, listener.callback), 400, incorrect);
    refused(
      await ausf.subscribe({ subscrCond: { nfType: 'UDM', serviceName: 'x' } }, listener.callback),
      400,
      incorrect,
    );
    refused(await ausf.subscribe({ plmnId: VISITED }, listener.callback), 504, 'TARGET_NF_NOT_REACHABLE');
    refused(await ausf.subscribe({ nid: '00000000001' }, listener.callback), 501);
  });

  test('bounds what one NF subscribes to', async () => {
    const greedy = await newUser('NWDAF');
    const answers = await Promise.all(
      Array.from({ length: 101 }, (_, i) => greedy.subscribe({ subscrCond: { nfType: `TYPE_${i}` } })),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 100);
    refused(await greedy.subscribe({ subscrCond: { nfType: 'ONE_MORE' } }), 500, 'INSUFFICIENT_RESOURCES');
  });

  test('keeps subscriptions over a restart, and finds the subscribers', async () => {
    const subscription = await subscribe({ subscrCond: { nfType: 'NEF' } });
    await nrf.stop();
    nrf = await startNrf(plmn, placeOf(nrf));
    const nef = await newUser('NEF');
    await nef.register();
    assert.equal((await listener.next()).event, 'NF_REGISTERED');
    await subscription.end();
  });
});

describe('delivery of notifications', () => {
  const notification = (body: string): Notification => ({
    subscriptionId: 's',
    uri: 'https://s.example/callback',
    nfType: 'AMF',
    operation: 'test',
    body,
  });
  const unreachable = new Unreachable('AMF', Object.assign(new Error(), { code: 'ECONNREFUSED' }));
  const answer = (status: number) => ({ status, headers: {}, body: undefined });

  /** Delivers `bodies` to one subscriber while `script` says what each attempt meets; resolves with the bodies that were sent. */
  async function attempts(bodies: string[], script: (number | Error)[]): Promise<unknown[]> {
    const sent: unknown[] = [];
    const warnings: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const notifier = new Notifier({
      retryDelays: [1, 1],
      log: { warn: (_fields, message) => void warnings.push(message) },
      send: async ({ body }: HttpRequest) => {
        sent.push(body);
        const outcome = script[sent.length - 1];
        if (sent.length === script.length) setTimeout(resolve, 20);
        if (typeof outcome !== 'number') throw outcome;
        return answer(outcome);
      },
    });
    for (const body of bodies) notifier.deliver(notification(body));
    await promise;
    notifier.close();
    return [...sent, ...warnings];
  }

  test('tries again what did not arrive, in order, a few times', async () => {
    assert.deepEqual(await attempts(['1', '2'], [unreachable, 503, 204, 204]), ['1', '1', '1', '2']);
    const given = await attempts(['1', '2'], [503, 429, unreachable, 204]);
    assert.deepEqual(given, ['1', '1', '1', '2', 'not notified']);
  });

  test('does not repeat what the subscriber refused', async () => {
    assert.deepEqual(await attempts(['1', '2'], [404, 204]), ['1', '2', 'not notified']);
  });

  test('drops what a slow subscriber cannot take', async () => {
    const bodies = Array.from({ length: 80 }, (_, i) => `${i}`);
    const seen = await attempts(
      bodies,
      Array.from({ length: 64 }, () => 204),
    );
    assert.deepEqual(seen.slice(0, 64), bodies.slice(0, 64));
    assert.equal(seen.length, 64 + 16);
  });
});
