/** Which messages and procedures are asked for. */
import type { MessageSummary, ProcedureKind, ProcedureSummary } from '../wire.ts';

export interface MessageFilter {
  /** Words that all have to occur, in whatever case, in title, URI, parties or status. */
  readonly text?: string;
  readonly kind?: 'sbi' | 'nas';
  /** A party's key, or an NF type, on either side. */
  readonly party?: string;
  readonly traceId?: string;
  readonly failed?: boolean;
  readonly n32?: boolean;
  /** Also what drives the lab's own tools. */
  readonly control?: boolean;
}

export interface ProcedureFilter {
  readonly text?: string;
  readonly kind?: ProcedureKind;
  readonly outcome?: ProcedureSummary['outcome'];
  /** Only those that a UE takes part in. */
  readonly ue?: boolean;
}

const wordsOf = (text = '') => text.toLowerCase().split(/\s+/).filter(Boolean);
const isOf = (key: string, party: string) => key === party || key.startsWith(`${party} `);

export function messageMatcher(filter: MessageFilter): (message: MessageSummary) => boolean {
  const words = wordsOf(filter.text);
  const { kind, party, traceId, failed, n32, control } = filter;
  return (message) =>
    (control === true || !message.control) &&
    (kind === undefined || message.kind === kind) &&
    (traceId === undefined || message.traceId === traceId) &&
    (failed !== true || message.failed) &&
    (n32 !== true || message.n32 !== undefined) &&
    (party === undefined || isOf(message.from, party) || isOf(message.to, party)) &&
    (words.length === 0 || hasAll(words, textOf(message)));
}

export function procedureMatcher({
  text,
  kind,
  outcome,
  ue,
}: ProcedureFilter): (procedure: ProcedureSummary) => boolean {
  const words = wordsOf(text);
  return (procedure) =>
    (kind === undefined || procedure.kind === kind) &&
    (outcome === undefined || procedure.outcome === outcome) &&
    (ue !== true || procedure.kind !== 'other') &&
    (words.length === 0 ||
      hasAll(words, `${procedure.title} ${procedure.supi ?? ''} ${procedure.plmn ?? ''} ${procedure.traceId}`));
}

function textOf({ title, method, uri, from, to, status, note = '' }: MessageSummary): string {
  return `${title} ${method} ${uri} ${from} ${to} ${status} ${note}`;
}

function hasAll(words: readonly string[], text: string): boolean {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}
