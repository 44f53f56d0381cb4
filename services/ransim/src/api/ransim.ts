/** The control API of ransim, for the operator of the lab. It is no 3GPP service; the README describes it. */
import { PlmnId, plmnToString, samePlmn } from '@twincore/model';
import {
  childOf,
  commonProblem,
  formatTraceparent,
  type PeerRule,
  problem,
  type SbiRequest,
  type SbiServer,
} from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { RansimError, type RansimErrorReason } from '../errors.ts';
import type { Cell } from '../radio.ts';
import { Card } from '../ue/record.ts';
import type { Ues } from '../ue/ues.ts';
import { flawOf } from '../ue/usim.ts';

const PATH = '/ransim/v1/ues';
const UE = `${PATH}/:supi`;
const Params = Type.Object({ supi: Type.String({ pattern: '^imsi-[0-9]{5,15}$' }) });
type Supi = { Params: Static<typeof Params> };

const Flag = Type.Optional(Type.Boolean());
const RegistrationRequest = Type.Object(
  {
    plmnId: PlmnId,
    identity: Type.Optional(Type.Union([Type.Literal('suci'), Type.Literal('guti')])),
    faults: Type.Optional(
      Type.Object({ wrongK: Flag, wrongResStar: Flag, rejectSqn: Flag }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
const DeregistrationRequest = Type.Object({ switchOff: Flag }, { additionalProperties: false });
const Page = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  after: Type.Optional(Type.String({ maxLength: 64 })),
});

const STATUS: Readonly<Record<RansimErrorReason, number>> = {
  UE_NOT_FOUND: 404,
  UE_BUSY: 409,
  UE_NOT_REGISTERED: 409,
  NO_GUTI: 409,
  NO_GNB_FOR_PLMN: 504,
  AMF_NOT_REACHABLE: 504,
};

const rule = (operation: string): { sbi: PeerRule } => ({
  sbi: { access: 'peer', operation: `Ransim_${operation}`, peers: ['OPERATOR'] },
});

/** Registers the routes. */
export function ransimApi(server: SbiServer, { ues, cells }: { ues: Ues; cells: readonly Cell[] }): void {
  const cellOf = (plmnId: PlmnId): Cell => {
    const cell = cells.find((candidate) => samePlmn(candidate.plmnId, plmnId));
    if (cell) return cell;
    throw new RansimError('NO_GNB_FOR_PLMN', `no gNB broadcasts ${plmnToString(plmnId)}`);
  };

  server.put<Supi & { Body: Card }>(
    UE,
    { config: rule('PutUe'), schema: { params: Params, body: Card } },
    async ({ params, body }, reply) => {
      const flaw = flawOf(params.supi, body);
      if (flaw) throw commonProblem('MANDATORY_IE_INCORRECT', undefined, [flaw]);
      const created = await answering(ues.put(params.supi, body));
      return reply.code(created ? 201 : 204).send();
    },
  );

  server.get<Supi>(UE, { config: rule('GetUe'), schema: { params: Params } }, async ({ params }) =>
    (await answering(ues.get(params.supi))).view(),
  );

  server.delete<Supi>(UE, { config: rule('DeleteUe'), schema: { params: Params } }, async ({ params }, reply) => {
    await answering(ues.remove(params.supi));
    return reply.code(204).send();
  });

  server.get<{ Querystring: Static<typeof Page> }>(
    PATH,
    { config: rule('ListUes'), schema: { querystring: Page } },
    async ({ query: { limit, after } }) => ({ ues: (await ues.list(limit ?? 100, after)).map((ue) => ue.view()) }),
  );

  server.post<Supi & { Body: Static<typeof RegistrationRequest> }>(
    `${UE}/registrations`,
    { config: rule('Register'), schema: { params: Params, body: RegistrationRequest } },
    async (request) => {
      const { plmnId, identity, faults } = request.body;
      const work = async () => {
        const ue = await ues.get(request.params.supi);
        const traceparent = traceparentOf(request);
        return ue.register(cellOf(plmnId), { identity, ...(faults ? { faults } : {}), traceparent });
      };
      const { keys, ...outcome } = await answering(work());
      request.sbi.keys = keys;
      return outcome;
    },
  );

  server.post<Supi & { Body: Static<typeof DeregistrationRequest> }>(
    `${UE}/deregistrations`,
    { config: rule('Deregister'), schema: { params: Params, body: DeregistrationRequest } },
    async (request) => {
      const work = async () => {
        const ue = await ues.get(request.params.supi);
        if (!ue.registeredIn) throw new RansimError('UE_NOT_REGISTERED', 'the UE is not registered');
        return ue.deregister(cellOf(ue.registeredIn), request.body.switchOff ?? false, traceparentOf(request));
      };
      return answering(work());
    },
  );
}

/** The request's own trace, so that what it causes in the core is part of it. */
function traceparentOf({ sbi }: SbiRequest): string {
  return formatTraceparent(childOf(sbi.trace));
}

/** A {@link RansimError} as the problem that the operator gets. */
async function answering<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RansimError) throw problem(STATUS[error.reason], error.reason, error.message);
    throw error;
  }
}
