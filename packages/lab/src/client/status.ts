/** What state the NFs of a lab are in. */
import { switchedOff } from '@twincore/sbi';
import type { ControlClient } from '../control/client.ts';
import type { ProcessStatus } from '../control/server.ts';
import type { LabInfo, NfInfo } from '../lab-info.ts';
import { readNfConfig } from './nf-http.ts';
import type { LabStatus, NfStatus } from './types.ts';

const HEALTH_MS = 2_000;
/** How long a process may take before it has to answer. */
const STARTING_MS = 10_000;

/** Asks the launcher for the processes, and each NF for its health (/healthz). */
export async function statusOf(info: LabInfo, control: ControlClient): Promise<LabStatus> {
  const [processes, healths] = await Promise.all([control.processes(), Promise.all(info.nfs.map(healthOf))]);
  const nfs = info.nfs.map((nf, index) =>
    nfStatus(
      nf,
      processes.find(({ label }) => label === nf.label),
      healths[index],
    ),
  );
  const { dir, run, pid, startedAt } = info;
  return { dir, run, pid, startedAt, nfs };
}

function nfStatus(nf: NfInfo, process: ProcessStatus | undefined, health: Health | undefined): NfStatus {
  const { label, site, plmn, nfType, nfInstanceId, apiRoot } = nf;
  const { pid, restarts = 0, startedAt } = process ?? {};
  const isYoung = startedAt !== undefined && Date.now() - startedAt < STARTING_MS;
  return {
    label,
    site,
    plmn,
    nfType,
    nfInstanceId,
    apiRoot,
    state: health ? 'up' : isYoung ? 'starting' : 'down',
    load: health?.load,
    pid,
    restarts,
    startedAt,
    insecure: insecureOf(nf),
  };
}

function insecureOf(nf: NfInfo): NfStatus['insecure'] {
  try {
    return switchedOff(readNfConfig(nf).insecure).map(({ defence }) => defence);
  } catch {
    // A configuration that the launcher writes at this moment; the next look tells.
    return [];
  }
}

interface Health {
  readonly load?: number;
}

async function healthOf({ opsUrl }: NfInfo): Promise<Health | undefined> {
  try {
    const answer = await fetch(`${opsUrl}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS), redirect: 'error' });
    return answer.ok ? ((await answer.json()) as Health) : undefined;
  } catch {
    return undefined;
  }
}
