/** Nnrf_NFDiscovery (TS 29.510 5.3 and 6.2). */
import {
  Fqdn,
  NFType,
  NfInstanceId,
  PlmnId,
  plmnToString,
  Snssai,
  Supi,
  SupportedFeatures,
  samePlmn,
} from '@twincore/model';
import { type Consumer, commonProblem, Refusal, type SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { PartnerNrfs } from '../clients/partner-nrfs.ts';
import { type DiscoveryQuery, searchNfs, VALIDITY_PERIOD_S } from '../procedures/nf-discovery.ts';
import type { Registry } from '../procedures/registry.ts';
import { provenRequester } from '../procedures/requester.ts';
import { consumerOf } from './consumer.ts';
import { jsonParameter } from './query.ts';

const JsonText = Type.String({ maxLength: 2048 });
/** Parameters that have a meaning here. Others are ignored (TS 29.510 5.3.2.2.2): the answer then has more than was asked for. */
const Query = Type.Object({
  'target-nf-type': NFType,
  'requester-nf-type': NFType,
  'requester-nf-instance-id': Type.Optional(NfInstanceId),
  'service-names': Type.Optional(
    Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}(,[a-z0-9][a-z0-9_-]{0,63})*$', maxLength: 2048 }),
  ),
  'target-plmn-list': Type.Optional(JsonText),
  'requester-plmn-list': Type.Optional(JsonText),
  'target-nf-instance-id': Type.Optional(NfInstanceId),
  'target-nf-fqdn': Type.Optional(Fqdn),
  snssais: Type.Optional(JsonText),
  'requester-snssais': Type.Optional(JsonText),
  supi: Type.Optional(Supi),
  'routing-indicator': Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  'requester-features': Type.Optional(SupportedFeatures),
});
type Query = Static<typeof Query>;

const PlmnIds = Type.Array(PlmnId, { minItems: 1, maxItems: 16 });
const Snssais = Type.Array(Snssai, { minItems: 1, maxItems: 64 });
/** The OpenAPI has about 130, and no request has a use for half of them. */
const MAX_PARAMETERS = 64;

const HEADERS = { 'content-type': 'application/json', 'cache-control': `max-age=${VALIDITY_PERIOD_S}` };

export interface Discovery {
  readonly registry: Registry;
  readonly ownPlmn: PlmnId;
  readonly partners: PartnerNrfs;
}

/** Registers the route. */
export function nnrfDisc(server: SbiServer, { registry, ownPlmn, partners }: Discovery): void {
  server.get<{ Querystring: Query }>(
    '/nnrf-disc/v1/nf-instances',
    {
      config: { sbi: { access: 'peer', operation: 'Nnrf_NFDiscovery_Request', peers: ['*'] } },
      schema: { querystring: Query },
      preValidation: (request, _reply, done) => {
        const tooMany = Object.keys(request.query).length > MAX_PARAMETERS;
        done(tooMany ? commonProblem('INVALID_QUERY_PARAM', `more than ${MAX_PARAMETERS} parameters`) : undefined);
      },
    },
    async (request, reply) => {
      const { query } = request;
      const consumer = consumerOf(request);
      const plmnIds = jsonParameter(PlmnIds, 'requester-plmn-list', query['requester-plmn-list']);
      const sNssais = jsonParameter(Snssais, 'requester-snssais', query['requester-snssais']);
      const requester = provenRequester(registry, ownPlmn, consumer, {
        nfType: query['requester-nf-type'],
        ...(query['requester-nf-instance-id'] ? { nfInstanceId: query['requester-nf-instance-id'] } : {}),
        ...(plmnIds ? { plmnIds } : {}),
        ...(sNssais ? { sNssais } : {}),
      });
      const targetPlmns = jsonParameter(PlmnIds, 'target-plmn-list', query['target-plmn-list']) ?? [ownPlmn];
      if (!targetPlmns.some((plmnId) => samePlmn(plmnId, ownPlmn))) {
        return partners.discover(foreignTarget(targetPlmns, consumer, ownPlmn), parametersFor(request.url, ownPlmn));
      }
      const found = searchNfs(registry, discoveryQuery(query), requester, ownPlmn);
      const { version } = registry;
      server.keepAnswer(request, { headers: HEADERS, body: found, isCurrent: () => registry.version === version });
      return reply.headers(HEADERS).send(found);
    },
  );
}

/** The PLMN whose NRF is asked. Throws 403 for a request from another PLMN: it asks the NRF of its target, not any other. */
function foreignTarget([target]: readonly PlmnId[], { plmnId }: Consumer, ownPlmn: PlmnId): PlmnId {
  if (target && samePlmn(plmnId, ownPlmn)) return target;
  throw new Refusal(403, 'target-plmn', `this NRF answers requests from ${plmnToString(plmnId)} for its own PLMN only`);
}

/** What goes to the other PLMN's NRF: the query as it came, since that NRF may understand more of it, and where it is from. */
function parametersFor(url: string, ownPlmn: PlmnId): URLSearchParams {
  const parameters = new URLSearchParams(url.slice(url.indexOf('?')));
  if (!parameters.has('requester-plmn-list')) parameters.set('requester-plmn-list', JSON.stringify([ownPlmn]));
  return parameters;
}

function discoveryQuery(query: Query): DiscoveryQuery {
  const sNssais = jsonParameter(Snssais, 'snssais', query.snssais);
  const given = {
    targetNfInstanceId: query['target-nf-instance-id']?.toLowerCase(),
    targetNfFqdn: query['target-nf-fqdn'],
    routingIndicator: query['routing-indicator'],
    serviceNames: query['service-names'] === undefined ? undefined : new Set(query['service-names'].split(',')),
    supi: query.supi,
    snssais: sNssais,
    limit: query.limit,
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { targetNfType: query['target-nf-type'], ...Object.fromEntries(present) };
}
