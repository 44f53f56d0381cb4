/** The lab: every NF of the topology as a process of its own, from their keys to their end. */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { plmnToString } from '@twincore/model';
import type { NfConfig, TraceRecord } from '@twincore/sbi';
import { DEFAULT_DIR, type LabDirectory, openLabDirectory, PROJECT_ROOT, type RunDirectory } from './directory.ts';
import { LabError } from './errors.ts';
import { apiRootOf, fileNameOf, labelOf, nfConfigOf, type PreparedSite, prepareSite } from './nf-configs.ts';
import { NfProcess, StoppedBeforeReady } from './nf-process.ts';
import { createOperator, type Operator } from './operator.ts';
import { checkPortsFree } from './ports.ts';
import {
  type Communication,
  type CommunicationOf,
  type NfPlan,
  portsOf,
  readTopology,
  type SitePlan,
} from './topology.ts';
import { readTrace, traceSettled } from './trace-files.ts';
import { createUe, type Ue } from './ue.ts';
import { readUes, type Usim } from './ue-file.ts';

/** What a lab tells while it starts, runs and stops. */
export type LabStep =
  | { readonly kind: 'prepared'; readonly what: string }
  | {
      readonly kind: 'nf';
      readonly label: string;
      readonly site: string;
      readonly state: NfState;
      readonly detail?: string;
    };
/** `lost`: the process ended although nobody asked it to. */
export type NfState = 'starting' | 'ready' | 'failed' | 'stopping' | 'stopped' | 'lost';

export interface LabOptions {
  /** `.twincore` in the project root by default. */
  readonly dir?: string;
  /** Added to every port of the topology. */
  readonly portOffset?: number;
  /** Topology, subscribers and UEs; `deploy` in the project root by default. */
  readonly deploy?: string;
  /** Where `<nf type>/src/main.ts` are; `services` in the project root by default. */
  readonly services?: string;
  /** How the NFs of a network communicate, in place of what its file says; one mode for both networks, or by site. */
  readonly communication?: Communication | CommunicationOf;
  /** Keys and tokens are recorded as they are instead of as fingerprints. */
  readonly showSecrets?: boolean;
  readonly onStep?: (step: LabStep) => void;
  /** Aborting stops what has been started, whenever it comes. */
  readonly signal?: AbortSignal;
}

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

export interface Lab {
  readonly dir: string;
  readonly run: RunDirectory;
  readonly sites: readonly SitePlan[];
  readonly nfs: readonly LabNf[];
  readonly usims: readonly Usim[];
  readonly operator: Operator;
  /** `site` is `home`, `visited`, `ran` or a PLMN as `001-01`. */
  nf(site: string, name: string): LabNf;
  /** A UE of `deploy/ues.yaml`. */
  ue(supi: string): Ue;
  /** The records of this run so far, by time. */
  trace(): Promise<TraceRecord[]>;
  /** Ends every process that the lab started. May be called twice. */
  stop(): Promise<void>;
}

/** NFs of one stage start together; a stage begins when the one before is ready. Stopping goes the other way round. */
const STAGES: readonly ((nf: NfPlan) => boolean)[] = [
  (nf) => nf.type === 'NRF',
  (nf) => nf.type !== 'NRF' && nf.type !== 'RANSIM',
  (nf) => nf.type === 'RANSIM',
];

interface Member extends LabNf {
  readonly site: PreparedSite;
  readonly plan: NfPlan;
  readonly process: NfProcess;
}

/**
 * Starts the lab and resolves when every NF is ready. Keys, certificates and the NFs' state are made once and reused.
 * Throws a {@link LabError} that says what to do; then nothing is left running.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { onStep = () => {}, signal } = options;
  const deployDir = resolve(options.deploy ?? join(PROJECT_ROOT, 'deploy'));
  const topology = readTopology(deployDir, options.portOffset, bySite(options.communication));
  const usims = readUes(join(deployDir, 'ues.yaml'));
  const directory = openLabDirectory(resolve(options.dir ?? DEFAULT_DIR));
  let members: readonly Member[] = [];
  let operator: Operator | undefined;
  const killNow = () => {
    for (const member of members) member.process.killNow();
  };
  process.once('exit', killNow);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= stopMembers(members, onStep).finally(async () => {
      process.off('exit', killNow);
      directory.release();
      await operator?.close();
    });
    return stopped;
  };
  try {
    await checkPortsFree(
      topology.flatMap((site) =>
        site.nfs.flatMap((nf) => portsOf(nf).map((port) => ({ host: nf.host, port, label: labelOf(site, nf) }))),
      ),
    );
    const sites = [];
    for (const site of topology) sites.push(await prepareSite(site, directory.pki));
    const [home] = sites;
    if (!home) throw new LabError('the topology is empty', `Add a network to ${deployDir}.`);
    const run = directory.newRun();
    members = await makeMembers(sites, { directory, run, deployDir, options });
    const hosts = Object.fromEntries(members.map(({ config }) => [config.fqdn, config.sbi.host]));
    const client = await createOperator(home.pki, home.plmnId, hosts);
    operator = client;
    onStep({ kind: 'prepared', what: `CAs, ${members.length} certificates and configurations in ${directory.dir}` });
    await startMembers(members, onStep, signal);
    return { ...labOf({ members, sites, usims, operator: client, run, dir: directory.dir }), stop };
  } catch (error) {
    await stop();
    if (signal?.aborted)
      throw new LabError('the start was interrupted', 'Every process that had been started is ended.');
    throw error;
  }
}

function bySite(communication: LabOptions['communication'] = {}): CommunicationOf {
  return typeof communication === 'string' ? { home: communication, visited: communication } : communication;
}

async function makeMembers(
  sites: readonly PreparedSite[],
  context: { directory: LabDirectory; run: RunDirectory; deployDir: string; options: LabOptions },
): Promise<Member[]> {
  const { directory, run, deployDir, options } = context;
  const { onStep = () => {}, showSecrets = false } = options;
  const services = resolve(options.services ?? join(PROJECT_ROOT, 'services'));
  const members: Member[] = [];
  for (const site of sites) {
    for (const plan of site.nfs) {
      const label = labelOf(site, plan);
      const main = join(services, plan.type.toLowerCase(), 'src/main.ts');
      if (!existsSync(main)) {
        throw new LabError(
          `${label} has no service: ${main} does not exist`,
          `Mend its type in deploy/${site.name}.yaml.`,
        );
      }
      const common = { sites, deployDir, run, showSecrets, pkiDir: directory.pki, stateDir: directory.state };
      const config = await nfConfigOf(site, plan, common);
      const configFile = join(run.config, `${fileNameOf(site, plan)}.json`);
      const logFile = join(run.logs, `${fileNameOf(site, plan)}.log`);
      const configure = (changes: ConfigChanges = {}) =>
        writeFileSync(configFile, `${JSON.stringify({ ...config, ...changes }, null, 2)}\n`, { mode: 0o600 });
      configure();
      const lost = (how: string) =>
        onStep({ kind: 'nf', label, site: site.name, state: 'lost', detail: `${how}; its log: ${logFile}` });
      const process = new NfProcess({ label, main, configFile, logFile, onUnexpectedExit: lost });
      members.push(memberOf({ site, plan, process, config, logFile, configure }));
    }
  }
  return members;
}

function memberOf(
  parts: Pick<Member, 'site' | 'plan' | 'process' | 'config' | 'logFile'> & {
    /** Writes the configuration that the next start reads. */
    readonly configure: (changes?: ConfigChanges) => void;
  },
): Member {
  const { configure, ...given } = parts;
  const { site, plan, process } = given;
  const start = (changes?: ConfigChanges) => {
    configure(changes);
    return process.start();
  };
  return {
    ...given,
    label: process.label,
    apiRoot: apiRootOf(site, plan),
    get pid() {
      return process.pid;
    },
    kill9: () => process.kill9(),
    stop: () => process.stop(),
    start,
    async restart(changes) {
      await process.stop();
      await start(changes);
    },
  };
}

async function startMembers(members: readonly Member[], onStep: (step: LabStep) => void, signal?: AbortSignal) {
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

async function stopMembers(members: readonly Member[], onStep: (step: LabStep) => void): Promise<void> {
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

function labOf(parts: {
  members: readonly Member[];
  sites: readonly PreparedSite[];
  usims: readonly Usim[];
  operator: Operator;
  run: RunDirectory;
  dir: string;
}): Omit<Lab, 'stop'> {
  const { members, sites, usims, operator, run, dir } = parts;
  const nf = (siteName: string, name: string) => {
    const found = members.find(
      ({ site, plan }) => plan.name === name && [site.name, plmnToString(site.plmnId)].includes(siteName),
    );
    if (found) return found;
    const known = members.map(({ site, plan }) => `${site.name}/${plan.name}`).join(', ');
    throw new LabError(`there is no NF ${siteName}/${name}`, `There are: ${known}`);
  };
  return {
    dir,
    run,
    sites,
    usims,
    operator,
    nfs: members,
    nf,
    ue(supi) {
      const usim = usims.find((card) => card.supi === supi);
      if (!usim)
        throw new LabError(`there is no UE ${supi}`, `There are: ${usims.map((card) => card.supi).join(', ')}`);
      const home = sites.find((site) => plmnToString(site.plmnId) === plmnToString(usim.plmnId));
      return createUe(usim, nf('ran', 'ransim').apiRoot, operator, home?.homeNetworkKeys);
    },
    async trace() {
      await traceSettled(run.trace);
      return readTrace(run.trace);
    },
  };
}
