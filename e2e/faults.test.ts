/**
 * What a hostile or broken peer can do to the transport of an NF: each attack is bounded, and an honest NF is served meanwhile. Against
 * a real NRF process over mutual TLS, with limits small enough to be reached soon; docs/robustness.md has the defaults.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PROJECT_ROOT } from '@twincore/lab';
import { nfFqdn } from '@twincore/model';
import { freePort, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import { HOME } from './support/lab.ts';
import { FLAG, FRAME, type Frame, frame, headerBlock, openTcp, type Peer, RawConnection } from './support/raw-http2.ts';

const LIMITS = {
  requestTimeout: 2,
  handshakeTimeout: 1,
  idleTimeout: 1.5,
  handshakes: 16,
  connections: 200,
  connectionsPerPeer: 8,
  concurrentStreams: 64,
  streamResetBurst: 100,
  streamResetRate: 10,
  headerBytes: 16_384,
  headerFields: 64,
};
const PATH = '/nnrf-nfm/v1/nf-instances';
/** Requests of an honest NF in the course of an attack. */
const HONEST_REQUESTS = 20;
/** Of 100 frames each; what is not stopped by then never is. */
const MAX_BATCHES = 2_000;

describe('faults of a peer', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-faults-'));
  let home: TestPlmn;
  let nrf: ChildProcess;
  let apiRoot: string;
  let metrics: string;
  let attacker: Peer;
  let honest: TestClient;

  before(async () => {
    home = await testPlmn(HOME);
    const fqdn = nfFqdn('nrf', HOME);
    const port = await freePort();
    const opsPort = await freePort();
    metrics = `http://127.0.0.1:${opsPort}/metrics`;
    const signing = await home.pki.signingKey();
    const config = {
      nfInstanceId: home.nrfInstanceId,
      nfType: 'NRF',
      plmnId: HOME,
      fqdn,
      sbi: { host: '127.0.0.1', port },
      ops: { host: '127.0.0.1', port: opsPort },
      tls: await certificate('NRF', home.nrfInstanceId, fqdn),
      stateDir: join(dir, 'nrf'),
      log: { level: 'warn' },
      signingKey: signing.key,
      jwks: signing.jwks,
      limits: LIMITS,
    };
    writeFileSync(join(dir, 'nrf.json'), JSON.stringify(config));
    const main = join(PROJECT_ROOT, 'services/nrf/src/main.ts');
    const args = ['--disable-warning=ExperimentalWarning', main, '--config', join(dir, 'nrf.json')];
    nrf = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(nrf, 'message');
    apiRoot = `https://${fqdn}:${port}`;
    const hostile = randomUUID();
    attacker = {
      host: '127.0.0.1',
      port,
      servername: fqdn,
      tls: await certificate('SMF', hostile, nfFqdn('smf', HOME)),
    };
    honest = await newHonest();
  });
  after(async () => {
    nrf.kill();
    if (nrf.exitCode === null) await once(nrf, 'exit');
    await home.close();
    rmSync(dir, { recursive: true });
  });

  const certificate = (nfType: string, nfInstanceId: string, fqdn: string) =>
    home.pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn });
  /** An NF on a connection of its own. */
  const newHonest = () => home.client('AMF', { hosts: { [nfFqdn('nrf', HOME)]: '127.0.0.1' } });
  const isServed = async (client: TestClient) => {
    const { status } = await client.send({ method: 'GET', url: apiRoot + PATH });
    assert.equal(status, 200);
  };
  /** How often the NRF cut something off for this reason. */
  const refusals = async (reason: string) => {
    const text = await (await fetch(metrics)).text();
    return Number(new RegExp(`^sbi_refusals_total\\{reason="${reason}".*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  };
  /** Runs an attack while an NF that is connected, and one that only comes now, ask and are served. */
  const whileServing = async <T>(attack: () => Promise<T>): Promise<T> => {
    const attacking = attack();
    const newcomer = await newHonest();
    try {
      for (let sent = 0; sent < HONEST_REQUESTS; sent += 1) {
        await isServed(honest);
        await isServed(newcomer);
      }
      return await attacking;
    } finally {
      await newcomer.close();
      assert.equal(nrf.exitCode, null, 'the NRF is running');
    }
  };
  const request = (method: string, more: readonly (readonly [string, string])[] = []) =>
    headerBlock([
      [':method', method],
      [':scheme', 'https'],
      [':authority', attacker.servername],
      [':path', PATH],
      ...more,
    ]);
  const get = (stream: number) => frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, stream, request('GET'));
  const isReset = (stream: number) => (one: Frame) => one.type === FRAME.resetStream && one.stream === stream;
  const isAnswer = (stream: number) => (one: Frame) => one.type === FRAME.headers && one.stream === stream;
  const repeated = (count: number, make: (index: number) => Uint8Array) =>
    Array.from({ length: count }, (_, i) => make(i));
  const endless = function* (part: Uint8Array, count = 600) {
    for (let sent = 0; sent < count; sent += 1) yield part;
  };

  test('TLS handshakes that never begin are dropped, the oldest first', async () => {
    await whileServing(async () => {
      const open = await Promise.all(repeated(60, () => Buffer.alloc(0)).map(() => openTcp(attacker)));
      await Promise.all(open.map(({ closed }) => closed));
      assert.ok((await refusals('handshakes')) >= 60 - LIMITS.handshakes, 'those beyond the limit went at once');
    });
  });

  test('a TLS handshake that comes octet by octet is dropped', async () => {
    await whileServing(async () => {
      const { socket, closed } = await openTcp(attacker);
      socket.write(Buffer.of(0x16, 3, 1, 2, 0)); // a record of 512 octets
      const feed = setInterval(() => socket.write(Buffer.of(1)), 50);
      await closed;
      clearInterval(feed);
    });
  });

  test('a connection that says nothing after its handshake is closed', async () => {
    await whileServing(async () => {
      const connection = await RawConnection.connect(attacker);
      await connection.closed;
    });
  });

  test('headers that come octet by octet (slow loris) end in a closed connection', async () => {
    await whileServing(async () => {
      const connection = await RawConnection.open(attacker);
      const whole = frame(
        FRAME.headers,
        FLAG.endHeaders | FLAG.endStream,
        1,
        request('GET', [['x-slow', 'x'.repeat(500)]]),
      );
      await connection.trickle(
        Array.from(whole.subarray(0, -1), (octet) => Buffer.of(octet)),
        100,
      );
      assert.ok(connection.isClosed, 'it was not patient enough for all of them');
      assert.equal(connection.count(FRAME.headers), 0);
    });
  });

  test('a body that never ends costs its stream; the connection goes on', async () => {
    await whileServing(async () => {
      const connection = await RawConnection.open(attacker);
      connection.send(
        frame(FRAME.headers, FLAG.endHeaders, 1, request('POST', [['content-type', 'application/json']])),
      );
      const trickling = connection.trickle(endless(frame(FRAME.data, 0, 1, Buffer.from(' ')), 60), 100);
      assert.ok(await connection.received(isReset(1)), 'the stream is reset');
      connection.send(get(3));
      assert.ok(await connection.received(isAnswer(3)), 'another request on the connection is answered');
      connection.close();
      await trickling;
    });
  });

  test('an answer that nobody fetches costs its stream', async () => {
    await whileServing(async () => {
      const noWindow = Buffer.of(0, 4, 0, 0, 0, 0); // SETTINGS_INITIAL_WINDOW_SIZE 0
      const connection = await RawConnection.open(attacker, noWindow);
      connection.send(get(1));
      assert.ok(await connection.received(isAnswer(1)));
      // Signs of life keep the connection, not the stream.
      const alive = connection.trickle(endless(frame(FRAME.ping, 0, 0, Buffer.alloc(8)), 60), 100);
      assert.ok(await connection.received(isReset(1)));
      connection.close();
      await alive;
    });
  });

  test('of 10,000 streams on one connection no more than the limit are open', async () => {
    await whileServing(async () => {
      const connection = await RawConnection.open(attacker);
      const block = request('POST', [['content-type', 'application/json']]);
      connection.send(...repeated(10_000, (index) => frame(FRAME.headers, FLAG.endHeaders, 2 * index + 1, block)));
      // Every one beyond the limit is refused, or all of them with their connection.
      while (!connection.isClosed && connection.count(FRAME.resetStream) < 10_000 - LIMITS.concurrentStreams) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok(connection.count(FRAME.headers) <= LIMITS.concurrentStreams);
      connection.close();
    });
  });

  test('rapid reset (CVE-2023-44487) ends in a closed connection', async () => {
    await whileServing(async () => {
      const connection = await RawConnection.open(attacker);
      const cancel = Buffer.of(0, 0, 0, 8);
      for (let batch = 0; batch < MAX_BATCHES && !connection.isClosed; batch += 1) {
        const streams = Array.from({ length: 100 }, (_, index) => 2 * (100 * batch + index) + 1);
        connection.send(...streams.flatMap((stream) => [get(stream), frame(FRAME.resetStream, 0, stream, cancel)]));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assert.ok(connection.isClosed, 'closed in the midst of the flood');
      const last = connection.frames.find(({ type }) => type === FRAME.goaway)?.payload.readUInt32BE(0);
      assert.ok(last !== undefined && last <= 2 * LIMITS.streamResetBurst + 1, `the last stream was ${last}`);
    });
  });

  const blocks: [string, readonly (readonly [string, string])[]][] = [
    ['one field that is too long', [['x-long', 'x'.repeat(LIMITS.headerBytes)]]],
    ['too many fields', Array.from({ length: 2 * LIMITS.headerFields }, (_, index) => [`x-${index}`, 'x'] as const)],
  ];
  for (const [what, fields] of blocks) {
    test(`a header block with ${what} costs its stream`, async () => {
      await whileServing(async () => {
        const connection = await RawConnection.open(attacker);
        const block = request('GET', fields);
        const [first, ...more] = Array.from({ length: Math.ceil(block.length / 16_000) }, (_, index) =>
          block.subarray(index * 16_000, (index + 1) * 16_000),
        );
        connection.send(
          frame(FRAME.headers, FLAG.endStream | (more.length === 0 ? FLAG.endHeaders : 0), 1, first),
          ...more.map((part, index) =>
            frame(FRAME.continuation, index === more.length - 1 ? FLAG.endHeaders : 0, 1, part),
          ),
        );
        assert.ok(await connection.received(isReset(1)));
        connection.send(get(3));
        assert.ok(await connection.received(isAnswer(3)));
        connection.close();
      });
    });
  }

  const floods: [string, (index: number) => Buffer[]][] = [
    [
      'CONTINUATION frames without end (CVE-2024-27983)',
      () => [frame(FRAME.continuation, 0, 1, headerBlock([['x-more', 'x'.repeat(900)]]))],
    ],
    ['empty CONTINUATION frames without end', () => [frame(FRAME.continuation, 0, 1)]],
    ['SETTINGS frames without end', () => [frame(FRAME.settings, 0, 0)]],
    ['PING frames without end', () => [frame(FRAME.ping, 0, 0, Buffer.alloc(8))]],
  ];
  for (const [what, next] of floods) {
    test(`${what} end in a closed connection`, async () => {
      await whileServing(async () => {
        const connection = await RawConnection.open(attacker);
        if (what.includes('CONTINUATION')) connection.send(frame(FRAME.headers, FLAG.endStream, 1, request('GET')));
        for (let batch = 0; batch < MAX_BATCHES && !connection.isClosed; batch += 1) {
          connection.send(...repeated(100, (index) => Buffer.concat(next(index))));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        assert.ok(connection.isClosed, 'closed in the midst of the flood');
      });
    });
  }

  test('one NF has only so many connections, and the others have theirs', async () => {
    await whileServing(async () => {
      const connections: RawConnection[] = [];
      // Or those that are silent would make room for others.
      const alive = setInterval(() => {
        for (const connection of connections) connection.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
      }, 200);
      for (let opened = 0; opened < 100; opened += 1) connections.push(await RawConnection.open(attacker));
      const answered = await Promise.all(
        connections.map(async (connection) => {
          connection.send(get(1));
          return (await connection.received(isAnswer(1))) !== undefined;
        }),
      );
      assert.ok(answered.filter(Boolean).length <= LIMITS.connectionsPerPeer);
      assert.ok((await refusals('connections-of-peer')) >= 100 - LIMITS.connectionsPerPeer);
      clearInterval(alive);
      for (const connection of connections) connection.close();
    });
  });

  test('what was cut off is counted by reason', async () => {
    for (const reason of ['handshakes', 'handshake-failed', 'request-time', 'control-frames', 'session-error']) {
      assert.ok((await refusals(reason)) > 0, reason);
    }
  });

  test('after all of it the NRF is the same process and serves', async () => {
    assert.equal(nrf.exitCode, null);
    await isServed(honest);
  });
});
