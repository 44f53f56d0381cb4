/** A list of messages of any length: only what is in view is fetched and drawn. */
import { Badge, Text } from '@mantine/core';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useRef } from 'react';
import type { MessagePage, MessageSummary } from '../../../src/wire.ts';
import { get, query } from '../api.ts';
import { Failure } from './failure.tsx';
import { clock, duration, readable } from './text.ts';

const PAGE = 100;
const ROW = 34;

export interface MessageListProps {
  readonly filter: Readonly<Record<string, string | boolean | undefined>>;
  readonly chosen: number | undefined;
  readonly onChoose: (id: number) => void;
}

const pageOf = (filter: MessageListProps['filter'], page: number) => ({
  queryKey: ['messages', filter, page],
  queryFn: () => get<MessagePage>(`/api/messages${query({ ...filter, from: page * PAGE, limit: PAGE })}`),
  placeholderData: keepPreviousData,
});

export function MessageList({ filter, chosen, onChoose }: MessageListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const first = useQuery(pageOf(filter, 0));
  const total = first.data?.total ?? 0;
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const rows = virtual.getVirtualItems();
  const pages = [...new Set(rows.map(({ index }) => Math.floor(index / PAGE)))];
  const results = useQueries({ queries: pages.map((page) => pageOf(filter, page)) });
  const known = new Map(pages.map((page, index) => [page, results[index]?.data?.items]));
  const messageAt = (index: number) => known.get(Math.floor(index / PAGE))?.[index % PAGE];

  /** Up and down go from row to row, wherever the list has to scroll for it. */
  const onKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 }[event.key];
    const at = Number((event.target as HTMLElement).dataset.index);
    if (step === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    const next = Math.min(Math.max(at + step, 0), total - 1);
    virtual.scrollToIndex(next);
    setTimeout(() => scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(), 60);
  };

  if (first.error) return <Failure error={first.error} />;
  return (
    <>
      <div className="message-head" aria-hidden="true">
        <span>time</span>
        <span>from → to</span>
        <span>operation</span>
        <span>request</span>
        <span>answer</span>
        <span>took</span>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys move the focus between the buttons inside */}
      <div ref={scroller} className="scroller" onKeyDown={onKey} data-testid="messages">
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {rows.map(({ index, start }) => (
            <MessageRow
              key={index}
              index={index}
              top={start}
              message={messageAt(index)}
              chosen={chosen}
              onChoose={onChoose}
            />
          ))}
        </div>
        {first.data && total === 0 && (
          <Text c="dimmed" p="md">
            No message fits. Change the filter, or let a UE register.
          </Text>
        )}
      </div>
      <Text size="xs" c="dimmed" px="sm" py={4} role="status" className="numbers">
        {total.toLocaleString('en')} {total === 1 ? 'message' : 'messages'}
      </Text>
    </>
  );
}

interface RowProps {
  readonly index: number;
  readonly top: number;
  readonly message: MessageSummary | undefined;
  readonly chosen: number | undefined;
  readonly onChoose: (id: number) => void;
}

function MessageRow({ index, top, message, chosen, onChoose }: RowProps) {
  const style = { height: ROW, transform: `translateY(${top}px)` };
  if (!message) return <div className="message-row waiting" style={style} />;
  const { id, at, from, to, title, method, uri, durationMs, kind, note, failed } = message;
  return (
    <button
      type="button"
      className={`message-row${id === chosen ? ' chosen' : ''}`}
      style={style}
      data-index={index}
      aria-pressed={id === chosen}
      onClick={() => onChoose(id)}
    >
      <span className="mono dim">{clock(at)}</span>
      <span>
        {from} → {to}
      </span>
      <span className={failed ? 'bad strong' : 'strong'}>{title}</span>
      <span className="mono dim">{kind === 'nas' ? `in ${uri}, ${note ?? ''}` : `${method} ${readable(uri)}`}</span>
      <span>
        <Answer message={message} />
      </span>
      <span className="mono dim numbers">{kind === 'nas' ? '' : duration(durationMs)}</span>
    </button>
  );
}

/** The answer of a message in one word. */
export function Answer({ message: { kind, status, failed, note } }: { message: MessageSummary }) {
  if (kind === 'nas')
    return (
      <Badge variant="light" color={failed ? 'red' : 'violet'}>
        NAS
      </Badge>
    );
  const text = status === 0 ? 'none' : String(status);
  return (
    <Badge variant="light" color={failed ? 'red' : 'teal'} title={note}>
      {text}
    </Badge>
  );
}
