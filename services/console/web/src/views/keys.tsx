/** The key hierarchy of one registration, UE and network next to each other. */
import { Badge, Group, Select, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { KeyHolding, KeyNode, KeyTree, ProcedurePage } from '../../../src/wire.ts';
import { get } from '../api.ts';
import { Failure } from '../parts/failure.tsx';
import { clock } from '../parts/text.ts';

/** Depth of each key in the tree. */
const DEPTH: Readonly<Record<string, number>> = {
  k: 0,
  opc: 0,
  ck: 1,
  ik: 1,
  kausf: 2,
  kseaf: 3,
  kamf: 4,
  knasint: 5,
  knasenc: 5,
  kgnb: 5,
};
const AGREEMENT = {
  same: { color: 'teal', text: '= same' },
  different: { color: 'red', text: '≠ different' },
  unknown: { color: 'gray', text: '? one side' },
} as const;

export function Keys() {
  const [chosen, setChosen] = useState<string | null>(null);
  const list = useQuery({
    queryKey: ['procedures', 'keys'],
    queryFn: () => get<ProcedurePage>('/api/procedures?kind=registration&limit=200'),
    placeholderData: keepPreviousData,
  });
  const items = list.data?.items ?? [];
  const traceId = chosen ?? items.find(({ outcome }) => outcome === 'succeeded')?.traceId ?? items[0]?.traceId;
  return (
    <section className="page" aria-labelledby="keys-title">
      <Group justify="space-between" align="end">
        <div>
          <Title order={2} size="h4" id="keys-title">
            Keys
          </Title>
          <Text size="sm" c="dimmed">
            Each side derives the whole hierarchy from K by itself. Nothing but RAND and AUTN goes over the air; equal
            fingerprints are equal keys.
          </Text>
        </div>
        <Select
          label="Registration"
          size="xs"
          w={420}
          allowDeselect={false}
          placeholder="no registration yet"
          data={items.map(({ traceId: value, at, supi, plmn, outcome }) => ({
            value,
            label: `${clock(at).slice(0, 8)}  ${supi ?? 'UE'} in ${plmn ?? '?'}, ${outcome}`,
          }))}
          value={traceId ?? null}
          onChange={setChosen}
        />
      </Group>
      {list.error && <Failure error={list.error} />}
      {traceId ? (
        <Tree traceId={traceId} />
      ) : (
        <Text mt="md">Let a UE register first: its keys come out of that procedure.</Text>
      )}
    </section>
  );
}

function Tree({ traceId }: { traceId: string }) {
  const tree = useQuery({
    queryKey: ['keys', traceId],
    queryFn: () => get<KeyTree>(`/api/keys/${encodeURIComponent(traceId)}`),
    placeholderData: keepPreviousData,
  });
  if (tree.error) return <Failure error={tree.error} />;
  if (!tree.data) return null;
  const { keys, procedure } = tree.data;
  return (
    <>
      <table className="keys">
        <thead>
          <tr>
            <th>UE side</th>
            <th>Key</th>
            <th>Derived of</th>
            <th>Network side</th>
            <th>Both</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((node) => (
            <KeyRow key={node.id} node={node} />
          ))}
        </tbody>
      </table>
      <Text size="sm" mt="sm">
        <Link href={`/procedures/${procedure.traceId}`}>The procedure that these keys come from</Link>
      </Text>
    </>
  );
}

function KeyRow({ node: { id, label, derivation, clause, ue, network, agreement } }: { node: KeyNode }) {
  const depth = DEPTH[id] ?? 0;
  return (
    <tr data-key={id} data-agreement={agreement}>
      <td>
        <Holding holding={ue.key} holder={ue.holder} />
      </td>
      <td>
        <div className="key-cell" style={{ paddingLeft: depth * 20 }}>
          {depth > 0 && <span className="branch" style={{ left: depth * 20 - 13 }} aria-hidden="true" />}
          <b>{label}</b>
        </div>
      </td>
      <td>
        <Text size="xs">{derivation}</Text>
        <Text size="xs" c="dimmed">
          {clause}
        </Text>
      </td>
      <td>
        <Holding holding={network.key} holder={network.holder} />
      </td>
      <td>
        <Badge color={AGREEMENT[agreement].color} variant="light" tt="none">
          {AGREEMENT[agreement].text}
        </Badge>
      </td>
    </tr>
  );
}

function Holding({ holding, holder }: { holding: KeyHolding | undefined; holder: string }) {
  return (
    <>
      {holding ? (
        <span className="fingerprint mono" style={{ borderLeftColor: colourOf(holding.fingerprint) }}>
          {holding.fingerprint}
        </span>
      ) : (
        <span className="dim">not recorded</span>
      )}
      {holding?.value && <span className="mono breaks secret">{holding.value}</span>}
      <span className="dim holder">
        {holder}
        {holding && !holding.seenAt.startsWith('RANSIM') ? `; seen at ${holding.seenAt}` : ''}
      </span>
    </>
  );
}

/** Equal values have equal colours; it says nothing that the digits beside it do not. */
const colourOf = (fingerprint: string) => `hsl(${Number.parseInt(fingerprint.slice(0, 4), 16) % 360} 70% 50%)`;
