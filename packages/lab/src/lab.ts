/** The lab: every NF of the topology as a process of its own, from their keys to their end. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { plmnToString } from '@twincore/model';
import type { TraceRecord } from '@twincore/sbi';
import { controlPathOf } from './control/path.ts';
import { type Control, serveControl } from './control/server.ts';
import { DEFAULT_DIR, openLabDirectory, PROJECT_ROOT, type RunDirectory } from './directory.ts';
import { LabError } from './errors.ts';
import { type ExternalNf, withExternals } from './external.ts';
import { type LabInfo, writeLabInfo } from './lab-info.ts';
import { type LabNf, type LabStep, type Member, makeMembers, startMembers, stopMembers } from './members.ts';
import { type PreparedSite, prepareSite } from './nf-configs.ts';
import { createOperator, type Operator } from './operator.ts';
import { checkPortsFree, portsOfTopology } from './ports.ts';
import { type Communication, type CommunicationOf, readTopology, type SitePlan } from './topology.ts';
import { readTrace, traceSettled } from './trace-files.ts';
import { createUe, type Ue } from './ue.ts';
import { readUes, type Usim } from './ue-file.ts';

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
  /** File to which every NF adds the TLS secrets of its connections, as Wireshark reads them. */
  readonly keylog?: string;
  /** NFs that somebody else runs; the lab is ready when they have registered. */
  readonly external?: readonly ExternalNf[];
  readonly onStep?: (step: LabStep) => void;
  /** Aborting stops what has been started, whenever it comes. */
  readonly signal?: AbortSignal;
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
  /** Resolves when the lab has ended, by whomever it was stopped. */
  readonly ended: Promise<void>;
}

/**
 * Starts the lab and resolves when every NF is ready. Keys, certificates and the NFs' state are made once and reused.
 * Throws a {@link LabError} that says what to do; then nothing is left running.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { onStep = () => {}, signal } = options;
  const deployDir = resolve(options.deploy ?? join(PROJECT_ROOT, 'deploy'));
  const planned = readTopology(deployDir, options.portOffset, bySite(options.communication));
  const topology = await withExternals(planned, options.external ?? []);
  const keylog = options.keylog === undefined ? undefined : resolve(options.keylog);
  if (keylog !== undefined) writeFileSync(keylog, '', { flag: 'a', mode: 0o600 });
  const usims = readUes(join(deployDir, 'ues.yaml'));
  const directory = openLabDirectory(resolve(options.dir ?? DEFAULT_DIR));
  let members: readonly Member[] = [];
  let operator: Operator | undefined;
  let control: Control | undefined;
  const ended = Promise.withResolvers<void>();
  const over = new AbortController();
  const killNow = () => {
    for (const member of members) member.process.killNow();
  };
  process.once('exit', killNow);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    over.abort();
    stopped ??= stopMembers(members, onStep).finally(async () => {
      process.off('exit', killNow);
      await Promise.all([operator?.close(), control?.close()]);
      directory.release();
      ended.resolve();
    });
    return stopped;
  };
  try {
    await checkPortsFree(portsOfTopology(topology));
    const sites = [];
    for (const site of topology) sites.push(await prepareSite(site, directory.pki));
    const [home] = sites;
    if (!home) throw new LabError('the topology is empty', `Add a network to ${deployDir}.`);
    const run = directory.newRun();
    members = await makeMembers(sites, {
      directory,
      run,
      deployDir,
      over: over.signal,
      options: { ...options, ...(keylog === undefined ? {} : { keylog }) },
    });
    const hosts = Object.fromEntries(members.map(({ config }) => [config.fqdn, config.sbi.host]));
    const client = await createOperator(home.pki, home.plmnId, hosts);
    operator = client;
    onStep({ kind: 'prepared', what: `CAs, ${members.length} certificates and configurations in ${directory.dir}` });
    const info: LabInfo & { control: string } = {
      run: run.id,
      dir: directory.dir,
      deployDir,
      pkiDir: directory.pki,
      pid: process.pid,
      startedAt: Date.now(),
      control: controlPathOf(directory.dir),
      showSecrets: options.showSecrets === true,
      sites: sites.map(({ name, plmnId, communication, sNssais }) => ({
        name,
        plmnId,
        communication,
        sNssais: [...sNssais],
      })),
      nfs: members.map((member) => member.info),
    };
    writeLabInfo(run, info);
    await startMembers(members, onStep, signal);
    control = await serveControl({ info, members, stop });
    return {
      ...labOf({ members, sites, usims, operator: client, run, dir: directory.dir }),
      stop,
      ended: ended.promise,
    };
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

function labOf(parts: {
  members: readonly Member[];
  sites: readonly PreparedSite[];
  usims: readonly Usim[];
  operator: Operator;
  run: RunDirectory;
  dir: string;
}): Omit<Lab, 'stop' | 'ended'> {
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
      return createUe(supi, {
        usim,
        apiRoot: nf('ran', 'ransim').apiRoot,
        operator,
        keys: home?.homeNetworkKeys,
      });
    },
    async trace() {
      await traceSettled(run.trace);
      return readTrace(run.trace);
    },
  };
}
