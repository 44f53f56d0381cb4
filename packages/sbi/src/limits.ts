/** How much a peer may ask of the server of an NF, for how long, and of how many connections: `limits` in every configuration. */
import type { ServerOptions } from 'node:http2';
import Type, { type Static } from 'typebox';

const count = (fallback: number) => Type.Integer({ minimum: 1, default: fallback });
const seconds = (fallback: number) => Type.Number({ exclusiveMinimum: 0, maximum: 86_400, default: fallback });

/** docs/robustness.md says what becomes of who goes beyond each. */
export const Limits = Type.Object(
  {
    /** Octets of a request body. */
    bodyBytes: Type.Integer({ minimum: 1024, default: 262_144 }),
    /** Levels that JSON may nest. */
    nesting: Type.Integer({ minimum: 4, default: 24 }),
    /** Octets of the header list of a request, counted as RFC 9113 6.5.2 does. */
    headerBytes: Type.Integer({ minimum: 4_096, default: 32_768 }),
    /** Header fields of a request. */
    headerFields: count(128),
    /** Requests under way on one connection. */
    concurrentStreams: count(256),
    /** Requests beyond `concurrentStreams`, or beyond `sessionMemory`, that are refused before the connection is closed. */
    refusedStreams: count(100),
    /** Requests per second on one connection. */
    requestsPerSecond: count(5_000),
    /** Seconds from the header of a request to the end of its answer; longer than any NF that is asked in turn may take. */
    requestTimeout: seconds(60),
    /** Seconds of a TLS handshake. */
    handshakeTimeout: seconds(5),
    /** Seconds that a connection may be silent. */
    idleTimeout: seconds(72),
    /** TLS handshakes under way. */
    handshakes: count(128),
    /** Connections, those in their handshake included. */
    connections: count(1_024),
    /** Connections of one NF instance. */
    connectionsPerPeer: count(32),
    /** Streams that a peer may reset at once, and then for each second. */
    streamResetBurst: count(1_000),
    streamResetRate: count(33),
    /** PING and SETTINGS frames in one second. */
    controlFramesPerSecond: count(100),
    /** MiB that one connection may make the NF keep: headers, unread bodies, answers that nobody fetches. */
    sessionMemory: count(10),
  },
  { default: {} },
);
export type Limits = Static<typeof Limits>;

/** What Node itself enforces. The type of its options does not know the limits of stream resets yet. */
export function http2Options(limits: Limits): ServerOptions {
  const { concurrentStreams, headerBytes, streamResetBurst, streamResetRate } = limits;
  const options = {
    settings: { maxConcurrentStreams: concurrentStreams, maxHeaderListSize: headerBytes },
    maxHeaderListPairs: limits.headerFields,
    maxSessionMemory: limits.sessionMemory,
    maxSessionRejectedStreams: limits.refusedStreams,
    streamResetBurst,
    streamResetRate,
  };
  return options;
}
