/** An SCP over real TLS among stand-ins: an NRF that knows what a test tells it, and producers that do what a test wants. */
import { randomUUID } from 'node:crypto';
import type { NFProfile, SubscriptionData } from '@twincore/model';
import {
  CLIENT_CREDENTIALS,
  NfConfig,
  type NfDefinition,
  nfServiceOf,
  type SbiReply,
  type SbiRequest,
  type TokenRule,
} from '@twincore/sbi';
import { type StartedNf, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import { scp } from '../src/nf.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const SERVICE = 'nausf-auth';
const rule = { access: 'token', operation: 'test', service: SERVICE, consumers: ['AMF'] } satisfies TokenRule;

type Answer = (request: SbiRequest, reply: SbiReply) => unknown;

/** A producer; `answer` may be exchanged at any time. */
export interface Standin {
  readonly nf: StartedNf<NfConfig>;
  readonly nfInstanceId: string;
  readonly apiRoot: string;
  answer: Answer;
  /** Requests that came, newest last. */
  readonly seen: SbiRequest[];
}

export interface StandinNrf {
  readonly nf: StartedNf<NfConfig>;
  readonly known: NFProfile[];
  /** What discovery answers in place of `known`. */
  discovery?: Answer;
  token?: Answer;
  readonly discoveries: URLSearchParams[];
  readonly tokenRequests: { readonly from: string; readonly form: Record<string, string> }[];
}

export interface World {
  readonly plmn: TestPlmn;
  readonly nrf: StandinNrf;
  readonly scp: StartedNf<NfConfig>;
  readonly amf: Consumer;
  producer(options?: { nfSetIdList?: string[]; priority?: number }): Promise<Standin>;
  consumer(nfType: string): Promise<Consumer>;
  close(): Promise<void>;
}

export interface Consumer extends TestClient {
  /** Headers that prove who it is to the NRF and to AUSFs. */
  credentials(): Promise<Record<string, string>>;
}

/** Headers of model D. */
export const factors = (more: Record<string, string> = {}) => ({
  '3gpp-sbi-discovery-target-nf-type': 'AUSF',
  '3gpp-sbi-discovery-requester-nf-type': 'AMF',
  '3gpp-sbi-discovery-service-names': SERVICE,
  ...more,
});

export async function world(): Promise<World> {
  const plmn = await testPlmn(HOME);
  const nrf = await startNrf(plmn);
  const proxy = await plmn.start(scp, { nfType: 'SCP', nrf: { apiRoot: nrf.nf.apiRoot } });
  const consumer = async (nfType: string): Promise<Consumer> => {
    const client = await plmn.client(nfType);
    const credentials = async () => ({ [CLIENT_CREDENTIALS]: await client.assertion(['NRF', 'AUSF']) });
    return { ...client, credentials };
  };
  return {
    plmn,
    nrf,
    scp: proxy as unknown as StartedNf<NfConfig>,
    amf: await consumer('AMF'),
    consumer,
    producer: (options = {}) => startProducer(plmn, nrf, options),
    close: () => plmn.close(),
  };
}

async function startNrf(plmn: TestPlmn): Promise<StandinNrf> {
  const state: Omit<StandinNrf, 'nf'> = { known: [], discoveries: [], tokenRequests: [] };
  const subscribers: string[] = [];
  const definition: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    async build({ server, http }) {
      const sbi = { access: 'peer', operation: 'test', peers: ['*'] } as const;
      const changed = async (event: string, nfInstanceId: string) => {
        for (const url of subscribers) {
          http.learnHost(new URL(url).hostname, '127.0.0.1');
          const body = { event, nfInstanceUri: `https://nrf/nnrf-nfm/v1/nf-instances/${nfInstanceId}` };
          await http.send({ method: 'POST', url, body, target: 'SCP', operation: 'test' }).catch(() => {});
        }
      };
      server.put<{ Body: NFProfile }>('/nnrf-nfm/v1/nf-instances/:id', { config: { sbi } }, async ({ body }) => {
        state.known.push(body);
        await changed('NF_REGISTERED', body.nfInstanceId);
        return body;
      });
      server.delete<{ Params: { id: string } }>(
        '/nnrf-nfm/v1/nf-instances/:id',
        { config: { sbi } },
        async ({ params: { id } }, reply) => {
          const at = state.known.findIndex(({ nfInstanceId }) => nfInstanceId === id);
          if (at >= 0) state.known.splice(at, 1);
          await changed('NF_DEREGISTERED', id);
          return reply.code(204).send();
        },
      );
      server.post<{ Body: SubscriptionData }>(
        '/nnrf-nfm/v1/subscriptions',
        { config: { sbi } },
        async ({ body }, reply) => {
          subscribers.push(body.nfStatusNotificationUri);
          return reply.code(201).send({ ...body, subscriptionId: randomUUID() });
        },
      );
      server.get('/nnrf-disc/v1/nf-instances', { config: { sbi } }, async (request, reply) => {
        const query = new URL(request.url, 'https://nrf').searchParams;
        state.discoveries.push(query);
        return (
          state.discovery?.(request, reply) ?? { validityPeriod: 1, nfInstances: state.known.filter(matching(query)) }
        );
      });
      server.post('/oauth2/token', { config: { sbi } }, async (request, reply) => {
        const form = request.body as Record<string, string>;
        state.tokenRequests.push({ from: request.sbi.consumer?.peer.nfInstanceId ?? '', form });
        if (state.token) return state.token(request, reply);
        if (form.nfInstanceId !== request.sbi.consumer?.peer.nfInstanceId) {
          return reply.code(400).send({ error: 'invalid_client' });
        }
        const { nfInstanceId: sub = '', targetNfType: aud = '', scope = '' } = form;
        const access_token = await plmn.sign({ sub, aud, scope });
        return { access_token, token_type: 'Bearer', expires_in: 300, scope: form.scope };
      });
      return {};
    },
  };
  const nf = await plmn.start(definition, { nfType: 'NRF' });
  return Object.assign(state, { nf });
}

const matching = (query: URLSearchParams) => (profile: NFProfile) => {
  const is = (name: string, value: string | undefined) => !query.has(name) || query.get(name) === value;
  const set = query.get('target-nf-set-id');
  return (
    is('target-nf-type', profile.nfType) &&
    is('target-nf-fqdn', profile.fqdn) &&
    is('target-nf-instance-id', profile.nfInstanceId) &&
    (set === null || profile.nfSetIdList?.includes(set) === true)
  );
};

async function startProducer(
  plmn: TestPlmn,
  nrf: StandinNrf,
  { priority, ...own }: { nfSetIdList?: string[]; priority?: number },
): Promise<Standin> {
  const standin: Pick<Standin, 'answer' | 'seen'> = { seen: [], answer: () => ({ ok: true }) };
  const definition: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    profile: (config) => ({
      nfServices: [nfServiceOf(config, { serviceName: SERVICE, apiFullVersion: '1.2.0', rules: { rule } })],
      ...(priority === undefined ? {} : { priority }),
    }),
    async build({ server }) {
      const answer = async (request: SbiRequest, reply: SbiReply) => {
        standin.seen.push(request);
        return standin.answer(request, reply);
      };
      server.route({ method: ['GET', 'POST', 'PUT'], url: `/${SERVICE}/v1/*`, config: { sbi: rule }, handler: answer });
      return {};
    },
  };
  const nf = await plmn.start(definition, { nfType: 'AUSF', nrf: { apiRoot: nrf.nf.apiRoot }, ...own });
  return Object.assign(standin, { nf, nfInstanceId: nf.config.nfInstanceId, apiRoot: nf.apiRoot });
}
