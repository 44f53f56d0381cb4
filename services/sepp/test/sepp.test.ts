/** Two SEPPs over real TLS, with a stand-in NRF and an echoing producer behind the home one. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NFProfile, nfFqdn } from '@twincore/model';
import { createMetrics, HttpClient, NfConfig, type NfDefinition, nfServiceOf, SECURE } from '@twincore/sbi';
import { freePort, type StartedNf, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import pino from 'pino';
import type { SeppConfig } from '../src/config.ts';
import { sepp } from '../src/nf.ts';
import { HOME, STRANGER, standInNrf, startSepp as startSeppOf, VISITED } from './support.ts';

const echo = { access: 'token', operation: 'test', service: 'nausf-auth', consumers: ['AMF'] } as const;

const producer: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    server.post('/nausf-auth/v1/echo', { config: { sbi: echo } }, async (request) => ({
      body: request.body,
      plmnId: request.sbi.consumer?.plmnId,
      headers: Object.keys(request.headers),
      traceparent: request.headers.traceparent,
    }));
    server.get('/nausf-auth/v1/large', { config: { sbi: echo } }, async () => ({ text: 'x'.repeat(200_000) }));
    return {};
  },
};

/** What an AMF has for the UDM of another network. */
const callback: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const sbi = { access: 'peer', operation: 'test', peers: ['SEPP'] } as const;
    server.post('/namf-callback/v1/dereg/1', { config: { sbi } }, async (request, reply) => {
      assert.deepEqual(request.sbi.consumer?.plmnId, HOME);
      assert.deepEqual(request.body, { deregReason: 'UE_INITIAL_REGISTRATION' });
      return reply.code(204).send();
    });
    return {};
  },
};

/** The producer's routes, beside what roaming needs. */
const ECHO = [
  { name: 'echo', methods: ['POST'], path: '/nausf-auth/v1/echo', consumers: ['AMF'] },
  { name: 'large', methods: ['GET'], path: '/nausf-auth/v1/large', consumers: ['AMF'] },
];

let home: TestPlmn;
let visited: TestPlmn;
let stranger: TestPlmn;
let ausf: StartedNf<NfConfig>;
let homeSepp: StartedNf<SeppConfig>;
let visitedSepp: StartedNf<SeppConfig>;
let homeNrf: StartedNf<NfConfig>;
let amf: TestClient;
/** An AMF of the visited network with a callback, and the UDM of the home that calls it. */
let visitedAmf: StartedNf<NfConfig>;
let udm: TestClient;
const ports = { home: 0, visited: 0 };

const startSepp = (plmn: TestPlmn, port: number, nrf: StartedNf<NfConfig>, partners: [TestPlmn, number][]) =>
  startSeppOf(
    plmn,
    port,
    nrf,
    partners.map(([partner, n32Port]) => ({
      plmn: partner,
      port: n32Port,
      members: { firewall: { moreOperations: ECHO } },
    })),
    { limits: { bodyBytes: 4096 } },
  );

before(async () => {
  [home, visited, stranger] = await Promise.all([testPlmn(HOME), testPlmn(VISITED), testPlmn(STRANGER)]);
  ausf = await home.start(producer, { nfType: 'AUSF' });
  const { config } = ausf;
  const profile: NFProfile = {
    nfInstanceId: config.nfInstanceId,
    nfType: 'AUSF',
    nfStatus: 'REGISTERED',
    fqdn: config.fqdn,
    ipv4Addresses: ['127.0.0.1'],
    nfServices: [nfServiceOf(config, { serviceName: 'nausf-auth', apiFullVersion: '1.2.0', rules: { echo } })],
  };
  homeNrf = await home.start(standInNrf([profile]), { nfType: 'NRF' });
  visitedAmf = await visited.start(callback, { nfType: 'AMF' });
  const amfProfile: NFProfile = {
    nfInstanceId: visitedAmf.config.nfInstanceId,
    nfType: 'AMF',
    nfStatus: 'REGISTERED',
    fqdn: visitedAmf.config.fqdn,
    ipv4Addresses: ['127.0.0.1'],
  };
  const visitedNrf = await visited.start(standInNrf([amfProfile]), { nfType: 'NRF' });
  ports.home = await freePort();
  ports.visited = await freePort();
  homeSepp = await startSepp(home, ports.home, homeNrf, [
    [visited, ports.visited],
    [stranger, await freePort()],
  ]);
  visitedSepp = await startSepp(visited, ports.visited, visitedNrf, [[home, ports.home]]);
  amf = await visited.client('AMF');
  udm = await home.client('UDM');
});
after(async () => {
  await visited.close();
  await home.close();
  await stranger.close();
});

const token = async (claims = {}) =>
  home.sign({
    sub: amf.nfInstanceId,
    aud: 'AUSF',
    scope: 'nausf-auth',
    consumerPlmnId: VISITED,
    producerPlmnId: HOME,
    ...claims,
  });
const call = async (path: string, options: { body?: unknown; headers?: Record<string, string>; token?: string } = {}) =>
  amf.send({
    method: options.body === undefined ? 'GET' : 'POST',
    url: visitedSepp.apiRoot + path,
    ...(options.body === undefined ? {} : { body: options.body }),
    token: options.token ?? (await token()),
    headers: { '3gpp-sbi-target-apiroot': ausf.apiRoot, ...options.headers },
  });

test("a visited AMF reaches the home AUSF; the producer learns the consumer's PLMN from its SEPP", async () => {
  const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
  const answer = await call('/nausf-auth/v1/echo?x=1', { body: { hello: 'home' }, headers: { traceparent } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const seen = answer.body as { body: unknown; plmnId: unknown; headers: string[]; traceparent: string };
  assert.deepEqual(seen.body, { hello: 'home' });
  assert.deepEqual(seen.plmnId, VISITED);
  assert.equal(seen.headers.includes('3gpp-sbi-target-apiroot'), false);
  assert.equal(seen.headers.includes('forwarded'), false, 'addresses of this side do not cross the border');
  assert.match(seen.traceparent, /^00-(ab){16}-/);
});

test('an answer larger than a flow-control window comes through, and many at once', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => call('/nausf-auth/v1/large')));
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.equal((body as { text: string }).text.length, 200_000);
  }
});

test("the NRF of the other PLMN is reached without a token and knows the asker's PLMN", async () => {
  const nrf = await visited.client('NRF');
  const answer = await nrf.send({
    method: 'POST',
    url: `${visitedSepp.apiRoot}/oauth2/token`,
    body: 'grant_type=client_credentials',
    contentType: 'application/x-www-form-urlencoded',
    headers: { '3gpp-sbi-target-apiroot': homeNrf.apiRoot },
  });
  assert.deepEqual(answer.body, { asked: VISITED });
});

test('a callback travels from the home to the visited AMF', async () => {
  const notify = (url: string) =>
    udm.send({
      method: 'POST',
      url: homeSepp.apiRoot + url,
      body: { deregReason: 'UE_INITIAL_REGISTRATION' },
      headers: {
        '3gpp-sbi-target-apiroot': visitedAmf.apiRoot,
        '3gpp-sbi-callback': 'Nudm_UECM_DeregistrationNotification',
      },
    });
  assert.equal((await notify('/namf-callback/v1/dereg/1')).status, 204);
  // A path that does not tell whose it is: the AMF is found by its name, and knows no such route.
  const other = await notify('/somewhere');
  assert.equal((other.body as { cause: string }).cause, 'RESOURCE_URI_STRUCTURE_NOT_FOUND');
});

test("a token of another PLMN's consumer is refused at the home border", async () => {
  for (const consumerPlmnId of [HOME, STRANGER, undefined]) {
    const answer = await call('/nausf-auth/v1/echo', { body: {}, token: await token({ consumerPlmnId }) });
    assert.equal(answer.status, 403);
    assert.match((answer.body as { detail: string }).detail, /consumer in 999-70/);
  }
  assert.equal((await call('/nausf-auth/v1/echo', { body: {}, token: 'garbage' })).status, 403);
});

test('targets that are missing, malformed, elsewhere or not registered are refused', async () => {
  const targets: [string, number][] = [
    ['', 400],
    ['not a url', 400],
    ['https://user@ausf.5gc.mnc001.mcc001.3gppnetwork.org', 400],
    [`${'https://ausf.5gc.mnc001.mcc001.3gppnetwork.org'}/path`, 400],
    ['https://127.0.0.1:22', 504],
    ['https://ausf.5gc.mnc099.mcc901.3gppnetwork.org', 504],
    ['https://nosuch.5gc.mnc001.mcc001.3gppnetwork.org', 504],
    [`https://${ausf.config.fqdn}:22`, 504],
  ];
  for (const [target, status] of targets) {
    const headers = { '3gpp-sbi-target-apiroot': target };
    assert.equal((await call('/nausf-auth/v1/echo', { body: {}, headers })).status, status, target);
  }
});

test('a body over the limit is answered with 413 and the border goes on', async () => {
  assert.equal((await call('/nausf-auth/v1/echo', { body: { text: 'x'.repeat(10_000) } })).status, 413);
  assert.equal((await call('/nausf-auth/v1/echo', { body: {} })).status, 200);
});

/** A client on N32 with a certificate of `ca` that claims `fqdn`. */
async function n32Client(ca: TestPlmn, fqdn: string, nfTypes = ['SEPP']) {
  const nfInstanceId = randomUUID();
  const made = await ca.pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes, fqdn });
  const http = new HttpClient(
    {
      nfType: 'SEPP',
      nfInstanceId,
      tls: { ...made, ca: home.pki.ca },
      hosts: { [homeSepp.config.fqdn]: '127.0.0.1' },
      insecure: SECURE,
    },
    { metrics: createMetrics({ nfType: 'SEPP', plmn: 'x' }), log: pino({ level: 'silent' }) },
  );
  const send = async (path: string, body: unknown, headers: Record<string, string> = {}, port = ports.home) => {
    const base = `https://${homeSepp.config.fqdn}:${port}`;
    const answer = await http
      .send({ method: 'POST', url: base + path, body, headers, target: 'SEPP', operation: 'test' })
      .catch((error: Error) => error);
    return answer instanceof Error ? ('no connection' as const) : answer;
  };
  return { send, close: () => http.close() };
}
const capabilities = (more = {}) => ({
  sender: nfFqdn('sepp', VISITED),
  supportedSecCapabilityList: ['PRINS', 'TLS'],
  plmnIdList: [VISITED],
  ...more,
});
const CAPABILITY = '/n32c-handshake/v1/exchange-capability';

test('N32-c selects TLS and says who we are', async () => {
  const client = await n32Client(visited, nfFqdn('sepp', VISITED));
  const answer = await client.send(CAPABILITY, capabilities());
  assert.ok(answer !== 'no connection');
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.body, {
    sender: nfFqdn('sepp', HOME),
    selectedSecCapability: 'TLS',
    '3GppSbiTargetApiRootSupported': true,
    plmnIdList: [HOME],
  });
  await client.close();
});

test('N32-c refuses who speaks for others, and what is weaker than TLS', async () => {
  const client = await n32Client(visited, nfFqdn('sepp', VISITED));
  const bad: [object, number][] = [
    [capabilities({ sender: nfFqdn('sepp', STRANGER) }), 403],
    [capabilities({ plmnIdList: [VISITED, STRANGER] }), 403],
    [capabilities({ targetPlmnId: STRANGER }), 403],
    [capabilities({ supportedSecCapabilityList: ['PRINS'] }), 403],
    [capabilities({ intendedUsagePurpose: [{ usagePurpose: 'SMS_INTERCONNECT' }] }), 403],
    [capabilities({ supportedSecCapabilityList: [] }), 400],
    [{ sender: 7 }, 400],
  ];
  for (const [body, status] of bad) {
    const answer = await client.send(CAPABILITY, body);
    assert.equal(answer !== 'no connection' && answer.status, status, JSON.stringify(body));
  }
  await client.close();
});

test("a partner's CA cannot speak for another partner, and no other NF type is a SEPP", async () => {
  const impostor = await n32Client(stranger, nfFqdn('sepp', VISITED));
  const answer = await impostor.send(CAPABILITY, capabilities());
  assert.equal(answer !== 'no connection' && answer.status, 403);
  const forwarded = await impostor.send('/nausf-auth/v1/echo', {}, { '3gpp-sbi-target-apiroot': ausf.apiRoot });
  assert.equal(forwarded !== 'no connection' && forwarded.status, 403);
  const notSepp = await n32Client(visited, nfFqdn('amf', VISITED), ['AMF']);
  const other = await notSepp.send(CAPABILITY, capabilities());
  assert.equal(other !== 'no connection' && other.status, 403);
  const otherSepp = await n32Client(visited, nfFqdn('sepp2', VISITED));
  const unknown = await otherSepp.send(CAPABILITY, capabilities({ sender: nfFqdn('sepp2', VISITED) }));
  assert.equal(unknown !== 'no connection' && unknown.status, 403, 'a SEPP that is not configured');
  const insider = await n32Client(home, nfFqdn('sepp', VISITED));
  assert.equal(await insider.send(CAPABILITY, capabilities()), 'no connection');
  for (const client of [impostor, notSepp, otherSepp, insider]) await client.close();
});

test('a peer cannot declare another originating network', async () => {
  const client = await n32Client(visited, nfFqdn('sepp', VISITED));
  const answer = await client.send(
    '/nausf-auth/v1/echo',
    {},
    {
      '3gpp-sbi-target-apiroot': ausf.apiRoot,
      '3gpp-sbi-originating-network-id': '001-01',
    },
  );
  assert.equal(answer !== 'no connection' && answer.status, 403);
  await client.close();
});

test('nothing comes in over N32-f before the capabilities are negotiated', async () => {
  const client = await n32Client(stranger, nfFqdn('sepp', STRANGER));
  const token = await home.sign({ sub: randomUUID(), aud: 'AUSF', scope: 'nausf-auth', consumerPlmnId: STRANGER });
  const ask = async () => {
    const headers = {
      '3gpp-sbi-target-apiroot': ausf.apiRoot,
      authorization: `Bearer ${token}`,
      'user-agent': 'AMF-x',
    };
    const answer = await client.send('/nausf-auth/v1/echo', {}, headers);
    assert.ok(answer !== 'no connection');
    return answer;
  };
  const early = await ask();
  assert.equal(early.status, 403);
  assert.match((early.body as { detail: string }).detail, /N32-c before N32-f/);
  const agreed = await client.send(
    CAPABILITY,
    capabilities({ sender: nfFqdn('sepp', STRANGER), plmnIdList: [STRANGER] }),
  );
  assert.equal(agreed !== 'no connection' && agreed.status, 200);
  const { status, body } = await ask();
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual((body as { plmnId: unknown }).plmnId, STRANGER);
  await client.close();
});

test('a SEPP negotiates when it starts, again until the partner agrees, and at each start anew', async () => {
  let asked = 0;
  const partner: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    async build({ server, config }) {
      const sbi = { access: 'peer', operation: 'test', peers: ['SEPP'] } as const;
      server.post(CAPABILITY, { config: { sbi } }, async (_request, reply) => {
        asked += 1;
        if (asked < 3) return reply.code(503).send();
        return { sender: config.fqdn, selectedSecCapability: 'TLS', plmnIdList: [VISITED] };
      });
      return {};
    },
  };
  const nfInstanceId = randomUUID();
  const fqdn = nfFqdn('sepp', VISITED);
  const tls = await visited.pki.certificate({ name: 'partner', nfInstanceId, nfTypes: ['SEPP'], fqdn });
  const n32 = await visited.start(partner, {
    nfType: 'SEPP',
    fqdn,
    tls: { ...tls, ca: [visited.pki.ca, home.pki.ca] },
  });
  const negotiated = async (times: number) => {
    for (let waited = 0; asked < times && waited < 5_000; waited += 20) await sleep(20);
    assert.equal(asked, times);
  };
  const started = await startSepp(home, await freePort(), homeNrf, [[visited, n32.config.sbi.port]]);
  await negotiated(3);
  await started.stop();
  const again = await home.start(sepp, started.config as never);
  await negotiated(4);
  await again.stop();
});

test('the N32 context survives a restart', async () => {
  const config = homeSepp.config;
  await homeSepp.stop();
  assert.equal((await call('/nausf-auth/v1/echo', { body: {} })).status, 504);
  // Nobody to negotiate with, so that only what is on disk can let the request in.
  const partners = config.partners.map((partner) => ({ ...partner, n32: { ...partner.n32, port: 1 } }));
  homeSepp = await home.start(sepp, { ...config, partners } as never);
  assert.equal((await call('/nausf-auth/v1/echo', { body: {} })).status, 200);
});

test('a partner without 3gpp-Sbi-Target-apiRoot names the target by the authority alone', async () => {
  const { host } = new URL(ausf.apiRoot);
  const client = await n32Client(visited, nfFqdn('sepp', VISITED));
  const headers = { host, 'user-agent': 'AMF-x', authorization: `Bearer ${await token()}` };
  const answer = await client.send('/nausf-auth/v1/echo', {}, headers);
  assert.ok(answer !== 'no connection');
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  await client.close();
});

test("by telescopic FQDN over TLS: the NF believes it by the wildcard of the SEPP's certificate", async () => {
  const fqdn = nfFqdn('sepp', VISITED);
  const nfInstanceId = randomUUID();
  const tls = await visited.pki.certificate({
    name: 'sepp-wildcard',
    nfInstanceId,
    nfTypes: ['SEPP'],
    fqdn,
    moreNames: [`*.${fqdn}`],
  });
  const members = { firewall: { moreOperations: ECHO } };
  const partner = { plmn: home, port: ports.home, members };
  const wildcard = await startSeppOf(visited, await freePort(), undefined, [partner], { nfInstanceId, tls });
  const plain = await startSeppOf(visited, await freePort(), undefined, [partner]);
  const askBy = async (sepp: StartedNf<SeppConfig>) => {
    const mapping = `/nsepp-telescopic/v1/mapping?foreign-fqdn=${ausf.config.fqdn}`;
    const told = await amf.send({ method: 'GET', url: sepp.apiRoot + mapping });
    const { telescopicLabel, seppDomain } = told.body as { telescopicLabel: string; seppDomain: string };
    const name = `${telescopicLabel}.${seppDomain}`;
    const consumer = await visited.client('AMF', { hosts: { [name]: '127.0.0.1' }, nfInstanceId: amf.nfInstanceId });
    const url = `https://${name}:${sepp.config.sbi.port}/nausf-auth/v1/echo`;
    return consumer.send({ method: 'POST', url, body: { by: name }, token: await token() });
  };
  const answer = await askBy(wildcard);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  await assert.rejects(askBy(plain), /ERR_TLS_CERT_ALTNAME_INVALID/);
  await wildcard.stop();
  await plain.stop();
});

test('each defence of the border that a lab may switch off is what stops something', async () => {
  const cases: readonly [string, Record<string, unknown>, { path: string; token: string }][] = [
    [
      'withoutSourcePlmn',
      { firewall: { moreOperations: ECHO } },
      { path: '/nausf-auth/v1/echo', token: await token({ consumerPlmnId: HOME }) },
    ],
    ['withoutN32Firewall', {}, { path: '/nausf-auth/v1/echo', token: await token() }],
  ];
  for (const [defence, members, request] of cases) {
    const statusWith = async (insecure: Record<string, boolean>) => {
      const port = await freePort();
      const started = await startSeppOf(home, port, homeNrf, [{ plmn: visited, port: 1, members }], { insecure });
      const client = await n32Client(visited, nfFqdn('sepp', VISITED));
      const send = (path: string, body: unknown, headers = {}) => client.send(path, body, headers, port);
      const agreed = await send(CAPABILITY, capabilities());
      assert.equal(agreed !== 'no connection' && agreed.status, 200);
      const headers = {
        '3gpp-sbi-target-apiroot': ausf.apiRoot,
        '3gpp-sbi-originating-network-id': '001-01',
        authorization: `Bearer ${request.token}`,
        'user-agent': 'AMF-x',
      };
      const spoken =
        defence === 'withoutSourcePlmn' ? headers : { ...headers, '3gpp-sbi-originating-network-id': '999-70' };
      const answer = await send(request.path, {}, spoken);
      await client.close();
      await started.stop();
      return answer !== 'no connection' && answer.status;
    };
    assert.equal(await statusWith({}), 403, defence);
    assert.equal(await statusWith({ [defence]: true }), 200, defence);
  }
});
