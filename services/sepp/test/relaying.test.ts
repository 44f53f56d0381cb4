/**
 * Two SEPPs between cores that are plain HTTP/2 programs, so that everything on either side of N32 can be seen: headers as TS 29.500 6.1.4.3 and
 * 6.10 have them, callbacks in both directions, several PLMNs of one partner, and a partner without 3gpp-Sbi-Target-apiRoot. The same over TLS
 * and PRINS.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { nfFqdn, type PlmnId, servingNetworkNameOf } from '@twincore/model';
import { freePort, type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { SeppConfig } from '../src/config.ts';
import { HOME, STRANGER, startSepp, VISITED } from './support.ts';

/** Another PLMN of the visited network's operator. */
const SECOND = { mcc: '999', mnc: '71' };
const AUSF = nfFqdn('ausf', HOME);
const NRF = nfFqdn('nrf', VISITED);
const SEPP = { home: `SEPP-${nfFqdn('sepp', HOME)}`, visited: `SEPP-${nfFqdn('sepp', VISITED)}` };
const AUTHENTICATIONS = '/nausf-auth/v1/ue-authentications';

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
type Headers = Record<string, string>;

/** A producer that writes down what comes and answers with `answer`. */
async function producer(answer: { status: number; headers?: Headers; body?: string }) {
  const seen: Seen[] = [];
  const server: Http2Server = createServer();
  server.on('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    seen.push({ headers, body: await text(stream) });
    stream.respond({ ':status': answer.status, ...answer.headers }, { endStream: answer.body === undefined });
    if (answer.body !== undefined) stream.end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { seen, port, close: () => server.close() };
}

async function call(sepp: StartedNf<SeppConfig>, path: string, headers: Headers, body: unknown) {
  const session = connect(`http://127.0.0.1:${sepp.config.sbi.port}`);
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json', ...headers });
  stream.end(JSON.stringify(body));
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const content = await text(stream);
  session.close();
  const parsed = content === '' ? {} : (JSON.parse(content) as Record<string, unknown>);
  return { status: Number(answer[':status']), headers: answer, body: parsed };
}

for (const security of ['TLS', 'PRINS'] as const) {
  describe(`N32-f with ${security}`, () => {
    let home: TestPlmn;
    let visited: TestPlmn;
    let homeSepp: StartedNf<SeppConfig>;
    let visitedSepp: StartedNf<SeppConfig>;
    let ausf: Awaited<ReturnType<typeof producer>>;
    let nrf: Awaited<ReturnType<typeof producer>>;
    const ops = { home: 0, visited: 0 };

    before(async () => {
      [home, visited] = await Promise.all([testPlmn(HOME), testPlmn(VISITED)]);
      ausf = await producer({
        status: 201,
        headers: { 'content-type': 'application/json', server: 'AUSF-1', via: '2.0 SCP-scp.home.example.org' },
        body: '{"authType":"5G_AKA"}',
      });
      nrf = await producer({ status: 204 });
      const ports = { home: await freePort(), visited: await freePort() };
      ops.home = await freePort();
      ops.visited = await freePort();
      homeSepp = await startSepp(
        home,
        ports.home,
        undefined,
        [{ plmn: visited, port: ports.visited, members: { security, plmnIds: [VISITED, SECOND] } }],
        {
          insecure: { cleartext: true },
          hosts: { [AUSF]: '127.0.0.1' },
          targets: [`http://${AUSF}:${ausf.port}`],
          ops: { host: '127.0.0.1', port: ops.home },
        },
      );
      visitedSepp = await startSepp(
        visited,
        ports.visited,
        undefined,
        [{ plmn: home, port: ports.home, members: { security } }],
        {
          insecure: { cleartext: true },
          morePlmnIds: [SECOND],
          hosts: { [NRF]: '127.0.0.1' },
          // One target by name, one by address, as cores have them that know no names.
          targets: [`http://${NRF}:${nrf.port}`, `http://127.0.0.1:${nrf.port}`],
          ops: { host: '127.0.0.1', port: ops.visited },
        },
      );
    });
    after(async () => {
      await visited?.close();
      await home?.close();
      for (const server of [ausf, nrf]) server?.close();
    });

    const authenticate = (headers: Headers = {}, serving: PlmnId = VISITED) =>
      call(
        visitedSepp,
        AUTHENTICATIONS,
        { 'user-agent': 'AMF', '3gpp-sbi-target-apiroot': `http://${AUSF}:${ausf.port}`, ...headers },
        { supiOrSuci: 'suci-0-001-01-0-0-0-1', servingNetworkName: servingNetworkNameOf(serving) },
      );
    const count = async (port: number, name: string, labels: string) => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const line = metrics.split('\n').find((one) => one.startsWith(`${name}{`) && one.includes(labels));
      return Number(line?.split(' ').at(-1) ?? 0);
    };

    test('Via has the proxies in their order, in request and answer; Server is who has answered', async () => {
      const { status, headers } = await authenticate({ via: '2.0 SCP-scp.visited.example.org' });
      assert.equal(status, 201);
      assert.equal(
        ausf.seen.at(-1)?.headers.via,
        `2.0 SCP-scp.visited.example.org, 2.0 ${SEPP.visited}, 2.0 ${SEPP.home}`,
      );
      assert.equal(headers.via, `2.0 SCP-scp.home.example.org, 2.0 ${SEPP.home}, 2.0 ${SEPP.visited}`);
      assert.equal(headers.server, 'AUSF-1');
    });

    test('an error of a SEPP has its name, and that of the other SEPP where it passed that', async () => {
      const own = await authenticate({ 'user-agent': 'SMF' });
      assert.deepEqual([own.status, own.headers.server, own.headers.via], [403, SEPP.visited, undefined]);
      const theirs = await authenticate({ '3gpp-sbi-target-apiroot': `http://${AUSF}:1` });
      assert.deepEqual(
        [theirs.status, theirs.headers.server, theirs.headers.via],
        [504, SEPP.home, `2.0 ${SEPP.visited}`],
      );
    });

    test('a request that has passed a SEPP already is stopped there', async () => {
      const before = ausf.seen.length;
      for (const name of [SEPP.visited, SEPP.home.toUpperCase()]) {
        const { status, body, headers } = await authenticate({ via: `2.0 SCP-x, 2.0 ${name}` });
        assert.deepEqual([status, body.cause], [400, 'MSG_LOOP_DETECTED']);
        assert.equal(String(headers.server).toLowerCase(), name.toLowerCase());
      }
      assert.equal(ausf.seen.length, before);
    });

    test('the producer hears which of the PLMNs of the partner asks, and that one has to be in the message', async () => {
      for (const plmnId of [VISITED, SECOND]) {
        const id = `${plmnId.mcc}-${plmnId.mnc}`;
        const { status } = await authenticate({ '3gpp-sbi-originating-network-id': id }, plmnId);
        assert.equal(status, 201, id);
        const [declared] = String(ausf.seen.at(-1)?.headers['3gpp-sbi-originating-network-id']).split(';');
        assert.equal(declared, id);
      }
      const { status, body } = await authenticate({}, STRANGER);
      assert.equal(status, 403, JSON.stringify(body));
    });

    test('what the relation is not for is refused', async () => {
      const purpose = (value: string) => authenticate({ '3gpp-sbi-interplmn-purpose': value });
      assert.equal((await purpose('ROAMING: inbound')).status, 201);
      assert.equal((await purpose('SMS_INTERCONNECT: x')).status, 403);
    });

    const CALLBACKS = [
      [
        'Nudm_UECM_DeregistrationNotification',
        'UDM',
        { deregReason: 'UE_INITIAL_REGISTRATION', accessType: '3GPP_ACCESS' },
      ],
      ['Nudm_SDM_Notification', 'UDM', { notifyItems: [] }],
      [
        'Nnrf_NFManagement_NFStatusNotify',
        'NRF',
        { event: 'NF_DEREGISTERED', nfInstanceUri: 'https://x/nf-instances/1' },
      ],
    ] as const;
    for (const [name, nfType, body] of CALLBACKS) {
      test(`${name} from the home to the visited network, and the other way round`, async () => {
        const headers = { 'user-agent': nfType, '3gpp-sbi-callback': `${name}; apiversion=1` };
        const toVisited = await call(
          homeSepp,
          '/callback/1',
          { ...headers, '3gpp-sbi-target-apiroot': `http://${NRF}:${nrf.port}` },
          body,
        );
        assert.equal(toVisited.status, 204, JSON.stringify(toVisited.body));
        const got = nrf.seen.at(-1);
        assert.equal(got?.headers[':path'], '/callback/1');
        assert.equal(got?.headers['3gpp-sbi-callback'], `${name}; apiversion=1`);
        assert.match(String(got?.headers['3gpp-sbi-originating-network-id']), /^001-01/);
        assert.deepEqual(JSON.parse(got?.body ?? ''), body);

        const toHome = await call(
          visitedSepp,
          '/callback/2',
          { ...headers, '3gpp-sbi-target-apiroot': `http://${AUSF}:${ausf.port}` },
          body,
        );
        assert.equal(toHome.status, 201, JSON.stringify(toHome.body));
        assert.equal(ausf.seen.at(-1)?.headers[':path'], '/callback/2');
      });
    }

    test('a callback URI with an address crosses the border as a name, and leads back to the address', async () => {
      const deregCallbackUri = `http://127.0.0.1:${nrf.port}/callback/3`;
      const registration = {
        amfInstanceId: 'b0f5c3a0-0000-4000-8000-000000000001',
        deregCallbackUri,
        guami: { plmnId: VISITED, amfId: '010041' },
        ratType: 'NR',
      };
      const path = '/nudm-uecm/v1/imsi-001010000000001/registrations/amf-3gpp-access';
      const session = connect(`http://127.0.0.1:${visitedSepp.config.sbi.port}`);
      const stream = session.request({
        ':method': 'PUT',
        ':path': path,
        'content-type': 'application/json',
        'user-agent': 'AMF',
        '3gpp-sbi-target-apiroot': `http://${AUSF}:${ausf.port}`,
      });
      stream.end(JSON.stringify(registration));
      await once(stream, 'response');
      await text(stream);
      session.close();
      const shown = JSON.parse(ausf.seen.at(-1)?.body ?? '') as typeof registration;
      assert.notEqual(shown.amfInstanceId, registration.amfInstanceId);
      const uri = new URL(shown.deregCallbackUri);
      assert.match(uri.hostname, /\.5gc\.mnc070\.mcc999\.3gppnetwork\.org$/);
      const notified = await call(
        homeSepp,
        uri.pathname,
        {
          'user-agent': 'UDM',
          '3gpp-sbi-callback': 'Nudm_UECM_DeregistrationNotification',
          '3gpp-sbi-target-apiroot': uri.origin,
        },
        { deregReason: 'UE_INITIAL_REGISTRATION' },
      );
      assert.equal(notified.status, 204, JSON.stringify(notified.body));
      assert.equal(nrf.seen.at(-1)?.headers[':path'], '/callback/3');
    });

    test('what passed and what was refused is counted for the partner', async () => {
      const before = {
        out: await count(ops.visited, 'n32_messages_total', 'partner="001-01",direction="out"'),
        in: await count(ops.home, 'n32_messages_total', 'partner="999-70",direction="in"'),
        refused: await count(
          ops.visited,
          'n32_refusals_total',
          'partner="001-01",direction="out",reason="n32-consumer"',
        ),
      };
      await authenticate();
      await authenticate({ 'user-agent': 'SMF' });
      assert.deepEqual(
        {
          out: await count(ops.visited, 'n32_messages_total', 'partner="001-01",direction="out"'),
          in: await count(ops.home, 'n32_messages_total', 'partner="999-70",direction="in"'),
          refused: await count(
            ops.visited,
            'n32_refusals_total',
            'partner="001-01",direction="out",reason="n32-consumer"',
          ),
        },
        { out: before.out + 1, in: before.in + 1, refused: before.refused + 1 },
      );
    });
  });
}

test('between SEPPs of which one does not know 3gpp-Sbi-Target-apiRoot: by telescopic FQDN to the own, by authority to the other', async (t) => {
  const [home, visited] = await Promise.all([testPlmn(HOME), testPlmn(VISITED)]);
  const ausf = await producer({ status: 201, headers: { 'content-type': 'application/json' }, body: '{}' });
  t.after(async () => {
    await visited.close();
    await home.close();
    ausf.close();
  });
  const ports = { home: await freePort(), visited: await freePort() };
  const cleartext = { insecure: { cleartext: true }, hosts: { [AUSF]: '127.0.0.1' } };
  await startSepp(
    home,
    ports.home,
    undefined,
    [{ plmn: visited, port: ports.visited, members: { targetApiRoot: false } }],
    { ...cleartext, targets: [`http://${AUSF}:${ausf.port}`] },
  );
  const sepp = await startSepp(visited, ports.visited, undefined, [{ plmn: home, port: ports.home }], cleartext);
  const ask = (headers: Headers) =>
    call(
      sepp,
      AUTHENTICATIONS,
      { 'user-agent': 'AMF', ...headers },
      { supiOrSuci: 'suci-0-001-01-0-0-0-1', servingNetworkName: servingNetworkNameOf(VISITED) },
    );
  const byHeader = await ask({ '3gpp-sbi-target-apiroot': `http://${AUSF}:${ausf.port}` });
  assert.equal(byHeader.status, 201, JSON.stringify(byHeader.body));
  const session = connect(`http://127.0.0.1:${sepp.config.sbi.port}`);
  const mapping = session.request({
    ':path': `/nsepp-telescopic/v1/mapping?foreign-fqdn=${AUSF}`,
    'user-agent': 'NRF',
  });
  const { telescopicLabel, seppDomain } = JSON.parse(await text(mapping)) as Record<string, string>;
  session.close();
  const byName = await ask({ ':authority': `${telescopicLabel}.${seppDomain}` });
  assert.equal(byName.status, 201, JSON.stringify(byName.body));
  assert.equal(ausf.seen.length, 2);
  for (const { headers } of ausf.seen) assert.equal(headers['3gpp-sbi-target-apiroot'], undefined);
});
