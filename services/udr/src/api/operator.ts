/** What the operator of this network may ask of the UDR, `/udr-operator/v1`: provisioning, which is no 3GPP API, on the SBI listener. */
import { Subscription, Supi } from '@twincore/model';
import type { SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { getSubscriber, listSubscribers, putSubscriber, removeSubscriber } from '../procedures/provisioning.ts';
import type { Repository } from '../procedures/repository.ts';

const PATH = '/udr-operator/v1/subscribers';
const SUBSCRIBER = `${PATH}/:supi`;
const Params = Type.Object({ supi: Supi });
type Of = { Params: Static<typeof Params> };
const Page = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  after: Type.Optional(Type.String({ maxLength: 256 })),
});
const DEFAULT_LIMIT = 100;

const rule = (operation: string) =>
  ({ sbi: { access: 'peer', operation: `Operator_${operation}`, peers: ['OPERATOR'] } }) as const;

/** Registers the routes. No answer has a key in it. */
export function operatorApi(server: SbiServer, repository: Repository): void {
  server.get<{ Querystring: Static<typeof Page> }>(
    PATH,
    { config: rule('ListSubscribers'), schema: { querystring: Page } },
    async ({ query: { limit, after } }) => ({
      subscribers: await listSubscribers(repository, limit ?? DEFAULT_LIMIT, after),
    }),
  );
  server.get<Of>(SUBSCRIBER, { config: rule('GetSubscriber'), schema: { params: Params } }, async ({ params }) =>
    getSubscriber(repository, params.supi),
  );
  server.put<Of & { Body: Subscription }>(
    SUBSCRIBER,
    { config: rule('PutSubscriber'), schema: { params: Params, body: Subscription } },
    async ({ params, body }, reply) => {
      const created = await putSubscriber(repository, params.supi, body);
      return reply.code(created ? 201 : 204).send();
    },
  );
  server.delete<Of>(
    SUBSCRIBER,
    { config: rule('DeleteSubscriber'), schema: { params: Params } },
    async ({ params }, reply) => {
      await removeSubscriber(repository, params.supi);
      return reply.code(204).send();
    },
  );
}
