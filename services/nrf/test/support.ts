/** NRFs on free ports, and NFs that talk to them. */
import assert from 'node:assert/strict';
import { type NFProfile, type NFService, type NotificationData, nfFqdn, type PlmnId } from '@twincore/model';
import { type HttpResponse, NfConfig, type NfDefinition, ORIGINATING_NETWORK_ID, TARGET_API_ROOT } from '@twincore/sbi';
import type { StartedNf, TestClient, TestPlmn } from '@twincore/testkit';
import type { NrfConfig } from '../src/config.ts';
import { nrf } from '../src/nf.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
export const INSTANCES = '/nnrf-nfm/v1/nf-instances';
export const SUBSCRIPTIONS = '/nnrf-nfm/v1/subscriptions';
const JSON_PATCH = 'application/json-patch+json';

export async function startNrf(plmn: TestPlmn, config: Record<string, unknown> = {}): Promise<StartedNf<NrfConfig>> {
  const { key, jwks } = await plmn.pki.signingKey();
  return plmn.start(nrf, { nfType: 'NRF', signingKey: key, jwks, ...config });
}

/** Where an NRF is, for one that takes its place. */
export const placeOf = ({ config }: StartedNf<NrfConfig>) => ({
  sbi: { host: config.sbi.host, port: config.sbi.port },
});

export const fqdnOf = ({ nfType, nfInstanceId }: TestClient, plmnId: PlmnId = HOME) =>
  nfFqdn(`${nfType}-${nfInstanceId.slice(0, 8)}`, plmnId);

export function service(serviceName: string, more: Partial<NFService> = {}): NFService {
  return {
    serviceInstanceId: `${serviceName}-1`,
    serviceName,
    versions: [{ apiVersionInUri: 'v1', apiFullVersion: '1.0.0' }],
    scheme: 'https',
    nfServiceStatus: 'REGISTERED',
    ipEndPoints: [{ ipv4Address: '127.0.0.1', transport: 'TCP', port: 7777 }],
    ...more,
  };
}

/** An NF's view of one NRF. */
export function user(client: TestClient, apiRoot: string, plmnId: PlmnId = HOME) {
  const { nfInstanceId, nfType } = client;
  const instance = `${apiRoot}${INSTANCES}/${nfInstanceId}`;
  const get = (path: string) => client.send({ method: 'GET', url: apiRoot + path });
  const post = (path: string, body: unknown) => client.send({ method: 'POST', url: apiRoot + path, body });
  const profile = (more: Partial<NFProfile> = {}): NFProfile => ({
    nfInstanceId,
    nfType,
    nfStatus: 'REGISTERED',
    fqdn: fqdnOf(client, plmnId),
    ipv4Addresses: ['127.0.0.1'],
    ...more,
  });
  return {
    client,
    nfInstanceId,
    profile,
    get,
    post,
    register: (more: Partial<NFProfile> = {}, url = instance) =>
      client.send({ method: 'PUT', url, body: profile(more) }),
    patch: (patch: unknown, headers: Record<string, string> = {}, url = instance) =>
      client.send({ method: 'PATCH', url, body: patch, contentType: JSON_PATCH, headers }),
    heartbeat: () =>
      client.send({
        method: 'PATCH',
        url: instance,
        body: [{ op: 'replace', path: '/nfStatus', value: 'REGISTERED' }],
        contentType: JSON_PATCH,
      }),
    delete: (path = `${INSTANCES}/${nfInstanceId}`) => client.send({ method: 'DELETE', url: apiRoot + path }),
    discover: (targetNfType: string, more: Record<string, string> = {}) =>
      get(
        `/nnrf-disc/v1/nf-instances?${new URLSearchParams({
          'target-nf-type': targetNfType,
          'requester-nf-type': nfType,
          ...more,
        })}`,
      ),
    token: (more: Record<string, string | undefined> = {}) => {
      const form = { grant_type: 'client_credentials', nfInstanceId, nfType, ...more };
      const members = Object.entries(form).filter((member): member is [string, string] => member[1] !== undefined);
      return client.send({
        method: 'POST',
        url: `${apiRoot}/oauth2/token`,
        body: new URLSearchParams(members).toString(),
        contentType: 'application/x-www-form-urlencoded',
      });
    },
    subscribe: (more: object = {}, uri = `https://${fqdnOf(client, plmnId)}:7/callback`) =>
      post(SUBSCRIPTIONS, { nfStatusNotificationUri: uri, reqNfInstanceId: nfInstanceId, ...more }),
  };
}

/** Instance ids in a SearchResult. */
export const idsIn = ({ body }: HttpResponse) =>
  (body as { nfInstances: NFProfile[] }).nfInstances.map((profile) => profile.nfInstanceId);

export interface Listener {
  readonly nf: StartedNf<NfConfig>;
  readonly callback: string;
  /** The next notification that was not taken yet. */
  next(): Promise<NotificationData>;
  readonly waiting: NotificationData[];
  /** What the callback answers. */
  status: number;
}

/** A registered NF that is told of changes; for a listener that has to be reached under its own certificate. */
export async function startListener(
  plmn: TestPlmn,
  nrfApiRoot: string,
  nfType: string,
  config: Record<string, unknown> = {},
): Promise<Listener> {
  const waiting: NotificationData[] = [];
  let arrived = () => {};
  const definition: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    profile: () => ({ nfServices: [service('nausf-auth', { allowedNfTypes: ['AMF'] })] }),
    async build({ server }) {
      server.post<{ Body: NotificationData }>(
        '/callback',
        { config: { sbi: { access: 'peer', operation: 'Nnrf_NFManagement_NFStatusNotify', peers: ['NRF', 'SEPP'] } } },
        async (request, reply) => {
          waiting.push(request.body);
          arrived();
          return reply.code(listener.status).send();
        },
      );
      return {};
    },
  };
  const nf = await plmn.start(definition, { nfType, nrf: { apiRoot: nrfApiRoot }, ...config });
  const listener: Listener = {
    nf,
    callback: `${nf.apiRoot}/callback`,
    waiting,
    status: 204,
    async next() {
      const deadline = AbortSignal.timeout(10_000);
      for (;;) {
        const first = waiting.shift();
        if (first) return first;
        await new Promise<void>((resolve, reject) => {
          arrived = resolve;
          deadline.addEventListener('abort', () => reject(new Error('no notification came')));
        });
      }
    },
  };
  return listener;
}

/** Both SEPPs in one: takes what its own PLMN sends and hands it on as the other PLMN's SEPP, which vouches for its origin. */
export function seppTo(far: TestClient, origin: PlmnId): NfDefinition<NfConfig> {
  return {
    configSchema: NfConfig,
    async build({ server }) {
      server.removeAllContentTypeParsers();
      server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      server.route({
        method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        url: '/*',
        config: { sbi: { access: 'peer', operation: 'N32', peers: ['*'] } },
        handler: async (request, reply) => {
          const answer = await far.send({
            method: request.method as 'GET',
            url: `${request.headers[TARGET_API_ROOT]}${request.url}`,
            ...(request.body === undefined ? {} : { body: request.body }),
            contentType: request.headers['content-type'] ?? '',
            headers: { [ORIGINATING_NETWORK_ID]: `${origin.mcc}-${origin.mnc}; src: SEPP-test` },
          });
          return reply
            .code(answer.status)
            .header('content-type', answer.headers['content-type'])
            .send(JSON.stringify(answer.body));
        },
      });
      return {};
    },
  };
}

/** Asserts a refusal as ProblemDetails. */
export function refused(answer: HttpResponse, status: number, cause?: string): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  assert.equal((answer.body as { cause?: string }).cause, cause);
}
