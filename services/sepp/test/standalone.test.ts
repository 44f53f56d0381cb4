/** A SEPP at the border of another core: no NRF, cleartext inside, requests and producers that are none of ours. Telescopic FQDNs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { nfFqdn } from '@twincore/model';
import { createMetrics, HttpClient, SECURE } from '@twincore/sbi';
import { freePort, type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import pino from 'pino';
import type { SeppConfig } from '../src/config.ts';
import { HOME, startSepp, VISITED } from './support.ts';

let home: TestPlmn;
let visited: TestPlmn;
let visitedSepp: StartedNf<SeppConfig>;
let ausf: Http2Server;
const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
const AUSF = nfFqdn('ausf', HOME);
let ausfPort = 0;

before(async () => {
  [home, visited] = await Promise.all([testPlmn(HOME), testPlmn(VISITED)]);
  ausfPort = await freePort();
  ausf = createServer();
  ausf.on('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    seen.push({ headers, body: await text(stream) });
    stream.respond({ ':status': 201, 'content-type': 'application/json' });
    stream.end('{"authType":"5G_AKA"}');
  });
  ausf.listen(ausfPort, '127.0.0.1');
  await once(ausf, 'listening');
  const ports = { home: await freePort(), visited: await freePort() };
  const inside = { insecure: { cleartext: true }, hosts: { [AUSF]: '127.0.0.1' } };
  await startSepp(home, ports.home, undefined, [{ plmn: visited, port: ports.visited }], {
    ...inside,
    targets: [`http://${AUSF}:${ausfPort}`],
  });
  visitedSepp = await startSepp(visited, ports.visited, undefined, [{ plmn: home, port: ports.home }], inside);
});
after(async () => {
  await visited?.close();
  await home?.close();
  ausf?.close();
});

/** What an NF of another core sends: its type as User-Agent and nothing else, no token. */
async function call(headers: Record<string, string>, path = '/nausf-auth/v1/ue-authentications') {
  const session = connect(`http://127.0.0.1:${visitedSepp.config.sbi.port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/json',
    'user-agent': 'AMF',
    ...headers,
  });
  stream.end(
    JSON.stringify({ supiOrSuci: 'suci-0-001-01-0-0-0-1', servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org' }),
  );
  const [answer] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  const body = await text(stream);
  session.close();
  return { status: Number(answer[':status']), body };
}

test('a request of another core passes from cleartext over N32 into cleartext', async () => {
  const answer = await call({ '3gpp-sbi-target-apiroot': `http://${AUSF}:${ausfPort}` });
  assert.equal(answer.status, 201, answer.body);
  const [got] = seen;
  assert.match(got?.body ?? '', /supiOrSuci/);
  assert.equal(got?.headers['3gpp-sbi-target-apiroot'], undefined);
  assert.match(String(got?.headers['3gpp-sbi-originating-network-id']), /^999-70/);
});

test('and nothing is reached but what the configuration names', async () => {
  for (const target of [`http://${AUSF}:1`, `http://${nfFqdn('udr', HOME)}:80`]) {
    assert.equal((await call({ '3gpp-sbi-target-apiroot': target })).status, 504, target);
  }
  const forbidden = await call({ '3gpp-sbi-target-apiroot': `http://${AUSF}:${ausfPort}` }, '/nudm-ueau/v1/x');
  assert.equal(forbidden.status, 403);
});

test('by telescopic FQDN: the SEPP tells the label, and takes requests for it', async () => {
  const http = new HttpClient(
    {
      nfType: 'NRF',
      nfInstanceId: visitedSepp.config.nfInstanceId,
      tls: visitedSepp.config.tls,
      hosts: {},
      insecure: { ...SECURE, cleartext: true },
    },
    { metrics: createMetrics({ nfType: 'NRF', plmn: 'x' }), log: pino({ level: 'silent' }) },
  );
  const sbi = `http://127.0.0.1:${visitedSepp.config.sbi.port}`;
  const mapping = (query: Record<string, string>) =>
    http.send({
      method: 'GET',
      url: `${sbi}/nsepp-telescopic/v1/mapping?${new URLSearchParams(query)}`,
      target: 'SEPP',
      operation: 'test',
    });
  const told = await mapping({ 'foreign-fqdn': AUSF });
  assert.equal(told.status, 200, JSON.stringify(told.body));
  const { telescopicLabel, seppDomain } = told.body as { telescopicLabel: string; seppDomain: string };
  assert.equal(seppDomain, nfFqdn('sepp', VISITED));
  assert.deepEqual((await mapping({ 'telescopic-label': telescopicLabel })).body, { foreignFqdn: AUSF });
  assert.equal((await mapping({ 'telescopic-label': 'nosuch' })).status, 404);
  assert.equal((await mapping({ 'foreign-fqdn': nfFqdn('ausf', { mcc: '901', mnc: '99' }) })).status, 404);
  assert.equal((await mapping({})).status, 400);
  // The name tells no port: the home SEPP knows where its AUSF is.
  const before = seen.length;
  const answer = await call({ ':authority': `${telescopicLabel}.${seppDomain}` });
  assert.equal(answer.status, 201, answer.body);
  assert.equal(seen.length, before + 1);
  assert.equal((await call({ ':authority': `tnosuch.${seppDomain}` })).status, 504);
  await http.close();
});
