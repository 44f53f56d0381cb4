/** What one can do to the lab from the page: NFs, UEs, subscribers, tokens. */
import { randomBytes } from 'node:crypto';
import type { LabClient, SubscriberView } from '@twincore/lab';
import { Hex, PlmnId, plmnToString, Snssai, Supi } from '@twincore/model';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Live } from '../live.ts';
import { Refused } from '../security/door.ts';
import type { ProcedureOutcome, SubscriberRow, TokenReply, TokenReportView, UeRow } from '../wire.ts';

export interface DriveApi {
  /** The client of the running lab; throws a LabError where there is none. */
  readonly lab: () => Promise<LabClient>;
  readonly live: Live;
}

/** UEs that one request may add. */
const MAX_ADDED = 100;
const Label = Type.String({ minLength: 1, maxLength: 100 });
const Optional = Type.Optional(Type.String({ minLength: 1, maxLength: 500 }));
const SupiParams = Type.Object({ supi: Supi });
const NfParams = Type.Object({
  plmn: Type.String({ maxLength: 8 }),
  name: Label,
  action: Type.Enum(['restart', 'kill']),
});
const NewUes = Type.Object(
  {
    supi: Supi,
    count: Type.Integer({ minimum: 1, maximum: MAX_ADDED, default: 1 }),
    k: Type.Optional(Hex(16)),
    opc: Type.Optional(Hex(16)),
    protectionScheme: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)])),
    subscriber: Type.Boolean({ default: true }),
  },
  { additionalProperties: false },
);
const Registration = Type.Object(
  {
    plmnId: PlmnId,
    identity: Type.Union([Type.Literal('suci'), Type.Literal('guti')], { default: 'suci' }),
    fault: Type.Optional(Type.Enum(['wrongK', 'wrongResStar', 'rejectSqn'])),
  },
  { additionalProperties: false },
);
const NewSubscriber = Type.Object(
  {
    supi: Supi,
    k: Type.Optional(Hex(16)),
    opc: Type.Optional(Hex(16)),
    slices: Type.Array(Snssai, { minItems: 1, maxItems: 8, default: [{ sst: 1, sd: '000001' }] }),
  },
  { additionalProperties: false },
);
const TokenAsk = Type.Object(
  { as: Label, target: Label, scope: Type.String({ minLength: 1, maxLength: 500 }), targetPlmn: Type.Optional(PlmnId) },
  { additionalProperties: false },
);
const TokenCheckAsk = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 20_000 }),
    producer: Optional,
    service: Optional,
    operationScope: Optional,
    consumer: Optional,
  },
  { additionalProperties: false },
);

export function driveApi(app: FastifyInstance, { lab, live }: DriveApi): void {
  nfRoutes(app, lab, live);
  ueRoutes(app, lab, live);
  subscriberRoutes(app, lab, live);
  tokenRoutes(app, lab);
}

function nfRoutes(app: FastifyInstance, lab: DriveApi['lab'], live: Live): void {
  app.post<{ Params: Static<typeof NfParams> }>(
    '/api/nfs/:plmn/:name/:action',
    { schema: { params: NfParams } },
    async ({ params: { plmn, name, action } }) => {
      const client = await lab();
      const nf = client.info.nfs.find((one) => one.plmn === plmn && one.name === name);
      if (!nf) throw new Refused(404, `there is no ${name} in ${plmn}`, 'Choose one in the topology.');
      await client[action](nf.label);
      live.changed('nfs');
      return {};
    },
  );
}

function ueRoutes(app: FastifyInstance, lab: DriveApi['lab'], live: Live): void {
  app.get('/api/ues', async (): Promise<UeRow[]> => {
    const ues = await (await lab()).ues.list();
    return ues.map(({ supi, plmn, state, registeredIn }) => ({
      supi,
      plmn,
      state,
      ...(registeredIn ? { registeredIn } : {}),
    }));
  });

  app.post<{ Body: Static<typeof NewUes> }>('/api/ues', { schema: { body: NewUes } }, async ({ body }) => {
    const { supi, count, ...rest } = body;
    await (await lab()).ues.add(
      Array.from({ length: count }, (_, index) => ({ supi: following(supi, index), ...rest })),
    );
    live.changed('ues');
    return { added: count };
  });

  app.delete<{ Params: Static<typeof SupiParams> }>(
    '/api/ues/:supi',
    { schema: { params: SupiParams } },
    async ({ params: { supi } }) => {
      await (await lab()).ues.remove(supi);
      live.changed('ues');
      return {};
    },
  );

  app.post<{ Params: Static<typeof SupiParams>; Body: Static<typeof Registration> }>(
    '/api/ues/:supi/registrations',
    { schema: { params: SupiParams, body: Registration } },
    async ({ params: { supi }, body: { plmnId, identity, fault } }): Promise<ProcedureOutcome> => {
      const faults = fault ? { faults: { [fault]: true as const } } : {};
      const { result, traceId, rejectedBy, fiveGmmCause } = await (await lab())
        .ue(supi)
        .register(plmnId, { identity, ...faults });
      live.changed('ues');
      const detail = [
        rejectedBy && `by ${rejectedBy}`,
        fiveGmmCause !== undefined && `5GMM cause ${fiveGmmCause}`,
      ].filter(Boolean);
      return {
        result: `${result} in ${plmnToString(plmnId)}`,
        traceId,
        ...(detail.length > 0 ? { detail: detail.join(', ') } : {}),
      };
    },
  );

  app.post<{ Params: Static<typeof SupiParams> }>(
    '/api/ues/:supi/deregistrations',
    { schema: { params: SupiParams } },
    async ({ params: { supi } }): Promise<ProcedureOutcome> => {
      const { result, traceId } = await (await lab()).ue(supi).deregister();
      live.changed('ues');
      return { result, traceId };
    },
  );
}

/** The SUPI `distance` after this one, with as many digits. */
function following(supi: string, distance: number): string {
  const digits = supi.slice('imsi-'.length);
  return `imsi-${String(BigInt(digits) + BigInt(distance)).padStart(digits.length, '0')}`;
}

function subscriberRoutes(app: FastifyInstance, lab: DriveApi['lab'], live: Live): void {
  app.get(
    '/api/subscribers',
    async (): Promise<SubscriberRow[]> => (await (await lab()).subscribers.list()).map(rowOf),
  );

  app.post<{ Body: Static<typeof NewSubscriber> }>(
    '/api/subscribers',
    { schema: { body: NewSubscriber } },
    async ({ body: { supi, k, opc, slices } }) => {
      const key = () => randomBytes(16).toString('hex');
      const done = await (await lab()).subscribers.add({
        supi,
        authenticationSubscription: {
          authenticationMethod: '5G_AKA',
          k: k ?? key(),
          opc: opc ?? key(),
          authenticationManagementField: '8000',
          sqn: '000000000000',
        },
        amData: { nssai: { defaultSingleNssais: slices, singleNssais: slices } },
      });
      live.changed('ues');
      return { done };
    },
  );

  app.delete<{ Params: Static<typeof SupiParams> }>(
    '/api/subscribers/:supi',
    { schema: { params: SupiParams } },
    async ({ params: { supi } }) => {
      await (await lab()).subscribers.remove(supi);
      live.changed('ues');
      return {};
    },
  );
}

function rowOf({ supi, plmn, gpsis, slices, authenticationMethod, sqn }: SubscriberView): SubscriberRow {
  const texts = slices.map(({ sst, sd }) => (sd === undefined ? String(sst) : `${sst}-${sd}`));
  return { supi, plmn, gpsis, slices: texts, authenticationMethod, sqn };
}

function tokenRoutes(app: FastifyInstance, lab: DriveApi['lab']): void {
  app.post<{ Body: Static<typeof TokenAsk> }>(
    '/api/tokens',
    { schema: { body: TokenAsk } },
    async ({ body }): Promise<TokenReply> => {
      const { token, claims, error, description, status, traceId } = await (await lab()).requestToken(body);
      if (token !== undefined) return { token, claims, traceId };
      return { error: [status, error, description].filter((part) => part !== undefined).join(' '), traceId };
    },
  );

  app.post<{ Body: Static<typeof TokenCheckAsk> }>(
    '/api/tokens/verify',
    { schema: { body: TokenCheckAsk } },
    async ({ body: { token, ...against } }): Promise<TokenReportView> => {
      const { producer, ...report } = await (await lab()).verifyToken(token, against);
      return { ...report, ...(producer === undefined ? {} : { producer }) };
    },
  );
}
