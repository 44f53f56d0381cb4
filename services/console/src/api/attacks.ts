/** The catalogue of attacks, and running one. */
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import type { AttackBook, AttackRuns } from '../lab/attack-runs.ts';
import type { AttackRun, AttackView } from '../wire.ts';

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 40 }) });
const Body = Type.Object({ withoutDefence: Type.Boolean({ default: false }) }, { additionalProperties: false });

export function attackApi(app: FastifyInstance, book: Pick<AttackBook, 'describe'>, runs: AttackRuns): void {
  app.get('/api/attacks', async (): Promise<readonly AttackView[]> => book.describe());

  app.get('/api/attack-runs', async (): Promise<AttackRun[]> => runs.list());

  app.post<{ Params: Static<typeof Params>; Body: Static<typeof Body> }>(
    '/api/attacks/:id/runs',
    { schema: { params: Params, body: Body } },
    async ({ params: { id }, body: { withoutDefence } }) => runs.start(id, withoutDefence),
  );
}
