/** The procedures of the run, and one of them as a sequence diagram. */
import { Badge, Checkbox, Group, SegmentedControl, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useLocation, useRoute } from 'wouter';
import type { ProcedureDetail, ProcedurePage, ProcedureSummary } from '../../../src/wire.ts';
import { get, query } from '../api.ts';
import { Failure } from '../parts/failure.tsx';
import { MessagePanel } from '../parts/message-detail.tsx';
import { Sequence } from '../parts/sequence.tsx';
import { clock, duration } from '../parts/text.ts';

const COLORS = { succeeded: 'teal', failed: 'red', running: 'yellow' } as const;
const KINDS = [
  { value: 'ue', label: 'UEs' },
  { value: 'other', label: 'NFs' },
  { value: 'all', label: 'All' },
];
const LISTED = 200;

export function Procedures() {
  const [, params] = useRoute('/procedures/:traceId');
  const [, go] = useLocation();
  const [kind, setKind] = useState('ue');
  const [text, setText] = useState('');
  const [settled] = useDebouncedValue(text, 200);
  const asked = kind === 'other' ? { kind } : {};
  const list = useQuery({
    queryKey: ['procedures', kind, settled],
    queryFn: () =>
      get<ProcedurePage>(`/api/procedures${query({ ...asked, ue: kind === 'ue', text: settled, limit: LISTED })}`),
    placeholderData: keepPreviousData,
  });
  const traceId = params?.traceId ?? list.data?.items[0]?.traceId;
  return (
    <div className="view">
      <section className="column side" aria-labelledby="procedures-title">
        <Group px="sm" pt="xs" gap="xs" justify="space-between">
          <Title order={2} size="h4" id="procedures-title">
            Procedures
          </Title>
          <SegmentedControl size="xs" data={KINDS} value={kind} onChange={setKind} aria-label="Whose procedures" />
        </Group>
        <TextInput
          size="xs"
          m="xs"
          aria-label="Filter procedures"
          placeholder="SUPI, network, operation, trace id"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {list.error && <Failure error={list.error} />}
        <ul className="list scroller">
          {list.data?.items.map((procedure) => (
            <li key={procedure.traceId}>
              <ProcedureItem
                procedure={procedure}
                isChosen={procedure.traceId === traceId}
                onChoose={() => go(`/procedures/${procedure.traceId}`)}
              />
            </li>
          ))}
        </ul>
        {list.data?.total === 0 && (
          <Text c="dimmed" p="sm" size="sm">
            Nothing yet. Let a UE register: view UEs, or npm run twincore -- ue register.
          </Text>
        )}
        <Text size="xs" c="dimmed" px="sm" py={4} role="status">
          {list.data
            ? `${list.data.total.toLocaleString('en')} procedures${list.data.total > LISTED ? `, the last ${LISTED} shown` : ''}`
            : ''}
        </Text>
      </section>
      {traceId && <Diagram key={traceId} traceId={traceId} />}
    </div>
  );
}

interface ItemProps {
  readonly procedure: ProcedureSummary;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function ProcedureItem({
  procedure: { title, at, durationMs, messages, outcome, supi, plmn },
  isChosen,
  onChoose,
}: ItemProps) {
  return (
    <button type="button" className={`item${isChosen ? ' chosen' : ''}`} aria-pressed={isChosen} onClick={onChoose}>
      <span className="item-title">
        {title}
        {plmn && ` in ${plmn}`}
      </span>
      <Badge size="sm" color={COLORS[outcome]} variant="light">
        {outcome}
      </Badge>
      <span className="dim mono">
        {clock(at).slice(0, 8)} · {duration(durationMs)} · {messages} messages
      </span>
      {supi && <span className="dim mono">{supi}</span>}
    </button>
  );
}

/** What serves the others: finding NFs and getting tokens. */
const isNrf = ({ from, to }: { from: string; to: string }) => from.startsWith('NRF ') || to.startsWith('NRF ');

function Diagram({ traceId }: { traceId: string }) {
  const [answers, setAnswers] = useState(true);
  const [nrf, setNrf] = useState(true);
  const [chosen, setChosen] = useState<number>();
  const detail = useQuery({
    queryKey: ['procedure', traceId],
    queryFn: () => get<ProcedureDetail>(`/api/procedures/${encodeURIComponent(traceId)}`),
    placeholderData: keepPreviousData,
  });
  useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setChosen(undefined);
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, []);
  const shown = useMemo(() => {
    const messages = (detail.data?.messages ?? []).filter((message) => nrf || !isNrf(message));
    const keys = new Set(messages.flatMap(({ from, to }) => [from, to]));
    return { messages, parties: (detail.data?.parties ?? []).filter(({ key }) => keys.has(key)) };
  }, [detail.data, nrf]);
  if (detail.error) return <Failure error={detail.error} />;
  if (!detail.data) return null;
  const { procedure, messages, total } = detail.data;
  return (
    <div className="stage">
      <section className="column grow" aria-labelledby="diagram-title">
        <Group px="sm" py="xs" gap="md">
          <Title order={3} size="h5" id="diagram-title">
            {procedure.title}
            {procedure.plmn ? ` in ${procedure.plmn}` : ''}
          </Title>
          <Text size="xs" c="dimmed" className="mono">
            {procedure.supi ? `${procedure.supi} · ` : ''}
            {total} messages · {duration(procedure.durationMs)}
          </Text>
          <Checkbox
            size="xs"
            label="answers"
            checked={answers}
            onChange={({ currentTarget }) => setAnswers(currentTarget.checked)}
          />
          <Checkbox
            size="xs"
            label="NRF: discovery and tokens"
            checked={nrf}
            onChange={({ currentTarget }) => setNrf(currentTarget.checked)}
          />
        </Group>
        <Sequence {...shown} answers={answers} start={procedure.at} chosen={chosen} onChoose={setChosen} />
        {total > messages.length && (
          <Text size="xs" px="sm" py={4}>
            The first {messages.length.toLocaleString('en')} of {total.toLocaleString('en')} messages; the view Messages
            has them all.
          </Text>
        )}
      </section>
      {chosen !== undefined && <MessagePanel id={chosen} onClose={() => setChosen(undefined)} />}
    </div>
  );
}
