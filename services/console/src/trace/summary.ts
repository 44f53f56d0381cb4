/** From a line of a trace to what the index keeps of it. A trace is somebody else's word: whatever it says, a summary comes out. */
import { isControl, stepOf } from '@twincore/lab';
import type { TraceRecord } from '@twincore/sbi';
import type { MessageSummary } from '../wire.ts';

/** Longest text that a summary takes over from a record; the whole of it is in the record itself. */
const MAX_TEXT = 512;
const FAILED_NAS = /reject|failure|unreadable/i;

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_TEXT) : '');
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** The record of a line; undefined when it is none. What it contains beside `kind`, `from` and `to` may still be anything. */
export function parseRecord(line: string): TraceRecord | undefined {
  try {
    const value = members(JSON.parse(line));
    const isRecord = (value.kind === 'sbi' || value.kind === 'nas') && isParty(value.from) && isParty(value.to);
    return isRecord && typeof value.at === 'number' ? (value as unknown as TraceRecord) : undefined;
  } catch {
    return undefined;
  }
}

function isParty(value: unknown): boolean {
  return typeof members(value).nfType === 'string';
}

/** `AMF 001-01`; a UE or gNB has no PLMN. */
export function partyKey(party: unknown): string {
  const { nfType, plmn } = members(party);
  return typeof plmn === 'string' ? `${text(nfType)} ${text(plmn)}` : text(nfType);
}

export function summaryOf(record: TraceRecord, id: number): MessageSummary {
  const common = {
    id,
    at: number(record.at),
    traceId: text(record.traceId),
    from: partyKey(record.from),
    to: partyKey(record.to),
    control: isControl(record),
  };
  if (record.kind === 'nas') {
    const title = text(record.message);
    const step = stepOf({ ...record, message: title });
    return {
      ...common,
      kind: 'nas',
      durationMs: 0,
      title,
      method: '',
      uri: text(record.n2),
      status: 0,
      failed: FAILED_NAS.test(title),
      note: text(record.security),
      ...(step ? { step } : {}),
    };
  }
  const status = number(record.status);
  const { verdict, reason } = members(record.token);
  const { security } = members(record.n32);
  const step = stepOf(record);
  const note = text(record.failure) || (verdict === 'refused' ? text(reason) : '');
  return {
    ...common,
    kind: 'sbi',
    durationMs: number(record.durationMs),
    title: text(record.operation),
    method: text(record.method),
    uri: text(record.uri),
    status,
    failed: status === 0 || status >= 400,
    ...(verdict === 'verified' || verdict === 'refused' ? { token: verdict } : {}),
    ...(security === 'TLS' || security === 'PRINS' ? { n32: security } : {}),
    ...(note ? { note } : {}),
    ...(step ? { step } : {}),
  };
}
