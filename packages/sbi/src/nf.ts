/** The life of an NF process: configuration, server, registration at the NRF, drain on SIGTERM. */
import { mkdirSync } from 'node:fs';
import type { NFProfile, PlmnId } from '@twincore/model';
import { plmnToString } from '@twincore/model';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import pino from 'pino';
import type { TSchema } from 'typebox';
import { HttpClient } from './client.ts';
import { addressOf, ConfigError, loadConfig, type NfConfig } from './config.ts';
import { SbiConsumer } from './consumer.ts';
import { ownScope } from './load-headers.ts';
import { LoadMeter } from './load-meter.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { NrfClient } from './nrf-client.ts';
import type { ProducerIdentity } from './rules.ts';
import { createSbiServer, type SbiServer } from './server.ts';
import { TokenVerifier } from './token-verifier.ts';
import { TraceRecorder } from './trace.ts';

/** What a service's composition (`nf.ts`) is handed. */
export interface Nf<C extends NfConfig = NfConfig> {
  readonly config: C;
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
  readonly server: SbiServer;
  readonly http: HttpClient;
  readonly trace: TraceRecorder | undefined;
  /** Throws when the NF has no NRF in its configuration. */
  readonly nrf: NrfClient;
  readonly consumer: SbiConsumer;
  /** The NF as the guard of its own server sees it. */
  readonly identity: ProducerIdentity & { readonly fqdn: string };
}

export interface NfDefinition<C extends NfConfig> {
  /** TypeBox schema of `C`. */
  readonly configSchema: TSchema;
  /** What the NF registers beside what its configuration says already; absent for what is no NF (ransim). */
  readonly profile?: (config: C) => Partial<NFProfile>;
  /** Other PLMNs whose NFs may connect, beside the own. */
  readonly partnerPlmns?: (config: C) => readonly PlmnId[];
  /** Registers the APIs on `nf.server` and starts what the NF needs; returns how to end it. */
  readonly build: (nf: Nf<C>) => Promise<{ close?: () => Promise<void> }>;
}

export interface RunningNf {
  /** Drains: deregisters, lets running requests end, closes everything. */
  stop(): Promise<void>;
}

/** Starts an NF in this process. Resolves when it listens and is registered at its NRF. */
export async function startNf<C extends NfConfig>(definition: NfDefinition<C>, config: C): Promise<RunningNf> {
  const log = createLogger(config);
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const metrics = createMetrics({ nfType: config.nfType, plmn: plmnToString(config.plmnId) });
  const trace = config.trace ? new TraceRecorder(config.trace.file, config.trace.showSecrets) : undefined;
  const identity: Nf['identity'] = config;
  const http = new HttpClient(config, { metrics, log, ...(trace ? { trace } : {}) });
  const nrf = config.nrf ? new NrfClient(config, config.nrf.apiRoot, http, metrics) : undefined;
  const load = new LoadMeter({ scope: ownScope(config), ...config.load });
  const server = createSbiServer({
    identity,
    tls: config.tls,
    limits: config.limits,
    insecure: config.insecure,
    log,
    metrics,
    partnerPlmns: definition.partnerPlmns?.(config) ?? [],
    load,
    ...(trace ? { trace } : {}),
    ...(config.tokens ? { verifier: new TokenVerifier(identity, config.tokens, config.insecure) } : {}),
  });
  let consumer: SbiConsumer | undefined;
  // A plugin, because hooks of the server's own plugin hold for routes that come after it.
  let built: { close?: () => Promise<void> } = {};
  server.register(async (scope) => {
    nrf?.addCallback(scope);
    built = await definition.build({
      config,
      log,
      metrics,
      server: scope,
      http,
      trace,
      identity,
      get nrf() {
        if (!nrf) throw new ConfigError('"nrf" is missing in the configuration');
        return nrf;
      },
      get consumer() {
        consumer ??= new SbiConsumer(config, http, this.nrf);
        return consumer;
      },
    });
  });
  const { host, port } = config.sbi;
  await server.listen({ host, port });
  if (nrf && definition.profile) {
    await nrf.register({
      nfInstanceId: config.nfInstanceId,
      nfType: config.nfType,
      nfStatus: 'REGISTERED',
      plmnList: [config.plmnId],
      fqdn: config.fqdn,
      ipv4Addresses: [addressOf(config)],
      ...(config.sNssais.length > 0 ? { sNssais: config.sNssais } : {}),
      ...(config.nsiList.length > 0 ? { nsiList: config.nsiList } : {}),
      ...(config.nfSetIdList.length > 0 ? { nfSetIdList: config.nfSetIdList } : {}),
      ...definition.profile(config),
    });
  }
  // Healthy is who can be found: whatever waits for this NF waits for /healthz.
  const ops = config.ops ? await startOps(config.ops, { metrics, load }, log) : undefined;
  return {
    async stop() {
      if (nrf && definition.profile) await nrf.deregister();
      await server.close();
      await built.close?.();
      await ops?.close();
      await http.close();
      trace?.close();
    },
  };
}

/** The entry of a service's `main.ts`: reads `--config`, starts, tells the launcher, ends on SIGTERM or SIGINT. */
export async function runNf<C extends NfConfig>(definition: NfDefinition<C>): Promise<void> {
  let running: RunningNf;
  try {
    running = await startNf(definition, loadConfig(definition.configSchema) as C);
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
  process.send?.('ready');
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 5_000).unref();
    await running.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The launcher died without a signal: do not outlive it.
  process.on('disconnect', stop);
}

function createLogger(config: NfConfig): FastifyBaseLogger {
  return pino({
    level: config.log.level,
    base: { nf: config.nfType, plmn: plmnToString(config.plmnId), id: config.nfInstanceId.slice(0, 8) },
    // A second line of defence; nothing logs these on purpose.
    redact: ['*.authorization', '*.k', '*.opc', '*.kausf', '*.kseaf', '*.kamf', '*.supi', '*.access_token', 'supi'],
  }) as FastifyBaseLogger;
}

/** /healthz and /metrics over plain HTTP/1.1, by default on loopback only. */
async function startOps(
  listen: { host: string; port: number },
  { metrics, load }: { metrics: Metrics; load: LoadMeter },
  log: FastifyBaseLogger,
) {
  const ops = Fastify({ loggerInstance: log, logController: new LogController({ disableRequestLogging: true }) });
  ops.get('/healthz', async () => ({ status: 'ok', load: load.load }));
  ops.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  await ops.listen({ ...listen });
  return ops;
}
