/** All that is known about one message. */
import { ActionIcon, Badge, Group, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { MessageDetail as Detail, SchemaVerdict } from '../../../src/wire.ts';
import { get } from '../api.ts';
import { Checks } from './checks.tsx';
import { Failure } from './failure.tsx';
import { Icon } from './icon.tsx';
import { Json } from './json.tsx';
import { Answer } from './message-list.tsx';
import { Border } from './n32.tsx';
import { NasProtection } from './nas.tsx';
import { clock, duration, readable } from './text.ts';

export function MessagePanel({ id, onClose }: { id: number; onClose: () => void }) {
  const detail = useQuery({ queryKey: ['message', id], queryFn: () => get<Detail>(`/api/messages/${id}`) });
  return (
    <aside className="panel" aria-label="Message">
      {detail.error && <Failure error={detail.error} />}
      {detail.data && <Content key={id} detail={detail.data} onClose={onClose} />}
    </aside>
  );
}

function Content({ detail, onClose }: { detail: Detail; onClose: () => void }) {
  const { summary, record, names } = detail;
  const tabs = tabsOf(detail);
  return (
    <Stack gap="xs" h="100%">
      <Group justify="space-between" wrap="nowrap" align="start">
        <Group gap="sm">
          <Title order={2} size="h5" className="breaks">
            {summary.title || 'unnamed message'}
          </Title>
          <Text size="sm">
            {summary.from} → {summary.to}
          </Text>
          <Text size="xs" c="dimmed" className="mono">
            {clock(summary.at)}
            {record.kind === 'sbi' ? ` · ${duration(summary.durationMs)}` : ''}
          </Text>
          {summary.step && (
            <Badge variant="outline" color="gray" tt="none" className="step">
              {summary.step}
            </Badge>
          )}
        </Group>
        <Group gap={6} wrap="nowrap">
          <Answer message={summary} />
          <ActionIcon variant="subtle" color="gray" aria-label="Close the message" onClick={onClose}>
            <Icon name="close" />
          </ActionIcon>
        </Group>
      </Group>
      {summary.note && summary.kind === 'sbi' && (
        <Text size="sm" c="red">
          {summary.note}
        </Text>
      )}
      <Tabs defaultValue={tabs[0]?.name ?? ''} keepMounted={false} className="panel-tabs">
        <Tabs.List>
          {tabs.map(({ name, mark }) => (
            <Tabs.Tab key={name} value={name} px="xs" rightSection={mark}>
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ name, content }) => (
          <Tabs.Panel key={name} value={name} pt="xs" className="panel-content">
            {content(names)}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

interface Tab {
  readonly name: string;
  readonly mark?: ReactNode;
  readonly content: (names: Readonly<Record<string, string>>) => ReactNode;
}

function tabsOf(detail: Detail): Tab[] {
  const { record, checks, summary } = detail;
  const raw: Tab = { name: 'Record', content: (names) => <Json value={record} label="The record" names={names} /> };
  if (record.kind === 'nas') {
    return [
      { name: 'NAS', content: (names) => <NasMessage detail={detail} names={names} /> },
      { name: 'Protection', content: () => <NasProtection security={String(record.security)} /> },
      raw,
    ];
  }
  const {
    method,
    uri,
    authority,
    requestHeaders,
    requestBody,
    status,
    responseHeaders,
    responseBody,
    token,
    n32,
    scp,
  } = record;
  return [
    {
      name: 'Request',
      content: (names) => (
        <Stack gap="xs">
          <Text size="sm" className="mono breaks">
            <b>{String(method)}</b> {readable(String(uri))}
            <br />
            <span className="dim">{String(authority)}</span>
          </Text>
          <Headers headers={requestHeaders} label="Headers of the request" names={names} />
          {requestBody === undefined ? (
            <Nothing />
          ) : (
            <Json value={requestBody} label="Body of the request" names={names} />
          )}
        </Stack>
      ),
    },
    {
      name: 'Answer',
      content: (names) => (
        <Stack gap="xs">
          <Text size="sm">{status === 0 ? `No answer: ${record.failure ?? ''}` : `Status ${status}`}</Text>
          <Headers headers={responseHeaders} label="Headers of the answer" names={names} />
          {responseBody === undefined ? (
            <Nothing />
          ) : (
            <Json value={responseBody} label="Body of the answer" names={names} />
          )}
        </Stack>
      ),
    },
    ...(checks
      ? [
          {
            name: 'Token',
            mark: (
              <span className={token?.verdict === 'refused' ? 'bad' : 'good'}>
                {token?.verdict === 'refused' ? '✗' : '✓'}
              </span>
            ),
            content: (names: Readonly<Record<string, string>>) => (
              <Stack gap="xs">
                {token?.cached && (
                  <Text size="sm">Verified before; only its use for this request was checked anew.</Text>
                )}
                <div className="beside wide">
                  <Checks checks={checks} names={names} />
                  {token?.claims && <Json value={token.claims} label="Claims of the token" names={names} />}
                </div>
              </Stack>
            ),
          },
        ]
      : []),
    ...(n32 ? [{ name: 'N32', content: () => <Border record={record} detail={n32} /> }] : []),
    ...(scp
      ? [
          {
            name: 'SCP',
            content: (names: Readonly<Record<string, string>>) => (
              <Json value={scp} label="What the SCP did" names={names} />
            ),
          },
        ]
      : []),
    { name: 'Schema', content: () => <Schema id={summary.id} /> },
    raw,
  ];
}

const Nothing = () => (
  <Text size="sm" c="dimmed">
    No body.
  </Text>
);

function Headers({
  headers,
  label,
  names,
}: {
  headers: unknown;
  label: string;
  names: Readonly<Record<string, string>>;
}) {
  const entries = Object.entries(Object(headers) as Record<string, unknown>);
  if (entries.length === 0) return null;
  return (
    <Table fz="xs" verticalSpacing={2} className="mono" aria-label={label}>
      <Table.Tbody>
        {entries.map(([name, value]) => {
          const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
          const owner = Object.entries(names).find(([id]) => text.toLowerCase().includes(id))?.[1];
          return (
            <Table.Tr key={name}>
              <Table.Th className="header-name">{name}</Table.Th>
              <Table.Td className="breaks">
                {text}
                {owner && <span className="json-owner">{` ← ${owner}`}</span>}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

function Schema({ id }: { id: number }) {
  const verdict = useQuery({
    queryKey: ['schema', id],
    queryFn: () => get<SchemaVerdict>(`/api/messages/${id}/schema`),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (verdict.error) return <Failure error={verdict.error} />;
  if (!verdict.data) return <Text size="sm">Reading the OpenAPI documents …</Text>;
  const { state, operation, document, deviations, unchecked } = verdict.data;
  const said = {
    conforms: { color: 'teal', text: 'Request and answer are as the OpenAPI document says.' },
    deviates: { color: 'red', text: 'It deviates from the OpenAPI document:' },
    'not-3gpp': { color: 'gray', text: 'This belongs to no API of the 3GPP documents.' },
    'no-documents': {
      color: 'gray',
      text: 'The 3GPP OpenAPI documents are not here. Name their directory by TWINCORE_SPECS and start again.',
    },
  }[state];
  return (
    <Stack gap="xs">
      <Text size="sm" c={said.color === 'gray' ? 'dimmed' : said.color} fw={600}>
        {said.text}
      </Text>
      {document && (
        <Text size="xs" className="mono">
          {operation} in {document}
        </Text>
      )}
      {deviations.length > 0 && (
        <Table fz="sm" aria-label="Deviations">
          <Table.Tbody>
            {deviations.map(({ side, part, instance, message }) => (
              <Table.Tr key={`${side} ${part} ${instance} ${message}`}>
                <Table.Td>{side}</Table.Td>
                <Table.Td className="mono">
                  {part} {instance}
                </Table.Td>
                <Table.Td>{message}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {unchecked.length > 0 && <Text size="sm">Not checked: {unchecked.join(', ')}</Text>}
    </Stack>
  );
}

function NasMessage({
  detail: { record, summary },
  names,
}: {
  detail: Detail;
  names: Readonly<Record<string, string>>;
}) {
  if (record.kind !== 'nas') return null;
  return (
    <Stack gap="xs">
      <Text size="sm">
        Carried in <span className="mono">{summary.uri}</span>, {String(record.security)}.
      </Text>
      <Json value={record.detail ?? {}} label="The decoded NAS message" names={names} />
    </Stack>
  );
}
