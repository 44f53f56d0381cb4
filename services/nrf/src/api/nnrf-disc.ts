/** Nnrf_NFDiscovery (TS 29.510 5.3 and 6.2): NF instances and stored searches. */
import { type PlmnId, plmnOfFqdn, plmnToString, samePlmn } from '@twincore/model';
import {
  type Consumer,
  commonProblem,
  type Insecure,
  queryParam,
  Refusal,
  SbiProblem,
  type SbiReply,
  type SbiRequest,
  type SbiServer,
} from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { PartnerNrfs } from '../clients/partner-nrfs.ts';
import type { Query } from '../procedures/discovery/parameter.ts';
import { readQuery } from '../procedures/discovery/parameters.ts';
import { type SearchContext, searchNfs, VALIDITY_PERIOD_S } from '../procedures/discovery/search.ts';
import { etagOf, namesEtag } from '../procedures/etag.ts';
import { provenRequester } from '../procedures/requester.ts';
import type { Requester } from '../procedures/visibility.ts';
import type { RequesterOf } from './requester-of.ts';

const DISC = '/nnrf-disc/v1';
const HEADERS = { 'content-type': 'application/json', 'cache-control': `max-age=${VALIDITY_PERIOD_S}` };
const SearchParams = Type.Object({ searchId: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }) });

export interface Discovery extends SearchContext {
  readonly partners: PartnerNrfs;
  readonly requesterOf: RequesterOf;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly insecure: Insecure;
}

/** Registers the routes. */
export function nnrfDisc(server: SbiServer, discovery: Discovery): void {
  const { registry, ownPlmn, partners, searches, requesterOf, now, insecure } = discovery;

  server.get<{ Querystring: Record<string, unknown> }>(
    `${DISC}/nf-instances`,
    { config: { sbi: { access: 'peer', operation: 'Nnrf_NFDiscovery_Request', peers: ['*'] } } },
    async (request, reply) => {
      const query = readQuery(request.query, insecure);
      const consumer = await requesterOf(request);
      const requester = requesterIn(query, consumer, discovery);
      const targets = query['target-plmn-list'] ?? [ownPlmn];
      if (!targets.some((plmnId) => samePlmn(plmnId, ownPlmn))) {
        const target = foreignTarget(targets, consumer, ownPlmn);
        const found = await partners.discover(target, parametersFor(request.url, ownPlmn), homeNrfIn(query, target));
        return reply.headers(HEADERS).send(found);
      }
      const version = registry.versionOf(String(query['target-nf-type']));
      const registration = registry.get(consumer.peer.nfInstanceId);
      const { body, etag, stored } = searchNfs(discovery, query, requester);
      const until = stored ? now() + VALIDITY_PERIOD_S * 1000 : Number.POSITIVE_INFINITY;
      // What is kept is for the TLS peer; somebody who speaks for others is asked each time for whom.
      if (consumer.peer === request.sbi.peer) {
        server.keepAnswer(request, {
          headers: { ...HEADERS, etag },
          body,
          isCurrent: () =>
            registry.versionOf(String(query['target-nf-type'])) === version &&
            registry.get(consumer.peer.nfInstanceId) === registration &&
            until > now(),
        });
      }
      return answer(request, reply, body, etag);
    },
  );

  const stored = (path: string, of: 'shown' | 'all', operation: string) =>
    server.get<{ Params: Static<typeof SearchParams> }>(
      `${DISC}/searches/:searchId${path}`,
      {
        config: { sbi: { access: 'peer', operation: `Nnrf_NFDiscovery_${operation}`, peers: ['*'] } },
        schema: { params: SearchParams },
      },
      async (request, reply) => {
        const { peer, plmnId } = await requesterOf(request);
        const search = searches.get(request.params.searchId);
        // Somebody else's search does not exist: it may have what is not for everybody.
        const own =
          search &&
          samePlmn(search.requester.plmnId, plmnId) &&
          (!samePlmn(plmnId, ownPlmn) || search.requester.nfInstanceId === peer.nfInstanceId);
        if (!own) throw new SbiProblem(404, { detail: 'there is no such search, or not any more' });
        const body = `{"nfInstances":[${search[of].join()}]}`;
        return answer(request, reply, body, etagOf(body));
      },
    );
  stored('', 'shown', 'RetrieveStoredSearch');
  stored('/complete', 'all', 'RetrieveCompleteSearch');
}

function answer(request: SbiRequest, reply: SbiReply, body: string, etag: string) {
  reply.headers({ ...HEADERS, etag });
  const known = request.headers['if-none-match'];
  const same = known !== undefined && namesEtag(known, etag, { weak: true });
  return same ? reply.code(304).removeHeader('content-type').send() : reply.send(body);
}

/** Throws Refusal 403 when the requester is not whom the query says. */
function requesterIn(query: Query, consumer: Consumer, { registry, ownPlmn, insecure }: Discovery): Requester {
  if (query['requester-snpn-list'] !== undefined) {
    throw new Refusal(403, 'requester-snpn', 'the requester is in a PLMN and in no SNPN');
  }
  const claims = {
    nfType: query['requester-nf-type'],
    nfInstanceId: query['requester-nf-instance-id'],
    fqdn: query['requester-nf-instance-fqdn'],
    plmnIds: query['requester-plmn-list'],
    sNssais: query['requester-snssais'],
    perPlmnSnssais: query['requester-plmn-specific-snssai-list'],
  } as unknown as Parameters<typeof provenRequester>[3];
  const requester = provenRequester(registry, ownPlmn, consumer, claims);
  return insecure.withoutVisibility ? { ...requester, unlimited: true } : requester;
}

/** The PLMN whose NRF is asked. Throws 403 for a request from another PLMN: it asks the NRF of its target, not any other. */
function foreignTarget([target]: readonly PlmnId[], { plmnId }: Consumer, ownPlmn: PlmnId): PlmnId {
  if (target && samePlmn(plmnId, ownPlmn)) return target;
  throw new Refusal(403, 'target-plmn', `this NRF answers requests from ${plmnToString(plmnId)} for its own PLMN only`);
}

/** The API root of the home NRF, where the requester names it; it has to be in the PLMN that is asked. */
function homeNrfIn(query: Query, target: PlmnId): string | undefined {
  const uri = query['hnrf-uri'] as string | undefined;
  if (uri === undefined) return undefined;
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const plmnId = url && plmnOfFqdn(url.hostname);
  if (url && plmnId && samePlmn(plmnId, target)) return url.origin;
  throw commonProblem('OPTIONAL_QUERY_PARAM_INCORRECT', undefined, [
    { param: queryParam('hnrf-uri'), reason: 'is not an NRF of the target PLMN' },
  ]);
}

/** What goes to the other PLMN's NRF: the query as it came, since that NRF may understand more of it, and where it is from. */
function parametersFor(url: string, ownPlmn: PlmnId): URLSearchParams {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?')));
  if (!parameters.has('requester-plmn-list')) parameters.set('requester-plmn-list', JSON.stringify([ownPlmn]));
  return parameters;
}
