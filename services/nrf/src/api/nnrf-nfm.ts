/** Nnrf_NFManagement (TS 29.510 5.2 and 6.1). */
import {
  NFProfile,
  NFProfilePatch,
  NFType,
  NfInstanceId,
  type PlmnId,
  SubscriptionData,
  type UriList,
} from '@twincore/model';
import { type PeerRule, SbiProblem, type SbiRequest, type SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { deregisterNf, type Management, registerNf, requireOwnPlmn, updateNf } from '../procedures/nf-management.ts';
import { listNfs, retrieveNf } from '../procedures/nf-retrieval.ts';
import {
  type NotificationPolicy,
  type Subscriptions,
  subscribe,
  unsubscribe,
} from '../procedures/status-subscriptions.ts';
import { consumerOf } from './consumer.ts';

const INSTANCES = '/nnrf-nfm/v1/nf-instances';
const SUBSCRIPTIONS = '/nnrf-nfm/v1/subscriptions';
const JSON_PATCH = 'application/json-patch+json';

const InstanceParams = Type.Object({ nfInstanceId: NfInstanceId });
/** TS 29.510 6.1.3.5.2; the ids of this NRF have no PLMN prefix. */
const SubscriptionParams = Type.Object({ subscriptionId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) });
const ListQuery = Type.Object({
  'nf-type': Type.Optional(NFType),
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
});
type Instance = { Params: Static<typeof InstanceParams> };

export interface NfManagementApi {
  readonly management: Management;
  readonly subscriptions: Subscriptions;
  readonly policy: NotificationPolicy;
  readonly apiRoot: string;
}

/** Registers the routes. */
export function nnrfNfm(server: SbiServer, api: NfManagementApi): void {
  const { management, subscriptions, policy, apiRoot } = api;
  const { registry, ownPlmn } = management;

  server.get<{ Querystring: Static<typeof ListQuery> }>(
    INSTANCES,
    { config: rule('NFListRetrieval'), schema: { querystring: ListQuery } },
    async (request, reply) => {
      const { 'nf-type': nfType, limit } = request.query;
      const ids = listNfs(registry, ownPlmn, peerOf(request, ownPlmn), nfType);
      const self = `${apiRoot}${request.url}`;
      const list: UriList = {
        _links: {
          self: { href: self },
          item: ids.slice(0, limit).map((id) => ({ href: `${apiRoot}${INSTANCES}/${id}` })),
        },
        totalItemCount: ids.length,
      };
      return reply.header('content-type', 'application/3gppHal+json').send(JSON.stringify(list));
    },
  );

  server.get<Instance>(
    `${INSTANCES}/:nfInstanceId`,
    { config: rule('NFProfileRetrieval'), schema: { params: InstanceParams } },
    async (request, reply) => {
      const nf = retrieveNf(registry, peerOf(request, ownPlmn), request.params.nfInstanceId);
      return reply.header('etag', nf.etag).send(nf.profile);
    },
  );

  server.put<Instance & { Body: NFProfile }>(
    `${INSTANCES}/:nfInstanceId`,
    { config: rule('NFRegister'), schema: { params: InstanceParams, body: NFProfile } },
    async (request, reply) => {
      const peer = peerOf(request, ownPlmn);
      const { created, nf } = await registerNf(management, peer, request.params.nfInstanceId, request.body);
      if (created) reply.code(201).header('location', `${apiRoot}${INSTANCES}/${nf.profile.nfInstanceId}`);
      return reply.header('etag', nf.etag).send(nf.profile);
    },
  );

  server.patch<Instance & { Body: Static<typeof NFProfilePatch> }>(
    `${INSTANCES}/:nfInstanceId`,
    {
      config: rule('NFUpdate'),
      schema: { params: InstanceParams, body: NFProfilePatch },
      preValidation: async ({ headers }) => {
        if (!headers['content-type']?.toLowerCase().startsWith(JSON_PATCH)) {
          throw new SbiProblem(415, { detail: `a PATCH here is ${JSON_PATCH}` });
        }
      },
    },
    async (request, reply) => {
      const { params, body, headers } = request;
      const peer = peerOf(request, ownPlmn);
      const { heartbeat, nf } = await updateNf(management, peer, params.nfInstanceId, body, headers['if-match']);
      if (heartbeat) return reply.code(204).send();
      return reply.header('etag', nf.etag).send(nf.profile);
    },
  );

  server.delete<Instance>(
    `${INSTANCES}/:nfInstanceId`,
    { config: rule('NFDeregister'), schema: { params: InstanceParams } },
    async (request, reply) => {
      await deregisterNf(management, peerOf(request, ownPlmn), request.params.nfInstanceId);
      return reply.code(204).send();
    },
  );

  server.post<{ Body: SubscriptionData }>(
    SUBSCRIPTIONS,
    { config: rule('NFStatusSubscribe'), schema: { body: SubscriptionData } },
    async (request, reply) => {
      const peer = peerOf(request, ownPlmn);
      const { id, data } = await subscribe(subscriptions, registry, peer, request.body, policy);
      return reply.code(201).header('location', `${apiRoot}${SUBSCRIPTIONS}/${id}`).send(data);
    },
  );

  server.delete<{ Params: Static<typeof SubscriptionParams> }>(
    `${SUBSCRIPTIONS}/:subscriptionId`,
    { config: rule('NFStatusUnSubscribe'), schema: { params: SubscriptionParams } },
    async (request, reply) => {
      await unsubscribe(subscriptions, peerOf(request, ownPlmn), request.params.subscriptionId);
      return reply.code(204).send();
    },
  );
}

function rule(operation: string): { sbi: PeerRule } {
  return { sbi: { access: 'peer', operation: `Nnrf_NFManagement_${operation}`, peers: ['*'] } };
}

/** The NF that asks. Throws 403 for one of another PLMN. */
function peerOf(request: SbiRequest, ownPlmn: PlmnId) {
  const consumer = consumerOf(request);
  requireOwnPlmn(consumer, ownPlmn);
  return consumer.peer;
}
