/** A trace as a Mermaid sequence diagram. */
import type { SbiTraceRecord, TraceRecord } from '@twincore/sbi';
import { partyName } from '../trace-names.ts';
import { hasFailed } from '../trace-query.ts';

/** A part of a diagram, such as one procedure. */
export interface MermaidSection {
  readonly title: string;
  /** By start time. */
  readonly records: readonly TraceRecord[];
}
export interface MermaidOptions {
  /** Adds a note where a token was verified or refused. */
  readonly token?: boolean;
}

/** Lines of one diagram. Each SBI exchange is a request and an answer, which come in the order of time. */
export function toMermaid(sections: readonly MermaidSection[], { token = false }: MermaidOptions = {}): string[] {
  const parties = new Map<string, string>();
  for (const { from, to } of sections.flatMap(({ records }) => records)) {
    for (const name of [partyName(from), partyName(to)]) if (!parties.has(name)) parties.set(name, `p${parties.size}`);
  }
  const id = (name: string) => parties.get(name) ?? '';
  const arrows = ({ records }: MermaidSection) =>
    records
      .flatMap((record) => arrowsOf(record, id, token))
      .sort((a, b) => a.at - b.at)
      .map(({ line }) => `  ${line}`);
  const [only, ...others] = sections;
  const isOne = only !== undefined && others.length === 0;
  const aliases = [...parties.values()];
  const ends = [...new Set([aliases[0], aliases.at(-1)])].join(',');
  return [
    ...(isOne ? ['---', `title: ${JSON.stringify(only.title)}`, '---'] : []),
    'sequenceDiagram',
    '  autonumber',
    ...[...parties].map(([name, alias]) => `  participant ${alias} as ${escaped(name)}`),
    ...sections.flatMap((section) => [
      ...(isOne ? [] : [`  Note over ${ends}: ${escaped(section.title)}`]),
      ...arrows(section),
    ]),
  ];
}

interface Arrow {
  readonly at: number;
  readonly line: string;
}

function arrowsOf(record: TraceRecord, id: (name: string) => string, token: boolean): Arrow[] {
  const from = id(partyName(record.from));
  const to = id(partyName(record.to));
  if (record.kind === 'nas') {
    const line = `${from}${hasFailed(record) ? '-x' : '->>'}${to}: NAS ${escaped(record.message)}`;
    return [{ at: record.at, line }];
  }
  const { at, durationMs, method, uri, operation } = record;
  const request = `${from}->>${to}: ${escaped(`${operation} ${method} ${pathOf(uri)}`)}`;
  const notes = token ? tokenNotes(record, to) : [];
  const answer =
    record.status === 0
      ? `${to}--x${from}: ${escaped(`no answer${record.failure ? `: ${record.failure}` : ''}`)}`
      : `${to}${hasFailed(record) ? '--x' : '-->>'}${from}: ${record.status}`;
  return [{ at, line: request }, ...notes.map((line) => ({ at, line })), { at: at + durationMs, line: answer }];
}

function tokenNotes({ token }: SbiTraceRecord, to: string): string[] {
  if (!token) return [];
  const { verdict, reason, claims } = token;
  const told = verdict === 'verified' ? `token: ${claims?.scope ?? 'verified'}` : `token refused: ${reason}`;
  return [`Note over ${to}: ${escaped(told)}`];
}

const MAX_TEXT = 160;

function pathOf(uri: string): string {
  const [path = ''] = uri.split('?', 1);
  return path;
}

/** What Mermaid would read as its own syntax becomes an entity; what is no text at all goes. */
function escaped(text: string): string {
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
  return shown.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replace(/[#;<>&%{}"]/g, (sign) => `#${sign.codePointAt(0)};`);
}
