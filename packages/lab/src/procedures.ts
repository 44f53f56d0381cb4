/** Which records of a run belong to which UE procedure. */
import type { NasTraceRecord, TraceRecord } from '@twincore/sbi';

/** One UE procedure: everything between the UE's first message and the end of what it caused. */
export interface ProcedureTrace {
  readonly traceId: string;
  /** By start time, never empty. */
  readonly records: readonly TraceRecord[];
}

/** NAS message that a UE begins each procedure with. */
const BEGINNINGS: Readonly<Record<string, RegExp>> = {
  registration: /^registration request$/i,
  deregistration: /^deregistration request/i,
};
export const PROCEDURES = Object.keys(BEGINNINGS);

/** The procedure that a NAS message of a UE begins. */
export function kindOfProcedure({ message }: NasTraceRecord): string | undefined {
  return Object.entries(BEGINNINGS).find(([, beginning]) => beginning.test(message))?.[0];
}

/** The traces of one kind of procedure, in the order in which they began. What drives the UE (ransim's own API) is left out. */
export function proceduresOf(records: readonly TraceRecord[], kind: string): ProcedureTrace[] {
  const beginning = BEGINNINGS[kind];
  if (!beginning) throw new RangeError(`unknown procedure ${kind}`);
  const traceIds = records.flatMap((record) =>
    record.kind === 'nas' && beginning.test(record.message) ? [record.traceId] : [],
  );
  return [...new Set(traceIds)].map((traceId) => ({
    traceId,
    records: records.filter((record) => record.traceId === traceId && !isControl(record)),
  }));
}

/** True for requests to the lab's own tools, which no 3GPP procedure has. */
export function isControl(record: TraceRecord): boolean {
  return record.to.nfType === 'RANSIM' || record.from.nfType === 'OPERATOR';
}

/** A capability exchange between SEPPs that was agreed (TS 29.573 5.2.2). */
export interface N32Handshake {
  readonly from: string;
  readonly to: string;
  /** What protects N32-f. */
  readonly security: string;
}

const CAPABILITY_EXCHANGE = /\/n32c-handshake\/v1\/exchange-capability$/;

/** The first agreed exchange of each pair of networks. */
export function n32HandshakesOf(records: readonly TraceRecord[]): N32Handshake[] {
  const found = new Map<string, N32Handshake>();
  for (const record of records) {
    if (record.kind !== 'sbi' || record.status !== 200 || !CAPABILITY_EXCHANGE.test(record.uri)) continue;
    const { selectedSecCapability } = Object(record.responseBody) as Record<string, unknown>;
    const pair = [record.from.plmn, record.to.plmn].sort().join();
    const handshake = { from: `${record.from.plmn}`, to: `${record.to.plmn}`, security: `${selectedSecCapability}` };
    if (!found.has(pair)) found.set(pair, handshake);
  }
  return [...found.values()];
}
