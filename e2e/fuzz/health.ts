/** Whether the lab is well: no process ended, no complaint in a log, and a UE still registers. */
import { readFileSync } from 'node:fs';
import type { Lab } from '@twincore/lab';
import { HOME, UE, VISITED } from '../support/lab.ts';

const ERROR = 50;
/** Logged for each answer with a 5xx; those are judged one by one. */
const JUDGED = 'request failed';

/** Remembers the processes; the function that it returns says which are not the same any more. */
export function watchProcesses(lab: Lab): () => string[] {
  const before = new Map(lab.nfs.map(({ label, pid }) => [label, pid]));
  return () =>
    lab.nfs
      .filter(({ label, pid }) => pid === undefined || pid !== before.get(label))
      .map(({ label, logFile }) => `${label} ended by itself: ${logFile}`);
}

/** Lines that no NF may write: unhandled rejections, warnings of Node, errors. */
export function complaints(lab: Lab): string[] {
  return lab.nfs.flatMap(({ label, logFile }) =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && isComplaint(line))
      .map((line) => `${label} logged: ${line.slice(0, 500)}`),
  );
}

function isComplaint(line: string): boolean {
  if (!line.startsWith('{')) return true;
  try {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    return level >= ERROR && msg !== JUDGED;
  } catch {
    return true;
  }
}

/** A UE that the fuzzer leaves alone registers at home and roaming; what went wrong instead. */
export async function registers(lab: Lab): Promise<string[]> {
  const ue = lab.ue(UE.profileA);
  const failures: string[] = [];
  for (const plmnId of [HOME, VISITED]) {
    const where = `${plmnId.mcc}-${plmnId.mnc}`;
    const outcome = await ue.register(plmnId, { identity: 'suci' }).catch((error: Error) => error);
    if (outcome instanceof Error) failures.push(`registration in ${where}: ${outcome.message}`);
    else if (outcome.result !== 'registered')
      failures.push(`registration in ${where} was rejected: ${outcome.fiveGmmCause ?? ''} ${outcome.rejectedBy ?? ''}`);
  }
  await ue.deregister().catch((error: Error) => failures.push(`deregistration: ${error.message}`));
  return failures;
}
