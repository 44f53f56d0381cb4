/** Nnrf_NFDiscovery (TS 29.510 5.3.2.3 to 5.3.2.6, 6.2.3.5 to 6.2.3.7): routing between SCP domains. */
import { ScpDomainRoutingInfoSubscription } from '@twincore/model';
import { type PeerRule, problem, type SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { Registry } from '../procedures/registry.ts';
import { type ScpDomainSubscriptions, scpDomainRouting } from '../procedures/scp-domains.ts';
import type { RequesterOf } from './requester-of.ts';

const INFO = '/nnrf-disc/v1/scp-domain-routing-info';
const Query = Type.Object({ local: Type.Optional(Type.Boolean()) });
const Params = Type.Object({ subscriptionId: Type.String({ pattern: '^[A-Za-z0-9]{1,64}$' }) });

export interface ScpDomainApi {
  readonly registry: Registry;
  readonly subscriptions: ScpDomainSubscriptions;
  readonly apiRoot: string;
  readonly cleartext: boolean;
  readonly requesterOf: RequesterOf;
}

/** Registers the routes. They are for SCPs, and for operators who look. */
export function nnrfDiscScp(server: SbiServer, api: ScpDomainApi): void {
  const { registry, subscriptions, apiRoot, cleartext, requesterOf } = api;

  server.get(INFO, { config: rule('SCPDomainRoutingInfoGet'), schema: { querystring: Query } }, async () =>
    scpDomainRouting(registry),
  );

  server.post<{ Body: ScpDomainRoutingInfoSubscription }>(
    `${INFO}-subs`,
    { config: rule('SCPDomainRoutingInfoSubscribe'), schema: { body: ScpDomainRoutingInfoSubscription } },
    async (request, reply) => {
      if (request.body.validityTime !== undefined && Date.parse(request.body.validityTime) <= Date.now()) {
        throw problem(400, 'OPTIONAL_IE_INCORRECT', 'the validityTime is over');
      }
      const { id, data } = await subscriptions.subscribe(await requesterOf(request), request.body, cleartext);
      return reply.code(201).header('location', `${apiRoot}${INFO}-subs/${id}`).send(data);
    },
  );

  server.delete<{ Params: Static<typeof Params> }>(
    `${INFO}-subs/:subscriptionId`,
    { config: rule('SCPDomainRoutingInfoUnsubscribe'), schema: { params: Params } },
    async (request, reply) => {
      await subscriptions.unsubscribe(await requesterOf(request), request.params.subscriptionId);
      return reply.code(204).send();
    },
  );
}

function rule(operation: string): { sbi: PeerRule } {
  return { sbi: { access: 'peer', operation: `Nnrf_NFDiscovery_${operation}`, peers: ['SCP', 'OPERATOR'] } };
}
