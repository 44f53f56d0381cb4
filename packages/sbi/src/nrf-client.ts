/** What every NF asks of the NRF (TS 29.510): its own registration, discovery, access tokens, status notifications. */
import { randomUUID } from 'node:crypto';
import {
  AccessTokenRsp,
  type DiscoveredNFProfile,
  NFProfile,
  type NFService,
  NotificationData,
  type PlmnId,
  SearchResult,
  SubscriptionData,
  samePlmn,
} from '@twincore/model';
import { LRUCache } from 'lru-cache';
import { checkAnswer, type HttpClient, type HttpResponse, UnexpectedAnswer } from './client.ts';
import { addressOf, type NfConfig } from './config.ts';
import type { Metrics } from './metrics.ts';
import { commonProblem, SbiProblem } from './problem.ts';
import { publishedOf, type TokenRule } from './rules.ts';
import type { SbiServer } from './server.ts';
import { type GrantedToken, TokenCache, type TokenQuery } from './token-cache.ts';

/** What to look for. `plmnId` is the producer's PLMN; another than the own one is asked through the SEPPs. */
export interface DiscoveryQuery {
  readonly targetNfType: string;
  readonly serviceName?: string;
  readonly plmnId?: PlmnId;
  /** FQDN of one NF: what a SEPP asks to know whether a target exists. */
  readonly targetNfFqdn?: string;
  readonly routingIndicator?: string;
}

const DEFAULT_VALIDITY_S = 30;
const STATUS_CALLBACK = '/nnrf-nfm-callback/v1/nf-status';
const RETRY_MS = { first: 100, longest: 2_000 };

export class NrfClient {
  readonly #config: NfConfig;
  readonly #apiRoot: string;
  readonly #http: HttpClient;
  readonly #metrics: Metrics;
  readonly #found = new LRUCache<string, DiscoveredNFProfile[]>({ max: 500 });
  readonly #searching = new Map<string, Promise<DiscoveredNFProfile[]>>();
  readonly #tokens = new TokenCache((query) => this.#requestToken(query));
  readonly #watched = new Map<string, Promise<void>>();
  #subscriptions: string[] = [];
  #heartbeat: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(config: NfConfig, apiRoot: string, http: HttpClient, metrics: Metrics) {
    this.#config = config;
    this.#apiRoot = apiRoot;
    this.#http = http;
    this.#metrics = metrics;
  }

  /** Nnrf_NFManagement_NFRegister (TS 29.510 5.2.2.2), repeated until the NRF accepts; then heartbeats keep it alive. */
  async register(profile: NFProfile): Promise<void> {
    for (let wait = RETRY_MS.first; !this.#stopping; wait = Math.min(wait * 2, RETRY_MS.longest)) {
      try {
        const answer = await this.#send(
          'NFRegister',
          'PUT',
          `/nnrf-nfm/v1/nf-instances/${profile.nfInstanceId}`,
          profile,
        );
        const registered = this.#expect('NFRegister', answer, [200, 201], NFProfile) as NFProfile;
        this.#metrics.registered.set(1);
        this.#schedule(profile, registered.heartBeatTimer ?? 30);
        return;
      } catch (error) {
        this.#metrics.registered.set(0);
        if (!(error instanceof SbiProblem)) throw error;
        this.#http.log.warn({ reason: error.message }, 'the NRF did not register this NF yet, trying again');
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Nnrf_NFManagement_NFDeregister (TS 29.510 5.2.2.4) and the end of heartbeats and subscriptions; best effort, the NF is leaving. */
  async deregister(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#heartbeat);
    const paths = [
      ...this.#subscriptions.map((id) => `/nnrf-nfm/v1/subscriptions/${id}`),
      `/nnrf-nfm/v1/nf-instances/${this.#config.nfInstanceId}`,
    ];
    await Promise.allSettled(paths.map((path) => this.#send('NFDeregister', 'DELETE', path)));
    this.#metrics.registered.set(0);
  }

  /** Nnrf_NFDiscovery (TS 29.510 5.3.2.2): candidates, best first. Throws a 504 problem when there is none. */
  async discover(query: DiscoveryQuery): Promise<DiscoveredNFProfile[]> {
    const key = JSON.stringify(query);
    return this.#once(key, () => this.#search(query, key));
  }

  /**
   * The same with query parameters as another NF has given them, for an SCP that discovers on its behalf; `credentials` is the
   * headers that prove who that NF is. What is found for one NF is not given to another.
   */
  async discoverFor(
    parameters: Readonly<Record<string, string>>,
    credentials: Record<string, string>,
  ): Promise<DiscoveredNFProfile[]> {
    const targetNfType = parameters['target-nf-type'] ?? '';
    const key = JSON.stringify({ ...parameters, targetNfType });
    const own = !Object.hasOwn(parameters, 'target-plmn-list');
    return this.#once(key, async () => {
      if (own) await this.#watch(targetNfType);
      return this.#find(new URLSearchParams(parameters), { key, own, headers: credentials });
    });
  }

  /** What was found before, or what one search finds for everybody who asks the same meanwhile. */
  async #once(key: string, search: () => Promise<DiscoveredNFProfile[]>): Promise<DiscoveredNFProfile[]> {
    const known = this.#found.get(key);
    if (known) return known;
    let searching = this.#searching.get(key);
    if (!searching) {
      searching = search().finally(() => this.#searching.delete(key));
      this.#searching.set(key, searching);
    }
    return searching;
  }

  async #search(query: DiscoveryQuery, key: string): Promise<DiscoveredNFProfile[]> {
    const own = this.#isOwn(query.plmnId);
    if (own && query.targetNfFqdn === undefined) await this.#watch(query.targetNfType);
    const parameters = new URLSearchParams({
      'target-nf-type': query.targetNfType,
      'requester-nf-type': this.#config.nfType,
      'requester-nf-instance-id': this.#config.nfInstanceId,
    });
    if (query.serviceName) parameters.set('service-names', query.serviceName);
    if (query.targetNfFqdn) parameters.set('target-nf-fqdn', query.targetNfFqdn);
    if (query.routingIndicator) parameters.set('routing-indicator', query.routingIndicator);
    if (!own && query.plmnId) {
      parameters.set('target-plmn-list', JSON.stringify([query.plmnId]));
      parameters.set('requester-plmn-list', JSON.stringify([this.#config.plmnId]));
    }
    return this.#find(parameters, { key, own, headers: {} });
  }

  async #find(
    parameters: URLSearchParams,
    { key, own, headers }: { key: string; own: boolean; headers: Record<string, string> },
  ): Promise<DiscoveredNFProfile[]> {
    const answer = await this.#http.send({
      method: 'GET',
      url: `${this.#apiRoot}/nnrf-disc/v1/nf-instances?${parameters}`,
      headers,
      target: 'NRF',
      operation: 'Nnrf_NFDiscovery_Request',
    });
    const result = this.#expect('NFDiscover', answer, [200], SearchResult) as SearchResult;
    if (own) for (const profile of result.nfInstances) this.#learnHosts(profile);
    const candidates = result.nfInstances.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
    const { validityPeriod = DEFAULT_VALIDITY_S } = result;
    if (candidates.length > 0 && validityPeriod > 0) this.#found.set(key, candidates, { ttl: validityPeriod * 1000 });
    return candidates;
  }

  /** Forgets what discovery said about an NF type, because a producer of it did not answer. */
  forget(targetNfType: string): void {
    for (const key of this.#found.keys()) {
      if ((JSON.parse(key) as DiscoveryQuery).targetNfType === targetNfType) this.#found.delete(key);
    }
  }

  /** Nnrf_AccessToken_Get (TS 29.510 5.4.2.2): a token, out of the cache while it is good for some more seconds. */
  token(query: TokenQuery): Promise<string> {
    return this.#tokens.get(query);
  }

  /** Drops a token that a producer refused. */
  forgetToken(query: TokenQuery, refused: string): Promise<void> {
    return this.#tokens.forget(query, refused);
  }

  async #requestToken(query: TokenQuery): Promise<GrantedToken> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      nfInstanceId: this.#config.nfInstanceId,
      nfType: this.#config.nfType,
      targetNfType: query.targetNfType,
      scope: query.scope,
    });
    if (query.targetNfInstanceId) form.set('targetNfInstanceId', query.targetNfInstanceId);
    if (query.sNssais) form.set('targetSnssaiList', JSON.stringify(query.sNssais));
    if (!this.#isOwn(query.plmnId)) {
      form.set('requesterPlmn', JSON.stringify(this.#config.plmnId));
      form.set('targetPlmn', JSON.stringify(query.plmnId));
    }
    const answer = await this.#http.send({
      method: 'POST',
      url: `${this.#apiRoot}/oauth2/token`,
      body: form.toString(),
      contentType: 'application/x-www-form-urlencoded',
      target: 'NRF',
      operation: 'Nnrf_AccessToken_Get',
    });
    const { access_token, expires_in = 60 } = this.#expect(
      'AccessToken',
      answer,
      [200],
      AccessTokenRsp,
    ) as AccessTokenRsp;
    return { token: access_token, lifetime: expires_in };
  }

  /** The route on which the NRF notifies (TS 29.510 5.2.2.6): what was known about the changed NF's type is forgotten. */
  addCallback(server: SbiServer): void {
    server.post<{ Body: NotificationData }>(
      STATUS_CALLBACK,
      {
        config: { sbi: { operation: 'Nnrf_NFManagement_NFStatusNotify', access: 'peer', peers: ['NRF'] } },
        schema: { body: NotificationData },
      },
      async ({ body }, reply) => {
        checkNotification(body);
        this.#found.clear();
        return reply.code(204).send();
      },
    );
  }

  /** Nnrf_NFManagement_NFStatusSubscribe (TS 29.510 5.2.2.5), once for each NF type that this NF consumes. */
  #watch(nfType: string): Promise<void> {
    let watching = this.#watched.get(nfType);
    if (!watching) {
      watching = this.#subscribe(nfType).catch((error: Error) => {
        // Without notifications the cache is only as fresh as validityPeriod says; that is still correct.
        this.#watched.delete(nfType);
        this.#http.log.warn({ nfType, reason: error.message }, 'no NF status subscription');
      });
      this.#watched.set(nfType, watching);
    }
    return watching;
  }

  async #subscribe(nfType: string): Promise<void> {
    const { fqdn, sbi, nfInstanceId, insecure } = this.#config;
    const answer = await this.#send('NFStatusSubscribe', 'POST', '/nnrf-nfm/v1/subscriptions', {
      nfStatusNotificationUri: `${insecure.cleartext ? 'http' : 'https'}://${fqdn}:${sbi.port}${STATUS_CALLBACK}`,
      subscrCond: { nfType },
      reqNfInstanceId: nfInstanceId,
      reqNfType: this.#config.nfType,
    } satisfies SubscriptionData);
    const created = this.#expect('NFStatusSubscribe', answer, [201], SubscriptionData) as SubscriptionData;
    if (created.subscriptionId) this.#subscriptions.push(created.subscriptionId);
  }

  #schedule(profile: NFProfile, seconds: number): void {
    clearTimeout(this.#heartbeat);
    if (this.#stopping) return;
    this.#heartbeat = setTimeout(async () => {
      try {
        const path = `/nnrf-nfm/v1/nf-instances/${profile.nfInstanceId}`;
        const patch = [{ op: 'replace', path: '/nfStatus', value: 'REGISTERED' }];
        const answer = await this.#send('NFUpdate', 'PATCH', path, patch, 'application/json-patch+json');
        if (answer.status === 404) await this.register(profile);
        else this.#schedule(profile, seconds);
      } catch {
        this.#schedule(profile, Math.min(seconds, 2));
      }
    }, seconds * 1000);
    this.#heartbeat.unref();
  }

  #send(
    operation: string,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<HttpResponse> {
    return this.#http.send({
      method,
      url: `${this.#apiRoot}${path}`,
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
      target: 'NRF',
      operation: `Nnrf_NFManagement_${operation}`,
    });
  }

  #expect(
    operation: string,
    answer: HttpResponse,
    statuses: number[],
    schema: Parameters<typeof checkAnswer>[0],
  ): unknown {
    if (!statuses.includes(answer.status)) {
      throw new UnexpectedAnswer('NRF', operation, answer.status, (answer.body ?? {}) as object);
    }
    checkAnswer(schema, answer.body, 'NRF');
    return answer.body;
  }

  #isOwn(plmnId: PlmnId | undefined): boolean {
    return plmnId === undefined || samePlmn(plmnId, this.#config.plmnId);
  }

  #learnHosts(profile: DiscoveredNFProfile): void {
    const address = profile.ipv4Addresses?.[0];
    if (profile.fqdn && address) this.#http.learnHost(profile.fqdn, address);
    for (const service of profile.nfServices ?? []) {
      const endPoint = service.ipEndPoints?.[0]?.ipv4Address;
      if (service.fqdn && endPoint) this.#http.learnHost(service.fqdn, endPoint);
    }
  }
}

/** `{apiRoot}` of a service (TS 29.501 4.4.1): scheme, FQDN or address, port, prefix. */
export function apiRootOf(profile: DiscoveredNFProfile, service: NFService): string {
  const endPoint = service.ipEndPoints?.[0];
  const host = service.fqdn ?? profile.fqdn ?? endPoint?.ipv4Address ?? profile.ipv4Addresses?.[0];
  const port = endPoint?.port ?? (service.scheme === 'https' ? 443 : 80);
  return `${service.scheme}://${host}:${port}${service.apiPrefix ?? ''}`;
}

/** An NFService of the own profile (TS 29.510 6.1.6.2.3). Its rules are those of its routes. */
export function nfServiceOf(
  config: NfConfig,
  {
    serviceName,
    apiFullVersion,
    rules,
    allowedPlmns,
  }: {
    serviceName: string;
    apiFullVersion: string;
    rules: Readonly<Record<string, TokenRule>>;
    /** The own PLMN for what must not leave it; absent for any. */
    allowedPlmns?: PlmnId[];
  },
): NFService {
  const { nfServiceSetIdList } = config;
  return {
    serviceInstanceId: `${serviceName}-${randomUUID().slice(0, 8)}`,
    serviceName,
    versions: [{ apiVersionInUri: `v${apiFullVersion.split('.')[0]}`, apiFullVersion }],
    scheme: config.insecure.cleartext ? 'http' : 'https',
    nfServiceStatus: 'REGISTERED',
    fqdn: config.fqdn,
    ipEndPoints: [{ ipv4Address: addressOf(config), transport: 'TCP', port: config.sbi.port }],
    ...publishedOf(Object.values(rules)),
    ...(allowedPlmns ? { allowedPlmns } : {}),
    oauth2Required: true,
    ...(nfServiceSetIdList.length > 0 ? { nfServiceSetIdList } : {}),
  };
}

/** The conditions of TS 29.510 6.1.6.2.17 that the schema does not have. */
function checkNotification({ event, nfProfile, profileChanges }: NotificationData): void {
  const missing = (param: string) =>
    commonProblem('MANDATORY_IE_MISSING', undefined, [{ param, reason: `is missing in ${event}` }]);
  if (event === 'NF_REGISTERED' && !nfProfile) throw missing('/nfProfile');
  if (event !== 'NF_PROFILE_CHANGED') return;
  if (!nfProfile && !profileChanges) throw missing('/profileChanges');
  if (nfProfile && profileChanges) {
    throw commonProblem('OPTIONAL_IE_INCORRECT', undefined, [{ param: '/profileChanges', reason: 'or nfProfile' }]);
  }
}
