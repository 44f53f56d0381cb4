/** An NF of the topology that somebody else runs in place of ours (`twincore up --external`). */

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlmnId } from '@twincore/model';
import { LabError } from './errors.ts';
import { type ForeignNf, registrationOf } from './foreign-nf.ts';
import type { NfRunner } from './nf-process.ts';
import { StoppedBeforeReady } from './nf-process.ts';
import { createOperator } from './operator.ts';
import type { PlmnPki } from './pki.ts';
import type { NfPlan, SitePlan } from './topology.ts';

/** Which NF, and where the one that takes its place listens. */
export interface ExternalNf {
  /** `home`, `visited`. */
  readonly site: string;
  readonly name: string;
  /** `https://<IPv4 address or name>:<port>`. */
  readonly url: string;
  /** PEM file of the CA of its certificate; without it the lab makes its certificate and key. */
  readonly ca?: string;
}

/** The topology in which these NFs are somebody else's. Throws a {@link LabError} for one that is not in it, or is nowhere. */
export async function withExternals(
  topology: readonly SitePlan[],
  externals: readonly ExternalNf[],
): Promise<SitePlan[]> {
  const sites = topology.map((site) => ({ ...site, nfs: [...site.nfs] }));
  for (const external of externals) {
    const { site: siteName, name, ca } = external;
    const site = sites.find((one) => one.name === siteName);
    const index = site?.nfs.findIndex((nf) => nf.name === name) ?? -1;
    const plan = site?.nfs[index];
    if (!site || !plan) {
      const known = sites.flatMap((one) => one.nfs.map((nf) => `${one.name}/${nf.name}`)).join(', ');
      throw new LabError(`there is no NF ${siteName}/${name} to replace`, `There are: ${known}`, { reason: 'usage' });
    }
    if (ca !== undefined && !existsSync(ca)) {
      throw new LabError(`there is no file ${ca}`, 'Name the PEM file of the CA.', { reason: 'usage' });
    }
    site.nfs[index] = {
      ...plan,
      ...(await addressOf(external)),
      external: ca === undefined ? {} : { ca: resolve(ca) },
    };
  }
  return sites;
}

async function addressOf({ name, url }: ExternalNf): Promise<Pick<NfPlan, 'host' | 'port'>> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const port = Number(parsed?.port || 443);
  if (parsed?.protocol !== 'https:' || parsed.pathname !== '/' || parsed.search !== '') {
    const advice = `Say where it listens: ${name}=https://127.0.0.1:9443`;
    throw new LabError(`${url} is not https://HOST:PORT`, advice, { reason: 'usage' });
  }
  const { hostname } = parsed;
  if (isIPv4(hostname)) return { host: hostname, port };
  try {
    return { host: (await lookup(hostname, { family: 4 })).address, port };
  } catch (cause) {
    const advice = 'Use its IPv4 address: names of the lab itself are known to no DNS.';
    throw new LabError(`no IPv4 address is known of ${hostname}`, advice, { reason: 'usage', cause });
  }
}

export interface ExternalRunnerOptions {
  readonly label: string;
  readonly foreign: ForeignNf;
  /** Called when the waiting begins. */
  readonly told: () => void;
  readonly pki: PlmnPki;
  readonly plmnId: PlmnId;
  /** Where its health is to be asked for: it has no `/healthz`, so the launcher answers for it. */
  readonly opsPort: number;
  /** Aborted when the lab ends. */
  readonly signal: AbortSignal;
}

export const LOOPBACK = '127.0.0.1';
const CONNECT_MS = 1_000;
const POLL_MS = 200;
/** What has no profile at the NRF is there when it listens. */
const UNREGISTERED: ReadonlySet<string> = new Set(['NRF', 'IPX', 'RANSIM']);

/** Takes the place of a process: starting is waiting for it, and nothing can be done to it. */
export function externalRunner({
  label,
  foreign,
  told,
  pki,
  plmnId,
  opsPort,
  signal,
}: ExternalRunnerOptions): NfRunner {
  const address = { host: foreign.sbi.host, port: foreign.sbi.port };
  let answering: Promise<void> | undefined;
  const notOurs = async (): Promise<never> => {
    throw new LabError(`${label} is external: it is not a process of this lab`, 'Do it where it runs.');
  };

  async function registered(): Promise<void> {
    if (!foreign.nrf || UNREGISTERED.has(foreign.nfType)) return;
    const operator = await createOperator(pki, plmnId, foreign.hosts);
    try {
      await registrationOf(operator, { nrf: foreign.nrf.apiRoot, nfInstanceId: foreign.nfInstanceId }, signal);
    } finally {
      await operator.close();
    }
  }

  return {
    label,
    pid: undefined,
    startedAt: undefined,
    restarts: 0,
    async start() {
      answering ??= serveHealth(opsPort, address, signal);
      await answering;
      told();
      try {
        await registered();
        // The NRF may still know it from another run.
        while (!(await isListening(address))) await sleep(POLL_MS, undefined, { signal });
      } catch (error) {
        throw signal.aborted ? new StoppedBeforeReady(label) : error;
      }
    },
    stop: notOurs,
    kill9: notOurs,
    killNow: () => {},
  };
}

async function serveHealth(port: number, address: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  const server = createServer(async (_request, response) => {
    const up = await isListening(address);
    response.writeHead(up ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: up ? 'ok' : 'not listening' }));
  });
  server.listen({ port, host: LOOPBACK, signal });
  await once(server, 'listening');
  server.unref();
}

function isListening(address: { host: string; port: number }): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ ...address, timeout: CONNECT_MS });
    const end = (answer: boolean) => () => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
