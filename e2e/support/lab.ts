/** What every scenario needs: a lab of its own, and reading what it recorded. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { checkRecords, renderReport } from '@twincore/conformance';
import { type Lab, LabError, type LabOptions, PROJECT_ROOT, type RegistrationOutcome, startLab } from '@twincore/lab';
import type { NasTraceRecord, SbiTraceRecord, TraceRecord } from '@twincore/sbi';
import { startComposeLab } from './compose-lab.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
/** UEs of deploy/ues.yaml. */
export const UE = {
  profileA: 'imsi-001010000000001',
  profileB: 'imsi-001010000000002',
  nullScheme: 'imsi-001010000000003',
  ofVisited: 'imsi-999700000000001',
} as const;

/**
 * Where a test's lab may be, below the ports that systems give to outgoing connections: another may be up, a developer's or
 * another test's.
 */
const PORT_OFFSETS = [4_000, 4_300, 4_600, 6_300, 6_600, 12_000, 12_300, 12_600];

export interface TestLab extends Lab {
  /** Stops the lab and removes its directory. */
  end(): Promise<void>;
}

/**
 * A lab in a temporary directory. Every UE of the topology has its USIM. With `TWINCORE_E2E_LAB=compose` each NF is a container of
 * docker-compose.yml instead of a process.
 */
export async function startTestLab(options: LabOptions = {}): Promise<TestLab> {
  if (process.env.TWINCORE_E2E_LAB === 'compose') return startComposeLab(options);
  const dir = mkdtempSync(join(tmpdir(), 'twincore-e2e-'));
  const lab = await startSomewhere({ dir, ...options });
  for (const { supi } of lab.usims) await lab.ue(supi).provision();
  return {
    ...lab,
    async end() {
      await lab.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function startSomewhere(options: LabOptions): Promise<Lab> {
  for (const portOffset of PORT_OFFSETS) {
    try {
      return await startLab({ portOffset, ...options });
    } catch (error) {
      if (!(error instanceof LabError) || !/these ports are in use|EADDRINUSE/.test(error.message)) throw error;
    }
  }
  throw new Error(`none of the port offsets ${PORT_OFFSETS.join(', ')} is free`);
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

/** The 3GPP OpenAPI documents are not part of this repository. */
export const SPECS = resolve(process.env.TWINCORE_SPECS ?? resolve(PROJECT_ROOT, '../shared/3gpp-openapi'));
export const WITHOUT_SPECS = existsSync(SPECS) ? false : `needs the 3GPP OpenAPI documents: no directory ${SPECS}`;

/**
 * The last test of a scenario: every exchange that it caused is as the 3GPP documents say. `allowRefused` is for scenarios that send
 * what is wrong on purpose, and then says that it was refused as they say.
 */
export function conformanceTest(lab: () => Lab, options: { allowRefused?: boolean } = {}): void {
  test('every exchange was as the 3GPP OpenAPI documents say', { skip: WITHOUT_SPECS }, async () => {
    const records = (await lab().trace()).filter(isSbi);
    assert.ok(records.length > 0);
    const report = checkRecords(SPECS, records, { allowRefused: options.allowRefused === true });
    assert.equal(report.deviants.length, 0, renderReport(report).join('\n'));
  });
}
