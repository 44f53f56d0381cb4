/** What has to be there before the NFs of a lab can be started as containers: PKI, configurations, and what the lab consists of. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NfConfig } from '@twincore/sbi';
import { DEFAULT_DIR, findRun, newRun, PROJECT_ROOT, type RunDirectory } from '../directory.ts';
import { type LabInfo, readLabInfo, writeLabInfo } from '../lab-info.ts';
import { infoOf } from '../members.ts';
import { fileNameOf, nfConfigOf, type PreparedSite, prepareSite } from '../nf-configs.ts';
import { createOperator } from '../operator.ts';
import { type Communication, type NfPlan, readTopology } from '../topology.ts';
import { copyDeploy } from './deploy.ts';
import { giveTo, type Owner, withOwnFiles } from './files.ts';
import { atHosts, readHosts } from './hosts.ts';

export interface PrepareOptions {
  /** The lab directory; `nf/<PLMN>-<name>` in it is what the container of an NF gets. */
  readonly dir?: string;
  readonly deploy?: string;
  /** First two numbers of every address. */
  readonly net: string;
  /** Of docker-compose.yml. */
  readonly profiles?: readonly string[];
  /** With the profile `scp`; D by default. */
  readonly communication?: Communication;
  /** To whom everything is given in the end. */
  readonly owner?: Owner;
}

export interface Prepared {
  readonly info: LabInfo;
  /** NFs of an earlier preparation were running, so its run goes on. */
  readonly isContinued: boolean;
}

/** May be called again at any time; keys and certificates are made once. */
export async function prepareContainers(options: PrepareOptions): Promise<Prepared> {
  const { profiles = [], owner } = options;
  const dir = resolve(options.dir ?? DEFAULT_DIR);
  const pkiDir = join(dir, 'pki');
  const deployDir = join(dir, 'deploy');
  mkdirSync(deployDir, { recursive: true, mode: 0o700 });
  copyDeploy(resolve(options.deploy ?? join(PROJECT_ROOT, 'deploy')), deployDir, profiles);
  const mode = profiles.includes('scp') ? (options.communication ?? 'D') : options.communication;
  const modes = mode === undefined ? {} : { home: mode, visited: mode };
  const topology = atHosts(readTopology(deployDir, 0, modes), readHosts(deployDir, options.net));
  const sites: PreparedSite[] = [];
  for (const site of topology) sites.push(await prepareSite(site, pkiDir));
  const running = await runningRun(dir);
  const run = running ?? newRun(join(dir, 'runs'));
  const common = { sites, deployDir, run, showSecrets: false, pkiDir, stateDir: join(dir, 'state') };
  const configs: { site: PreparedSite; nf: NfPlan; config: NfConfig }[] = [];
  for (const site of sites) {
    for (const nf of site.nfs) configs.push({ site, nf, config: await nfConfigOf(site, nf, common) });
    // Made here once, so that whoever attaches has no need to write into the PKI.
    await (await createOperator(site.pki, site.plmnId, {})).close();
  }
  // All certificates are there now: a SEPP gets a copy of its IPX's.
  const nfs = configs.map(({ site, nf, config: made }) => {
    const own = join(dir, 'nf', fileNameOf(site, nf));
    const configFile = join(own, 'config.json');
    const config = { ...made, stateDir: join(own, 'state') };
    mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
    const written = withOwnFiles(config, [pkiDir, deployDir], join(own, 'files'));
    rmSync(configFile, { force: true });
    writeFileSync(configFile, `${JSON.stringify(written, null, 2)}\n`, { mode: 0o600 });
    // For deploy/healthcheck, which has no JSON parser.
    writeFileSync(join(own, 'ops'), `${nf.host} ${nf.opsPort}\n`);
    return infoOf(site, nf, { config, logFile: '', configFile });
  });
  const info: LabInfo = {
    run: run.id,
    dir,
    deployDir,
    pkiDir,
    startedAt: Date.now(),
    showSecrets: false,
    sites: sites.map(({ name, plmnId, communication, sNssais }) => ({
      name,
      plmnId,
      communication,
      sNssais: [...sNssais],
    })),
    nfs,
  };
  writeLabInfo(run, info);
  if (owner) giveTo(owner, dir);
  return { info, isContinued: running !== undefined };
}

const HEALTH_MS = 500;

/** The last run, while an NF of it answers: a new one would be a run that nobody writes to. */
async function runningRun(dir: string): Promise<RunDirectory | undefined> {
  try {
    const run = findRun(dir);
    const { nfs, run: id } = readLabInfo(run);
    const answers = nfs.map(({ opsUrl }) =>
      fetch(`${opsUrl}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS), redirect: 'error' }),
    );
    await Promise.any(answers);
    return findRun(dir, id);
  } catch {
    return undefined;
  }
}
