/**
 * Connections to where a proxy sends what it passes on: one for each origin, of `node:http2` itself. A request goes out as it is, its
 * answer is handed out unread. `npm run bench -- n32` and docs/decisions/0005 say why this is not undici.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { Turns } from './turns.ts';

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

export interface FarRequest {
  readonly method: string;
  /** `scheme://host:port`. */
  readonly origin: string;
  /** Path and query, as they are to appear in `:path`. */
  readonly path: string;
  /** `host` becomes `:authority`; that of the origin when absent. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

export interface FarAnswer {
  readonly statusCode: number;
  /** Without those of one hop alone (RFC 9110 7.6.1, RFC 9113 8.2.2). */
  readonly headers: Record<string, string | string[] | undefined>;
  /** {@link isCut} tells at its end whether that is one. */
  readonly body: ClientHttp2Stream;
}

/** No answer came. */
export class FarFailure extends Error {
  readonly code: string;
  /** The other side has not processed the request. */
  readonly notSent: boolean;
  constructor(code: string, notSent: boolean, cause?: unknown) {
    super(code, { cause });
    this.code = code;
    this.notSent = notSent;
  }
}

export interface FarSideOptions {
  readonly tls: Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>;
  readonly lookup: LookupFunction;
  readonly connectMs: number;
  /** From the request to the header of the answer. */
  readonly answerMs: number;
  /** From there to its end. */
  readonly bodyMs: number;
}

/** Answers that nobody reads yet may have this many octets together, so that one slow reader does not hold up the others. */
const WINDOW = 16 * 1024 * 1024;
/** MiB of one connection: headers and bodies that wait to be sent. */
const SESSION_MEMORY = 64;
const SWEEP_MS = 500;

export class FarSide {
  readonly #options: FarSideOptions;
  readonly #connections = new Map<string, Connection>();
  readonly #turns = new Turns();
  #closed = false;

  constructor(options: FarSideOptions) {
    this.#options = options;
  }

  /** Throws {@link FarFailure}. */
  async request(request: FarRequest): Promise<FarAnswer> {
    const answer = await this.#answerTo(request);
    const later = this.#turns.next();
    if (later) await later;
    return answer;
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.destroy();
  }

  async #answerTo(request: FarRequest): Promise<FarAnswer> {
    try {
      return await this.#send(request);
    } catch (error) {
      // Refused unprocessed, by a server that shuts down or has enough to do: once more, elsewhere if it has said farewell.
      if (!(error instanceof FarFailure && error.code === REFUSED)) throw error;
      return this.#send(request);
    }
  }

  #send(request: FarRequest): Promise<FarAnswer> {
    const connection = this.#connectionTo(request.origin);
    return connection.isOpen ? connection.send(request) : connection.opened.then(() => connection.send(request));
  }

  #connectionTo(origin: string): Connection {
    const known = this.#connections.get(origin);
    if (known) return known;
    if (this.#closed) throw new FarFailure('CLOSED', true);
    const made: Connection = new Connection(origin, this.#options, () => {
      if (this.#connections.get(origin) === made) this.#connections.delete(origin);
    });
    this.#connections.set(origin, made);
    return made;
  }
}

const REFUSED = 'REFUSED_STREAM';

interface Exchange {
  readonly startedAt: number;
  deadline: number;
}

class Connection {
  readonly #session: ClientHttp2Session;
  readonly #options: FarSideOptions;
  readonly #scheme: string;
  readonly #authority: string;
  readonly #running = new Map<ClientHttp2Stream, Exchange>();
  readonly #sweep: NodeJS.Timeout;
  #lastHeard = 0;
  isOpen = false;
  /** Rejects with {@link FarFailure} when there will be no connection. */
  readonly opened: Promise<void>;

  /** `ended` is told when nothing more may be sent on it. */
  constructor(origin: string, options: FarSideOptions, ended: () => void) {
    const { tls, lookup, connectMs } = options;
    const url = new URL(origin);
    this.#options = options;
    this.#scheme = url.protocol.slice(0, -1);
    this.#authority = url.host;
    const session = connect(origin, {
      ...tls,
      lookup,
      minVersion: 'TLSv1.3',
      maxSessionMemory: SESSION_MEMORY,
      settings: { enablePush: false },
    });
    this.#session = session;
    this.#sweep = setInterval(() => this.#endOverdue(), SWEEP_MS).unref();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.opened = promise;
    promise.catch(() => {});
    const slow = setTimeout(() => {
      reject(new FarFailure('CONNECT_TIMEOUT', true));
      session.destroy();
    }, connectMs);
    session.once('connect', () => {
      clearTimeout(slow);
      session.setLocalWindowSize(WINDOW);
      this.isOpen = true;
      resolve();
    });
    session.on('error', (error: NodeJS.ErrnoException) => reject(new FarFailure(codeOf(error), true, error)));
    session.once('goaway', ended);
    session.once('close', () => {
      clearTimeout(slow);
      clearInterval(this.#sweep);
      reject(new FarFailure('CONNECTION_CLOSED', true));
      ended();
    });
  }

  destroy(): void {
    this.#session.destroy();
  }

  send({ method, path, headers: given, body, signal }: FarRequest): Promise<FarAnswer> {
    const { host, ...headers } = given;
    return new Promise((resolve, reject) => {
      if (this.#session.closed || this.#session.destroyed) throw new FarFailure(REFUSED, true);
      if (signal.aborted) throw new FarFailure('ABORTED', true);
      const stream = this.#session.request(
        {
          ':method': method,
          ':scheme': this.#scheme,
          ':authority': typeof host === 'string' ? host : this.#authority,
          ':path': path,
          ...headers,
          ...(body === undefined ? {} : { 'content-length': String(body.length) }),
        },
        { endStream: body === undefined },
      );
      const now = performance.now();
      const exchange: Exchange = { startedAt: now, deadline: now + this.#options.answerMs };
      this.#running.set(stream, exchange);
      // Always with a code, also where nothing is wrong: see reset-streams.ts.
      const abort = () => stream.close(NGHTTP2_CANCEL);
      signal.addEventListener('abort', abort);
      let isAnswered = false;
      stream.once('response', (answer) => {
        isAnswered = true;
        const heardAt = performance.now();
        this.#lastHeard = heardAt;
        exchange.deadline = heardAt + this.#options.bodyMs;
        resolve({ statusCode: Number(answer[':status']), headers: endToEnd(answer), body: stream });
      });
      // Once it has been answered, whoever reads the answer hears of it.
      stream.on('error', (error: NodeJS.ErrnoException) => {
        if (!isAnswered) reject(failureOf(stream, error));
      });
      stream.once('close', () => {
        this.#running.delete(stream);
        signal.removeEventListener('abort', abort);
        if (!isAnswered) reject(failureOf(stream, undefined, signal.aborted));
      });
      if (body !== undefined) stream.end(body);
    });
  }

  #endOverdue(): void {
    const now = performance.now();
    for (const [stream, { deadline, startedAt }] of this.#running) {
      if (deadline > now) continue;
      stream.destroy(new FarFailure(TIMEOUT, false));
      // Nothing at all since then: whoever was there may be gone without a word.
      if (this.#lastHeard < startedAt) this.#session.destroy();
    }
  }
}

const TIMEOUT = 'ANSWER_TIMEOUT';

function failureOf(stream: ClientHttp2Stream, error?: NodeJS.ErrnoException, isAborted = false): FarFailure {
  if (error instanceof FarFailure) return error;
  if (stream.rstCode === NGHTTP2_REFUSED_STREAM) return new FarFailure(REFUSED, true, error);
  return new FarFailure(error ? codeOf(error) : isAborted ? 'ABORTED' : 'STREAM_CLOSED', false, error);
}

const codeOf = (error: NodeJS.ErrnoException) => error.code ?? error.name;

/** Whether the other side stopped in the middle: Node ends a stream in the same way when its connection breaks. */
export function isCut(body: Readable & { readonly rstCode?: number }): boolean {
  return !body.readableEnded || (body.rstCode ?? NGHTTP2_NO_ERROR) !== NGHTTP2_NO_ERROR;
}

const OF_ONE_HOP: ReadonlySet<string> = new Set([
  ':status',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Headers that go further than to the next hop; pseudo headers are none. */
export function endToEnd(
  headers: Readonly<Record<string, string | string[] | number | undefined>>,
): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {};
  for (const name in headers) {
    if (name.charCodeAt(0) === COLON || OF_ONE_HOP.has(name)) continue;
    const value = headers[name];
    if (value !== undefined) passed[name] = value as string | string[];
  }
  return passed;
}

const COLON = 58;
