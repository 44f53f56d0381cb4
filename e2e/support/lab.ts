/** What every scenario needs: a lab of its own, and reading what it recorded. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, type LabOptions, type RegistrationOutcome, startLab } from '@twincore/lab';
import type { NasTraceRecord, SbiTraceRecord, TraceRecord } from '@twincore/sbi';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
/** UEs of deploy/ues.yaml. */
export const UE = {
  profileA: 'imsi-001010000000001',
  profileB: 'imsi-001010000000002',
  nullScheme: 'imsi-001010000000003',
  ofVisited: 'imsi-999700000000001',
} as const;

/** Each file has its own ports, so that a developer may run one while the lab is up. */
const PORT_OFFSET = 4_000;

export interface TestLab extends Lab {
  /** Stops the lab and removes its directory. */
  end(): Promise<void>;
}

/** A lab in a temporary directory. Every UE of the topology has its USIM. */
export async function startTestLab(options: LabOptions = {}): Promise<TestLab> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-e2e-'));
  const lab = await startLab({ dir, portOffset: PORT_OFFSET, ...options });
  for (const { supi } of lab.usims) await lab.ue(supi).provision();
  return {
    ...lab,
    async end() {
      await lab.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function assertRegistered(outcome: RegistrationOutcome): void {
  assert.equal(outcome.result, 'registered', JSON.stringify(outcome, null, 2));
}

/** The records of one trace, by time. */
export async function recordsOf(lab: Lab, traceId: string): Promise<TraceRecord[]> {
  return (await lab.trace()).filter((record) => record.traceId === traceId);
}

export const isSbi = (record: TraceRecord): record is SbiTraceRecord => record.kind === 'sbi';
export const isNas = (record: TraceRecord): record is NasTraceRecord => record.kind === 'nas';

/** Polls until `condition` holds; what it describes is the failure's message. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean> | boolean,
  ms = 15_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
