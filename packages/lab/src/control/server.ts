/** The launcher's control API: what only the parent of the processes can do, over a Unix socket for this user alone. */
import { chmodSync, rmSync } from 'node:fs';
import Fastify from 'fastify';
import Type, { type Static } from 'typebox';
import { LabError } from '../errors.ts';
import type { LabInfo } from '../lab-info.ts';
import type { Member } from '../members.ts';

/** What the launcher knows of one process. */
export interface ProcessStatus {
  readonly label: string;
  readonly pid: number | undefined;
  readonly startedAt: number | undefined;
  readonly restarts: number;
}
export interface ControlProblem {
  readonly title: string;
  readonly advice: string;
  readonly reason: string;
}

export type Controlled = Pick<Member, 'label' | 'process' | 'restart' | 'kill9' | 'currentConfig' | 'setConfig'>;
export interface Control {
  close(): Promise<void>;
}

const Params = Type.Object({ label: Type.String({ maxLength: 128 }) });
type Of = { Params: Static<typeof Params> };
const Changes = Type.Record(Type.String(), Type.Unknown());

/** Listens at `info.control`. A socket that an earlier lab left there is replaced. */
export async function serveControl(lab: {
  readonly info: LabInfo & { readonly control: string };
  readonly members: readonly Controlled[];
  readonly stop: () => Promise<void>;
}): Promise<Control> {
  const { info, members, stop } = lab;
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    const isLab = error instanceof LabError;
    const title = error instanceof Error ? error.message : String(error);
    const problem: ControlProblem = {
      title,
      advice: isLab ? error.advice : 'This is a fault of the launcher; its terminal may say more.',
      reason: isLab ? error.reason : 'failed',
    };
    return reply.code(isLab ? 409 : (Object(error).statusCode ?? 500)).send(problem);
  });
  const memberOf = (label: string) => {
    const found = members.find((member) => member.label === label);
    if (found) return found;
    const known = members.map((member) => member.label).join(', ');
    throw new LabError(`there is no NF ${label}`, `There are: ${known}`, { reason: 'usage' });
  };
  const exclusive = oneAtATime();
  const options = { schema: { params: Params } };

  app.get(
    '/processes',
    async (): Promise<ProcessStatus[]> =>
      members.map(({ label, process: { pid, startedAt, restarts } }) => ({ label, pid, startedAt, restarts })),
  );
  app.post<Of>('/nfs/:label/restart', options, async ({ params: { label } }, reply) => {
    const member = memberOf(label);
    await exclusive(label, () => member.restart());
    return reply.code(204).send();
  });
  app.post<Of>('/nfs/:label/kill', options, async ({ params: { label } }, reply) => {
    await memberOf(label).kill9();
    return reply.code(204).send();
  });
  app.get<Of>('/nfs/:label/config', options, async ({ params: { label } }) => memberOf(label).currentConfig());
  app.patch<Of & { Body: Static<typeof Changes> }>(
    '/nfs/:label/config',
    { schema: { params: Params, body: Changes } },
    async ({ params: { label }, body }, reply) => {
      const member = memberOf(label);
      await exclusive(label, () => member.setConfig(body));
      return reply.code(204).send();
    },
  );
  app.delete<Of>('/nfs/:label/config', options, async ({ params: { label } }, reply) => {
    const member = memberOf(label);
    await exclusive(label, () => member.setConfig(undefined));
    return reply.code(204).send();
  });
  app.post('/stop', async (_request, reply) => {
    // The answer has to leave before the socket goes.
    reply.raw.once('close', () => void stop());
    return reply.code(202).send();
  });

  rmSync(info.control, { force: true });
  await app.listen({ path: info.control });
  chmodSync(info.control, 0o600);
  return { close: () => app.close() };
}

/** Runs what concerns one NF one after the other: two restarts at once would start two processes. */
function oneAtATime(): (key: string, work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (key, work) => {
    const next = (last.get(key) ?? Promise.resolve()).catch(() => {}).then(work);
    last.set(key, next);
    return next;
  };
}
