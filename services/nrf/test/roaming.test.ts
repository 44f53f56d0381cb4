import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AccessTokenErr, AccessTokenRsp, SearchResult, SubscriptionData } from '@twincore/model';
import { ORIGINATING_NETWORK_ID } from '@twincore/sbi';
import { type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import { decodeJwt } from 'jose';
import type { NrfConfig } from '../src/config.ts';
import {
  HOME,
  INSTANCES,
  idsIn,
  refused,
  SUBSCRIPTIONS,
  seppTo,
  service,
  startListener,
  startNrf,
  user,
  VISITED,
} from './support.ts';

describe('two networks', () => {
  let home: TestPlmn;
  let visited: TestPlmn;
  let homeNrf: StartedNf<NrfConfig>;
  let visitedNrf: StartedNf<NrfConfig>;
  const inVisited = async (nfType: string) => user(await visited.client(nfType), visitedNrf.apiRoot, VISITED);
  let amf: Awaited<ReturnType<typeof inVisited>>;
  let ausf: ReturnType<typeof user>;

  before(async () => {
    home = await testPlmn(HOME);
    visited = await testPlmn(VISITED);
    const back = await home.start(seppTo(await visited.client('SEPP'), HOME), { nfType: 'SEPP' });
    homeNrf = await startNrf(home, { sepp: { apiRoot: back.apiRoot } });
    const sepp = await visited.start(seppTo(await home.client('SEPP'), VISITED), { nfType: 'SEPP' });
    visitedNrf = await startNrf(visited, {
      sepp: { apiRoot: sepp.apiRoot },
      partners: [{ plmnId: HOME, nrfApiRoot: homeNrf.apiRoot }],
    });
    ausf = user(await home.client('AUSF'), homeNrf.apiRoot);
    await ausf.register({ nfServices: [service('nausf-auth', { allowedNfTypes: ['AMF'] })] });
    amf = await inVisited('AMF');
    await amf.register();
  });
  after(async () => {
    await visited.close();
    await home.close();
  });

  const target = { 'target-plmn-list': JSON.stringify([HOME]) };
  const tokenFor = { targetNfType: 'AUSF', scope: 'nausf-auth', targetPlmn: JSON.stringify(HOME) };

  test('a consumer discovers the other network through its own NRF', async () => {
    const more = { ...target, 'service-names': 'nausf-auth', 'requester-nf-instance-id': amf.nfInstanceId };
    const answer = await amf.discover('AUSF', more);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.deepEqual(idsIn(answer), [ausf.nfInstanceId]);
    assert.ok((answer.body as SearchResult).validityPeriod);
    assert.deepEqual(idsIn(await amf.discover('AUSF')), [], 'there is none at home');
    const claimed = { ...more, 'requester-plmn-list': JSON.stringify([VISITED]) };
    assert.deepEqual(idsIn(await amf.discover('AUSF', claimed)), [ausf.nfInstanceId]);
  });

  test('gets a token of the producer network', async () => {
    const answer = await amf.token({ ...tokenFor, requesterPlmn: JSON.stringify(VISITED) });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { exp: _exp, ...claims } = decodeJwt((answer.body as AccessTokenRsp).access_token);
    assert.deepEqual(claims, {
      iss: homeNrf.config.nfInstanceId,
      sub: amf.nfInstanceId,
      aud: 'AUSF',
      scope: 'nausf-auth',
      consumerPlmnId: VISITED,
      producerPlmnId: HOME,
    });
  });

  test('is who it is at its own NRF first', async () => {
    const stranger = await inVisited('AMF');
    const error = async (answer: ReturnType<typeof stranger.token>) => ((await answer).body as AccessTokenErr).error;
    assert.equal(await error(stranger.token(tokenFor)), 'invalid_client', 'not registered');
    assert.equal(await error(amf.token({ ...tokenFor, nfType: 'AUSF' })), 'invalid_client');
    assert.equal(await error(amf.token({ ...tokenFor, requesterPlmn: JSON.stringify(HOME) })), 'invalid_client');
    refused(await amf.discover('AUSF', { ...target, 'requester-nf-type': 'UDM' }), 403);
    refused(await amf.discover('AUSF', { ...target, 'requester-plmn-list': JSON.stringify([HOME]) }), 403);
  });

  test('subscribes to NFs of the other network, and hears of them through the SEPPs', async () => {
    const listener = await startListener(visited, visitedNrf.apiRoot, 'SMF');
    const smf = user(
      await visited.client('SMF', { nfInstanceId: listener.nf.config.nfInstanceId }),
      visitedNrf.apiRoot,
    );
    const data = { plmnId: HOME, subscrCond: { nfType: 'PCF' } };
    const made = await smf.subscribe(data, listener.callback);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { subscriptionId = '' } = made.body as SubscriptionData;
    assert.match(subscriptionId, /^00101-[^-]+$/, 'the PLMN that has it comes first');
    assert.equal(made.headers.location, `${visitedNrf.apiRoot}${SUBSCRIPTIONS}/${subscriptionId}`);

    const pcf = user(await home.client('PCF'), homeNrf.apiRoot);
    const hidden = user(await home.client('PCF'), homeNrf.apiRoot);
    await hidden.register({ nfServices: [service('npcf-smpolicycontrol', { allowedPlmns: [HOME] })] });
    await pcf.register({ nfServices: [service('npcf-smpolicycontrol', { allowedNfTypes: ['SMF'] })] });
    const { event, nfInstanceUri, nfProfile } = await listener.next();
    assert.equal(event, 'NF_REGISTERED', 'of the one that is open to it, and not of the other');
    assert.equal(nfProfile?.nfInstanceId, pcf.nfInstanceId);
    assert.ok(!JSON.stringify(nfProfile).includes('127.0.0.1'));

    // The URI is the home NRF's; the profile comes as discovery would show it.
    const sepp = await home.client('SEPP');
    const headers = { [ORIGINATING_NETWORK_ID]: '999-70; src: SEPP-x', 'user-agent': `SMF-${smf.nfInstanceId}` };
    const profile = await sepp.send({ method: 'GET', url: nfInstanceUri, headers });
    assert.equal(profile.status, 200, JSON.stringify(profile.body));
    assert.deepEqual(profile.body, nfProfile);
    refused(
      await sepp.send({ method: 'GET', url: `${homeNrf.apiRoot}${INSTANCES}/${hidden.nfInstanceId}`, headers }),
      403,
    );

    const uri = `${visitedNrf.apiRoot}${SUBSCRIPTIONS}/${subscriptionId}`;
    const renewal = [{ op: 'replace', path: '/validityTime', value: new Date(Date.now() + 60_000).toISOString() }];
    const thief = await inVisited('SMF');
    refused(await thief.patch(renewal, {}, uri), 403);
    refused(await thief.delete(`${SUBSCRIPTIONS}/${subscriptionId}`), 403);
    assert.equal((await smf.patch(renewal, {}, uri)).status, 204);
    const stolen = `${homeNrf.apiRoot}${SUBSCRIPTIONS}/${subscriptionId.split('-')[1]}`;
    refused(await pcf.client.send({ method: 'DELETE', url: stolen }), 403);
    assert.equal((await smf.delete(`${SUBSCRIPTIONS}/${subscriptionId}`)).status, 204);
    refused(await smf.delete(`${SUBSCRIPTIONS}/${subscriptionId}`), 404, 'SUBSCRIPTION_NOT_FOUND');
    await pcf.delete();
    await hidden.delete();
    assert.deepEqual(listener.waiting, []);
  });

  test('names the home NRF only where it is one', async () => {
    const root = { 'hnrf-uri': homeNrf.apiRoot };
    assert.deepEqual(idsIn(await amf.discover('AUSF', { ...target, ...root })), [ausf.nfInstanceId]);
    const evil = { 'hnrf-uri': 'https://nrf.example.org' };
    refused(await amf.discover('AUSF', { ...target, ...evil }), 400, 'OPTIONAL_QUERY_PARAM_INCORRECT');
    const token = (hnrfAccessTokenUri: string) => amf.token({ ...tokenFor, hnrfAccessTokenUri });
    assert.equal((await token(`${homeNrf.apiRoot}/oauth2/token`)).status, 200);
    assert.equal(
      ((await token('https://nrf.example.org/oauth2/token')).body as AccessTokenErr).error,
      'invalid_request',
    );
  });

  test('hears what the other network refuses', async () => {
    const smf = await inVisited('SMF');
    await smf.register();
    const denied = await smf.token(tokenFor);
    assert.equal(denied.status, 400);
    assert.equal((denied.body as AccessTokenErr).error, 'unauthorized_client');
    assert.deepEqual(idsIn(await smf.discover('AUSF', target)), []);
    refused(
      await amf.discover('AUSF', { ...target, 'requester-snssais': '[]' }),
      400,
      'OPTIONAL_QUERY_PARAM_INCORRECT',
    );
  });

  test('there is no way to a network that is no partner, or does not answer', async () => {
    const nowhere = { mcc: '262', mnc: '01' };
    const to = { 'target-plmn-list': JSON.stringify([nowhere]) };
    refused(await amf.discover('AUSF', to), 504, 'TARGET_NF_NOT_REACHABLE');
    refused(await amf.token({ ...tokenFor, targetPlmn: JSON.stringify(nowhere) }), 504, 'TARGET_NF_NOT_REACHABLE');
    const lonely = user(await home.client('AMF'), homeNrf.apiRoot);
    refused(
      await lonely.discover('AUSF', { 'target-plmn-list': JSON.stringify([VISITED]) }),
      504,
      'TARGET_NF_NOT_REACHABLE',
    );
    await homeNrf.stop();
    const late = await amf.discover('AUSF', { ...target, limit: '1' });
    assert.ok(late.status >= 500, String(late.status));
    assert.deepEqual(idsIn(await amf.discover('AMF')), [amf.nfInstanceId], 'the own network goes on');
  });
});
