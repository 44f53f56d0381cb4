import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NFProfile, UriList } from '@twincore/model';
import { ORIGINATING_NETWORK_ID } from '@twincore/sbi';
import { type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { NrfConfig } from '../src/config.ts';
import { fqdnOf, HOME, INSTANCES, idsIn, placeOf, refused, service, startNrf, user } from './support.ts';

const AMF_INFO = { amfSetId: '001', amfRegionId: '02', guamiList: [{ plmnId: HOME, amfId: '020041' }] };

describe('NFManagement', () => {
  let plmn: TestPlmn;
  let nrf: StartedNf<NrfConfig>;
  const newUser = async (nfType: string, options?: { nfTypes: string[] }) =>
    user(await plmn.client(nfType, options), nrf.apiRoot);

  before(async () => {
    plmn = await testPlmn(HOME);
    nrf = await startNrf(plmn);
  });
  after(() => plmn.close());

  test('registers, replaces, deregisters', async () => {
    const ausf = await newUser('AUSF');
    const created = await ausf.register({ nfServices: [service('nausf-auth')], heartBeatTimer: 1_000_000 });
    assert.equal(created.status, 201);
    assert.equal(created.headers.location, `${nrf.apiRoot}${INSTANCES}/${ausf.nfInstanceId}`);
    const profile = created.body as NFProfile;
    assert.equal(profile.heartBeatTimer, nrf.config.heartBeatTimer, 'the NRF says how often');
    assert.deepEqual(profile.plmnList, [HOME]);
    const replaced = await ausf.register({ priority: 7 });
    assert.equal(replaced.status, 200);
    assert.equal(replaced.headers.location, undefined);
    assert.notEqual(replaced.headers.etag, created.headers.etag);
    assert.equal((replaced.body as NFProfile).nfServices, undefined);
    assert.equal((await ausf.delete()).status, 204);
    refused(await ausf.delete(), 404);
    refused(await ausf.heartbeat(), 404);
  });

  test('is told by the certificate who an NF is (A1, A4)', async () => {
    const [victim, thief] = [await newUser('UDM'), await newUser('AUSF')];
    await victim.register();
    const url = `${nrf.apiRoot}${INSTANCES}/${victim.nfInstanceId}`;
    refused(await thief.register({ nfInstanceId: victim.nfInstanceId, nfType: 'UDM' }, url), 403);
    refused(await thief.register({}, url), 403);
    refused(await thief.register({ nfInstanceId: victim.nfInstanceId }), 400, 'MANDATORY_IE_INCORRECT');
    refused(await thief.patch([{ op: 'replace', path: '/nfStatus', value: 'SUSPENDED' }], {}, url), 403);
    refused(await thief.delete(`${INSTANCES}/${victim.nfInstanceId}`), 403);
    refused(await thief.get(`${INSTANCES}/${victim.nfInstanceId}`), 403);
    refused(await thief.register({ nfType: 'UDM' }), 403);
    refused(await thief.register({ plmnList: [HOME, { mcc: '999', mnc: '70' }] }), 403);
    refused(await thief.register({ fqdn: fqdnOf(victim.client) }), 403);
    refused(await thief.register({ nfServices: [service('nausf-auth', { fqdn: fqdnOf(victim.client) })] }), 403);
    assert.equal((await victim.get(`${INSTANCES}/${victim.nfInstanceId}`)).status, 200);
  });

  test('does not delete itself (B4)', async () => {
    const nf = await newUser('AMF');
    refused(await nf.delete(`${INSTANCES}/${nrf.config.nfInstanceId}`), 403);
    const itself = user(await plmn.client('NRF', { nfInstanceId: nrf.config.nfInstanceId }), nrf.apiRoot);
    refused(await itself.delete(), 404);
    assert.equal((await nf.register()).status, 201);
  });

  test('refuses malformed profiles (B1)', async () => {
    const nf = await newUser('AMF');
    refused(await nf.register({}, `${nrf.apiRoot}${INSTANCES}/7`), 400, 'MANDATORY_IE_INCORRECT');
    refused(await nf.register({ nfInstanceId: 'me' }), 400, 'MANDATORY_IE_INCORRECT');
    refused(await nf.register({ nfType: 'TOASTER' }), 403);
    refused(await nf.register({ nfType: 'X'.repeat(65) }), 400, 'MANDATORY_IE_INCORRECT');
    const badTimer = await nf.register({ heartBeatTimer: -1 });
    refused(badTimer, 400, 'OPTIONAL_IE_INCORRECT');
    assert.equal((badTimer.body as { invalidParams: { param: string }[] }).invalidParams[0]?.param, '/heartBeatTimer');
    refused(await nf.register({ heartBeatTimer: 1.5 }), 400, 'OPTIONAL_IE_INCORRECT');
    const many = Array.from({ length: 65 }, (_, i) => service('namf-comm', { serviceInstanceId: `${i}` }));
    refused(await nf.register({ nfServices: many }), 400, 'OPTIONAL_IE_INCORRECT');
    const endless = Array.from({ length: 3_000 }, (_, i) => service('namf-comm', { serviceInstanceId: `${i}` }));
    assert.equal((await nf.register({ nfServices: endless })).status, 413);
    refused(
      await nf.client.send({ method: 'PUT', url: `${nrf.apiRoot}${INSTANCES}/${nf.nfInstanceId}`, body: '{' }),
      400,
      'INVALID_MSG_FORMAT',
    );
    refused(await nf.patch([]), 400, 'MANDATORY_IE_INCORRECT');
    assert.equal((await nf.register()).status, 201);
  });

  test('updates by JSON Patch, all of it or nothing', async () => {
    const nf = await newUser('UDM');
    const first = await nf.register({ nfServices: [service('nudm-sdm')] });
    const patched = await nf.patch([
      { op: 'test', path: '/nfServices/0/serviceName', value: 'nudm-sdm' },
      { op: 'add', path: '/nfServices/-', value: service('nudm-uecm') },
      { op: 'add', path: '/priority', value: 3 },
    ]);
    assert.equal(patched.status, 200);
    assert.equal((patched.body as NFProfile).nfServices?.length, 2);
    refused(
      await nf.patch([{ op: 'add', path: '/capacity', value: 1 }], { 'if-match': String(first.headers.etag) }),
      412,
    );
    refused(
      await nf.patch([{ op: 'add', path: '/capacity', value: 1 }], { 'if-match': `W/${patched.headers.etag}` }),
      412,
    );
    const fresh = { 'if-match': `"other", ${patched.headers.etag}` };
    assert.equal((await nf.patch([{ op: 'remove', path: '/priority' }], fresh)).status, 200);

    const half = [
      { op: 'add', path: '/capacity', value: 5 },
      { op: 'remove', path: '/locality' },
    ];
    refused(await nf.patch(half), 409);
    refused(await nf.patch([{ op: 'test', path: '/nfStatus', value: 'SUSPENDED' }]), 409);
    refused(await nf.patch([{ op: 'add', path: '/nfStatus/x', value: 1 }]), 409);
    refused(await nf.patch([{ op: 'move', from: '/nfStatus/0', path: '/locality' }]), 409);
    refused(await nf.patch([{ op: 'replace', path: '', value: {} }]), 400, 'MANDATORY_IE_INCORRECT');
    refused(await nf.patch([{ op: 'replace', path: '/nfStatus' }]), 400, 'MANDATORY_IE_MISSING');
    refused(await nf.patch([{ op: 'move', path: '/locality' }]), 400, 'MANDATORY_IE_MISSING');
    refused(await nf.patch([{ op: 'remove', path: 'priority' }]), 400, 'MANDATORY_IE_INCORRECT');
    refused(await nf.patch([{ op: 'remove', path: '/nfStatus' }]), 400, 'MANDATORY_IE_INCORRECT');
    refused(await nf.patch([{ op: 'replace', path: '/nfServices/length', value: 4e9 }]), 400, 'MANDATORY_IE_INCORRECT');
    refused(await nf.patch([{ op: 'add', path: '/constructor/prototype/x', value: 1 }]), 400, 'MANDATORY_IE_INCORRECT');
    refused(
      await nf.patch([{ op: 'copy', from: '/nfServices', path: '/nfServices/0' }]),
      403,
      'MODIFICATION_NOT_ALLOWED',
    );
    const other = { op: 'replace', path: '/nfInstanceId', value: randomUUID() };
    refused(await nf.patch([other]), 403, 'MODIFICATION_NOT_ALLOWED');
    refused(await nf.patch([{ op: 'replace', path: '/plmnList/0', value: { mcc: '999', mnc: '70' } }]), 403);
    const asJson = { method: 'PATCH', url: `${nrf.apiRoot}${INSTANCES}/${nf.nfInstanceId}`, body: half } as const;
    refused(await nf.client.send(asJson), 415);

    const { body } = await nf.get(`${INSTANCES}/${nf.nfInstanceId}`);
    assert.equal((body as NFProfile).capacity, undefined);
    assert.equal((body as NFProfile).nfServices?.length, 2);
  });

  test('lists and shows NFs to whom they concern', async () => {
    const [udr, amf, operator] = [await newUser('UDR'), await newUser('AMF'), await newUser('OPERATOR')];
    await udr.register({ nfServices: [service('nudr-dr', { allowedNfTypes: ['UDM'] })] });
    const hrefsFor = async (nf: typeof udr, query: string) => {
      const answer = await nf.get(`${INSTANCES}${query}`);
      assert.equal(answer.status, 200);
      assert.match(String(answer.headers['content-type']), /^application\/3gppHal\+json/i);
      return ((answer.body as UriList)._links.item ?? []).map(({ href }) => href);
    };
    const href = `${nrf.apiRoot}${INSTANCES}/${udr.nfInstanceId}`;
    assert.deepEqual(await hrefsFor(operator, '?nf-type=UDR'), [href]);
    assert.deepEqual(await hrefsFor(udr, '?nf-type=UDR'), [href]);
    assert.deepEqual(await hrefsFor(amf, '?nf-type=UDR'), []);
    assert.equal((await hrefsFor(operator, '?limit=1')).length, 1);
    refused(await operator.get(`${INSTANCES}?limit=0`), 400, 'OPTIONAL_QUERY_PARAM_INCORRECT');
    assert.equal((await operator.get(`${INSTANCES}/${udr.nfInstanceId}`)).status, 200);
    refused(await operator.get(`${INSTANCES}/${randomUUID()}`), 404);
  });

  test('lists page by page, with links to the others', async () => {
    const nfs = await Promise.all(Array.from({ length: 5 }, () => newUser('SMSF')));
    for (const nf of nfs) await nf.register();
    const operator = await newUser('OPERATOR');
    const seen: string[] = [];
    let next: string | undefined = `${nrf.apiRoot}${INSTANCES}?nf-type=SMSF&page-number=1&page-size=2`;
    const sizes: number[] = [];
    while (next !== undefined) {
      const { body, headers } = await operator.client.send({ method: 'GET', url: next });
      assert.ok(headers.etag);
      const { _links, totalItemCount } = body as UriList & { _links: Record<string, { href: string }> };
      assert.equal(totalItemCount, 5);
      const items = _links.item as unknown as { href: string }[];
      sizes.push(items.length);
      seen.push(...items.map(({ href }) => href));
      assert.equal(_links.prev === undefined, sizes.length === 1);
      assert.match(_links.last?.href ?? '', /page-number=3/);
      next = _links.next?.href;
    }
    assert.deepEqual(sizes, [2, 2, 1]);
    assert.deepEqual(new Set(seen).size, 5);
    const beyond = (await operator.get(`${INSTANCES}?nf-type=SMSF&page-number=9&page-size=2`)).body as UriList;
    assert.equal(beyond._links.item, undefined);
    refused(await operator.get(`${INSTANCES}?page-size=0`), 400, 'OPTIONAL_QUERY_PARAM_INCORRECT');
  });

  test('says what it supports', async () => {
    const nf = await newUser('AMF');
    const answer = await nf.client.send({ method: 'OPTIONS' as 'GET', url: nrf.apiRoot + INSTANCES });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { supportedFeatures: '3' });
  });

  test('tells an NF that understands it only what it made of the profile', async () => {
    const nf = await newUser('PCF');
    const answer = await nf.register({ priority: 3, nfProfileChangesSupportInd: true });
    const { nfProfileChangesInd, heartBeatTimer, priority, nfProfileChangesSupportInd } = answer.body as NFProfile;
    assert.deepEqual(
      { nfProfileChangesInd, heartBeatTimer, priority, nfProfileChangesSupportInd },
      {
        nfProfileChangesInd: true,
        heartBeatTimer: nrf.config.heartBeatTimer,
        priority: undefined,
        nfProfileChangesSupportInd: undefined,
      },
    );
    assert.equal(((await nf.get(`${INSTANCES}/${nf.nfInstanceId}`)).body as NFProfile).priority, 3);
  });

  test('takes the load of an NF and of its services with a heartbeat, and orders by it', async () => {
    const [busy, idle, consumer] = [await newUser('CHF'), await newUser('CHF'), await newUser('SMF')];
    const services = { nfServices: [service('nchf-convergedcharging')] };
    await busy.register({ ...services, capacity: 10 });
    await idle.register({ ...services, capacity: 10 });
    const load = (value: number) => [
      { op: 'add', path: '/load', value },
      { op: 'add', path: '/loadTimeStamp', value: new Date().toISOString() },
      { op: 'add', path: '/nfServices/0/load', value },
      { op: 'replace', path: '/nfStatus', value: 'REGISTERED' },
    ];
    assert.equal((await busy.patch(load(90))).status, 204);
    assert.equal((await idle.patch(load(10))).status, 204);
    assert.deepEqual(idsIn(await consumer.discover('CHF')), [idle.nfInstanceId, busy.nfInstanceId]);
    await busy.patch(load(5));
    assert.deepEqual(idsIn(await consumer.discover('CHF')), [busy.nfInstanceId, idle.nfInstanceId]);
    const suspended = [{ op: 'replace', path: '/nfServices/0/nfServiceStatus', value: 'SUSPENDED' }];
    assert.equal((await busy.patch(suspended)).status, 204);
    assert.deepEqual(idsIn(await consumer.discover('CHF')), [idle.nfInstanceId]);
    refused(await busy.patch([{ op: 'replace', path: '/load', value: 101 }]), 400, 'MANDATORY_IE_INCORRECT');
  });

  test('takes what vendors and later releases add, and refuses what contradicts itself', async () => {
    const nf = await newUser('AMF');
    const answer = await nf.register({ 'vendor-x': { a: 1 }, amfInfo: { tomorrow: 1, ...AMF_INFO } } as object);
    assert.equal(answer.status, 201);
    assert.deepEqual((answer.body as Record<string, unknown>)['vendor-x'], { a: 1 });
    const wrongKey = await nf.register({ nfServiceList: { 'b-1': service('a') } });
    refused(wrongKey, 400, 'OPTIONAL_IE_INCORRECT');
    refused(await nf.register({ fqdn: undefined, ipv4Addresses: undefined } as object), 400, 'MANDATORY_IE_MISSING');
    const nrfInfo = (servedAmfInfo: object) => nf.register({ nrfInfo: { servedAmfInfo } } as object);
    assert.equal((await nrfInfo({ [randomUUID()]: AMF_INFO, [randomUUID()]: {} })).status, 200);
    refused(await nrfInfo({ [randomUUID()]: { amfSetId: 7 } }), 400, 'OPTIONAL_IE_INCORRECT');
    const incomplete = await nf.register({ amfInfo: { amfSetId: '001', amfRegionId: '01' } } as object);
    refused(incomplete, 400, 'MANDATORY_IE_MISSING');
    assert.deepEqual(
      (incomplete.body as { invalidParams: { param: string }[] }).invalidParams.map(({ param }) => param),
      ['/amfInfo/guamiList'],
    );
  });

  test('is not open to other networks', async () => {
    const sepp = await newUser('SEPP');
    const headers = { [ORIGINATING_NETWORK_ID]: '999-70; src: SEPP-x' };
    const send = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown) =>
      sepp.client.send({ method, url: nrf.apiRoot + path, headers, ...(body ? { body } : {}) });
    refused(await send('GET', INSTANCES), 403);
    refused(await send('GET', `${INSTANCES}/${sepp.nfInstanceId}`), 403);
    refused(await send('PUT', `${INSTANCES}/${sepp.nfInstanceId}`, sepp.profile()), 403);
    refused(await send('DELETE', `${INSTANCES}/${sepp.nfInstanceId}`), 403);
    const subscription = { nfStatusNotificationUri: `https://${fqdnOf(sepp.client)}:1/x`, reqNfType: 'AMF' };
    refused(await send('POST', '/nnrf-nfm/v1/subscriptions', subscription), 403, 'SUBSCRIPTION_NOT_ALLOWED');
  });
});

describe('heartbeats', () => {
  let plmn: TestPlmn;
  before(async () => {
    plmn = await testPlmn(HOME);
  });
  after(() => plmn.close());

  test('an NF that falls silent is not handed out until it is heard again, also over a restart', async () => {
    let nrf = await startNrf(plmn, { heartBeatTimer: 1 });
    const [silent, loud, operator] = [
      user(await plmn.client('AUSF'), nrf.apiRoot),
      user(await plmn.client('AUSF'), nrf.apiRoot),
      user(await plmn.client('OPERATOR'), nrf.apiRoot),
    ];
    await silent.register();
    await loud.register();
    const found = async () => idsIn(await operator.discover('AUSF'));
    assert.deepEqual(new Set(await found()), new Set([silent.nfInstanceId, loud.nfInstanceId]));
    const until = async (expected: number) => {
      const deadline = Date.now() + 15_000;
      while ((await found()).length !== expected) {
        assert.ok(Date.now() < deadline, `never ${expected} NFs`);
        assert.equal((await loud.heartbeat()).status, 204);
        await sleep(100);
      }
    };
    await until(1);
    assert.deepEqual(await found(), [loud.nfInstanceId]);

    await nrf.stop();
    nrf = await startNrf(plmn, { heartBeatTimer: 1, ...placeOf(nrf) });
    assert.deepEqual(
      await found(),
      [loud.nfInstanceId],
      'who was heard last is still there, who was silent still is not',
    );
    assert.equal((await silent.heartbeat()).status, 204);
    assert.equal((await found()).length, 2);
    await until(1);
    assert.deepEqual(await found(), [loud.nfInstanceId], 'the timers run again after the restart');
    await nrf.stop();
  });

  test('an NF that stays silent is forgotten in the end', async () => {
    const nrf = await startNrf(plmn, { heartBeatTimer: 1, removalAfter: 3 });
    const nf = user(await plmn.client('AUSF'), nrf.apiRoot);
    const operator = user(await plmn.client('OPERATOR'), nrf.apiRoot);
    await nf.register();
    const states = new Set<string>();
    const deadline = Date.now() + 15_000;
    for (;;) {
      const { status, body } = await operator.get(`${INSTANCES}/${nf.nfInstanceId}`);
      if (status === 404) break;
      states.add((body as NFProfile).nfStatus);
      assert.ok(Date.now() < deadline, 'never removed');
      await sleep(100);
    }
    assert.deepEqual([...states], ['REGISTERED', 'SUSPENDED']);
    refused(await nf.heartbeat(), 404);
    assert.equal((await nf.register()).status, 201, 'it registers anew');
  });
});
