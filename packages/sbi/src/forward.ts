/** Passing a request on to another server: what a SEPP or SCP does (TS 29.500 6.10). */
import type { Http2ServerRequest, ServerHttp2Stream } from 'node:http2';
import { type Readable, Transform } from 'node:stream';
import type { HttpClient, HttpMethod, RawResponse } from './client.ts';
import { endToEnd, isCut } from './far-side.ts';
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

/** `forwarded` would tell our addresses; the length is that of the body that goes out; an expectation is this NF's to answer. */
const NOT_FORWARDED = ['host', 'forwarded', 'content-length', 'expect'];
/** An answer of so many octets is read whole: one that breaks off becomes a 504 then, and a stream costs more than it saves. */
const SMALL = 65_536;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Makes the routes of `scope` leave request bodies unread, as {@link forward} needs them. */
export function leaveBodiesUnread(scope: SbiServer): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/**
 * Forwards `request` and answers `reply` with what comes back. It reads the whole body, which is small on the SBI, before it sends: the
 * producer never sees half a request, and one that refuses it unprocessed can be asked again. Throws a 504 problem when no
 * answer comes, 413 for a large body.
 */
export async function forward(request: SbiRequest, reply: SbiReply, to: ForwardTarget): Promise<SbiReply> {
  const raw = request.raw as unknown as Http2ServerRequest;
  const { stream } = raw;
  const body = stream.endAfterHeaders ? undefined : await bodyOf(raw, to.bodyBytes);
  // A consumer that is gone before the answer came needs none.
  if (stream.destroyed) return reply;
  if (to.record && body) request.body = body.toString('utf8');
  const headers = endToEnd(request.headers);
  for (const name of NOT_FORWARDED) delete headers[name];
  headers.traceparent = formatTraceparent(childOf(request.sbi.trace));
  for (const name in to.headers) {
    const value = to.headers[name];
    if (value === undefined) delete headers[name];
    else headers[name] = value;
  }
  let answer: RawResponse;
  let content: Buffer | undefined;
  try {
    answer = await whileAwaited(request, (signal) =>
      to.http.open({
        method: request.method as HttpMethod,
        origin: to.origin,
        path: request.url,
        headers,
        signal,
        target: to.target,
        ...(body ? { body } : {}),
      }),
    );
    content = await collect(answer.body, SMALL);
  } catch (error) {
    if (stream.destroyed) return reply;
    throw error;
  }
  if (stream.destroyed) {
    discard(answer);
    return reply;
  }
  reply.code(answer.statusCode).headers(answer.headers);
  if (!content) return sendLarge(answer.body as Readable, stream, request, reply, to.record);
  return reply.send(content.length > 0 ? content : undefined);
}

/** Does `work` with a signal that aborts when the consumer goes away meanwhile. */
export async function whileAwaited<T>(request: SbiRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { stream } = request.raw as unknown as Http2ServerRequest;
  const left = new AbortController();
  const abort = () => left.abort();
  stream.once('close', abort);
  try {
    return await work(left.signal);
  } finally {
    stream.removeListener('close', abort);
  }
}

/** The rest of a body that {@link collect} left. */
function sendLarge(
  body: Readable,
  near: ServerHttp2Stream,
  request: SbiRequest,
  reply: SbiReply,
  record: boolean,
): SbiReply {
  let octets = 0;
  const chunks: Buffer[] = [];
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      octets += chunk.length;
      if (record) chunks.push(chunk);
      done(octets > MAX_ANSWER_BYTES ? new Error('the answer exceeds the limit of this NF') : null, chunk);
    },
    flush(done) {
      if (record) request.sbi.responseBody = Buffer.concat(chunks).toString('utf8');
      done();
    },
  });
  // Reset with an error; without one Node ends the stream, so that half an answer looks complete to the consumer.
  const breakOff = () => {
    body.destroy();
    near.destroy(new Error('the producer broke off its answer'));
  };
  const ended = () => {
    if (isCut(body)) breakOff();
  };
  body.once('end', ended);
  body.once('close', ended);
  limited.once('error', breakOff);
  near.once('close', () => body.destroy());
  return reply.send(body.pipe(limited));
}

/** Does without the body of an answer. */
export function discard({ body }: RawResponse): void {
  if (!Buffer.isBuffer(body)) body.on('error', () => {}).destroy();
}

/** The body of a request. Throws 413 when it is too long; undefined when the consumer went away, or sent none. */
function bodyOf(request: Http2ServerRequest, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= limit) return;
      request.removeListener('data', take);
      reject(new SbiProblem(413, { detail: 'the body exceeds the limit of this NF' }));
    };
    request.on('data', take);
    request.once('end', () => resolve(length > 0 ? joined(chunks) : undefined));
    for (const gone of ['aborted', 'close', 'error']) request.once(gone, () => resolve(undefined));
  });
}

const joined = ([first, ...others]: Buffer[]): Buffer =>
  first && others.length === 0 ? first : Buffer.concat(first ? [first, ...others] : []);

/**
 * The whole of a body; undefined when it is longer than `limit` octets, and then all of it can still be read. Rejects when the
 * other side stops in the middle.
 */
export function collect(body: Readable | Buffer, limit: number): Promise<Buffer | undefined>;
export function collect(body: Readable | Buffer): Promise<Buffer>;
export function collect(body: Readable | Buffer, limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
  if (Buffer.isBuffer(body)) return Promise.resolve(body);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > limit) {
        leave();
        body.pause();
        body.unshift(Buffer.concat(chunks));
        resolve(undefined);
      } else if (length > MAX_ANSWER_BYTES) {
        body.destroy();
      }
    };
    const end = () => {
      leave();
      if (isCut(body))
        reject(new SbiProblem(504, { cause: 'TARGET_NF_NOT_REACHABLE', detail: 'the answer broke off' }));
      else resolve(joined(chunks));
    };
    const leave = () => {
      body.removeListener('data', take);
      body.removeListener('end', end);
      body.removeListener('close', end);
    };
    body.on('data', take);
    body.once('end', end);
    body.once('close', end);
  });
}
