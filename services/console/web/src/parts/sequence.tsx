/** A sequence diagram: one row for each message and each answer, drawn only where it is in view. */
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import type { MessageSummary, Party } from '../../../src/wire.ts';
import { duration, readable } from './text.ts';

const GUTTER = 74;
/** Lanes share the room that there is, within these. */
const LANE = { min: 72, max: 150 };
const ROW = 36;
const END = 12;

/** A message or the answer to one. */
interface Row {
  readonly message: MessageSummary;
  readonly answer: boolean;
  readonly at: number;
}

export interface SequenceProps {
  readonly parties: readonly Party[];
  readonly messages: readonly MessageSummary[];
  readonly answers: boolean;
  readonly start: number;
  readonly chosen: number | undefined;
  readonly onChoose: (id: number) => void;
}

export function Sequence({ parties, messages, answers, start, chosen, onChoose }: SequenceProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(messages, answers), [messages, answers]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const { ref, width: room } = useElementSize();
  const lane = Math.min(LANE.max, Math.max(LANE.min, Math.floor((room - GUTTER - END) / Math.max(parties.length, 1))));
  const lanes = useMemo(
    () => new Map(parties.map(({ key }, index) => [key, GUTTER + lane / 2 + index * lane])),
    [parties, lane],
  );
  const width = GUTTER + parties.length * lane + END;
  const box = lane - 12;
  useEffect(() => {
    const index = rows.findIndex(({ message }) => message.id === chosen);
    // The panel that tells about it takes its room first.
    const timer = setTimeout(() => index >= 0 && virtual.scrollToIndex(index, { align: 'auto' }), 60);
    return () => clearTimeout(timer);
  }, [chosen, rows, virtual]);

  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = Number((event.target as HTMLElement).dataset.index);
    if (step === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    const next = Math.min(Math.max(at + step, 0), rows.length - 1);
    virtual.scrollToIndex(next);
    setTimeout(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(), 60);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys move the focus between the buttons inside
    <div ref={useMergedRef(scroller, ref)} className="scroller sequence" onKeyDown={onKey} data-testid="sequence">
      <div className="lanes" style={{ width }}>
        {parties.map(({ key, nfType, plmn }) => (
          <div
            key={key}
            className={`lane plmn-${plmn ?? 'none'}`}
            style={{ left: (lanes.get(key) ?? 0) - box / 2, width: box }}
          >
            <b>{nfType}</b>
            <span>{plmn ?? 'radio'}</span>
          </div>
        ))}
      </div>
      <div style={{ height: virtual.getTotalSize(), width, position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start: top }) => {
          const row = rows[index];
          return row ? (
            <SequenceRow
              key={`${row.message.id} ${row.answer}`}
              row={row}
              index={index}
              top={top}
              width={width}
              lanes={lanes}
              start={start}
              isChosen={row.message.id === chosen}
              onChoose={onChoose}
            />
          ) : null;
        })}
      </div>
    </div>
  );
}

function rowsOf(messages: readonly MessageSummary[], answers: boolean): Row[] {
  const requests = messages.map((message): Row => ({ message, answer: false, at: message.at }));
  if (!answers) return requests;
  const replies = messages
    .filter(({ kind, status }) => kind === 'sbi' && status !== 0)
    .map((message): Row => ({ message, answer: true, at: message.at + message.durationMs }));
  return [...requests, ...replies].sort((a, b) => a.at - b.at);
}

interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly top: number;
  readonly width: number;
  readonly lanes: ReadonlyMap<string, number>;
  readonly start: number;
  readonly isChosen: boolean;
  readonly onChoose: (id: number) => void;
}

function SequenceRow({ row, index, top, width, lanes, start, isChosen, onChoose }: RowProps) {
  const { message, answer, at } = row;
  const [from, to] = answer ? [message.to, message.from] : [message.from, message.to];
  const x1 = lanes.get(from) ?? GUTTER;
  const x2 = lanes.get(to) ?? GUTTER;
  const time = duration(at - start);
  const text = answer ? `${message.status}` : titleOf(message);
  const look = [
    'arrow',
    message.kind,
    answer ? 'reply' : '',
    message.failed ? 'failed' : '',
    message.n32 ? 'n32' : '',
  ].join(' ');
  const note = answer ? '' : noteOf(message);
  // What is read out begins with what is seen.
  const seen = [time, text, note].filter(Boolean).join(' ');
  const label = `${seen}, ${from} to ${to}, ${answer ? 'answer to ' : ''}${message.title}`;
  return (
    <button
      type="button"
      className={`sequence-row${isChosen ? ' chosen' : ''}`}
      style={{ height: ROW, width, transform: `translateY(${top}px)` }}
      data-index={index}
      aria-label={label}
      aria-pressed={isChosen}
      title={message.step}
      onClick={() => onChoose(message.id)}
    >
      <svg width={width} height={ROW} aria-hidden="true" className={look}>
        <text x={GUTTER - 12} y={23} textAnchor="end" className="time">
          {`${time} `}
        </text>
        {[...lanes.values()].map((x) => (
          <line key={x} x1={x} x2={x} y1={0} y2={ROW} className="life" />
        ))}
        <Arrow x1={x1} x2={x2} />
        <Label x1={x1} x2={x2} text={text} note={note} right={width} />
      </svg>
    </button>
  );
}

function Arrow({ x1, x2 }: { x1: number; x2: number }) {
  const y = 26;
  if (x1 === x2) return <path d={`M${x1} ${y - 8}h36v12h-30`} className="shaft" markerEnd="" />;
  const way = x2 > x1 ? 1 : -1;
  return (
    <>
      <line x1={x1} x2={x2 - way * 6} y1={y} y2={y} className="shaft" />
      <path d={`M${x2} ${y}l${-way * 8} -4.500v9z`} className="head" />
    </>
  );
}

/** Above the arrow, from its beginning on; towards the left edge of a diagram's last lane it ends where the arrow does. */
function Label({ x1, x2, text, note, right }: { x1: number; x2: number; text: string; note: string; right: number }) {
  const left = Math.min(x1, x2) + 8;
  const room = text.length * 7.2 + note.length * 6.2 + 8;
  const fits = left + room < right;
  return (
    <text x={fits ? left : right - 8} y={18} textAnchor={fits ? 'start' : 'end'} className="label">
      {`${text} `}
      {note && <tspan className="note">{note}</tspan>}
    </text>
  );
}

/** What a proxy does is the same for every message; what it forwards tells them apart. */
const FORWARDED = /^Forward/;
const LONGEST = 46;

function titleOf({ kind, title, method, uri }: MessageSummary): string {
  if (kind === 'nas') return title;
  if (!FORWARDED.test(title)) return `${method} ${title}`;
  const [path = ''] = readable(uri).split('?', 1);
  const end = path.length > LONGEST ? `…${path.slice(-LONGEST)}` : path;
  return `${method} ${end}`;
}

function noteOf({ kind, note, token, n32, status }: MessageSummary): string {
  if (kind === 'nas') return note === 'plain' ? 'plain' : '🔒';
  return [
    n32 ? `N32-f ${n32}` : '',
    token === 'verified' ? 'token ✓' : token === 'refused' ? 'token ✗' : '',
    status === 0 ? 'no answer' : '',
  ]
    .filter(Boolean)
    .join(' ');
}
