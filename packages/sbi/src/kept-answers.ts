/**
 * Answers that are right for as long as their owner says, sent again without going through Fastify: its HTTP/2 compatibility
 * layer costs more than everything an NRF does for a discovery that it has answered before (`npm run bench -- discovery`).
 */
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { FastifyInstance } from 'fastify';
import type { PeerIdentity } from './identity.ts';
import type { Metrics } from './metrics.ts';
import { preciseNow } from './trace.ts';
import type { Turns } from './turns.ts';

export interface KeptAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Asked each time before the answer is sent. */
  readonly isCurrent: () => boolean;
}

export interface KeptRequest extends Pick<Entry, 'peer' | 'userAgent'> {
  readonly session: Http2Session;
  readonly path: string;
  readonly operation: string;
}

interface Entry {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
  readonly peer: PeerIdentity;
  /** Without TLS it is the User-Agent that says who asks. */
  readonly userAgent: string | undefined;
  readonly isCurrent: () => boolean;
  /** Counts an answer that took so many milliseconds. */
  readonly count: (durationMs: number) => void;
}

/** Octets that are kept for one TLS session; beyond them everything kept for it is forgotten. */
const MAX_OCTETS = 1024 * 1024;
/** A request with one of these may deserve another answer. */
const CONDITIONS = ['if-none-match', 'if-match', 'if-modified-since', 'range', 'expect'] as const;

export class KeptAnswers {
  readonly #bySession = new WeakMap<Http2Session, { entries: Map<string, Entry>; octets: number }>();
  readonly #metrics: Metrics;
  readonly #admit: (peer: PeerIdentity) => boolean;

  /** `admit` is the peer's rate limit; a request that it does not admit is left to be refused in the usual way. */
  constructor(metrics: Metrics, admit: (peer: PeerIdentity) => boolean) {
    this.#metrics = metrics;
    this.#admit = admit;
  }

  /** Keeps the answer for this session and this path and query. The guard has let the same request in before. */
  keep({ session, peer, userAgent, path, operation }: KeptRequest, answer: KeptAnswer): void {
    const body = Buffer.from(answer.body);
    const size = body.length + path.length;
    let kept = this.#bySession.get(session);
    if (!kept || kept.octets + size > MAX_OCTETS) {
      kept = { entries: new Map(), octets: 0 };
      this.#bySession.set(session, kept);
    }
    if (size > MAX_OCTETS) return;
    const requests = this.#metrics.requests.labels({ operation, status: 200 });
    const duration = this.#metrics.duration.labels({ operation });
    kept.octets += size;
    kept.entries.set(path, {
      headers: { ':status': 200, ...answer.headers, 'content-length': body.length },
      body,
      peer,
      userAgent,
      isCurrent: answer.isCurrent,
      count(durationMs) {
        requests.inc();
        duration.observe(durationMs / 1000);
      },
    });
  }

  /** Answers a request out of what is kept; false when there is nothing, or the request wants to be looked at. */
  serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    if (headers[':method'] !== 'GET' || !stream.session || !stream.endAfterHeaders) return false;
    const kept = this.#bySession.get(stream.session);
    const path = headers[':path'];
    const entry = path === undefined ? undefined : kept?.entries.get(path);
    if (!kept || !entry || path === undefined) return false;
    const startedAt = preciseNow();
    if (!entry.isCurrent()) {
      kept.entries.delete(path);
      kept.octets -= entry.body.length + path.length;
      return false;
    }
    if (headers['user-agent'] !== entry.userAgent || CONDITIONS.some((name) => headers[name] !== undefined))
      return false;
    if (!this.#admit(entry.peer)) return false;
    // The consumer may have gone away meanwhile; that is its own affair.
    stream.on('error', () => {});
    stream.respond(entry.headers);
    stream.end(entry.body);
    entry.count(preciseNow() - startedAt);
    return true;
  }
}

/** Lets `kept` look at every request of a server first; the others come to Fastify, in `turns` where there are such. */
export function serveKeptAnswers(app: FastifyInstance, kept: KeptAnswers, turns?: Turns): void {
  const { server } = app;
  const [compatibility, ...others] = server.listeners('stream');
  if (!compatibility || others.length > 0) throw new Error('Fastify listens to HTTP/2 streams in an unknown way');
  server.removeListener('stream', compatibility as () => void);
  server.on('stream', function answer(this: unknown, stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...rest) {
    if (kept.serve(stream, headers)) return;
    const later = turns?.next();
    if (!later) Reflect.apply(compatibility, this, [stream, headers, ...rest]);
    else later.then(() => stream.destroyed || Reflect.apply(compatibility, this, [stream, headers, ...rest]));
  });
}
