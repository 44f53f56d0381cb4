/** A PLMN in the test's own process: real NFs over real mutual TLS, with tokens of the real NRF. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type NfPlan, PROJECT_ROOT } from '@twincore/lab/parts';
import { type NfConfig, parseConfig, startNf } from '@twincore/sbi';
import { openPlmnFiles, type PlmnFiles, type PlmnOptions, type PlmnPlace } from './plmn-files.ts';
import { type PlmnTools, plmnTools } from './plmn-tools.ts';
import { definitionOf } from './services.ts';

export interface StartOptions extends PlmnOptions, PlmnPlace {
  /** Where `<nf type>/src/nf.ts` are; twincore's own when absent. */
  readonly services?: string;
  /** Where its files are kept; a temporary directory, which `close` removes, when absent. */
  readonly dir?: string;
}

/** One of the real NFs. */
export interface RunningNfOfPlmn {
  /** `ausf`; a second one of a type is `ausf-2`. */
  readonly name: string;
  readonly nfType: string;
  readonly nfInstanceId: string;
  readonly apiRoot: string;
  readonly config: NfConfig;
  /** Deregisters it and ends it. */
  stop(): Promise<void>;
  /** Starts it again, with the state that it had. */
  start(): Promise<void>;
}

export interface Plmn extends PlmnTools, AsyncDisposable {
  readonly nfs: readonly RunningNfOfPlmn[];
  /** The NF of this name. Throws when there is none. */
  nf(name: string): RunningNfOfPlmn;
  /** Ends everything. Throws what the handler of a fake NF threw, so that an assertion in one is not lost. */
  close(): Promise<void>;
}

/**
 * Starts NFs of one PLMN, each registered at its NRF when this resolves. Several may run in one process; they share nothing.
 * Throws a LabError that says what to do for an NF type that there is not; then nothing is left running.
 */
export async function startPlmn(options: StartOptions = {}): Promise<Plmn> {
  const dir = options.dir === undefined ? mkdtempSync(join(tmpdir(), 'twincore-plmn-')) : resolve(options.dir);
  const services = resolve(options.services ?? join(PROJECT_ROOT, 'services'));
  const closing: (() => Promise<void>)[] = [];
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= endAll(closing.toReversed()).finally(() => {
      if (options.dir === undefined) rmSync(dir, { recursive: true });
    });
    return closed;
  };
  try {
    const files = await openPlmnFiles(dir, options);
    const plans = files.site.nfs;
    const made = await Promise.all(plans.map((plan) => prepareNf(plan, files, services)));
    const [nrf, ...others] = made;
    if (!nrf) throw new Error('a PLMN without NRF');
    for (const nf of made) closing.push(() => nf.stop());
    await nrf.start();
    await Promise.all(others.map((nf) => nf.start()));
    const { close: closeTools, ...tools } = await plmnTools(files, { services });
    closing.push(closeTools);
    return {
      ...tools,
      nfs: made,
      nf(name) {
        const found = made.find((nf) => nf.name === name);
        if (found) return found;
        throw new Error(`there is no NF "${name}" in this PLMN; there are ${made.map((nf) => nf.name).join(', ')}`);
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One after the other, all of them, whatever fails; then throws the first failure. */
async function endAll(ends: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends) await end().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function prepareNf(plan: NfPlan, files: PlmnFiles, services: string): Promise<RunningNfOfPlmn> {
  const definition = await definitionOf(services, plan.type);
  const given = await files.configOf(plan);
  const config = parseConfig(definition.configSchema, given, `the ${plan.type} of the test`) as NfConfig;
  let running: ReturnType<typeof startNf> | undefined;
  return {
    name: plan.name,
    nfType: plan.type,
    nfInstanceId: config.nfInstanceId,
    apiRoot: `https://${config.fqdn}:${config.sbi.port}`,
    config,
    async start() {
      if (running) throw new Error(`${plan.name} is running already`);
      const starting = startNf(definition, config);
      running = starting;
      await starting.catch((error: unknown) => {
        running = undefined;
        throw error;
      });
    },
    async stop() {
      const ending = running;
      running = undefined;
      await ending?.then((nf) => nf.stop());
    },
  };
}
