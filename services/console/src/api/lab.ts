/** The lab: its NFs and their state, and live updates of everything. */
import type { FastifyInstance } from 'fastify';
import type { ConsoleConfig } from '../config.ts';
import type { Driver } from '../lab/driver.ts';
import type { HealthWatch } from '../lab/health.ts';
import type { Live } from '../live.ts';
import { securityHeaders } from '../security/headers.ts';
import type { TraceIndex } from '../trace/index.ts';
import type { LabView } from '../wire.ts';

export interface LabApi {
  readonly config: ConsoleConfig;
  readonly index: TraceIndex;
  readonly health: HealthWatch;
  readonly live: Live;
  readonly driver: Driver;
}

export function labApi(app: FastifyInstance, { config, index, health, live, driver }: LabApi): void {
  app.get(
    '/api/lab',
    async (): Promise<LabView> => ({
      run: index.run,
      dir: config.dir,
      showSecrets: health.showSecrets,
      canDrive: await driver.canDrive(index.run),
      nfs: health.views(),
      counts: index.counts(),
    }),
  );

  app.get('/api/events', (_request, reply) => live.open(reply, securityHeaders()));
}
