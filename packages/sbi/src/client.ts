/** The HTTP/2 client of an NF: mutual TLS, names resolved by NF profiles, tracing, limits; no 3GPP procedure in it. */
import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import type { ProblemDetails } from '@twincore/model';
import type { FastifyBaseLogger } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Agent, buildConnector } from 'undici';
import { type NfConfig, readTls } from './config.ts';
import { FarFailure, FarSide } from './far-side.ts';
import { formatUserAgent } from './headers.ts';
import type { Insecure } from './insecure.ts';
import type { Metrics } from './metrics.ts';
import { commonProblem, SbiProblem } from './problem.ts';
import { resetAbandonedStreams } from './reset-streams.ts';
import { childOf, currentTrace, formatTraceparent, newTrace, preciseNow, type TraceRecorder } from './trace.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  readonly method: HttpMethod;
  /** Absolute URI. */
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON unless it is text already. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** NF type of the other side, for counters and traces. */
  readonly target: string;
  /** What the trace calls a request that gets no answer. */
  readonly operation: string;
  /** How long the answer may be away; 10 s when absent. */
  readonly timeoutMs?: number;
}

/** A request that goes out as it is: no header is added, the answer is not read. */
export interface RawRequest {
  readonly method: HttpMethod;
  /** `scheme://host:port`. */
  readonly origin: string;
  /** Path and query, as they are to appear in `:path`. */
  readonly path: string;
  readonly headers: Record<string, string | string[]>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
  /** NF type of the other side, for counters and errors. */
  readonly target: string;
}

export interface RawResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string | string[] | undefined>;
  /** For `collect` to read; whole where somebody has read it. */
  readonly body: Readable | Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: unknown;
}

/** An answer that the caller did not expect. Left alone it becomes 500; a procedure that knows the cause relays it. */
export class UnexpectedAnswer extends SbiProblem {
  readonly answeredStatus: number;
  readonly answer: ProblemDetails;
  constructor(target: string, operation: string, status: number, answer: ProblemDetails) {
    super(500, {
      cause: 'UNSPECIFIED_NF_FAILURE',
      detail: `${target} answered ${operation} with ${status}${answer.cause ? ` ${answer.cause}` : ''}`,
    });
    this.answeredStatus = status;
    this.answer = answer;
  }
}

const NOT_SENT = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Says of an error whether the request may be tried elsewhere (TS 29.500 clause 5.2.3.3.13). */
export const RESPONSE_INFO = '3gpp-sbi-response-info';
export const NO_RETRY = 'no-retry=true';

/** No answer: the producer cannot be reached or did not answer in time. */
export class Unreachable extends SbiProblem {
  /** True when the request cannot have been processed, so that sending it again is safe. */
  readonly notSent: boolean;
  constructor(target: string, error: Error & { code?: string }, notSent = NOT_SENT.has(error.code ?? '')) {
    const timedOut = /TIMEOUT/.test(error.code ?? '') && !/CONNECT/.test(error.code ?? '');
    super(
      504,
      {
        cause: timedOut ? 'TIMED_OUT_REQUEST' : 'TARGET_NF_NOT_REACHABLE',
        detail: `${target}: ${error.code ?? error.message}`,
      },
      notSent ? {} : { [RESPONSE_INFO]: NO_RETRY },
    );
    this.notSent = notSent;
  }
}

const validators = new WeakMap<TSchema, Validator>();
/** Throws a 500 problem when `body` is not what the TS says the answer must be: producers are not trusted blindly either. */
export function checkAnswer(schema: TSchema, body: unknown, from: string): void {
  let validator = validators.get(schema);
  if (!validator) {
    validator = Compile(schema) as Validator;
    validators.set(schema, validator);
  }
  if (validator.Check(body)) return;
  const [first] = validator.Errors(body);
  throw commonProblem(
    'UNSPECIFIED_NF_FAILURE',
    `${from} answered something malformed: ${first?.instancePath} ${first?.message}`,
  );
}

resetAbandonedStreams();

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;
/** For the whole body of an answer that is passed on. */
const BODY_MS = 30_000;
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
/** What a producer may lower by its SETTINGS frame. */
const MAX_CONCURRENT_STREAMS = 256;

export class HttpClient {
  readonly #agent: Agent;
  readonly #farSide: FarSide;
  readonly #hosts: Map<string, string>;
  readonly #userAgent: string;
  readonly #metrics: Metrics;
  readonly #trace: TraceRecorder | undefined;
  readonly #self: { nfType: string; nfInstanceId: string };
  readonly log: FastifyBaseLogger;

  constructor(
    config: Pick<NfConfig, 'nfType' | 'nfInstanceId' | 'tls' | 'hosts'> & {
      readonly insecure: Pick<Insecure, 'cleartext'>;
    },
    collaborators: { metrics: Metrics; log: FastifyBaseLogger; trace?: TraceRecorder },
  ) {
    this.#self = config;
    this.#hosts = new Map(Object.entries(config.hosts));
    this.#userAgent = formatUserAgent(config.nfType, config.nfInstanceId);
    this.#metrics = collaborators.metrics;
    this.#trace = collaborators.trace;
    this.log = collaborators.log;
    const useH2c = config.insecure.cleartext;
    const tls = readTls(config.tls);
    const lookup: LookupFunction = (hostname, options, callback) => {
      const address = this.#hosts.get(hostname.toLowerCase());
      const family = isIP(address ?? '');
      // Later, as DNS would: an address that cannot be connected to fails before undici listens to its socket otherwise.
      if (address === undefined) dnsLookup(hostname, options, callback);
      else if (options.all) process.nextTick(callback, null, [{ address, family }]);
      else process.nextTick(callback, null, address, family);
    };
    const connector = buildConnector({
      ...tls,
      allowH2: true,
      ...({ useH2c } as object), // missing in undici's types
      timeout: CONNECT_MS,
      minVersion: 'TLSv1.3',
      lookup,
    });
    this.#farSide = new FarSide({ tls, lookup, connectMs: CONNECT_MS, answerMs: ANSWER_MS, bodyMs: BODY_MS });
    this.#agent = new Agent({
      allowH2: true,
      h2Options: { useH2c, maxConcurrentStreams: MAX_CONCURRENT_STREAMS },
      connections: 1,
      maxResponseSize: MAX_RESPONSE_BYTES,
      headersTimeout: ANSWER_MS,
      bodyTimeout: ANSWER_MS,
      // TLS is with the next hop, whose name the URL has; the authority may be that of a SEPP behind it.
      connect: ({ servername, ...options }, done) =>
        connector({ ...options, ...(isIP(options.hostname) ? {} : { servername: options.hostname }) }, done),
    });
  }

  /** Makes `fqdn` reach `address` without DNS; learned from NF profiles of the own PLMN. */
  learnHost(fqdn: string, address: string): void {
    this.#hosts.set(fqdn.toLowerCase(), address);
  }

  /** Whether an address of `fqdn` was given or learned; what is not known is left to DNS. */
  knowsHost(fqdn: string): boolean {
    return this.#hosts.has(fqdn.toLowerCase());
  }

  /** Sends one request and reads the whole answer. Throws {@link Unreachable}; any status is an answer. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const parent = currentTrace();
    const context = parent ? childOf(parent) : newTrace();
    const startedAt = preciseNow();
    const url = new URL(request.url);
    const text =
      request.body === undefined || typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
    try {
      const response = await this.#agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: {
          accept: 'application/json, application/problem+json',
          'user-agent': this.#userAgent,
          traceparent: formatTraceparent(context),
          ...(text === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
          ...request.headers,
        },
        ...(text === undefined ? {} : { body: text as string }),
        ...(request.timeoutMs === undefined ? {} : { headersTimeout: request.timeoutMs }),
      });
      const body = parseBody(await response.body.text(), response.headers['content-type']);
      this.#metrics.sent.inc({ target: request.target, status: response.statusCode });
      return { status: response.statusCode, headers: response.headers, body };
    } catch (error) {
      this.#metrics.sent.inc({ target: request.target, status: 0 });
      const unreachable = new Unreachable(request.target, error as Error);
      this.#trace?.write({
        kind: 'sbi',
        at: startedAt,
        durationMs: preciseNow() - startedAt,
        ...context,
        from: this.#self,
        to: { nfType: request.target },
        operation: request.operation,
        method: request.method,
        authority: url.host,
        uri: `${url.pathname}${url.search}`,
        requestHeaders: request.headers ?? {},
        requestBody: request.body,
        status: 0,
        responseHeaders: {},
        failure: unreachable.message,
      });
      throw unreachable;
    }
  }

  /** Sends a request as it is and hands out the answer unread. Throws {@link Unreachable}; any status is an answer. */
  async open({ target, ...request }: RawRequest): Promise<RawResponse> {
    try {
      const answer = await this.#farSide.request(request);
      this.#metrics.sent.inc({ target, status: answer.statusCode });
      return answer;
    } catch (error) {
      this.#metrics.sent.inc({ target, status: 0 });
      throw new Unreachable(target, error as Error, error instanceof FarFailure && error.notSent);
    }
  }

  close(): Promise<void> {
    this.#farSide.close();
    return this.#agent.destroy();
  }
}

function parseBody(text: string, contentType: string | string[] | undefined): unknown {
  if (text === '' || !/json/i.test(String(contentType ?? ''))) return text === '' ? undefined : text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
