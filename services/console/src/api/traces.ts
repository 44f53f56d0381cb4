/** The run as it was recorded: messages, procedures, one message with all that is known about it. */
import type { SbiTraceRecord } from '@twincore/sbi';
import type { FastifyInstance } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import { keysOf } from '../explain/keys.ts';
import type { SchemaChecks } from '../explain/schemas.ts';
import { tokenChecksOf } from '../explain/token-checks.ts';
import { Refused } from '../security/door.ts';
import type { TraceFollower } from '../trace/follow.ts';
import type { TraceIndex } from '../trace/index.ts';
import { partiesOf } from '../trace/procedures.ts';
import { parseRecord } from '../trace/summary.ts';
import type { KeyTree, MessageDetail, ProcedureDetail } from '../wire.ts';

const MAX_PAGE = 500;
/** Messages of one procedure that a diagram gets at once. */
const MAX_DIAGRAM = 2_000;

const Text = Type.Optional(Type.String({ maxLength: 200 }));
const Flag = Type.Optional(Type.Boolean());
const oneOf = (...words: readonly string[]) => Type.Optional(Type.Unsafe<string>({ type: 'string', enum: words }));
const PAGE = {
  from: Type.Integer({ minimum: 0, maximum: 100_000_000, default: 0 }),
  limit: Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: 100 }),
};
const MessageQuery = Type.Object(
  {
    ...PAGE,
    text: Text,
    kind: oneOf('sbi', 'nas'),
    party: Text,
    traceId: Text,
    failed: Flag,
    n32: Flag,
    control: Flag,
  },
  { additionalProperties: false },
);
const ProcedureQuery = Type.Object(
  {
    ...PAGE,
    text: Text,
    kind: oneOf('registration', 'deregistration', 'other'),
    outcome: oneOf('succeeded', 'failed', 'running'),
    /** Only those that a UE takes part in. */
    ue: Flag,
  },
  { additionalProperties: false },
);
const MessageId = Type.Object({ id: Type.Integer({ minimum: 1 }) });
const TraceId = Type.Object({ traceId: Type.String({ maxLength: 64 }) });
const From = Type.Object({ from: PAGE.from, control: Flag }, { additionalProperties: false });

export interface TraceApi {
  readonly index: TraceIndex;
  readonly follower: Pick<TraceFollower, 'read'>;
  readonly schemas: SchemaChecks;
}

export function traceApi(app: FastifyInstance, { index, follower, schemas }: TraceApi): void {
  app.get<{ Querystring: Query<typeof MessageQuery> }>(
    '/api/messages',
    { schema: { querystring: MessageQuery } },
    async ({ query: { from, limit, ...filter } }) => index.messages(filter as object, { from, limit }),
  );

  app.get<{ Querystring: Query<typeof ProcedureQuery> }>(
    '/api/procedures',
    { schema: { querystring: ProcedureQuery } },
    async ({ query: { from, limit, ...filter } }) => index.procedures(filter as object, { from, limit }),
  );

  app.get<{ Params: Static<typeof TraceId>; Querystring: Static<typeof From> }>(
    '/api/procedures/:traceId',
    { schema: { params: TraceId, querystring: From } },
    async ({ params: { traceId }, query: { from, control } }): Promise<ProcedureDetail> => {
      const found = index.procedure(traceId);
      if (!found) throw new Refused(404, 'there is no such procedure in this run', 'Choose one from the list.');
      const messages = found.messages.filter((message) => control === true || !message.control);
      return {
        procedure: found.summary,
        parties: partiesOf(messages, found.summary.plmn),
        messages: messages.slice(from, from + MAX_DIAGRAM),
        total: messages.length,
      };
    },
  );

  const load = async (id: number) => {
    const found = index.message(id);
    const line = found && (await follower.read(found.place).catch(() => undefined));
    const record = line === undefined ? undefined : parseRecord(line);
    if (!found || !record)
      throw new Refused(404, 'the message is no longer there', 'A new run has begun, or it was forgotten.');
    return { summary: found.summary, record };
  };

  app.get<{ Params: Static<typeof TraceId> }>(
    '/api/keys/:traceId',
    { schema: { params: TraceId } },
    async ({ params: { traceId } }): Promise<KeyTree> => {
      const found = index.procedure(traceId);
      if (!found) throw new Refused(404, 'there is no such procedure in this run', 'Choose one from the list.');
      const records = [];
      for (const { id } of found.messages.slice(0, MAX_DIAGRAM)) records.push((await load(id)).record);
      return { procedure: found.summary, keys: keysOf(records) };
    },
  );

  app.get<{ Params: Static<typeof MessageId> }>(
    '/api/messages/:id',
    { schema: { params: MessageId } },
    async ({ params: { id } }): Promise<MessageDetail> => {
      const { summary, record } = await load(id);
      const checks = record.kind === 'sbi' ? tokenChecksOf(record) : undefined;
      return { summary, record, names: namesIn(record, index), ...(checks ? { checks } : {}) };
    },
  );

  app.get<{ Params: Static<typeof MessageId> }>(
    '/api/messages/:id/schema',
    { schema: { params: MessageId } },
    async ({ params: { id } }) => {
      const { record } = await load(id);
      if (record.kind !== 'sbi')
        throw new Refused(404, 'a NAS message has no OpenAPI document', 'Choose an SBI message.');
      return schemas.check(record);
    },
  );
}

type Query<S extends TSchema> = Static<S>;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** Whose the instance ids in a record are. */
function namesIn(record: SbiTraceRecord | MessageDetail['record'], index: TraceIndex): Record<string, string> {
  const ids = new Set(JSON.stringify(record).match(UUID));
  return Object.fromEntries(
    [...ids].flatMap((id) => [[id, index.nameOf(id)]]).filter(([, name]) => name !== undefined),
  );
}
