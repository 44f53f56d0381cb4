/** The same lab as a scenario has of processes, of containers: docker-compose.yml with its volumes in a directory of this machine. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRun, type LabNf, type LabOptions, PROJECT_ROOT, readTopology, readUes, serviceOf } from '@twincore/lab';
import {
  createOperator,
  createUe,
  openPlmnPki,
  type PreparedSite,
  prepareSite,
  readTrace,
  traceSettled,
} from '@twincore/lab/parts';
import { plmnToString } from '@twincore/model';
import type { NfConfig } from '@twincore/sbi';
import { COMPOSE_FILE, compose, containersOf, docker, dockerLogs, type Project, readComposeFile } from './compose.ts';
import { changedDeploy } from './deploy.ts';
import { eventually, type TestLab } from './lab.ts';

/** Beside the lab that a developer may have running. */
const NET = '198.19';
const IN_CONTAINER = '/lab';
const READY_MS = 60_000;
const POSSIBLE: ReadonlySet<string> = new Set(['deploy', 'communication']);

type Info = {
  readonly nfs: {
    readonly label: string;
    readonly site: string;
    readonly name: string;
    readonly plmn: string;
    readonly apiRoot: string;
    readonly opsUrl: string;
    readonly configFile: string;
  }[];
};

/** Containers are reached under their addresses, so the engine has to be on this machine, and this machine Linux. */
export async function startComposeLab(options: LabOptions): Promise<TestLab> {
  const impossible = Object.keys(options).filter((name) => !POSSIBLE.has(name));
  if (impossible.length > 0) throw new Error(`a lab in containers has no option ${impossible.join(', ')}`);
  const base = mkdtempSync(join(tmpdir(), 'twincore-compose-'));
  const dir = join(base, 'lab');
  const deploy = deployOf(options);
  const project: Project = {
    name: `twincore-e2e-${process.pid}`,
    files: [COMPOSE_FILE, join(base, 'override.yml')],
    env: { TWINCORE_NET: NET, COMPOSE_PROFILES: '' },
  };
  const down = async () => {
    await compose(project, 'down', '--volumes', '--timeout', '10');
    rmSync(base, { recursive: true, force: true });
    deploy.remove();
  };
  try {
    writeFileSync(join(base, 'override.yml'), JSON.stringify(overrideOf(dir, deploy.dir)));
    const services = readTopology(deploy.dir).flatMap(({ name: site, nfs }) =>
      nfs.map(({ name }) => serviceOf({ site, name })),
    );
    await compose(project, 'up', '--detach', ...services);
    const lab = await labIn(dir, { deployDir: deploy.dir, project, down });
    for (const { supi } of lab.usims) await lab.ue(supi).provision();
    return lab;
  } catch (cause) {
    const told = await compose(project, 'logs', '--no-color', '--tail', '15').catch(() => 'its logs cannot be had');
    await down();
    throw new Error(`the lab in containers did not start; the end of its logs:\n${told}`, { cause });
  }
}

function deployOf({ deploy = join(PROJECT_ROOT, 'deploy'), communication = {} }: LabOptions) {
  const modes = typeof communication === 'string' ? { home: communication, visited: communication } : communication;
  return changedDeploy((site, name) => {
    if (modes[name] !== undefined) site.communication = modes[name];
  }, deploy);
}

/** Every volume is a directory here, and everything belongs to whoever runs the test (to nobody special, when that is root). */
function overrideOf(dir: string, deployDir: string) {
  const { services } = readComposeFile();
  const named = (services.cli?.volumes ?? []).map((volume) => volume.split(':') as [string, string]);
  const volumes: Record<string, object> = {};
  for (const [name, target] of named) {
    const device = target.replace(IN_CONTAINER, dir);
    mkdirSync(device, { recursive: true });
    volumes[name] = { driver: 'local', driver_opts: { type: 'none', o: 'bind', device } };
  }
  const owner = process.getuid?.() === 0 ? '1000:1000' : `${process.getuid?.()}:${process.getgid?.()}`;
  const users = Object.keys(services)
    .filter((name) => name !== 'prepare')
    .map((name) => [name, { user: owner }] as const);
  const prepare = {
    volumes: [`${deployDir}:/app/deploy:ro`],
    command: ['packages/cli/src/main.ts', 'prepare', `--net=${NET}`, `--owner=${owner}`],
  };
  return { services: { ...Object.fromEntries(users), prepare }, volumes };
}

async function labIn(
  dir: string,
  { deployDir, project, down }: { deployDir: string; project: Project; down: () => Promise<void> },
): Promise<TestLab> {
  /** A file of the containers with their paths in place of it. */
  const read = <T>(file: string) =>
    JSON.parse(readFileSync(file, 'utf8').replaceAll(`"${IN_CONTAINER}/`, `"${dir}/`)) as T;
  const latest = findRun(dir);
  const info = read<Info & { run: string }>(join(latest.dir, 'lab.json'));
  const run = findRun(dir, info.run);
  const sites: PreparedSite[] = [];
  for (const site of readTopology(join(dir, 'deploy'))) sites.push(await prepareSite(site, join(dir, 'pki')));
  const [home] = sites;
  if (!home) throw new Error('the topology is empty');
  const ids = await containersOf(project);
  const nfs = await Promise.all(info.nfs.map((nf) => containerNf(nf, { dir, ids, read })));
  const hosts = Object.fromEntries(nfs.map(({ config }) => [config.fqdn, config.sbi.host]));
  const operator = await createOperator(await openPlmnPki(join(dir, 'pki'), home.plmnId), home.plmnId, hosts);
  const usims = readUes(join(deployDir, 'ues.yaml'));
  const nf = (site: string, name: string) => {
    const index = info.nfs.findIndex((one) => one.name === name && [one.site, one.plmn].includes(site));
    return nfs[index] ?? fail(`there is no NF ${site}/${name}`);
  };
  await Promise.all(info.nfs.map(isHealthy));
  const ended = Promise.withResolvers<void>();
  const stop = async () => {
    await operator.close();
    await down();
    ended.resolve();
  };
  return {
    dir,
    run,
    sites,
    nfs,
    usims,
    operator,
    nf,
    ue(supi) {
      const usim = usims.find((card) => card.supi === supi) ?? fail(`there is no UE ${supi}`);
      const site = sites.find(({ plmnId }) => plmnToString(plmnId) === plmnToString(usim.plmnId));
      return createUe(supi, { usim, apiRoot: nf('ran', 'ransim').apiRoot, operator, keys: site?.homeNetworkKeys });
    },
    async trace() {
      await traceSettled(run.trace);
      return readTrace(run.trace);
    },
    stop,
    end: stop,
    ended: ended.promise,
  };
}

async function containerNf(
  info: Info['nfs'][number],
  { dir, ids, read }: { dir: string; ids: ReadonlyMap<string, string>; read: <T>(file: string) => T },
): Promise<LabNf> {
  const id = ids.get(serviceOf(info)) ?? fail(`${info.label} has no container`);
  const original = JSON.parse(readFileSync(info.configFile, 'utf8')) as Record<string, unknown>;
  const logFile = join(dir, `${serviceOf(info)}.log`);
  const start = async (changes = {}) => {
    // The file is there, and stays its owner's.
    writeFileSync(info.configFile, JSON.stringify({ ...original, ...changes }));
    await docker('start', id);
    await isHealthy(info);
  };
  const stop = async () => void (await docker('stop', id));
  return {
    label: info.label,
    apiRoot: info.apiRoot,
    config: read<NfConfig>(info.configFile),
    pid: undefined,
    get logFile() {
      writeFileSync(logFile, dockerLogs(id));
      return logFile;
    },
    kill9: async () => void (await docker('kill', id)),
    stop,
    start,
    async restart(changes) {
      await stop();
      await start(changes);
    },
  };
}

const isHealthy = ({ label, opsUrl }: Info['nfs'][number]) =>
  eventually(
    `${label} is healthy`,
    () =>
      fetch(`${opsUrl}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    READY_MS,
  );

function fail(message: string): never {
  throw new Error(message);
}
