/** From a lab directory to a client of the lab that runs in it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plmnFromString } from '@twincore/model';
import { containerControl } from '../containers/control.ts';
import { type ControlClient, connectControl, NoControl } from '../control/client.ts';
import { DEFAULT_DIR, findRun, launcherOf, type RunDirectory } from '../directory.ts';
import { commandLine, LabError } from '../errors.ts';
import { readLabInfo } from '../lab-info.ts';
import { readLog } from '../log-files.ts';
import { createOperator, type Operator } from '../operator.ts';
import { openPlmnPki } from '../pki.ts';
import { followTrace, readTrace, traceSettled } from '../trace-files.ts';
import { recordMatcher, selectRecords } from '../trace-query.ts';
import { findNf } from './names.ts';
import { refusalOf } from './refusal.ts';
import { statusOf } from './status.ts';
import { createSubscribers } from './subscribers.ts';
import { createTokens } from './tokens.ts';
import type { LabClient } from './types.ts';
import { createUes } from './ues.ts';

export interface AttachOptions {
  /** `.twincore` in the project root by default. */
  readonly dir?: string;
}

/** Throws a {@link LabError} (`no-lab`) where no lab runs, or only a part of it. */
export async function attachLab({ dir = DEFAULT_DIR }: AttachOptions = {}): Promise<LabClient> {
  const labDir = resolve(dir);
  const run = runningLab(labDir);
  const info = readLabInfo(run);
  const control = info.control === undefined ? containerControl(info) : connectControl(info.control);
  try {
    await control.processes();
  } catch (error) {
    await control.close();
    throw silentLauncher(labDir, info.pid ?? 0, error);
  }
  return clientOf({ run, info, control, labDir });
}

function runningLab(dir: string): RunDirectory {
  const launcher = launcherOf(dir);
  if (!launcher) {
    const containers = containersIn(dir);
    if (containers) return containers;
    throw new LabError(
      `no lab is running in ${dir}`,
      `Start one: npm start, or in the background: ${commandLine('up -d')}`,
      {
        reason: 'no-lab',
      },
    );
  }
  if (!launcher.alive) {
    throw new LabError(
      `the lab in ${dir} ended without cleaning up: its launcher (process ${launcher.pid}) is gone`,
      `Start it again: npm start. ${commandLine('doctor')} tells what is left of it.`,
      { reason: 'no-lab' },
    );
  }
  return findRun(dir);
}

/** The last run, where its NFs are containers; whether they are up, each of them tells. */
function containersIn(dir: string): RunDirectory | undefined {
  try {
    const run = findRun(dir);
    return readLabInfo(run).control === undefined ? run : undefined;
  } catch {
    return undefined;
  }
}

/** The launcher lives, but does not answer at its socket. */
function silentLauncher(dir: string, pid: number, error: unknown): LabError {
  if (!(error instanceof NoControl))
    return new LabError(String(error), `See ${dir}`, { cause: error, reason: 'no-lab' });
  return new LabError(
    `the lab in ${dir} (process ${pid}) is still starting, or its launcher hangs`,
    `Try again in some seconds. If it stays so, end it: kill ${pid}`,
    { cause: error, reason: 'no-lab' },
  );
}

interface Parts {
  readonly run: RunDirectory;
  readonly info: ReturnType<typeof readLabInfo>;
  readonly control: ControlClient;
  readonly labDir: string;
}

const STOP_MS = 60_000;

function clientOf({ run, info, control, labDir }: Parts): LabClient {
  const nf = (name: string) => findNf(info.nfs, name);
  const hosts = Object.fromEntries(info.nfs.map(({ fqdn, sbi }) => [fqdn, sbi.host]));
  const operators = new Map<string, Promise<Operator>>();
  const operator = (plmn = info.nfs[0]?.plmn ?? '') => {
    const known = operators.get(plmn) ?? openOperator(info.pkiDir, plmn, hosts);
    operators.set(plmn, known);
    return known;
  };
  const onLauncher = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw error instanceof NoControl ? gone(labDir, error) : error;
    }
  };
  const subscribers = createSubscribers({ info, operator });
  const profile = async (name: string) => {
    const { plmn, nfInstanceId } = nf(name);
    const nrf = info.nfs.find((one) => one.nfType === 'NRF' && one.plmn === plmn);
    if (!nrf) throw new LabError(`${plmn} has no NRF`, 'Add one to its topology.');
    const url = `${nrf.apiRoot}/nnrf-nfm/v1/nf-instances/${nfInstanceId}`;
    const answer = await (await operator(plmn)).request({ method: 'GET', url });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusalOf(nrf, `the profile of ${name}`, answer);
    return answer.body;
  };
  return {
    info,
    operator,
    nf,
    status: () => onLauncher(statusOf(info, control)),
    restart: (name) => onLauncher(control.restart(nf(name).label)),
    kill: (name) => onLauncher(control.kill(nf(name).label)),
    setConfig: (name, changes) => onLauncher(control.setConfig(nf(name).label, changes)),
    resetConfig: (name) => onLauncher(control.resetConfig(nf(name).label)),
    config: (name) => onLauncher(control.config(nf(name).label)),
    profile,
    async stop() {
      await onLauncher(control.stop());
      const deadline = Date.now() + STOP_MS;
      while (launcherOf(labDir)?.pid === info.pid) {
        if (Date.now() > deadline) {
          throw new LabError(`the lab does not end within ${STOP_MS / 1000} s`, `End its launcher: kill ${info.pid}`);
        }
        await sleep(50);
      }
    },
    ...createUes({ info, operator }, subscribers),
    subscribers,
    async trace(filter) {
      await traceSettled(run.trace);
      return selectRecords(readTrace(run.trace), filter);
    },
    async *follow(signal, filter = {}) {
      const matches = recordMatcher(filter);
      for await (const record of followTrace(run.trace, signal)) if (matches(record)) yield record;
    },
    logs: async (name) => {
      const { logFile } = nf(name);
      return existsSync(logFile) ? readLog(logFile) : [];
    },
    ...createTokens({ info, nf, profile }),
    async close() {
      await control.close();
      await Promise.all([...operators.values()].map(async (one) => (await one).close()));
    },
  };
}

async function openOperator(pkiDir: string, plmn: string, hosts: Record<string, string>): Promise<Operator> {
  const plmnId = plmnFromString(plmn);
  if (!plmnId) throw new LabError(`${plmn} is no network`, 'Write it as MCC-MNC: 001-01', { reason: 'usage' });
  return createOperator(await openPlmnPki(pkiDir, plmnId), plmnId, hosts);
}

function gone(dir: string, cause: unknown): LabError {
  return new LabError(`the lab in ${dir} has ended`, 'Start it again: npm start', { cause, reason: 'no-lab' });
}
