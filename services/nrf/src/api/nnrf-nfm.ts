/** Nnrf_NFManagement (TS 29.510 5.2 and 6.1): NF instances. */
import {
  NFProfile,
  NFProfilePatch,
  NFType,
  NfInstanceId,
  type OptionsResponse,
  SupportedFeatures,
  type UriList,
} from '@twincore/model';
import { nfTypeOfUserAgent, type PeerRule, SbiProblem, type SbiRequest, type SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { etagOf } from '../procedures/etag.ts';
import {
  deregisterNf,
  type Management,
  NFM_FEATURES,
  profileChangesOf,
  registerNf,
  requireOwnPlmn,
  updateNf,
} from '../procedures/nf-management.ts';
import { listNfs, type Page, pageOf, retrieveNf } from '../procedures/nf-retrieval.ts';
import type { RequesterOf } from './requester-of.ts';

export const INSTANCES = '/nnrf-nfm/v1/nf-instances';
const JSON_PATCH = 'application/json-patch+json';
const HAL = 'application/3gppHal+json';

const InstanceParams = Type.Object({ nfInstanceId: NfInstanceId });
const Count = Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 }));
const ListQuery = Type.Object({
  'nf-type': Type.Optional(NFType),
  limit: Count,
  'page-number': Count,
  'page-size': Count,
});
type ListQuery = Static<typeof ListQuery>;
const ProfileQuery = Type.Object({ 'requester-features': Type.Optional(SupportedFeatures) });
type Instance = { Params: Static<typeof InstanceParams> };

export interface NfManagementApi {
  readonly management: Management;
  readonly apiRoot: string;
  readonly requesterOf: RequesterOf;
}

/** Registers the routes. */
export function nnrfNfm(server: SbiServer, { management, apiRoot, requesterOf }: NfManagementApi): void {
  const { registry, ownPlmn } = management;
  /** Throws 403 for a requester of another PLMN. */
  const ownConsumer = async (request: SbiRequest) => {
    const consumer = await requesterOf(request);
    requireOwnPlmn(consumer, ownPlmn);
    return consumer;
  };

  server.get<{ Querystring: ListQuery }>(
    INSTANCES,
    { config: rule('NFListRetrieval'), schema: { querystring: ListQuery } },
    async (request, reply) => {
      const ids = listNfs(registry, ownPlmn, await ownConsumer(request), request.query['nf-type']);
      const body = JSON.stringify(uriList(ids, request.query, apiRoot, request.url));
      return reply.header('etag', etagOf(body)).header('content-type', HAL).send(body);
    },
  );

  server.options(INSTANCES, { config: rule('OptionsNFInstances') }, async (_request, reply) => {
    const answer: OptionsResponse = { supportedFeatures: NFM_FEATURES };
    return reply.header('allow', 'GET, OPTIONS').send(answer);
  });

  server.get<Instance>(
    `${INSTANCES}/:nfInstanceId`,
    { config: rule('NFProfileRetrieval'), schema: { params: InstanceParams, querystring: ProfileQuery } },
    async (request, reply) => {
      const declared = nfTypeOfUserAgent(request.headers['user-agent']);
      const consumer = await requesterOf(request);
      const { nf, text } = retrieveNf(registry, ownPlmn, consumer, request.params.nfInstanceId, declared);
      if (text === undefined) return reply.header('etag', nf.etag).send(nf.profile);
      return reply.header('etag', etagOf(text)).header('content-type', 'application/json').send(text);
    },
  );

  server.put<Instance & { Body: NFProfile }>(
    `${INSTANCES}/:nfInstanceId`,
    { config: rule('NFRegister'), schema: { params: InstanceParams, body: NFProfile } },
    async (request, reply) => {
      const { peer } = await ownConsumer(request);
      const { body: requested } = request;
      const { created, nf } = await registerNf(management, peer, request.params.nfInstanceId, requested);
      if (created) reply.code(201).header('location', `${apiRoot}${INSTANCES}/${nf.profile.nfInstanceId}`);
      const answer = requested.nfProfileChangesSupportInd ? profileChangesOf(requested, nf) : nf.profile;
      return reply.header('etag', nf.etag).send(answer);
    },
  );

  server.patch<Instance & { Body: Static<typeof NFProfilePatch> }>(
    `${INSTANCES}/:nfInstanceId`,
    {
      config: rule('NFUpdate'),
      schema: { params: InstanceParams, body: NFProfilePatch },
      preValidation: async (request) => requireJsonPatch(request),
    },
    async (request, reply) => {
      const { params, body, headers } = request;
      const { peer } = await ownConsumer(request);
      const { heartbeat, nf } = await updateNf(management, peer, params.nfInstanceId, body, headers['if-match']);
      if (heartbeat) return reply.code(204).header('etag', nf.etag).send();
      return reply.header('etag', nf.etag).send(nf.profile);
    },
  );

  server.delete<Instance>(
    `${INSTANCES}/:nfInstanceId`,
    { config: rule('NFDeregister'), schema: { params: InstanceParams } },
    async (request, reply) => {
      await deregisterNf(management, (await ownConsumer(request)).peer, request.params.nfInstanceId);
      return reply.code(204).send();
    },
  );
}

/** Throws 415 for a PATCH of another kind. */
export function requireJsonPatch({ headers }: SbiRequest): void {
  if (headers['content-type']?.toLowerCase().startsWith(JSON_PATCH)) return;
  throw new SbiProblem(415, { detail: `a PATCH here is ${JSON_PATCH}` });
}

export function rule(operation: string): { sbi: PeerRule } {
  return { sbi: { access: 'peer', operation: `Nnrf_NFManagement_${operation}`, peers: ['*'] } };
}

/** The list, or the part of it that is asked for, with links to the other pages. */
function uriList(ids: readonly string[], query: ListQuery, apiRoot: string, url: string): UriList {
  const limited = ids.slice(0, query.limit);
  const page = pageOf(limited.length, query['page-number'], query['page-size']);
  const shown = page ? limited.slice((page.number - 1) * page.size, page.number * page.size) : limited;
  const items = shown.map((id) => ({ href: `${apiRoot}${INSTANCES}/${id}` }));
  return {
    _links: {
      self: { href: apiRoot + url },
      ...(items.length > 0 ? { item: items } : {}),
      ...(page ? pageLinks(page, query, apiRoot) : {}),
    },
    totalItemCount: ids.length,
  };
}

function pageLinks({ number, size, last }: Page, { 'nf-type': nfType, limit }: ListQuery, apiRoot: string) {
  const link = (to: number) => {
    const parameters = new URLSearchParams({
      ...(nfType === undefined ? {} : { 'nf-type': nfType }),
      ...(limit === undefined ? {} : { limit: String(limit) }),
      'page-number': String(to),
      'page-size': String(size),
    });
    return { href: `${apiRoot}${INSTANCES}?${parameters}` };
  };
  return {
    first: link(1),
    last: link(last),
    ...(number > 1 ? { prev: link(Math.min(number - 1, last)) } : {}),
    ...(number < last ? { next: link(number + 1) } : {}),
  };
}
