/** An NF that a test plays: registered at the NRF, it calls others with its own certificate and real tokens, and may be called. */
import { type DiscoveredNFProfile, type NFProfile, type NFService, plmnToString } from '@twincore/model';
import {
  type DiscoveryQuery,
  type HttpRequest,
  type HttpResponse,
  type Nf,
  NfConfig,
  neededScope,
  newTrace,
  preciseNow,
  producersIn,
  startNf,
  type TlsFiles,
  type TraceParty,
  withTrace,
} from '@twincore/sbi';
import { type FakeAuthorization, type FakeHandler, type FakeRequest, fakeRoutes } from './fake-service.ts';

/** What an access token is for. */
export interface TokenOptions {
  /** NF type of the producer. */
  readonly to: string;
  /** The service, and scopes of its resources or operations, with spaces between. */
  readonly scope: string;
  /** One producer instead of all of its type. */
  readonly nfInstanceId?: string;
}

/** A call of a service, by the way that every NF goes: discovery, token, request. */
export interface CallOptions {
  /** NF type of the producer. */
  readonly to: string;
  readonly service: string;
  /** Scopes of the resource or operation that the TS demands beside the service's. */
  readonly scopes?: readonly string[];
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/<service>/v<n>`. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of one that the NRF issues now; `false` for none. */
  readonly token?: string | false;
}

/** A request to an absolute URI. */
export interface SendOptions extends Pick<CallOptions, 'method' | 'body' | 'contentType' | 'headers'> {
  readonly url: string;
  readonly token?: string;
}

export interface TestNf {
  readonly nfType: string;
  readonly nfInstanceId: string;
  readonly fqdn: string;
  readonly apiRoot: string;
  /** PEM files, for a client of yours that is to be this NF. */
  readonly tls: TlsFiles;
  /** What it got, in order. */
  readonly requests: readonly FakeRequest[];
  /** An access token, issued by the NRF to this NF. Throws with the NRF's words when it is refused. */
  token(options: TokenOptions): Promise<string>;
  /** What the NRF says of producers; none is an empty list. */
  discover(query: DiscoveryQuery): Promise<DiscoveredNFProfile[]>;
  /** Any status is an answer. Throws when there is no producer, no token or no answer. */
  call(options: CallOptions): Promise<HttpResponse>;
  /** Any status is an answer. */
  send(options: SendOptions): Promise<HttpResponse>;
  /** Deregisters and closes it. */
  stop(): Promise<void>;
}

export interface TestNfOptions {
  readonly services: (config: NfConfig) => readonly NFService[];
  readonly authorization: FakeAuthorization;
  readonly handler: FakeHandler;
  readonly profile: Partial<NFProfile>;
  readonly onError: (error: unknown) => void;
  /** Addresses of names that the test may name before the NRF has. */
  readonly hosts: ReadonlyMap<string, string>;
  /** NFs that do not record what they are asked, by FQDN: then the one that asks does. */
  readonly unrecorded: ReadonlyMap<string, TraceParty>;
}

/** Starts it and registers it. */
export async function startTestNf(config: NfConfig, options: TestNfOptions): Promise<TestNf> {
  const services = options.services(config);
  const requests: FakeRequest[] = [];
  let own: Nf | undefined;
  const running = await startNf(
    {
      configSchema: NfConfig,
      profile: () => ({ ...(services.length > 0 ? { nfServices: [...services] } : {}), ...options.profile }),
      async build(nf) {
        own = nf;
        fakeRoutes(nf.server, { ...options, services, onRequest: (request) => requests.push(request) });
        return {};
      },
    },
    config,
  );
  if (!own) throw new Error('an NF was started but not built');
  let stopped: Promise<void> | undefined;
  return {
    ...consumerOf(own, options),
    nfType: config.nfType,
    nfInstanceId: config.nfInstanceId,
    fqdn: config.fqdn,
    apiRoot: `https://${config.fqdn}:${config.sbi.port}`,
    tls: config.tls,
    requests,
    stop() {
      stopped ??= running.stop();
      return stopped;
    },
  };
}

function consumerOf(
  nf: Nf,
  { hosts, unrecorded }: Pick<TestNfOptions, 'hosts' | 'unrecorded'>,
): Pick<TestNf, 'token' | 'discover' | 'call' | 'send'> {
  const { nrf, http } = nf;
  const token = ({ to, scope, nfInstanceId }: TokenOptions) =>
    nrf.token({
      scope,
      targetNfType: to,
      ...(nfInstanceId === undefined ? {} : { targetNfInstanceId: nfInstanceId }),
    });

  const send = ({ token: own, headers, ...request }: SendOptions) => {
    for (const [fqdn, address] of hosts) http.learnHost(fqdn, address);
    const to = unrecorded.get(new URL(request.url).hostname);
    return recorded(nf, to, {
      ...request,
      headers: { ...(own === undefined ? {} : { authorization: `Bearer ${own}` }), ...headers },
      target: to?.nfType ?? 'test',
      operation: 'test',
    });
  };

  return {
    token,
    send,
    discover: (query) => nrf.discover(query),

    async call({ to, service, scopes, path, token: own, ...request }) {
      const profiles = await nrf.discover({ targetNfType: to, serviceName: service });
      const [producer] = producersIn(profiles, service);
      if (!producer) throw new Error(`no ${to} with ${service} is registered`);
      const scope = neededScope({ serviceName: service, ...(scopes ? { scopes } : {}) });
      const used = own ?? (await token({ to, scope }));
      const url = `${producer.apiRoot}/${service}/${producer.versions[0] ?? 'v1'}${path}`;
      return send({ ...request, url, ...(used === false ? {} : { token: used }) });
    },
  };
}

/** Sends a request and records the exchange in place of a producer that does not; a request without answer is recorded anyway. */
async function recorded({ http, config, trace }: Nf, to: TraceParty | undefined, request: HttpRequest) {
  if (!to || !trace) return http.send(request);
  const context = newTrace();
  const at = preciseNow();
  const answer = await withTrace(context, () => http.send(request));
  const { host, pathname, search } = new URL(request.url);
  const [, service = ''] = pathname.split('/');
  trace.write({
    kind: 'sbi',
    at,
    durationMs: preciseNow() - at,
    ...context,
    from: { nfType: config.nfType, nfInstanceId: config.nfInstanceId, plmn: plmnToString(config.plmnId) },
    to,
    operation: service,
    method: request.method,
    authority: host,
    uri: pathname + search,
    requestHeaders: {
      ...request.headers,
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    },
    ...(request.body === undefined ? {} : { requestBody: request.body }),
    status: answer.status,
    responseHeaders: answer.headers,
    ...(answer.body === undefined ? {} : { responseBody: answer.body }),
  });
  return answer;
}
