import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { NFProfile, SearchResult } from '@twincore/model';
import { ORIGINATING_NETWORK_ID } from '@twincore/sbi';
import { type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { NrfConfig } from '../src/config.ts';
import { fqdnOf, HOME, idsIn, refused, service, startListener, startNrf, user, VISITED } from './support.ts';

describe('NFDiscovery', () => {
  let plmn: TestPlmn;
  let nrf: StartedNf<NrfConfig>;
  const newUser = async (nfType: string) => user(await plmn.client(nfType), nrf.apiRoot);
  type User = Awaited<ReturnType<typeof newUser>>;
  let amf: User;
  let udms: User[] = [];

  before(async () => {
    plmn = await testPlmn(HOME);
    nrf = await startNrf(plmn);
    amf = await newUser('AMF');
    udms = [await newUser('UDM'), await newUser('UDM')];
  });
  after(() => plmn.close());

  const slice = (sd: string) => ({ sst: 1, sd });
  beforeEach(async () => {
    await udms[0]?.register({
      priority: 2,
      sNssais: [slice('000001')],
      udmInfo: { routingIndicators: ['0000'], supiRanges: [{ start: '001010000000001', end: '001010000000099' }] },
      nfServices: [
        service('nudm-sdm', { allowedNfTypes: ['AMF', 'SMF'] }),
        service('nudm-ueau', { allowedNfTypes: ['AUSF'] }),
        service('nudm-ee', { nfServiceStatus: 'SUSPENDED' }),
      ],
    });
    await udms[1]?.register({
      priority: 1,
      udmInfo: { routingIndicators: ['17'] },
      nfServices: [service('nudm-sdm', { allowedPlmns: [HOME] })],
    });
  });
  const ids = () => udms.map(({ nfInstanceId }) => nfInstanceId) as [string, string];

  test('finds NFs by type, the preferred ones first, with the services that the requester may use', async () => {
    const answer = await amf.discover('UDM');
    assert.equal(answer.status, 200);
    const { nfInstances, validityPeriod } = answer.body as SearchResult;
    assert.deepEqual(idsIn(answer), ids().reverse());
    assert.equal(answer.headers['cache-control'], `max-age=${validityPeriod}`);
    const names = nfInstances.map(({ nfServices }) => nfServices?.map(({ serviceName }) => serviceName));
    assert.deepEqual(names, [['nudm-sdm'], ['nudm-sdm']]);
    const text = JSON.stringify(answer.body);
    for (const hidden of ['heartBeatTimer', 'allowedNfTypes', 'allowedPlmns'])
      assert.ok(!text.includes(hidden), hidden);
  });

  test('selects by each parameter', async () => {
    const [first, second] = ids();
    const cases: [Record<string, string>, string[]][] = [
      [{ 'service-names': 'nudm-sdm' }, [second, first]],
      [{ 'service-names': 'nudm-ueau' }, []],
      [{ 'service-names': 'nudm-ee,nudm-sdm', limit: '1' }, [second]],
      [{ 'service-names': 'nudm-ee' }, []],
      [{ 'routing-indicator': '0000' }, [first]],
      [{ 'target-nf-instance-id': first.toUpperCase() }, [first]],
      [{ 'target-nf-instance-id': amf.nfInstanceId }, []],
      [{ 'target-nf-fqdn': fqdnOf(udms[1]?.client ?? amf.client).toUpperCase() }, [second]],
      [{ supi: 'imsi-001010000000007' }, [second, first]],
      [{ supi: 'imsi-001010000000100' }, [second]],
      [{ snssais: JSON.stringify([slice('000001')]) }, [second, first]],
      [{ snssais: JSON.stringify([slice('00000A')]) }, [second]],
      [{ 'target-plmn-list': JSON.stringify([VISITED, HOME]) }, [second, first]],
      [
        { 'requester-plmn-list': JSON.stringify([HOME]), 'requester-nf-instance-id': amf.nfInstanceId },
        [second, first],
      ],
    ];
    for (const [parameters, expected] of cases) {
      assert.deepEqual(idsIn(await amf.discover('UDM', parameters)), expected, JSON.stringify(parameters));
    }
    assert.deepEqual(idsIn(await amf.discover('UPF')), []);
  });

  test('answers from the registry as it is, not as it was', async () => {
    assert.equal(idsIn(await amf.discover('UDM')).length, 2);
    await udms[0]?.delete();
    assert.equal(idsIn(await amf.discover('UDM')).length, 1);
    await udms[1]?.patch([{ op: 'replace', path: '/nfStatus', value: 'SUSPENDED' }]);
    assert.equal(idsIn(await amf.discover('UDM')).length, 0);
    await udms[1]?.heartbeat();
    assert.equal(idsIn(await amf.discover('UDM')).length, 1);
  });

  test('keeps to itself what the requester has no use for (A7)', async () => {
    const udr = await newUser('UDR');
    await udr.register({ nfServices: [service('nudr-dr', { allowedNfTypes: ['UDM'] })] });
    assert.deepEqual(idsIn(await amf.discover('UDR')), [], 'not even that there is one');
    assert.deepEqual(idsIn(await (await newUser('UDM')).discover('UDR')), [udr.nfInstanceId]);
    assert.deepEqual(idsIn(await (await newUser('OPERATOR')).discover('UDR')), [udr.nfInstanceId]);
    refused(await amf.discover('UDR', { 'requester-nf-type': 'UDM' }), 403);
    refused(await amf.discover('UDM', { 'requester-nf-instance-id': udr.nfInstanceId }), 403);
    refused(await amf.discover('UDM', { 'requester-plmn-list': JSON.stringify([VISITED]) }), 403);
    // The answer to one NF is not kept for another.
    await (await newUser('UDM')).discover('UDR', { 'requester-nf-type': 'UDM' });
    refused(await amf.discover('UDR', { 'requester-nf-type': 'UDM' }), 403);
  });

  test('believes an NF its slices as far as it registered them', async () => {
    const smf = await newUser('SMF');
    await smf.register({ nfServices: [service('nsmf-pdusession', { allowedNssais: [slice('000005')] })] });
    const claim = { 'requester-snssais': JSON.stringify([slice('000005')]) };
    const consumer = await newUser('AMF');
    assert.deepEqual(idsIn(await consumer.discover('SMF', claim)), [], 'not registered');
    await consumer.register({ sNssais: [slice('000001')] });
    assert.deepEqual(idsIn(await consumer.discover('SMF', claim)), []);
    await consumer.register({ sNssais: [slice('000001'), slice('000005')] });
    assert.deepEqual(idsIn(await consumer.discover('SMF', claim)), [smf.nfInstanceId]);
  });

  test('refuses malformed queries (B2)', async () => {
    const incorrect = 'OPTIONAL_QUERY_PARAM_INCORRECT';
    for (const bad of ['{', '[', '[]', '{}', '[{}]', '[{"mcc":"1","mnc":"01"}]', '['.repeat(2000)]) {
      refused(await amf.discover('UDM', { 'target-plmn-list': bad }), 400, incorrect);
    }
    refused(await amf.discover('UDM', { 'requester-features': 'f'.repeat(65) }), 400, incorrect);
    refused(await amf.discover('UDM', { 'requester-features': 'xyz' }), 400, incorrect);
    refused(await amf.discover('UDM', { 'service-names': 'a,,b' }), 400, incorrect);
    refused(await amf.discover('UDM', { limit: '-1' }), 400, incorrect);
    refused(await amf.discover('UDM', { limit: 'ten' }), 400, incorrect);
    refused(await amf.discover('UDM', { supi: 'x' }), 400, incorrect);
    refused(await amf.discover('UDM', { 'requester-nf-instance-id': '7' }), 400, incorrect);
    refused(await amf.discover(''), 400, 'MANDATORY_QUERY_PARAM_INCORRECT');
    refused(await amf.get('/nnrf-disc/v1/nf-instances'), 400, 'MANDATORY_QUERY_PARAM_MISSING');
    refused(
      await amf.get('/nnrf-disc/v1/nf-instances?target-nf-type=UDM&target-nf-type=UDR&requester-nf-type=AMF'),
      400,
      'MANDATORY_QUERY_PARAM_INCORRECT',
    );
    const hundreds = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, '1']));
    refused(await amf.discover('UDM', hundreds), 400, 'INVALID_QUERY_PARAM');
    assert.equal((await amf.discover('UDM', { 'some-later-parameter': '1' })).status, 200);
  });

  test('shows another network what it may use, by its name and without addresses', async () => {
    const sepp = await newUser('SEPP');
    const headers = { [ORIGINATING_NETWORK_ID]: '999-70; src: SEPP-x' };
    const discover = (query: Record<string, string>) =>
      sepp.client.send({
        method: 'GET',
        url: `${nrf.apiRoot}/nnrf-disc/v1/nf-instances?${new URLSearchParams(query)}`,
        headers,
      });
    const query = { 'target-nf-type': 'UDM', 'requester-nf-type': 'AMF' };
    const answer = await discover(query);
    assert.deepEqual(idsIn(answer), [ids()[0]], 'the other one is for this PLMN only');
    const [profile] = (answer.body as { nfInstances: NFProfile[] }).nfInstances;
    assert.equal(profile?.fqdn, fqdnOf(udms[0]?.client ?? amf.client));
    assert.deepEqual(profile?.nfServices?.[0]?.ipEndPoints, [{ transport: 'TCP', port: 7777 }]);
    assert.ok(!JSON.stringify(answer.body).includes('127.0.0.1'));
    refused(await discover({ ...query, 'requester-plmn-list': JSON.stringify([HOME]) }), 403);
    refused(await discover({ ...query, 'target-plmn-list': JSON.stringify([VISITED]) }), 403);
    assert.deepEqual(idsIn(await discover({ ...query, 'requester-nf-type': 'OPERATOR' })), []);
  });

  test('answers a conditional request with 304 while nothing changed', async () => {
    const url = `${nrf.apiRoot}/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AMF`;
    const conditional = (etag: string) => amf.client.send({ method: 'GET', url, headers: { 'if-none-match': etag } });
    const { headers } = await amf.client.send({ method: 'GET', url });
    const etag = String(headers.etag);
    const same = await conditional(`"x", ${etag}`);
    assert.equal(same.status, 304);
    assert.equal(same.body, undefined);
    assert.equal(same.headers.etag, etag);
    await udms[0]?.register({ priority: 1 });
    const other = await conditional(etag);
    assert.equal(other.status, 200);
    assert.notEqual(other.headers.etag, etag);
  });

  test('keeps what does not fit into an answer, for the requester and nobody else', async () => {
    const { searchId, nfInstances } = (await amf.discover('UDM', { limit: '1' })).body as SearchResult;
    const search = `/nnrf-disc/v1/searches/${searchId}`;
    assert.deepEqual(idsIn(await amf.get(search)), [nfInstances[0]?.nfInstanceId]);
    assert.deepEqual(idsIn(await amf.get(`${search}/complete`)), ids().reverse());
    refused(await (await newUser('AMF')).get(search), 404);
    refused(await amf.get('/nnrf-disc/v1/searches/none'), 404);
    assert.equal(((await amf.discover('UDM')).body as SearchResult).searchId, undefined, 'not where all is shown');
  });

  test('opens an NF to the domains that it names', async () => {
    const nef = await newUser('NEF');
    const show = async (allowedNfDomains: string[]) => {
      await nef.register({ nfServices: [service('nnef-eventexposure', { allowedNfDomains })] });
      return idsIn(await amf.discover('NEF'));
    };
    assert.deepEqual(await show(['amf-[0-9a-f]+\\.5gc\\..+']), [nef.nfInstanceId]);
    assert.deepEqual(
      await show(['5gc', '.*\\.example\\.org', '(?=a)(a+)+', '(']),
      [],
      'and to nobody by a broken pattern',
    );
    refused(await amf.discover('NEF', { 'requester-nf-instance-fqdn': 'amf.example.org' }), 403);
    const own = { 'requester-nf-instance-fqdn': fqdnOf(amf.client) };
    assert.equal((await amf.discover('NEF', own)).status, 200);
  });

  test('tells an SCP how domains are connected, and of changes', async () => {
    const listener = await startListener(plmn, nrf.apiRoot, 'SCP');
    const scp = user(await plmn.client('SCP', { nfInstanceId: listener.nf.config.nfInstanceId }), nrf.apiRoot);
    const subs = '/nnrf-disc/v1/scp-domain-routing-info-subs';
    const { headers, body, status } = await scp.post(subs, { callbackUri: listener.callback, localInd: true });
    assert.equal(status, 201);
    assert.equal((body as { callbackUri: string }).callbackUri, listener.callback);
    const other = await newUser('SCP');
    await other.register({ scpInfo: { scpDomainInfoList: { north: {}, south: {} } } });
    const scpDomainList = {
      north: { connectedScpDomainList: ['south'] },
      south: { connectedScpDomainList: ['north'] },
    };
    assert.deepEqual(await listener.next(), { routingInfo: { scpDomainList }, localInd: true });
    const info = await scp.get('/nnrf-disc/v1/scp-domain-routing-info');
    assert.deepEqual(info.body, { scpDomainList });
    refused(await amf.get('/nnrf-disc/v1/scp-domain-routing-info'), 403);
    refused(await other.post(subs, { callbackUri: listener.callback }), 403, 'SUBSCRIPTION_NOT_ALLOWED');
    const path = new URL(String(headers.location)).pathname;
    refused(await other.delete(path), 403);
    assert.equal((await scp.delete(path)).status, 204);
    refused(await scp.delete(path), 404, 'SUBSCRIPTION_NOT_FOUND');
  });

  test('tells where the services of this NRF are', async () => {
    const { status, headers, body } = await amf.get('/bootstrapping');
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/3gppHal\+json/i);
    const { _links } = body as { _links: Record<string, { href: string }> };
    assert.equal(_links.authorize?.href, `${nrf.apiRoot}/oauth2/token`);
    const url = `${nrf.apiRoot}/bootstrapping`;
    const again = await amf.client.send({ method: 'GET', url, headers: { 'if-none-match': String(headers.etag) } });
    assert.equal(again.status, 304);
  });
});
