/** Keeps the connections of a server, and what happens on each, within the limits that Node has no option for. */
import {
  constants,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Limits } from './limits.ts';

export interface ConnectionLimitsOptions {
  readonly limits: Limits;
  /** Whose connection this is; undefined where nothing proves it. */
  readonly peerOf: (session: ServerHttp2Session) => string | undefined;
  /** Counts what was cut off. */
  readonly refused: (reason: Reason) => void;
}
export type Reason =
  | 'connections'
  | 'connections-of-peer'
  | 'handshakes'
  | 'handshake-failed'
  | 'control-frames'
  | 'request-time'
  | 'session-error';

const SWEEP_MS = 500;

/** Installs the limits; call it once Fastify has set up its own listeners. */
export function limitConnections(server: Http2Server | Http2SecureServer, options: ConnectionLimitsOptions): void {
  const { limits, refused } = options;
  server.maxConnections = limits.connections;
  server.on('drop', () => refused('connections'));
  server.on('sessionError', () => refused('session-error'));
  limitHandshakes(server as Http2SecureServer, options);
  limitSessions(server, options);
  limitRequestTime(server, options);
}

/**
 * Who never finishes its handshake holds a place until `handshakeTimeout`. When all are taken the oldest goes: an honest peer needs its
 * own for some milliseconds only. Without TLS nothing is ever secure, and a connection is a session at once.
 */
function limitHandshakes(server: Http2SecureServer, { limits, refused }: ConnectionLimitsOptions): void {
  const pending = new Map<string, Socket>();
  const keyOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket);
    pending.set(key, socket);
    socket.once('close', () => {
      if (pending.get(key) === socket) pending.delete(key);
    });
    if (pending.size <= limits.handshakes) return;
    const [oldest] = pending;
    if (!oldest) return;
    pending.delete(oldest[0]);
    oldest[1].destroy();
    refused('handshakes');
  });
  server.on('secureConnection', (socket: TLSSocket) => pending.delete(keyOf(socket)));
  server.on('session', ({ socket }) => {
    if (socket) pending.delete(keyOf(socket));
  });
  server.on('tlsClientError', () => refused('handshake-failed'));
}

function limitSessions(
  server: Http2Server | Http2SecureServer,
  { limits, peerOf, refused }: ConnectionLimitsOptions,
): void {
  const connectionsOf = new Map<string, number>();
  const cutOff = (session: ServerHttp2Session, reason: Reason) => {
    refused(reason);
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    session.destroy();
  };
  (server as Http2Server).on('session', (session: ServerHttp2Session) => {
    limitControlFrames(session, limits.controlFramesPerSecond, () => cutOff(session, 'control-frames'));
    // Fastify closes a silent session, which waits for what is under way: for a header block that never ends, too.
    session.once('timeout', () => {
      const timer = setTimeout(() => session.destroy(), limits.requestTimeout * 1000);
      timer.unref();
      session.once('close', () => clearTimeout(timer));
    });
    const peer = peerOf(session);
    if (peer === undefined) return;
    const others = connectionsOf.get(peer) ?? 0;
    if (others >= limits.connectionsPerPeer) {
      cutOff(session, 'connections-of-peer');
      return;
    }
    connectionsOf.set(peer, others + 1);
    session.once('close', () => {
      const left = (connectionsOf.get(peer) ?? 1) - 1;
      if (left === 0) connectionsOf.delete(peer);
      else connectionsOf.set(peer, left);
    });
  });
}

/** Each of these frames has to be answered, so they cost the NF more than the peer. */
function limitControlFrames(session: ServerHttp2Session, perSecond: number, exceeded: () => void): void {
  let second = 0;
  let frames = 0;
  const count = () => {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) frames = 0;
    second = now;
    frames += 1;
    if (frames === perSecond + 1) exceeded();
  };
  session.on('ping', count);
  session.on('remoteSettings', count);
}

/** Resets a request that is not over in time: its body never ends, or nobody fetches the answer. */
function limitRequestTime(server: Http2Server | Http2SecureServer, { limits, refused }: ConnectionLimitsOptions): void {
  /** In the order of their beginning, since all may take equally long. */
  const running = new Map<ServerHttp2Stream, number>();
  (server as Http2Server).on('stream', (stream: ServerHttp2Stream) => {
    // Most are answered by now: kept answers are sent at once.
    if (stream.endAfterHeaders && stream.writableEnded) return;
    running.set(stream, performance.now());
    stream.once('close', () => running.delete(stream));
  });
  const sweep = setInterval(() => {
    const before = performance.now() - limits.requestTimeout * 1000;
    for (const [stream, startedAt] of running) {
      if (startedAt > before) break;
      running.delete(stream);
      refused('request-time');
      stream.close(constants.NGHTTP2_CANCEL);
    }
  }, SWEEP_MS);
  sweep.unref();
  server.once('close', () => clearInterval(sweep));
}
