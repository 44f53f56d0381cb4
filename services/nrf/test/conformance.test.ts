import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { AccessTokenRsp, BootstrappingInfo, SearchResult, SubscriptionData } from '@twincore/model';
import { testPlmn } from '@twincore/testkit';
import { HOME, INSTANCES, SUBSCRIPTIONS, service, startListener, startNrf, user } from './support.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SPECS = process.env.TWINCORE_SPECS ?? join(ROOT, '../shared/3gpp-openapi');

test('every operation of the four APIs is as the OpenAPI documents have it', async (t) => {
  const plmn = await testPlmn(HOME);
  t.after(() => plmn.close());
  const trace = join(plmn.pki.dir, 'trace');
  mkdirSync(trace);
  const nrf = await startNrf(plmn, { trace: { file: join(trace, 'nrf.ndjson') } });
  const newUser = async (nfType: string) => user(await plmn.client(nfType), nrf.apiRoot);
  const status = async (answer: Promise<{ status: number; body: unknown }>, expected: number) => {
    const { status: given, body } = await answer;
    assert.equal(given, expected, JSON.stringify(body));
    return body;
  };

  const listener = await startListener(plmn, nrf.apiRoot, 'AUSF', { trace: { file: join(trace, 'ausf.ndjson') } });
  const ausf = user(await plmn.client('AUSF', { nfInstanceId: listener.nf.config.nfInstanceId }), nrf.apiRoot);
  const [udm, other, scp, operator] = [
    await newUser('UDM'),
    await newUser('UDM'),
    await newUser('SCP'),
    await newUser('OPERATOR'),
  ];
  await scp.register({ scpInfo: { scpDomainInfoList: { north: {} } } });
  const subscribed = (await status(
    ausf.subscribe({ subscrCond: { nfType: 'UDM' }, requesterFeatures: '1' }, listener.callback),
    201,
  )) as SubscriptionData;

  const udmServices = { nfServices: [service('nudm-sdm', { allowedNfTypes: ['AUSF', 'SCP'], priority: 3 })] };
  await status(udm.register(udmServices), 201);
  await status(other.register({ ...udmServices, nfProfileChangesSupportInd: true }), 201);
  await status(udm.register({ ...udmServices, udmInfo: { groupId: 'g' }, sNssais: [{ sst: 1 }] }), 200);
  await status(udm.heartbeat(), 204);
  await status(udm.patch([{ op: 'add', path: '/priority', value: 4 }]), 200);
  for (let i = 0; i < 4; i++) await listener.next();

  await status(operator.get(`${INSTANCES}?nf-type=UDM&page-number=1&page-size=1`), 200);
  await status(operator.get(`${INSTANCES}?nf-type=NEF`), 200);
  await status(operator.client.send({ method: 'OPTIONS' as 'GET', url: nrf.apiRoot + INSTANCES }), 200);
  await status(operator.get(`${INSTANCES}/${udm.nfInstanceId}`), 200);

  const found = (await status(
    ausf.discover('UDM', { limit: '1', 'requester-features': '1', 'preferred-locality': 'x' }),
    200,
  )) as SearchResult;
  await status(ausf.get(`/nnrf-disc/v1/searches/${found.searchId}`), 200);
  await status(ausf.get(`/nnrf-disc/v1/searches/${found.searchId}/complete`), 200);
  await status(ausf.discover('UDM', { snssais: '[{"sst":9}]' }), 200);
  await status(ausf.discover('UDM', { 'requester-features': '20' }), 200);

  await status(scp.get('/nnrf-disc/v1/scp-domain-routing-info?local=true'), 200);
  const url = `${nrf.apiRoot}/nnrf-disc/v1/scp-domain-routing-info-subs`;
  const callbackUri = `https://${scp.profile().fqdn}:7/domains`;
  const made = await scp.client.send({ method: 'POST', url, body: { callbackUri } });
  await status(Promise.resolve(made), 201);
  await status(scp.client.send({ method: 'DELETE', url: String(made.headers.location) }), 204);

  const token = (await status(ausf.token({ targetNfType: 'UDM', scope: 'nudm-sdm' }), 200)) as AccessTokenRsp;
  assert.ok(token.access_token);
  await status(ausf.token({ targetNfType: 'UDM', scope: 'nudm-nothing' }), 400);
  const bootstrapping = (await status(udm.get('/bootstrapping'), 200)) as BootstrappingInfo;
  assert.equal(bootstrapping.nrfInstanceId, nrf.config.nfInstanceId);

  const renewal = [{ op: 'replace', path: '/validityTime', value: new Date(Date.now() + 60_000).toISOString() }];
  const subscription = `${nrf.apiRoot}${SUBSCRIPTIONS}/${subscribed.subscriptionId}`;
  await status(ausf.patch(renewal, {}, subscription), 204);
  const long = [{ op: 'replace', path: '/validityTime', value: '2999-01-01T00:00:00Z' }];
  await status(ausf.patch(long, {}, subscription), 200);
  await status(udm.delete(), 204);
  await listener.next();
  await status(ausf.delete(`${SUBSCRIPTIONS}/${subscribed.subscriptionId}`), 204);
  await nrf.stop();

  if (!existsSync(SPECS)) return t.diagnostic(`no OpenAPI documents in ${SPECS}`);
  const check = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'packages/cli/src/main.ts'),
      'conformance',
      '--specs',
      SPECS,
      '--trace',
      trace,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [report, errors] = await Promise.all([text(check.stdout), text(check.stderr), once(check, 'close')]);
  assert.equal(check.exitCode, 0, report + errors);
});
