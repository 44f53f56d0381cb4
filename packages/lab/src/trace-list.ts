/** What a run did, one line for each trace: everything that one cause led to. */
import type { TraceRecord } from '@twincore/sbi';
import { isControl, kindOfProcedure } from './procedures.ts';
import { partyName } from './trace-names.ts';
import { hasFailed } from './trace-query.ts';

export interface TraceSummary {
  readonly traceId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly durationMs: number;
  /** `registration`, `deregistration`, or the first operation of what no UE has begun. */
  readonly what: string;
  /** A UE began it. */
  readonly procedure: boolean;
  /** Who spoke first to whom: `UE → AMF(999-70)`. */
  readonly between: string;
  readonly nasMessages: number;
  readonly sbiRequests: number;
  readonly n32: boolean;
  /** Something in it was refused or not answered. */
  readonly failed: boolean;
}

/** In the order of time. What only drives the lab's own tools is left out. */
export function traceList(records: readonly TraceRecord[]): TraceSummary[] {
  const byTrace = Map.groupBy(
    records.filter((record) => !isControl(record)),
    ({ traceId }) => traceId,
  );
  return [...byTrace].map(([traceId, all]) => summaryOf(traceId, all)).sort((a, b) => a.at - b.at);
}

function summaryOf(traceId: string, records: readonly TraceRecord[]): TraceSummary {
  const [first] = records;
  const nas = records.filter((record) => record.kind === 'nas');
  const sbi = records.filter((record) => record.kind === 'sbi');
  const kind = nas.map(kindOfProcedure).find((found) => found !== undefined);
  const opening = nas[0] ?? first;
  const end = Math.max(...records.map((record) => record.at + (record.kind === 'sbi' ? record.durationMs : 0)));
  return {
    traceId,
    at: first?.at ?? 0,
    durationMs: end - (first?.at ?? 0),
    what: kind ?? (first?.kind === 'nas' ? first.message : (first?.operation ?? '')),
    procedure: kind !== undefined,
    between: opening ? `${partyName(opening.from)} → ${partyName(opening.to)}` : '',
    nasMessages: nas.length,
    sbiRequests: sbi.length,
    n32: sbi.some(({ n32 }) => n32 !== undefined),
    failed: records.some(hasFailed),
  };
}
