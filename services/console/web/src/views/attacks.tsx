/** The catalogue of attacks as lessons: read one, run it, see where it was stopped, and see it succeed without its defence. */
import { Alert, Badge, Button, Group, List, Loader, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useRoute } from 'wouter';
import type { AttackRun, AttackView } from '../../../src/wire.ts';
import { call, get } from '../api.ts';
import { Failure } from '../parts/failure.tsx';
import { useLab } from '../parts/lab.ts';
import { MessagePanel } from '../parts/message-detail.tsx';

export function Attacks() {
  const [, params] = useRoute('/attacks/:id');
  const [, go] = useLocation();
  const [text, setText] = useState('');
  const catalogue = useQuery({ queryKey: ['attacks'], queryFn: () => get<AttackView[]>('/api/attacks') });
  const runs = useQuery({
    queryKey: ['attack-runs'],
    queryFn: () => get<AttackRun[]>('/api/attack-runs'),
    refetchInterval: 1_000,
  });
  const words = text.toLowerCase().split(/\s+/);
  const shown = catalogue.data?.filter(({ id, title, gain, defence }) => {
    const all = `${id} ${title} ${gain} ${defence}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const chosen = catalogue.data?.find(({ id }) => id === params?.id) ?? shown?.[0];
  const lastRun = (id: string) => runs.data?.findLast(({ attack }) => attack === id);
  return (
    <div className="view">
      <section className="column side" aria-labelledby="attacks-title">
        <Title order={2} size="h4" id="attacks-title" px="sm" pt="xs">
          Attacks
        </Title>
        <TextInput
          size="xs"
          m="xs"
          aria-label="Filter attacks"
          placeholder="id, title, gain, defence"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        {catalogue.error && <Failure error={catalogue.error} />}
        <ul className="list scroller">
          {shown?.map((attack) => (
            <li key={attack.id}>
              <button
                type="button"
                className={`item${attack.id === chosen?.id ? ' chosen' : ''}`}
                aria-pressed={attack.id === chosen?.id}
                onClick={() => go(`/attacks/${attack.id}`)}
              >
                <span className="item-title">
                  {attack.id} {attack.title}
                </span>
                <Mark run={lastRun(attack.id)} />
                <span className="dim">{attack.group}</span>
              </button>
            </li>
          ))}
        </ul>
        <Text size="xs" c="dimmed" px="sm" py={4} role="status">
          {shown ? `${shown.length} attacks` : ''}
        </Text>
      </section>
      {chosen && (
        <Lesson
          key={chosen.id}
          attack={chosen}
          run={lastRun(chosen.id)}
          isBusy={runs.data?.some(({ state }) => state === 'running') ?? false}
        />
      )}
    </div>
  );
}

function Mark({ run }: { run: AttackRun | undefined }) {
  if (!run) return <span />;
  if (run.state === 'running') return <Loader size="xs" aria-label="running" />;
  const good = run.withDefence?.asExpected === true;
  return (
    <Badge size="sm" variant="light" color={good ? 'teal' : 'red'}>
      {good ? 'refused' : 'not refused'}
    </Badge>
  );
}

function Lesson({ attack, run, isBusy }: { attack: AttackView; run: AttackRun | undefined; isBusy: boolean }) {
  const lab = useLab();
  const client = useQueryClient();
  const [message, setMessage] = useState<number>();
  const start = useMutation({
    mutationFn: (body: { withoutDefence: boolean }) =>
      call<AttackRun>('POST', `/api/attacks/${encodeURIComponent(attack.id)}/runs`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['attack-runs'] }),
  });
  const { story, attacker, gain, clause, references, target, withoutDefence, file, switchOff, refusal, steps, byHand } =
    attack;
  const facts = [
    ['Attacker has', attacker],
    ['and gets', gain],
    ['Attacked', target],
    ['Defence', `${clause}`],
    ['Refused with', refusal],
    ['The check', file],
    ['Without it', withoutDefence],
    ['Switched off', switchOff],
    ['Known from', references.join(', ')],
  ].filter(([, value]) => value);
  return (
    <div className="stage">
      <section className="column grow" aria-labelledby="lesson-title">
        <div className="lesson scroller">
          <Group justify="space-between" align="start" wrap="nowrap">
            <Title order={3} size="h4" id="lesson-title">
              {attack.id} {attack.title}
            </Title>
            <Group gap="xs" wrap="nowrap">
              <Button
                size="xs"
                disabled={isBusy || !lab.data?.canDrive}
                loading={start.isPending}
                onClick={() => start.mutate({ withoutDefence: false })}
              >
                Run it
              </Button>
              <Button
                size="xs"
                color="red"
                variant="outline"
                disabled={isBusy || !lab.data?.canDrive}
                onClick={() => start.mutate({ withoutDefence: true })}
              >
                Run it, then without the defence
              </Button>
            </Group>
          </Group>
          {start.error && <Failure error={start.error} />}
          {run && <Run run={run} onMessage={setMessage} />}
          <div className="beside">
            <div>
              <Title order={4} size="h6" mt="sm">
                The story
              </Title>
              <Text size="sm">{story.join(' ')}</Text>
              <Title order={4} size="h6" mt="sm">
                What happens
              </Title>
              <List type="ordered" size="sm">
                {steps.map((step) => (
                  <List.Item key={step}>{step}</List.Item>
                ))}
              </List>
            </div>
            <Table fz="sm" verticalSpacing={4} mt="sm" aria-label="About this attack">
              <Table.Tbody>
                {facts.map(([name, value]) => (
                  <Table.Tr key={name}>
                    <Table.Th className="fact">{name}</Table.Th>
                    <Table.Td>{value}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          {byHand.length > 0 && (
            <>
              <Title order={4} size="h6" mt="sm">
                By hand
              </Title>
              <section className="code" aria-label="By hand">
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be within reach of the keyboard */}
                <pre tabIndex={0}>{byHand.join('\n')}</pre>
              </section>
            </>
          )}
        </div>
      </section>
      {message !== undefined && <MessagePanel id={message} onClose={() => setMessage(undefined)} />}
    </div>
  );
}

function Run({ run, onMessage }: { run: AttackRun; onMessage: (id: number) => void }) {
  const { state, progress, withDefence, withoutDefence, serving, error, advice, stoppedAt } = run;
  if (state === 'failed') {
    return (
      <Alert color="red" title={error ?? 'It could not be run'} role="alert" my="xs">
        {advice}
      </Alert>
    );
  }
  return (
    <section className="run" aria-label="The run" aria-live="polite">
      <Stack gap={4}>
        {state === 'running' && (
          <Group gap="xs">
            <Loader size="xs" aria-hidden="true" />
            <Text size="sm">{progress.at(-1) ?? 'It begins …'}</Text>
          </Group>
        )}
        {withDefence && (
          <Half title="With every defence on" good="refused" bad="not refused as expected" half={withDefence} />
        )}
        {withoutDefence && (
          <Half
            title="Without its defence"
            good="it succeeds"
            bad="it does not succeed"
            half={withoutDefence}
            isWarning
          />
        )}
        {serving === false && (
          <Text size="sm" c="red">
            The NF did not go on serving.
          </Text>
        )}
        {stoppedAt.length > 0 && (
          <Text size="sm" component="div">
            Stopped at:{' '}
            {stoppedAt.map(({ id, from, to, title, status, note }) => (
              <Button key={id} size="compact-xs" variant="light" color="red" onClick={() => onMessage(id)} mr={6}>
                {from} → {to} {title}: {status === 0 ? 'no answer' : status} {note ?? ''}
              </Button>
            ))}
          </Text>
        )}
        {state === 'done' && stoppedAt.length === 0 && withDefence && (
          <Text size="sm">
            No NF recorded a request: it was stopped before one, by TLS. <Link href="/messages">All messages</Link>
          </Text>
        )}
      </Stack>
    </section>
  );
}

interface HalfProps {
  readonly title: string;
  readonly good: string;
  readonly bad: string;
  readonly half: NonNullable<AttackRun['withDefence']>;
  readonly isWarning?: boolean;
}

function Half({ title, good, bad, half: { outcome, asExpected }, isWarning = false }: HalfProps) {
  return (
    <Group gap="xs">
      <Text size="sm" w={170}>
        {title}
      </Text>
      <Badge color={asExpected ? (isWarning ? 'orange' : 'teal') : 'red'} variant="light">
        {asExpected ? good : bad}
      </Badge>
      <Text size="sm" className="mono">
        {outcome}
      </Text>
    </Group>
  );
}
