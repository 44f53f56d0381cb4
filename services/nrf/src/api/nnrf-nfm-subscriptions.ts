/** Nnrf_NFManagement (TS 29.510 5.2.2.5, 5.2.2.7 and 6.1.3.4): subscriptions to NF status. */
import { PatchItem, SubscriptionData } from '@twincore/model';
import type { SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { renew, type SubscriptionContext, subscribe, unsubscribe } from '../procedures/status-subscribe.ts';
import { requireJsonPatch, rule } from './nnrf-nfm.ts';
import type { RequesterOf } from './requester-of.ts';

const SUBSCRIPTIONS = '/nnrf-nfm/v1/subscriptions';
/** TS 29.510 6.1.3.5.2: those in another PLMN have its id as prefix. */
const SubscriptionParams = Type.Object({
  subscriptionId: Type.String({ pattern: '^([0-9]{5,6}-)?[A-Za-z0-9_.~]{1,64}$' }),
});
const Patch = Type.Array(PatchItem, { minItems: 1, maxItems: 8 });
type Params = { Params: Static<typeof SubscriptionParams> };

export interface SubscriptionsApi extends SubscriptionContext {
  readonly apiRoot: string;
  readonly requesterOf: RequesterOf;
}

/** Registers the routes. Another PLMN may subscribe too, by way of the SEPPs. */
export function nnrfNfmSubscriptions(server: SbiServer, api: SubscriptionsApi): void {
  const { apiRoot, requesterOf } = api;

  server.post<{ Body: SubscriptionData }>(
    SUBSCRIPTIONS,
    { config: rule('NFStatusSubscribe'), schema: { body: SubscriptionData } },
    async (request, reply) => {
      const { id, data } = await subscribe(api, await requesterOf(request), request.body);
      return reply.code(201).header('location', `${apiRoot}${SUBSCRIPTIONS}/${id}`).send(data);
    },
  );

  server.patch<Params & { Body: Static<typeof Patch> }>(
    `${SUBSCRIPTIONS}/:subscriptionId`,
    {
      config: rule('NFStatusSubscribe'),
      schema: { params: SubscriptionParams, body: Patch },
      preValidation: async (request) => requireJsonPatch(request),
    },
    async (request, reply) => {
      const { params, body } = request;
      const data = await renew(api, await requesterOf(request), params.subscriptionId, body);
      return data ? reply.send(data) : reply.code(204).send();
    },
  );

  server.delete<Params>(
    `${SUBSCRIPTIONS}/:subscriptionId`,
    { config: rule('NFStatusUnSubscribe'), schema: { params: SubscriptionParams } },
    async (request, reply) => {
      await unsubscribe(api, await requesterOf(request), request.params.subscriptionId);
      return reply.code(204).send();
    },
  );
}
