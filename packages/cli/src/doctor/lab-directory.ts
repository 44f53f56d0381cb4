/** The lab directory: who is running in it, and whether what is in it is whole. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, globSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { attachLab, checkPortsFree, LabError, launcherOf, portsOfTopology, readTopology, readUes } from '@twincore/lab';
import { type Check, type Finding, ok, problem, warning } from './finding.ts';

export const directory: Check = ({ dir }) => {
  if (!existsSync(dir)) return [ok('lab directory', `${dir}, not there yet: the first start makes it`)];
  const { mode } = statSync(dir);
  if (!statSync(dir).isDirectory())
    return [problem('lab directory', `${dir} is a file`, 'Remove it, or name another with --dir.')];
  if ((mode & 0o077) !== 0) {
    return [warning('lab directory', `${dir} can be read by others, and keys are in it`, `chmod 700 ${dir}`)];
  }
  return [ok('lab directory', dir)];
};

export const running: Check = async ({ dir }) => {
  const launcher = launcherOf(dir);
  if (!launcher) return [ok('lab', 'not running')];
  if (!launcher.alive) {
    const found = `its launcher (process ${launcher.pid}) is gone, its lock is left`;
    return [warning('lab', found, 'Nothing to be done: the next start takes the lock.')];
  }
  try {
    const lab = await attachLab({ dir });
    try {
      const { nfs } = await lab.status();
      const down = nfs.filter(({ state }) => state !== 'up');
      if (down.length === 0) return [ok('lab', `running, ${nfs.length} NFs up`)];
      return down.map(({ label, state }) =>
        problem(
          'lab',
          `${label} is ${state}`,
          `npm run twincore -- nf restart '${label}'; its log: npm run twincore -- logs '${label}'`,
        ),
      );
    } finally {
      await lab.close();
    }
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return [problem('lab', error.message, error.advice)];
  }
};

/** Free while no lab runs here; a lab that does has them itself. */
export const ports: Check = async ({ dir, deploy, portOffset }) => {
  if (launcherOf(dir)?.alive) return [];
  try {
    const wanted = portsOfTopology(readTopology(deploy, portOffset));
    await checkPortsFree(wanted);
    return [ok('ports', `the ${wanted.length} of the topology are free`)];
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return [problem('ports', error.message, error.advice)];
  }
};

export const deployment: Check = ({ deploy, portOffset }) => {
  try {
    const sites = readTopology(deploy, portOffset);
    const ues = readUes(join(deploy, 'ues.yaml'));
    return [ok('topology', `${deploy}: ${sites.flatMap(({ nfs }) => nfs).length} NFs, ${ues.length} UEs`)];
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return [problem('topology', error.message, error.advice)];
  }
};

/** Files that have a meaning only together. */
const PAIRS = [
  ['ca.pem', 'ca-key.pem'],
  ['nrf-signing-key.pem', 'nrf-jwks.json'],
  ['home-network-keys.json', 'home-network-public-keys.json'],
] as const;

export const pki: Check = ({ dir }) => {
  const home = join(dir, 'pki');
  if (!existsSync(home)) return [];
  const plmns = readdirSync(home).filter((name) => lstatSync(join(home, name)).isDirectory());
  const findings = plmns.flatMap((plmn) => [...halves(join(home, plmn)), ...certificates(join(home, plmn))]);
  return findings.length > 0
    ? findings
    : [ok('certificates', `those of ${plmns.join(' and ')} are whole and not about to expire`)];
};

function halves(dir: string): Finding[] {
  return PAIRS.flatMap((pair) => {
    const there = pair.filter((name) => existsSync(join(dir, name)));
    if (there.length !== 1) return [];
    const [missing] = pair.filter((name) => !there.includes(name));
    const found = `${join(dir, there[0] ?? '')} is there without ${missing}`;
    return [
      warning(
        'half-made keys',
        found,
        'The next start makes both anew; what was made with the old ones is replaced with them.',
      ),
    ];
  });
}

const DAY_MS = 86_400_000;
/** Sooner than that, the launcher makes it anew at the next start. */
const SOON_MS = 30 * DAY_MS;

function certificates(dir: string): Finding[] {
  const files = readdirSync(dir).filter((name) => name.endsWith('.pem') && !name.endsWith('-key.pem'));
  return files.flatMap((name) => certificate(dir, name));
}

function certificate(dir: string, name: string): Finding[] {
  const file = join(dir, name);
  const keyFile = join(dir, `${basename(name, '.pem')}-key.pem`);
  const anew = `Remove ${dir} and start the lab again: the CA, certificates and keys of this network are made anew.`;
  try {
    const found = new X509Certificate(readFileSync(file));
    const left = found.validToDate.getTime() - Date.now();
    if (left <= 0) return [problem('certificates', `${file} has expired`, 'Start the lab again: it is made anew.')];
    if (left < SOON_MS) {
      const days = Math.floor(left / DAY_MS);
      return [warning('certificates', `${file} expires in ${days} days`, 'Start the lab again: it is made anew.')];
    }
    if (existsSync(keyFile) && !found.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))) {
      return [problem('certificates', `${keyFile} is not the key of ${name}`, anew)];
    }
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [problem('certificates', `${file} or its key is damaged: ${reason}`, anew)];
  }
}

export const state: Check = ({ dir }) => {
  const files = globSync('state/*/*/*.{sqlite,db}', { cwd: dir });
  const damaged = files.flatMap((name) => {
    const reason = flawOf(join(dir, name));
    return reason === undefined ? [] : [{ name, reason }];
  });
  if (files.length === 0) return [];
  if (damaged.length === 0) return [ok('state', `${files.length} databases are whole`)];
  return damaged.map(({ name, reason }) =>
    problem(
      'state',
      `${join(dir, name)} is damaged: ${reason}`,
      `Remove it and start the lab again; that NF begins anew.`,
    ),
  );
};

/** What SQLite finds wrong with a database; undefined when nothing. */
function flawOf(file: string): string | undefined {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const { quick_check: found } = Object(database.prepare('PRAGMA quick_check(1)').get());
      return found === 'ok' ? undefined : String(found);
    } finally {
      database.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const latestRun: Check = ({ dir }) => {
  const latest = join(dir, 'runs/latest');
  if (!existsSync(join(dir, 'runs')) || existsSync(latest)) return [];
  const found = `${relative(process.cwd(), latest)} leads nowhere`;
  return [warning('runs', found, 'The next start makes it anew; older runs: --run ID.')];
};
