/** The Fastify HTTP/2 server of an NF: mutual TLS 1.3, limits, authorization, ProblemDetails, tracing, metrics. */
import type { Http2Server, Http2ServerRequest } from 'node:http2';
import { type PlmnId, plmnToString } from '@twincore/model';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import fp from 'fastify-plugin';
import { CcaVerifier } from './cca.ts';
import { type NfConfig, readTls } from './config.ts';
import { limitConnections } from './connection-limits.ts';
import { type Admission, Guard } from './guard.ts';
import { formatServer } from './headers.ts';
import { type IdentifyOther, identityOfSession, identityOfUserAgent, type PeerIdentity } from './identity.ts';
import { switchedOff } from './insecure.ts';
import { exceedsNesting } from './json.ts';
import { type KeptAnswer, KeptAnswers, serveKeptAnswers } from './kept-answers.ts';
import { http2Options } from './limits.ts';
import type { LoadMeter } from './load-meter.ts';
import type { Metrics } from './metrics.ts';
import { commonProblem, SbiProblem } from './problem.ts';
import { PeerRateLimit } from './rate-limit.ts';
import { Refusal } from './refusal.ts';
import type { Consumer, ProducerIdentity, SbiRule } from './rules.ts';
import type { TokenVerifier } from './token-verifier.ts';
import {
  type N32Detail,
  newTrace,
  parseTraceparent,
  preciseNow,
  type ScpDetail,
  type TokenVerdict,
  type TraceContext,
  type TraceRecorder,
  withTrace,
} from './trace.ts';
import { Turns } from './turns.ts';
import { afterBody } from './unread-bodies.ts';
import { validationProblem, validatorCompiler } from './validation.ts';

/** What the server knows about a request besides HTTP. */
export interface SbiRequestState {
  readonly trace: TraceContext;
  readonly startedAt: number;
  peer?: PeerIdentity;
  consumer?: Consumer;
  token?: TokenVerdict;
  /** For the trace, see {@link SbiTraceRecord.keys}. */
  keys?: Readonly<Record<string, string>>;
  /** Set by a SEPP that forwards this request. */
  n32?: N32Detail;
  /** Set by an SCP that forwards this request. */
  scp?: ScpDetail;
  /** The answer's body, kept for the trace only while tracing is on; a proxy sets it by itself. */
  responseBody?: unknown;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The authorization rule; the server refuses to start when a route has none. */
    sbi?: SbiRule;
  }
  interface FastifyRequest {
    sbi: SbiRequestState;
  }
  interface FastifyInstance {
    /** Lets the same consumer have this answer to the same GET again, without any of the route's code, while it is current. */
    keepAnswer(request: FastifyRequest, answer: KeptAnswer): void;
  }
}

/** Fastify over HTTP/2; the type parameters say HTTP/1 only because that keeps plugins and handlers free of them. */
export type SbiServer = FastifyInstance;
export type SbiRequest = FastifyRequest;
export type SbiReply = FastifyReply;

export interface SbiServerOptions {
  readonly identity: ProducerIdentity & { readonly fqdn: string };
  /** PEM files; `ca` is whose certificates may connect. */
  readonly tls: NfConfig['tls'];
  readonly limits: NfConfig['limits'];
  readonly insecure: NfConfig['insecure'];
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
  readonly trace?: TraceRecorder;
  /** Absent where no route demands a token. */
  readonly verifier?: TokenVerifier;
  /** Announces load and overload in answers; nothing is announced without. */
  readonly load?: LoadMeter;
  /** Other PLMNs whose NFs may connect. */
  readonly partnerPlmns?: readonly PlmnId[];
  readonly identifyOther?: IdentifyOther;
}

const JSON_TYPES = ['application/json', 'application/json-patch+json', 'application/merge-patch+json'];
const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH']);
const PROXIES: ReadonlySet<string> = new Set(['SEPP', 'SCP', 'IPX']);

/** A server without routes. Register the NF's APIs, then listen. */
export function createSbiServer(options: SbiServerOptions): SbiServer {
  const { tls, limits } = options;
  for (const { defence, means } of switchedOff(options.insecure)) {
    options.log.warn({ insecure: defence }, `a defence of this NF is switched off, for a lab only: ${means}`);
  }
  const http2 = http2Options(limits);
  const transport = options.insecure.cleartext
    ? { http: http2 }
    : {
        https: {
          ...http2,
          handshakeTimeout: limits.handshakeTimeout * 1000,
          ...readTls(tls),
          requestCert: true,
          rejectUnauthorized: !options.insecure.withoutClientCertificates,
          minVersion: 'TLSv1.3',
        },
      };
  const app = Fastify({
    http2: true,
    http2SessionTimeout: limits.idleTimeout * 1000,
    ...(transport as object),
    loggerInstance: options.log,
    // A logger for each request would add Fastify's own request id and nothing else, for 3 % of a small request.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.insecure.withoutBodyLimit ? Number.MAX_SAFE_INTEGER : limits.bodyBytes,
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: true,
    // URIs that the router cannot read never come to a route or a hook.
    frameworkErrors: (error, request, reply) => {
      afterBody(request.raw as unknown as Http2ServerRequest, limits.bodyBytes, () => {
        sendProblem(
          reply as unknown as FastifyReply,
          error.statusCode === 414 ? new SbiProblem(414) : commonProblem('INVALID_MSG_FORMAT'),
        );
      });
    },
  }) as unknown as SbiServer;
  app.setValidatorCompiler(options.insecure.withoutSchemas ? () => () => true : validatorCompiler);
  const rateLimit = new PeerRateLimit(limits.requestsPerSecond);
  const kept = new KeptAnswers(options.metrics, (peer) => rateLimit.admit(peer));
  serveKeptAnswers(app, kept, PROXIES.has(options.identity.nfType) ? new Turns() : undefined);
  const plmnIds = [options.identity.plmnId, ...(options.partnerPlmns ?? [])];
  limitConnections(app.server as unknown as Http2Server, {
    limits,
    refused: (reason) => options.metrics.refusals.inc({ reason }),
    // Without TLS nothing but the total limits anybody: all of a machine have one address.
    peerOf: (session) =>
      options.insecure.cleartext
        ? undefined
        : (identityOfSession(session, plmnIds, options.identifyOther)?.nfInstanceId ?? 'unidentified'),
  });
  app.register(sbiServerPlugin, { ...options, rateLimit, kept });
  return app;
}

interface PluginOptions extends SbiServerOptions {
  readonly rateLimit: PeerRateLimit;
  readonly kept: KeptAnswers;
}

const sbiServerPlugin = fp<PluginOptions>(async (app, options) => {
  const { identity, limits, metrics, trace, verifier, log, rateLimit, kept, load, partnerPlmns = [] } = options;
  const { insecure, identifyOther } = options;
  const guard = new Guard({
    identity,
    insecure,
    cca: new CcaVerifier({ ...identity, insecure }, options.tls.ca),
    ...(verifier ? { verifier } : {}),
  });
  const serverName = formatServer(identity);
  const plmnIds = [identity.plmnId, ...partnerPlmns];
  const identify = (request: FastifyRequest) => {
    const raw = request.raw as unknown as Http2ServerRequest;
    const { session } = raw.stream;
    const claimed = () => identityOfUserAgent(request.headers['user-agent'], identity.plmnId);
    if (insecure.cleartext || insecure.withoutCertificateIdentity) return claimed();
    const proven = session && identityOfSession(session, plmnIds, identifyOther);
    return proven ?? (insecure.withoutClientCertificates ? claimed() : undefined);
  };

  app.decorateRequest('sbi', null as unknown as SbiRequestState);
  app.decorate('keepAnswer', (request: SbiRequest, answer: KeptAnswer) => {
    const { session } = (request.raw as unknown as Http2ServerRequest).stream;
    const { peer } = request.sbi;
    const operation = request.routeOptions.config.sbi?.operation;
    // A SEPP or SCP brings requests of many, and a trace is to have every exchange in it.
    if (!session || !peer || !operation || trace || peer.nfTypes.some((type) => PROXIES.has(type))) return;
    kept.keep({ session, peer, operation, path: request.url, userAgent: request.headers['user-agent'] }, answer);
  });
  addParsers(app, limits.nesting, insecure.withoutMediaTypes);

  app.addHook('onRoute', (route) => {
    const rule = route.config?.sbi;
    if (!rule) throw new Error(`route ${route.method} ${route.url} has no authorization rule (config.sbi)`);
    guard.accept(rule);
  });

  app.addHook('onRequest', (request, _reply, done) => {
    const incoming = parseTraceparent(request.headers.traceparent);
    const state: SbiRequestState = {
      trace: incoming ?? newTrace(),
      startedAt: preciseNow(),
    };
    request.sbi = state;
    const peer = identify(request);
    if (!peer) {
      done(new Refusal(403, 'peer-identity', 'the TLS client certificate does not identify an NF'));
      return;
    }
    state.peer = peer;
    load?.count();
    const rule = request.routeOptions.config.sbi;
    try {
      if (!rateLimit.admit(peer)) {
        throw commonProblem('NF_CONGESTION_RISK', `more than ${rateLimit.requestsPerSecond} requests per second`);
      }
      if (!rule) {
        done();
        return;
      }
      const admission = guard.admit(rule, peer, request.headers);
      if (admission instanceof Promise) {
        admission.then((found) => {
          admit(state, found);
          done();
        }, done);
        return;
      }
      admit(state, admission);
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  const admit = (state: SbiRequestState, { consumer, token }: Admission) => {
    state.consumer = consumer;
    if (!token) return;
    state.token = { verdict: 'verified', ...token };
    metrics.tokensVerified.inc({ cached: String(token.cached) });
  };

  app.addHook('preHandler', (request, _reply, done) => {
    const { sbi } = request.routeOptions.config;
    const { consumer } = request.sbi;
    if (sbi?.access === 'token' && consumer) guard.checkContent(sbi, request, consumer);
    done();
  });

  // After parsing, because reading the body leaves the asynchronous context of the hooks before it.
  app.addHook('preHandler', (request, _reply, done) => withTrace(request.sbi.trace, done));

  if (load) {
    app.addHook('onSend', (request, reply, payload, done) => {
      const news = request.sbi?.peer && load.announce(request.sbi.peer.nfInstanceId);
      for (const [name, value] of Object.entries(news ?? {})) {
        // A proxy's own word comes after that of the producer, which it passes on.
        const given = reply.getHeader(name);
        reply.header(name, given === undefined ? value : `${given}, ${value}`);
      }
      done(null, payload);
    });
  }

  app.addHook('onSend', (request, _reply, payload, done) => {
    afterBody(request.raw as unknown as Http2ServerRequest, limits.bodyBytes, () => done(null, payload));
  });

  if (trace) {
    app.addHook('onSend', (request, _reply, payload, done) => {
      // What Fastify refuses before the first hook has no state.
      if (request.sbi && (typeof payload === 'string' || Buffer.isBuffer(payload))) {
        request.sbi.responseBody = payload.toString();
      }
      done(null, payload);
    });
  }

  app.addHook('onResponse', (request, reply, done) => {
    const { sbi } = request;
    if (!sbi) {
      metrics.requests.inc({ operation: 'unknown', status: reply.statusCode });
      done();
      return;
    }
    const durationMs = preciseNow() - sbi.startedAt;
    const operation = request.routeOptions.config.sbi?.operation ?? 'unknown';
    // A consumer that went away before the answer was ready has had none, whatever the handler would have said.
    const answered = reply.raw.headersSent;
    const status = answered ? reply.statusCode : 0;
    metrics.requests.inc({ operation, status });
    metrics.duration.observe({ operation }, durationMs / 1000);
    trace?.write({
      kind: 'sbi',
      at: sbi.startedAt,
      durationMs,
      traceId: sbi.trace.traceId,
      spanId: sbi.trace.spanId,
      from: {
        nfType: sbi.peer?.nfTypes[0] ?? 'unknown',
        ...(sbi.peer ? { nfInstanceId: sbi.peer.nfInstanceId, plmn: plmnToString(sbi.peer.plmnId) } : {}),
      },
      to: { nfType: identity.nfType, nfInstanceId: identity.nfInstanceId, plmn: plmnToString(identity.plmnId) },
      operation,
      method: request.method,
      authority: String(request.headers[':authority'] ?? request.headers.host ?? ''),
      uri: request.url,
      requestHeaders: plainHeaders(request.headers),
      ...(request.body === undefined ? {} : { requestBody: jsonOf(request.body) }),
      status,
      responseHeaders: answered ? plainHeaders(reply.getHeaders()) : {},
      ...(answered ? {} : { failure: 'the consumer went away' }),
      ...(answered && sbi.responseBody !== undefined ? { responseBody: jsonOf(sbi.responseBody) } : {}),
      ...(sbi.token ? { token: sbi.token } : {}),
      ...(sbi.keys ? { keys: sbi.keys } : {}),
      ...(sbi.n32 ? { n32: sbi.n32 } : {}),
      ...(sbi.scp ? { scp: sbi.scp } : {}),
    });
    done();
  });

  app.setNotFoundHandler(() => {
    throw commonProblem('RESOURCE_URI_STRUCTURE_NOT_FOUND');
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const answer = problemOf(error, request);
    if (error instanceof Refusal) {
      if (request.sbi) {
        request.sbi.token = {
          verdict: 'refused',
          reason: error.reason,
          ...(error.claims ? { claims: error.claims } : {}),
        };
      }
      metrics.refusals.inc({ reason: error.reason });
      log.warn(
        { reason: error.reason, operation: request.routeOptions.config.sbi?.operation, peer: request.sbi?.peer?.fqdn },
        'request refused',
      );
    } else if (answer.status >= 500) {
      log.error({ err: error, operation: request.routeOptions.config.sbi?.operation }, 'request failed');
    }
    // Who wrote an error matters where proxies are on the way (TS 29.500 6.10.8.2).
    return sendProblem(reply.header('server', serverName), answer);
  });
});

function sendProblem(reply: FastifyReply, { status, headers, problem }: SbiProblem): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .header('content-type', 'application/problem+json')
    .removeHeader('connection')
    .send(Buffer.from(JSON.stringify(problem))); // a string would get a charset, which JSON does not have
}

function addParsers(app: SbiServer, nesting: number, anyMediaType: boolean): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser(anyMediaType ? '*' : JSON_TYPES, { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (exceedsNesting(text, nesting))
      done(commonProblem('INVALID_MSG_FORMAT', `JSON nests deeper than ${nesting} levels`));
    else parse(request, text, done);
  });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
}

function problemOf(error: FastifyError, request: FastifyRequest): SbiProblem {
  if (error instanceof SbiProblem) return error;
  if (error.validation) {
    const part = error.validationContext ?? 'body';
    const schema = (request.routeOptions.schema as Record<string, unknown> | undefined)?.[part];
    return validationProblem(part as 'body', error.validation as never, schema);
  }
  // Fastify's own refusals: unknown method, unknown media type, body too large, malformed JSON.
  if (error.statusCode === 404) return commonProblem('RESOURCE_URI_STRUCTURE_NOT_FOUND');
  if (error.statusCode === 413) return new SbiProblem(413, { detail: 'the body exceeds the limit of this NF' });
  if (error.statusCode === 415) return new SbiProblem(415, { detail: 'this media type is not understood here' });
  if (error.statusCode !== undefined && error.statusCode < 500 && BODY_METHODS.has(request.method)) {
    return commonProblem('INVALID_MSG_FORMAT', 'the body is not JSON');
  }
  if (error.statusCode !== undefined && error.statusCode < 500) return commonProblem('INVALID_API', error.message);
  return commonProblem('SYSTEM_FAILURE');
}

function plainHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}

function jsonOf(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
