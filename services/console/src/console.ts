/** Composition: the run that is followed, the lab that is driven, the page, and the door before all of them. */
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { LabError, type LabErrorReason, PROJECT_ROOT } from '@twincore/lab';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, LogController } from 'fastify';
import { attackApi } from './api/attacks.ts';
import { driveApi } from './api/drive.ts';
import { labApi } from './api/lab.ts';
import { traceApi } from './api/traces.ts';
import type { ConsoleConfig } from './config.ts';
import { SchemaChecks } from './explain/schemas.ts';
import { attackBook } from './lab/attack-book.ts';
import { AttackRuns } from './lab/attack-runs.ts';
import { Driver } from './lab/driver.ts';
import { HealthWatch } from './lab/health.ts';
import { Live } from './live.ts';
import { page } from './page.ts';
import { door, Refused } from './security/door.ts';
import { securityHeaders } from './security/headers.ts';
import { Login } from './security/login.ts';
import { TraceFollower } from './trace/follow.ts';
import { TraceIndex } from './trace/index.ts';
import type { Problem } from './wire.ts';

export interface RunningConsole {
  readonly url: string;
  /** To be shown once; absent where no login is demanded. */
  readonly password?: string;
  stop(): Promise<void>;
}

export interface ConsoleOptions {
  readonly config: ConsoleConfig;
  /** What Vite has built. */
  readonly dist: string;
  readonly log: FastifyBaseLogger;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Listens, and follows the run in the background. Throws what `listen` throws. */
export async function startConsole({ config, dist, log }: ConsoleOptions): Promise<RunningConsole> {
  const { host, limits } = config;
  const runs = join(config.dir, 'runs');
  const login = config.login || !LOOPBACK.has(host) ? new Login() : undefined;
  let live: Live | undefined;
  const health = new HealthWatch({
    dir: config.dir,
    intervalMs: limits.healthMs,
    onChange: () => live?.changed('nfs'),
  });
  const index = new TraceIndex(limits.messages, (record) => health.hear(record));
  live = new Live(index, limits.streams);
  const follower = new TraceFollower({
    runs,
    intervalMs: limits.followMs,
    lineBytes: limits.lineBytes,
    sink: {
      reset(run) {
        index.reset(run);
        health.follow(run);
        live.changed('run');
      },
      add: (line, place) => index.add(line, place),
      skip: () => index.skip(),
      caughtUp: () => {},
    },
    onError: (error) => log.error({ err: error }, 'the trace cannot be read'),
  });
  const driver = new Driver(config.dir);
  const attacks = attackBook(config.dir, () => driver.lab(index.run));
  const schemas = new SchemaChecks(
    resolve(config.specs ?? process.env.TWINCORE_SPECS ?? join(PROJECT_ROOT, '../shared/3gpp-openapi')),
  );
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 256 * 1024,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false } },
  });
  answerErrors(app);
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('content-security-policy')) reply.headers(securityHeaders());
  });
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  await app.register(door, { names: namesOf(config), anyAddress: !LOOPBACK.has(host), ...(login ? { login } : {}) });
  await app.register(async (scope) => page(scope, dist));
  traceApi(app, { index, follower, schemas });
  const attackRuns = new AttackRuns({
    book: attacks,
    errorsBetween: (from, to) => index.errorsBetween(from, to),
    onChange: () => live.changed('attacks'),
  });
  attackApi(app, attacks, attackRuns);
  labApi(app, { config, index, health, live, driver });
  driveApi(app, { lab: () => driver.lab(index.run), live });
  await app.listen({ host, port: config.port });
  void follower.start();
  void health.start();
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/`,
    ...(login ? { password: login.password } : {}),
    async stop() {
      live.close();
      schemas.close();
      await Promise.all([follower.close(), health.close(), driver.close()]);
      await app.close();
    },
  };
}

function namesOf({ host, names }: ConsoleConfig): Set<string> {
  return new Set([...LOOPBACK, host.toLowerCase(), ...names.map((name) => name.toLowerCase())]);
}

const STATUS: Readonly<Record<LabErrorReason, number>> = { failed: 502, usage: 400, 'no-lab': 503, machine: 503 };

function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? (error instanceof LabError ? STATUS[error.reason] : 500);
    const isTold = status < 500 || error instanceof Refused || error instanceof LabError;
    if (!isTold) request.log.error({ err: error }, 'a request failed');
    const problem: Problem = {
      title: isTold ? error.message : 'the console failed at this',
      ...('advice' in error && typeof error.advice === 'string' ? { advice: error.advice } : {}),
    };
    return reply.code(status).send(problem);
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ title: 'there is nothing here' } satisfies Problem),
  );
}
