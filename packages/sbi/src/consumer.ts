/**
 * A call of another NF's service. Directly: discover, get a token, send it there or through the SEPP. Through an SCP: in mode C the
 * same, but the SCP takes it there; in mode D the SCP does it all (TS 23.501 Annex E). Tried again where that is safe.
 */
import { isIP } from 'node:net';
import { type PlmnId, plmnOfFqdn, plmnToString, samePlmn } from '@twincore/model';
import { LRUCache } from 'lru-cache';
import type { Static, TSchema } from 'typebox';
import { PRODUCER_ID, parseProducerId } from './binding.ts';
import { checkAnswer, type HttpClient, type HttpResponse, UnexpectedAnswer, Unreachable } from './client.ts';
import type { NfConfig } from './config.ts';
import { TARGET_API_ROOT } from './headers.ts';
import { type Scope, scopeOf } from './load-headers.ts';
import type { NrfClient } from './nrf-client.ts';
import { HIGHEST_PRIORITY, priorityIn } from './peer-loads.ts';
import { commonProblem } from './problem.ts';
import { isTurnedAway, mayRepeat, type Producer, ProducerMemory, producersIn } from './producers.ts';
import { neededScope } from './rules.ts';
import type { TokenQuery } from './token-cache.ts';
import { Bindings, CALLBACK, credentials, delegation, failureOfProxy, isAbroad, throughScp } from './via-scp.ts';

export interface ServiceCall<T extends TSchema = TSchema> {
  /** Service operation in the TS's words, e.g. `Nudm_UEAuthentication_Get`. */
  readonly operation: string;
  readonly nfType: string;
  readonly serviceName: string;
  /** Resource- or operation-level scopes that the operation needs beside the service's. */
  readonly scopes?: readonly string[];
  /** As it stands in the URI; `v1` when absent. */
  readonly apiVersion?: string;
  /** The producer's PLMN; the own one when absent. */
  readonly plmnId?: PlmnId;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `{apiRoot}/<serviceName>/v<n>`, e.g. `/ue-authentications`; or an absolute URI that the producer gave. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Record<string, string>;
  readonly routingIndicator?: string;
  /** Status codes that are success; any other throws {@link UnexpectedAnswer}. */
  readonly expect: readonly number[];
  /** Schema of the body of a success. */
  readonly schema?: T;
}

export interface ServiceAnswer<T extends TSchema> extends HttpResponse {
  readonly body: Static<T>;
}

/** A callback: a request to a URI that its receiver gave. */
export interface Notification {
  /** Name of the callback (TS 29.500 annex B), e.g. `Nudm_UECM_DeregistrationNotification`. */
  readonly operation: string;
  /** NF type of the receiver. */
  readonly nfType: string;
  readonly uri: string;
  readonly body: unknown;
}

/** Where one attempt goes. */
interface Target {
  readonly url: string;
  readonly headers: Record<string, string>;
  /** What fails when nobody answers; the SCP where that chooses. */
  readonly apiRoot: string;
}

/** Producers that one call may try. */
const MAX_TARGETS = 3;
/** A producer that restarts is back in a moment, maybe elsewhere; asking the same one twice is often enough. */
const MAX_PER_TARGET = 2;
const isAbsolute = (path: string) => /^https?:\/\//.test(path);

export class SbiConsumer {
  readonly #config: NfConfig;
  readonly #http: HttpClient;
  readonly #nrf: NrfClient;
  readonly #memory = new ProducerMemory();
  readonly #bindings = new Bindings();
  /** What discovery has named, by service and API root. */
  readonly #offered = new LRUCache<string, true>({ max: 2_000, ttl: 3_600_000 });

  constructor(config: NfConfig, http: HttpClient, nrf: NrfClient) {
    this.#config = config;
    this.#http = http;
    this.#nrf = nrf;
  }

  /**
   * Calls a service operation. Throws {@link UnexpectedAnswer} for another status than expected, {@link Unreachable} when no
   * producer answers, 504 TARGET_NF_NOT_REACHABLE when none is registered, and 503 NF_CONGESTION when overload control holds it
   * back.
   */
  async call<T extends TSchema>(call: ServiceCall<T>): Promise<ServiceAnswer<T>> {
    const answer = await this.#attempts(call);
    if (!call.expect.includes(answer.status)) {
      throw new UnexpectedAnswer(call.nfType, call.operation, answer.status, (answer.body ?? {}) as object);
    }
    if (call.schema) checkAnswer(call.schema, answer.body, call.nfType);
    return answer as ServiceAnswer<T>;
  }

  /** Sends a notification to where its receiver wants it. Throws {@link Unreachable}; any status is an answer. */
  async notify({ operation, nfType, uri, body }: Notification): Promise<HttpResponse> {
    const { scp } = this.#config;
    const { url, headers } = this.route(uri);
    await this.#learnHost(new URL(url).hostname, nfType);
    const answer = await this.#http.send({
      method: 'POST',
      url,
      headers: {
        ...headers,
        // Proxies on the way know a callback by its name alone (TS 29.500 5.2.3.2.3).
        ...(scp || isAbroad(uri, this.#config.plmnId) ? { [CALLBACK]: operation } : {}),
        ...(scp ? await credentials(this.#config, [nfType]) : {}),
      },
      body,
      target: nfType,
      operation,
    });
    const failure = failureOfProxy(answer, nfType);
    if (failure) throw failure;
    return answer;
  }

  /** A receiver that was never discovered, such as an AMF that called first, is where its profile says; there may be no DNS. */
  async #learnHost(host: string, nfType: string): Promise<void> {
    if (isIP(host) || this.#http.knowsHost(host)) return;
    try {
      await this.#nrf.discover({ targetNfType: nfType, targetNfFqdn: host });
    } catch (error) {
      this.#http.log.debug({ nfType, reason: (error as Error).message }, 'the NRF does not know where to notify');
    }
  }

  /** Where to send a request for `uri`: there, to the own SEPP, or to the own SCP with 3gpp-Sbi-Target-apiRoot (TS 29.500 6.10.2.5). */
  route(uri: string): { url: string; headers: Record<string, string> } {
    const { scp } = this.#config;
    return scp ? throughScp(scp.apiRoot, uri) : routeTo(uri, this.#config);
  }

  get #delegates(): boolean {
    return this.#config.scp?.mode === 'D';
  }

  async #attempts(call: ServiceCall): Promise<HttpResponse> {
    const tried = new Map<string, number>();
    for (let target = await this.#locate(call); ; target = await this.#locate(call)) {
      const times = (tried.get(target.apiRoot) ?? 0) + 1;
      tried.set(target.apiRoot, times);
      try {
        const answer = await this.#send(call, target);
        // It has said that it is there; the same one once more would answer the same.
        if (!isTurnedAway(answer.status) || times > 1 || tried.size === MAX_TARGETS) return answer;
        this.#memory.failed(target.apiRoot);
        if (!(await this.#hasOther(call, tried))) return answer;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        this.#memory.failed(target.apiRoot);
        // What discovery said may be outdated.
        this.#nrf.forget(call.nfType);
        const last = times === MAX_PER_TARGET || tried.size === MAX_TARGETS;
        if (last || !mayRepeat(call.method, error.notSent)) throw error;
      }
    }
  }

  /** Whether this NF can choose a producer for `call` that has not been tried yet. */
  async #hasOther(call: ServiceCall, tried: ReadonlyMap<string, unknown>): Promise<boolean> {
    if (this.#delegates || isAbsolute(call.path)) return false;
    return (await this.#producers(call)).some(({ apiRoot }) => !tried.has(apiRoot));
  }

  async #send(call: ServiceCall, target: Target): Promise<HttpResponse> {
    if (this.#delegates) return this.#exchange(call, target, await delegation(this.#config, call));
    const query = tokenQueryOf(call);
    const proof = this.#config.scp ? await credentials(this.#config, [call.nfType]) : {};
    const token = await this.#nrf.token(query);
    const answer = await this.#exchange(call, target, { ...proof, authorization: `Bearer ${token}` });
    if (answer.status !== 401) return answer;
    // The producer may know something of this token that its expiry does not tell: a new one, once.
    await this.#nrf.forgetToken(query, token);
    const authorization = `Bearer ${await this.#nrf.token(query)}`;
    return this.#exchange(call, target, { ...proof, authorization });
  }

  async #exchange(call: ServiceCall, target: Target, proof: Record<string, string>): Promise<HttpResponse> {
    const answer = await this.#http.send({
      method: call.method,
      url: target.url,
      headers: { ...call.headers, ...proof, ...target.headers },
      body: call.body,
      ...(call.contentType ? { contentType: call.contentType } : {}),
      target: call.nfType,
      operation: call.operation,
    });
    this.#learn(answer);
    const failure = failureOfProxy(answer, call.nfType);
    if (failure) throw failure;
    this.#memory.answered(target.apiRoot);
    return answer;
  }

  #learn(answer: HttpResponse): void {
    const { headers } = answer;
    this.#memory.loads.learn(headers);
    this.#bindings.learn(answer);
    const producer = parseProducerId(headers[PRODUCER_ID]);
    const at = headers[TARGET_API_ROOT] ?? headers.location;
    if (producer && typeof at === 'string' && URL.canParse(at)) {
      this.#memory.learnInstance(new URL(at).origin, producer.nfInstanceId);
    }
  }

  async #locate(call: ServiceCall): Promise<Target> {
    const { scp } = this.#config;
    if (scp) this.#admit([scopeOf('SCP-FQDN', new URL(scp.apiRoot).hostname)], call, 'the SCP');
    if (isAbsolute(call.path)) {
      if (!this.#delegates) await this.#requireProducer(call);
      this.#admit(this.#memory.scopesAt(call.path), call, call.nfType);
      return this.#targetOf(call.path);
    }
    const below = (version: string) => `/${call.serviceName}/${version}${call.path}`;
    if (scp?.mode === 'D') {
      return { url: `${scp.apiRoot}${below(call.apiVersion ?? 'v1')}`, headers: {}, apiRoot: scp.apiRoot };
    }
    const producers = await this.#producers(call);
    if (producers.length === 0)
      throw commonProblem('TARGET_NF_NOT_REACHABLE', `no ${call.nfType} with ${call.serviceName} is registered`);
    const priority = priorityIn(call.headers ?? {});
    const chosen = producers.find(({ scopes }) => this.#memory.loads.admit(scopes, priority));
    if (!chosen) throw heldBack(call.nfType);
    const version = call.apiVersion ?? chosen.versions[0] ?? 'v1';
    return this.#targetOf(`${chosen.apiRoot}${below(version)}`, chosen.apiRoot);
  }

  /** Those that the NRF knows, the one to ask first. */
  async #producers(call: ServiceCall): Promise<Producer[]> {
    const profiles = await this.#nrf.discover({
      targetNfType: call.nfType,
      serviceName: call.serviceName,
      ...(call.plmnId ? { plmnId: call.plmnId } : {}),
      ...(call.routingIndicator ? { routingIndicator: call.routingIndicator } : {}),
    });
    const producers = producersIn(profiles, call.serviceName);
    for (const { apiRoot } of producers) this.#offered.set(offerKey(call, apiRoot), true);
    return this.#memory.order(producers);
  }

  /**
   * A link leads to a producer of the service that was asked for, by the word of the NRF, or no token goes there: it comes from a
   * producer, which could name any other NF. Throws 504 TARGET_NF_NOT_REACHABLE.
   */
  async #requireProducer(call: ServiceCall): Promise<void> {
    const { origin, pathname } = new URL(call.path);
    const apiRoot = origin + pathname.slice(0, Math.max(0, pathname.indexOf(`/${call.serviceName}/`)));
    const isOffered = () => pathname.includes(`/${call.serviceName}/`) && this.#offered.has(offerKey(call, apiRoot));
    if (isOffered()) return;
    await this.#producers(call);
    if (!isOffered())
      throw commonProblem('TARGET_NF_NOT_REACHABLE', `a link leads to no ${call.nfType} with ${call.serviceName}`);
  }

  #targetOf(uri: string, apiRoot = new URL(uri).origin): Target {
    const { url, headers } = this.route(uri);
    return { url, headers: { ...headers, ...(this.#config.scp ? this.#bindings.headersFor(uri) : {}) }, apiRoot };
  }

  #admit(scopes: readonly Scope[], call: ServiceCall, whom: string): void {
    // What has begun already is a burden that only grows when it fails half-way.
    const priority = isAbsolute(call.path) ? HIGHEST_PRIORITY : priorityIn(call.headers ?? {});
    if (!this.#memory.loads.admit(scopes, priority)) throw heldBack(whom);
  }
}

const heldBack = (whom: string) => commonProblem('NF_CONGESTION', `${whom} is overloaded and wants fewer requests`);

/** {@link SbiConsumer.route} for an NF that is no consumer (the NRF asking the other PLMN's NRF). */
export function routeTo(
  uri: string,
  config: Pick<NfConfig, 'plmnId' | 'sepp'>,
): { url: string; headers: Record<string, string> } {
  const { origin, hostname } = new URL(uri);
  const plmnId = plmnOfFqdn(hostname);
  if (!plmnId || samePlmn(plmnId, config.plmnId)) return { url: uri, headers: {} };
  if (!config.sepp)
    throw commonProblem(
      'TARGET_NF_NOT_REACHABLE',
      'another PLMN is only reached through a SEPP, and none is configured',
    );
  return { url: config.sepp.apiRoot + uri.slice(origin.length), headers: { [TARGET_API_ROOT]: origin } };
}

const offerKey = ({ nfType, serviceName, plmnId }: ServiceCall, apiRoot: string) =>
  [nfType, serviceName, plmnId ? plmnToString(plmnId) : '', apiRoot].join(' ');

function tokenQueryOf(call: ServiceCall): TokenQuery {
  return { scope: neededScope(call), targetNfType: call.nfType, ...(call.plmnId ? { plmnId: call.plmnId } : {}) };
}
