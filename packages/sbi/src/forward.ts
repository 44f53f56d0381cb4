/** Passing a request on to another server: what a SEPP or SCP does (TS 29.500 6.10). The answer goes through as a stream. */
import type { Http2ServerResponse } from 'node:http2';
import { pipeline, type Readable, Transform, Writable } from 'node:stream';
import proxy from 'http2-proxy';
import type { HttpClient, HttpMethod, RawResponse } from './client.ts';
import { SbiProblem } from './problem.ts';
import type { SbiReply, SbiRequest, SbiServer } from './server.ts';
import { childOf, formatTraceparent } from './trace.ts';

export interface ForwardTarget {
  readonly http: Pick<HttpClient, 'open'>;
  /** `scheme://host:port` that the request goes to; path and query stay. */
  readonly origin: string;
  /** Headers to set; undefined removes one. */
  readonly headers: Record<string, string | undefined>;
  /** NF type of the next hop, for counters and errors. */
  readonly target: string;
  /** Octets of a request body that are let through. */
  readonly bodyBytes: number;
  /** Keep copies of the bodies for the trace. */
  readonly record: boolean;
}

/**
 * Headers that end here besides those that http2-proxy takes away: `forwarded` would tell our addresses, the length is that of
 * the body that goes out, and an expectation would be this NF's to answer.
 */
const NOT_FORWARDED = { forwarded: undefined, 'content-length': undefined, expect: undefined };

/** Makes the routes of `scope` leave request bodies unread, as {@link forward} needs them. */
export function leaveBodiesUnread(scope: SbiServer): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/** Forwards `request` and answers `reply` with what comes back. Throws a 504 problem when nothing does, 413 for a large body. */
export function forward(request: SbiRequest, reply: SbiReply, to: ForwardTarget): Promise<SbiReply> {
  const { promise, resolve, reject } = Promise.withResolvers<SbiReply>();
  proxy
    .web(request.raw, reply.raw, {
      onReq: (_raw, { method, path, headers }) => {
        headers.traceparent = formatTraceparent(childOf(request.sbi.trace));
        for (const [name, value] of Object.entries({ ...to.headers, ...NOT_FORWARDED })) {
          if (value === undefined) delete headers[name];
          else headers[name] = value;
        }
        return new OutgoingRequest(method, to.bodyBytes, (body, signal) => {
          if (to.record && body) request.body = body.toString('utf8');
          const { http, origin, target } = to;
          return http.open({
            method: method as HttpMethod,
            origin,
            path,
            headers,
            signal,
            target,
            ...(body ? { body } : {}),
          });
        });
      },
      onRes: (_raw, _response, proxied) => {
        proxied.on('error', () => breakOff(reply));
        const body = to.record
          ? recorded(proxied, (text) => Object.assign(request.sbi, { responseBody: text }))
          : proxied;
        resolve(reply.code(proxied.statusCode).headers(proxied.headers).send(body));
      },
    })
    // A consumer that is gone before the answer came needs none.
    .then(() => resolve(reply), reject);
  return promise;
}

type Send = (body: Buffer | undefined, signal: AbortSignal) => Promise<RawResponse>;

/**
 * The far side of http2-proxy: looks like Node's ClientRequest as far as that looks, emits `response` or `error`. It collects the
 * body, which is small on the SBI, before it sends: the producer never sees half a request, and undici can send it again when a
 * producer that shuts down refuses it unprocessed.
 */
class OutgoingRequest extends Writable {
  readonly method: string;
  readonly socket = { connecting: false };
  readonly #limit: number;
  readonly #send: Send;
  readonly #aborting = new AbortController();
  readonly #body: Buffer[] = [];
  #length = 0;
  #answered = false;

  constructor(method: string, limit: number, send: Send) {
    super({ autoDestroy: false });
    this.method = method;
    this.#limit = limit;
    this.#send = send;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#length += chunk.length;
    if (this.#length > this.#limit) {
      this.#body.length = 0;
      done(new SbiProblem(413, { detail: 'the body exceeds the limit of this NF' }));
      return;
    }
    this.#body.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    done();
    const body = this.#length > 0 ? Buffer.concat(this.#body) : undefined;
    this.#send(body, this.#aborting.signal).then(
      ({ statusCode, headers, body: answer }) => {
        this.#answered = true;
        if (this.destroyed) answer.on('error', () => {}).destroy();
        else this.emit('response', Object.assign(answer, { statusCode, headers }));
      },
      (error: Error) => this.emit('error', error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#answered) this.#aborting.abort();
    done(error);
  }
}

/** `source`, and its text to `ended` at the end. */
function recorded(source: Readable, ended: (text: string | undefined) => void): Readable {
  const chunks: Buffer[] = [];
  const copy = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done(null, chunk);
    },
    flush(done) {
      ended(chunks.length > 0 ? Buffer.concat(chunks).toString('utf8') : undefined);
      done();
    },
  });
  return pipeline(source, copy, () => {});
}

/** Resets the stream with an error; without one Node ends it, so that half an answer looks complete to the consumer. */
function breakOff(reply: SbiReply): void {
  const { stream } = reply.raw as unknown as Http2ServerResponse;
  if (reply.raw.headersSent) stream.destroy(new Error('the producer broke off its answer'));
}
