/** A call of another NF's service: discover, get a token, send it there or through the SEPP, try once more where that is safe. */
import { type DiscoveredNFProfile, type NFService, type PlmnId, plmnOfFqdn, samePlmn } from '@twincore/model';
import type { Static, TSchema } from 'typebox';
import { checkAnswer, type HttpClient, type HttpResponse, UnexpectedAnswer, Unreachable } from './client.ts';
import type { NfConfig } from './config.ts';
import { TARGET_API_ROOT } from './headers.ts';
import { apiRootOf, type NrfClient } from './nrf-client.ts';
import { commonProblem } from './problem.ts';

export interface ServiceCall<T extends TSchema = TSchema> {
  /** Service operation in the TS's words, e.g. `Nudm_UEAuthentication_Get`. */
  readonly operation: string;
  readonly nfType: string;
  readonly serviceName: string;
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

export class SbiConsumer {
  readonly #config: NfConfig;
  readonly #http: HttpClient;
  readonly #nrf: NrfClient;

  constructor(config: NfConfig, http: HttpClient, nrf: NrfClient) {
    this.#config = config;
    this.#http = http;
    this.#nrf = nrf;
  }

  /**
   * Calls a service operation. Throws {@link UnexpectedAnswer} for another status than expected, {@link Unreachable} when no
   * producer answers, and a 504 TARGET_NF_NOT_REACHABLE when none is registered.
   */
  async call<T extends TSchema>(call: ServiceCall<T>): Promise<ServiceAnswer<T>> {
    let answer: HttpResponse;
    try {
      answer = await this.#attempt(call);
    } catch (error) {
      // What discovery said is outdated; a request that cannot have arrived, or may arrive twice, is sent once more.
      if (!(error instanceof Unreachable) || !(error.notSent || call.method === 'GET' || call.method === 'PUT'))
        throw error;
      this.#nrf.forget(call.nfType);
      answer = await this.#attempt(call);
    }
    if (answer.status === 401) {
      this.#nrf.forgetToken(tokenQueryOf(call));
      answer = await this.#attempt(call);
    }
    if (!call.expect.includes(answer.status)) {
      throw new UnexpectedAnswer(call.nfType, call.operation, answer.status, (answer.body ?? {}) as object);
    }
    if (call.schema) checkAnswer(call.schema, answer.body, call.nfType);
    return answer as ServiceAnswer<T>;
  }

  async #attempt(call: ServiceCall): Promise<HttpResponse> {
    const target = await this.#locate(call);
    const token = await this.#nrf.token(tokenQueryOf(call));
    return this.#http.send({
      method: call.method,
      url: target.url,
      headers: { ...call.headers, authorization: `Bearer ${token}`, ...target.headers },
      body: call.body,
      ...(call.contentType ? { contentType: call.contentType } : {}),
      target: call.nfType,
      operation: call.operation,
    });
  }

  async #locate(call: ServiceCall): Promise<{ url: string; headers: Record<string, string> }> {
    if (/^https?:\/\//.test(call.path)) return this.route(call.path);
    const candidates = await this.#nrf.discover({
      targetNfType: call.nfType,
      serviceName: call.serviceName,
      ...(call.plmnId ? { plmnId: call.plmnId } : {}),
      ...(call.routingIndicator ? { routingIndicator: call.routingIndicator } : {}),
    });
    const found = firstOffering(candidates, call.serviceName);
    if (!found)
      throw commonProblem('TARGET_NF_NOT_REACHABLE', `no ${call.nfType} with ${call.serviceName} is registered`);
    const version = found.service.versions[0]?.apiVersionInUri ?? 'v1';
    return this.route(`${apiRootOf(found.profile, found.service)}/${call.serviceName}/${version}${call.path}`);
  }

  /** Where to send a request for `uri`: there, or to the own SEPP with 3gpp-Sbi-Target-apiRoot (TS 29.500 6.10.2.5). */
  route(uri: string): { url: string; headers: Record<string, string> } {
    return routeTo(uri, this.#config);
  }
}

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

function firstOffering(profiles: readonly DiscoveredNFProfile[], serviceName: string) {
  for (const profile of profiles) {
    const service: NFService | undefined = profile.nfServices?.find((offered) => offered.serviceName === serviceName);
    if (service) return { profile, service };
  }
  return undefined;
}

function tokenQueryOf(call: ServiceCall) {
  return { scope: call.serviceName, targetNfType: call.nfType, ...(call.plmnId ? { plmnId: call.plmnId } : {}) };
}
