/** The NFs of a lab as processes: made from the topology, started in stages, stopped the other way round. */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { plmnToString } from '@twincore/model';
import type { NfConfig } from '@twincore/sbi';
import { type LabDirectory, PROJECT_ROOT, type RunDirectory } from './directory.ts';
import { LabError } from './errors.ts';
import { externalRunner, LOOPBACK } from './external.ts';
import { type ForeignNf, foreignNfOf } from './foreign-nf.ts';
import type { LabOptions } from './lab.ts';
import type { NfInfo } from './lab-info.ts';
import { applyMergePatch } from './merge-patch.ts';
import { apiRootOf, fileNameOf, labelOf, nfConfigOf, type PreparedSite } from './nf-configs.ts';
import { NfProcess, type NfRunner, StoppedBeforeReady } from './nf-process.ts';
import type { NfPlan } from './topology.ts';

/** What a lab tells while it starts, runs and stops. */
export type LabStep =
  | { readonly kind: 'prepared'; readonly what: string }
  /** An NF that somebody else runs is waited for; `file` tells it what it needs. */
  | { readonly kind: 'external'; readonly label: string; readonly file: string; readonly foreign: ForeignNf }
  | {
      readonly kind: 'nf';
      readonly label: string;
      readonly site: string;
      readonly state: NfState;
      readonly detail?: string;
    };
/** `lost`: the process ended although nobody asked it to. */
export type NfState = 'starting' | 'ready' | 'failed' | 'stopping' | 'stopped' | 'lost';

/** Members of an NF's configuration, in the form that a file has them: what is absent in a section has its default. */
export type ConfigChanges = Readonly<Record<string, unknown>>;

/** One NF of a running lab. */
export interface LabNf {
  readonly label: string;
  readonly apiRoot: string;
  readonly config: NfConfig;
  /** Undefined while the process does not run. */
  readonly pid: number | undefined;
  readonly logFile: string;
  kill9(): Promise<void>;
  /** SIGTERM and wait. */
  stop(): Promise<void>;
  /** Resolves when it listens and is registered again. `changes` replace members of its configuration for this start only. */
  start(changes?: ConfigChanges): Promise<void>;
  /** `stop`, then `start`. */
  restart(changes?: ConfigChanges): Promise<void>;
}

/** NFs of one stage start together; a stage begins when the one before is ready. Stopping goes the other way round. */
const STAGES: readonly ((nf: NfPlan) => boolean)[] = [
  (nf) => nf.type === 'NRF',
  (nf) => nf.type !== 'NRF' && nf.type !== 'RANSIM',
  (nf) => nf.type === 'RANSIM',
];

export interface Member extends LabNf {
  readonly site: PreparedSite;
  readonly plan: NfPlan;
  readonly process: NfRunner;
  readonly info: NfInfo;
  /** What it is configured with now. */
  readonly currentConfig: () => ConfigChanges;
  /**
   * Restarts the NF with its configuration changed by a JSON Merge Patch, or without one with what the topology says. Where it does
   * not start, the configuration before is put back, and a {@link LabError} says why.
   */
  setConfig(changes: ConfigChanges | undefined): Promise<void>;
}

export async function makeMembers(
  sites: readonly PreparedSite[],
  context: {
    directory: LabDirectory;
    run: RunDirectory;
    deployDir: string;
    options: LabOptions;
    /** Aborted when the lab ends. */
    over: AbortSignal;
  },
): Promise<Member[]> {
  const { directory, run, deployDir, options, over } = context;
  const { onStep = () => {}, showSecrets = false, keylog } = options;
  const services = resolve(options.services ?? join(PROJECT_ROOT, 'services'));
  const members: Member[] = [];
  for (const site of sites) {
    for (const plan of site.nfs) {
      const label = labelOf(site, plan);
      const main = join(services, plan.type.toLowerCase(), 'src/main.ts');
      if (!plan.external && !existsSync(main)) {
        throw new LabError(
          `${label} has no service: ${main} does not exist`,
          `Mend its type in deploy/${site.name}.yaml.`,
        );
      }
      const common = { sites, deployDir, run, showSecrets, pkiDir: directory.pki, stateDir: directory.state };
      const config = await nfConfigOf(site, plan, common);
      const configFile = join(run.config, `${fileNameOf(site, plan)}.json`);
      const logFile = join(run.logs, `${fileNameOf(site, plan)}.log`);
      const lost = (how: string) =>
        onStep({ kind: 'nf', label, site: site.name, state: 'lost', detail: `${how}; its log: ${logFile}` });
      if (plan.external) {
        const foreign = foreignNfOf(config, { ownCertificate: plan.external.ca !== undefined });
        const told = () => onStep({ kind: 'external', label, file: configFile, foreign });
        const { pki, plmnId } = site;
        const process = externalRunner({ label, foreign, told, pki, plmnId, opsPort: plan.opsPort, signal: over });
        members.push(memberOf({ site, plan, process, config, written: foreign, logFile, configFile }));
        continue;
      }
      const process = new NfProcess({
        label,
        main,
        configFile,
        logFile,
        onUnexpectedExit: lost,
        ...(keylog === undefined ? {} : { keylog }),
      });
      members.push(memberOf({ site, plan, process, config, written: config, logFile, configFile }));
    }
  }
  return members;
}

function memberOf(
  given: Pick<Member, 'site' | 'plan' | 'process' | 'config' | 'logFile'> & {
    readonly configFile: string;
    /** What the file tells the NF. */
    readonly written: object;
  },
): Member {
  const { site, plan, process, config, logFile, configFile } = given;
  const original = given.written as ConfigChanges;
  let current = original;
  const write = (wanted: ConfigChanges) =>
    writeFileSync(configFile, `${JSON.stringify(wanted, null, 2)}\n`, { mode: 0o600 });
  const start = (changes: ConfigChanges = {}) => {
    write({ ...current, ...changes });
    return process.start();
  };
  const restart = async (changes?: ConfigChanges) => {
    await process.stop();
    await start(changes);
  };
  write(current);
  return {
    site,
    plan,
    process,
    config,
    logFile,
    label: process.label,
    apiRoot: apiRootOf(site, plan),
    info: infoOf(site, plan, { config, logFile, configFile }),
    get pid() {
      return process.pid;
    },
    kill9: () => process.kill9(),
    stop: () => process.stop(),
    start,
    restart,
    currentConfig: () => current,
    async setConfig(changes) {
      const before = current;
      current = changes === undefined ? original : (applyMergePatch(current, changes) as ConfigChanges);
      try {
        await restart();
      } catch (error) {
        current = before;
        await start();
        throw new LabError(
          error instanceof Error ? error.message : String(error),
          'The configuration before is in use again.',
          { cause: error },
        );
      }
    },
  };
}

export function infoOf(
  site: PreparedSite,
  plan: NfPlan,
  { config, logFile, configFile }: { config: NfConfig; logFile: string; configFile: string },
): NfInfo {
  return {
    label: labelOf(site, plan),
    name: plan.name,
    site: site.name,
    nfType: plan.type,
    nfInstanceId: config.nfInstanceId,
    plmnId: site.plmnId,
    plmn: plmnToString(site.plmnId),
    fqdn: config.fqdn,
    apiRoot: apiRootOf(site, plan),
    sbi: config.sbi,
    opsUrl: `http://${plan.external ? LOOPBACK : plan.host}:${plan.opsPort}`,
    configFile,
    logFile,
    traceFile: config.trace?.file ?? '',
  };
}

export async function startMembers(members: readonly Member[], onStep: (step: LabStep) => void, signal?: AbortSignal) {
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = () => reject(new Error('aborted'));
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
  // Not every stage waits for it, and nobody does after the last one.
  aborted.catch(() => {});
  for (const belongs of STAGES) {
    const starts = members.filter(({ plan }) => belongs(plan)).map((member) => startMember(member, onStep));
    const all = Promise.all(starts);
    all.catch(() => {});
    await Promise.race([all, aborted]);
  }
}

async function startMember({ site, process }: Member, onStep: (step: LabStep) => void): Promise<void> {
  const about = { kind: 'nf', label: process.label, site: site.name } as const;
  onStep({ ...about, state: 'starting' });
  const startedAt = performance.now();
  try {
    await process.start();
    onStep({ ...about, state: 'ready', detail: `${Math.round(performance.now() - startedAt)} ms` });
  } catch (error) {
    if (!(error instanceof StoppedBeforeReady)) onStep({ ...about, state: 'failed' });
    throw error;
  }
}

export async function stopMembers(members: readonly Member[], onStep: (step: LabStep) => void): Promise<void> {
  for (const belongs of STAGES.toReversed()) {
    const running = members.filter(({ plan, process }) => belongs(plan) && process.pid !== undefined);
    await Promise.all(
      running.map(async ({ site, process }) => {
        const about = { kind: 'nf', label: process.label, site: site.name } as const;
        onStep({ ...about, state: 'stopping' });
        await process.stop();
        onStep({ ...about, state: 'stopped' });
      }),
    );
  }
}
