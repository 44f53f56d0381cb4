/** Which records of a run somebody wants. */
import type { TraceParty, TraceRecord } from '@twincore/sbi';
import { isControl, proceduresOf } from './procedures.ts';
import { partyName } from './trace-names.ts';

export interface TraceFilter {
  /** Only UE procedures of this kind, see PROCEDURES. */
  readonly procedure?: string;
  readonly traceId?: string;
  readonly kind?: TraceRecord['kind'];
  /** A party's label (`AUSF(001-01)`) or NF type, on either side, whatever the case. */
  readonly nf?: string;
  /** A part of the operation's or NAS message's name, whatever the case. */
  readonly operation?: string;
  /** True: only what was refused or not answered. */
  readonly failed?: boolean;
  /** Milliseconds since 1970. */
  readonly since?: number;
  /** True: without what drives the lab's own tools. */
  readonly withoutControl?: boolean;
}

/** The records that `filter` chooses, in their order. */
export function selectRecords(records: readonly TraceRecord[], filter: TraceFilter = {}): TraceRecord[] {
  const { procedure, ...rest } = filter;
  const chosen = procedure === undefined ? records : proceduresOf(records, procedure).flatMap((one) => one.records);
  return chosen.filter(recordMatcher(rest));
}

/** The same for one record at a time; `procedure` needs them all. */
export function recordMatcher(filter: Omit<TraceFilter, 'procedure'>): (record: TraceRecord) => boolean {
  const { traceId, kind, nf, operation, failed, since, withoutControl } = filter;
  const wanted = operation?.toLowerCase();
  return (record) =>
    (traceId === undefined || record.traceId === traceId) &&
    (kind === undefined || record.kind === kind) &&
    (since === undefined || record.at >= since) &&
    (nf === undefined || isOf(record.from, nf) || isOf(record.to, nf)) &&
    (wanted === undefined || nameOf(record).toLowerCase().includes(wanted)) &&
    (failed !== true || hasFailed(record)) &&
    (withoutControl !== true || !isControl(record));
}

function isOf(party: TraceParty, nf: string): boolean {
  return [partyName(party), party.nfType].some((name) => name.toLowerCase() === nf.toLowerCase());
}

const nameOf = (record: TraceRecord) => (record.kind === 'sbi' ? record.operation : record.message);

/** Refused, not answered, or a NAS message that says no. */
export function hasFailed(record: TraceRecord): boolean {
  if (record.kind === 'nas') return /reject|failure/i.test(record.message);
  return record.status === 0 || record.status >= 400;
}
