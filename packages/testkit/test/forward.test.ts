/** `forward` between a consumer and a producer that both misbehave, over real TLS. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { nfFqdn } from '@twincore/model';
import { forward, leaveBodiesUnread, NfConfig, type NfDefinition } from '@twincore/sbi';
import { freePort, type StartedNf, type TestClient, type TestPlmn, testPlmn } from '../src/index.ts';

const PLMN = { mcc: '001', mnc: '01' };
const FQDN = nfFqdn('producer', PLMN);
const BODY_LIMIT = 200_000;
/** Less than the bodies are long, so that some of them wait for the producer to read. */
const WINDOW = 10_000;

type Behaviour = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer) => unknown;
const json = { ':status': 200, 'content-type': 'application/json' };

/** What the producer does, by path. */
const behaviours: Record<string, Behaviour> = {
  '/echo': (stream, headers, body) => {
    stream.respond({ ':status': 201, 'content-type': 'application/json', location: '/made', connection: undefined });
    stream.end(JSON.stringify({ headers, body: body.toString() }));
  },
  '/nothing': (stream) => stream.respond({ ':status': 204 }, { endStream: true }),
  '/large': (stream) => {
    stream.respond(json);
    stream.end(JSON.stringify('x'.repeat(3_000_000)));
  },
  '/too-large': (stream) => {
    stream.respond(json);
    stream.end(JSON.stringify('x'.repeat(6_000_000)));
  },
  '/cut': async (stream) => {
    stream.respond(json);
    stream.write('{"half":');
    await sleep(20);
    stream.destroy(new Error('cut'));
  },
  '/cut-short': async (stream) => {
    stream.respond({ ...json, 'content-length': 100 });
    stream.write('{"half":');
    await sleep(20);
    stream.destroy(new Error('cut'));
  },
  '/hang-up': async (stream) => {
    stream.respond(json);
    stream.write('{"half":');
    await sleep(20);
    stream.session?.socket.destroy();
  },
  '/reset': (stream) => stream.destroy(new Error('reset')),
  '/drop': (stream) => stream.session?.socket.destroy(),
  '/silent': () => {},
  '/deaf': () => {},
};

const forwarder = (record: boolean, origin: () => string): NfDefinition<NfConfig> => ({
  configSchema: NfConfig,
  async build({ server, http, config }) {
    leaveBodiesUnread(server);
    server.route({
      method: ['GET', 'POST', 'PUT', 'DELETE'],
      url: '/*',
      config: { sbi: { access: 'peer', operation: 'Forward', peers: ['*'] } },
      handler: (request, reply) =>
        forward(request, reply, {
          http,
          origin: origin(),
          headers: { 'x-set': 'yes', 'x-removed': undefined },
          target: 'producer',
          bodyBytes: config.limits.bodyBytes,
          record,
        }),
    });
    return {};
  },
});

for (const record of [false, true]) {
  describe(`forward${record ? ', with a copy for the trace' : ''}`, () => {
    const sessions = new Set<ServerHttp2Session>();
    const open = new Set<ServerHttp2Stream>();
    let requests = 0;
    let plmn: TestPlmn;
    let producer: ReturnType<typeof createSecureServer>;
    let nf: StartedNf<NfConfig>;
    let amf: TestClient;
    let raw: ClientHttp2Session;
    let port = 0;

    before(async () => {
      plmn = await testPlmn(PLMN);
      const identity = { name: 'producer', nfInstanceId: randomUUID(), nfTypes: ['AUSF'], fqdn: FQDN };
      const tls = await plmn.pki.certificate(identity);
      producer = createSecureServer({
        key: readFileSync(tls.key),
        cert: readFileSync(tls.cert),
        settings: { initialWindowSize: WINDOW },
        maxSessionMemory: 1_000, // MB; it begins many large answers that nobody reads
      });
      producer.on('session', (session) => {
        sessions.add(session);
        session.on('error', () => {});
        session.on('close', () => sessions.delete(session));
      });
      producer.on('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
        requests += 1;
        open.add(stream);
        for (const end of ['close', 'aborted']) stream.on(end, () => open.delete(stream));
        stream.on('error', () => {});
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        if (headers[':path'] === '/deaf') stream.pause();
        else await once(stream, 'end').catch(() => {});
        const behaviour = behaviours[String(headers[':path']).split('?')[0] ?? ''];
        if (!stream.destroyed) await behaviour?.(stream, headers, Buffer.concat(chunks));
      });
      producer.listen(0, '127.0.0.1');
      await once(producer, 'listening');
      port = (producer.address() as AddressInfo).port;
      nf = await plmn.start(
        forwarder(record, () => `https://${FQDN}:${port}`),
        { nfType: 'SCP', hosts: { [FQDN]: '127.0.0.1' }, limits: { bodyBytes: BODY_LIMIT } },
      );
      amf = await plmn.client('AMF');
      const consumer = { name: 'raw', nfInstanceId: randomUUID(), nfTypes: ['AMF'], fqdn: nfFqdn('raw', PLMN) };
      const own = await plmn.pki.certificate(consumer);
      raw = connect(`https://127.0.0.1:${nf.config.sbi.port}`, {
        key: readFileSync(own.key),
        cert: readFileSync(own.cert),
        ca: readFileSync(plmn.pki.ca),
        servername: nf.config.fqdn,
      });
      await once(raw, 'connect');
    });
    after(async () => {
      raw.destroy();
      await plmn.close();
      for (const session of sessions) session.destroy();
      producer.close();
    });

    const get = (path: string) => amf.send({ method: 'GET', url: nf.apiRoot + path });
    const post = (path: string, body: unknown, headers = {}) =>
      amf.send({ method: 'POST', url: nf.apiRoot + path, body, headers });
    const works = async () => {
      const { status, body } = await post('/echo', {});
      assert.equal(status, 201, JSON.stringify(body));
    };
    const fails = async (path: string) => {
      const answer = await get(path).catch((error: Error) => error);
      const isComplete = !(answer instanceof Error) && answer.status !== 504;
      assert.ok(!isComplete, `${path} looked complete: ${JSON.stringify(answer)}`.slice(0, 200));
    };

    test('carries method, path, headers and body there, and the answer back', async () => {
      const headers = { 'x-kept': '1', 'x-removed': '1', forwarded: 'for=me', te: 'trailers' };
      const answer = await post('/echo?a=%2F..%2F&b', { text: 'ä' }, headers);
      assert.equal(answer.status, 201);
      assert.equal(answer.headers.location, '/made');
      const seen = answer.body as { headers: Record<string, string>; body: string };
      assert.equal(seen.body, '{"text":"ä"}');
      assert.equal(seen.headers[':method'], 'POST');
      assert.equal(seen.headers[':path'], '/echo?a=%2F..%2F&b');
      assert.equal(seen.headers[':authority'], `${FQDN}:${port}`);
      assert.deepEqual([seen.headers['x-kept'], seen.headers['x-set']], ['1', 'yes']);
      assert.equal(seen.headers['content-length'], String(Buffer.byteLength(seen.body)));
      for (const gone of ['x-removed', 'forwarded', 'te']) assert.equal(seen.headers[gone], undefined, gone);
    });

    test('carries requests and answers without body', async () => {
      for (const method of ['GET', 'DELETE', 'POST', 'PUT'] as const) {
        const answer = await amf.send({ method, url: `${nf.apiRoot}/nothing` });
        assert.deepEqual([answer.status, answer.body], [204, undefined], method);
      }
      const empty = await amf.send({ method: 'POST', url: `${nf.apiRoot}/nothing`, body: '' });
      assert.equal(empty.status, 204);
    });

    test('carries large bodies, many at once', async () => {
      const text = 'y'.repeat(BODY_LIMIT - 2);
      const answers = await Promise.all(Array.from({ length: 20 }, () => post('/echo', text)));
      for (const { body } of answers) assert.equal((body as { body: string }).body.length, text.length);
      assert.equal(((await get('/large')).body as string).length, 3_000_000);
    });

    test('refuses a body over the limit, declared or not, before the producer hears of it', async () => {
      const before = requests;
      assert.equal((await post('/echo', 'y'.repeat(BODY_LIMIT + 1))).status, 413);
      const stream = raw.request({ ':method': 'POST', ':path': '/echo', 'content-type': 'application/json' });
      stream.on('error', () => {});
      for (let i = 0; i < 10; i++) stream.write(Buffer.alloc(BODY_LIMIT / 5));
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      assert.equal(headers[':status'], 413);
      stream.close();
      assert.equal(requests, before);
      assert.equal((await post('/echo', 'y'.repeat(BODY_LIMIT))).status, 201);
    });

    for (const path of ['/cut', '/cut-short', '/hang-up', '/too-large']) {
      test(`an answer that ends in the middle (${path}) does not look complete`, async () => {
        await fails(path);
        await works();
      });
    }

    for (const path of ['/reset', '/drop']) {
      test(`a request that gets no answer (${path}) is answered with 504`, async () => {
        const answer = await get(path);
        assert.equal(answer.status, 504);
        assert.equal(answer.headers['content-type'], 'application/problem+json');
        assert.equal((answer.body as { cause: string }).cause, 'TARGET_NF_NOT_REACHABLE');
        await works();
      });
    }

    test('a producer that is not there is answered with 504', async () => {
      const [there, nowhere] = [port, await freePort()];
      port = nowhere;
      const answer = await post('/echo', {});
      port = there;
      assert.deepEqual(
        [answer.status, (answer.body as { cause: string }).cause],
        [504, 'TARGET_NF_NOT_REACHABLE'],
        JSON.stringify(answer.body),
      );
      await works();
    });

    /** A consumer that goes away `delay` after it has sent its request, or half of it. */
    async function abort(path: string, delay: () => Promise<unknown>, half = false): Promise<void> {
      const stream = raw.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' });
      stream.on('error', () => {});
      if (half) stream.write('{');
      else stream.end(JSON.stringify('x'.repeat(WINDOW)));
      await nextTurn(); // else nothing of it is ever sent
      await delay();
      stream.destroy(new Error('away'));
      if (!stream.destroyed) await once(stream, 'close');
    }

    test('goes on when consumers go away at any moment, and lets the producer know', async () => {
      const delays = [async () => {}, nextTurn, ...[1, 2, 5, 20].map((ms) => () => sleep(ms))];
      for (const path of ['/echo', '/silent', '/deaf', '/large', '/cut']) {
        for (const delay of delays) {
          await Promise.all(Array.from({ length: 10 }, (_, i) => abort(path, delay, i % 3 === 0)));
        }
      }
      await works();
      for (let waited = 0; open.size > 0 && waited < 2_000; waited += 20) await sleep(20);
      assert.equal(open.size, 0, 'streams to the producer are left open');
    });
  });
}
