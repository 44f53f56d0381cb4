/** Every message of the run, filtered by the service. */
import { Checkbox, Group, Select, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useLab } from '../parts/lab.ts';
import { MessagePanel } from '../parts/message-detail.tsx';
import { MessageList } from '../parts/message-list.tsx';

export function Messages() {
  const [text, setText] = useState('');
  const [settled] = useDebouncedValue(text, 200);
  const [kind, setKind] = useState<string | null>(null);
  const [party, setParty] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const [n32, setN32] = useState(false);
  const [chosen, setChosen] = useState<number>();
  const lab = useLab();
  const parties = ['UE', ...new Set(lab.data?.nfs.map(({ nfType, plmn }) => `${nfType} ${plmn}`))];
  const filter = { text: settled, kind: kind ?? undefined, party: party ?? undefined, failed, n32 };
  return (
    <div className="view stage">
      <section className="column grow" aria-labelledby="messages-title">
        <Group px="sm" py="xs" gap="sm" align="end">
          <Title order={2} size="h4" id="messages-title" mr="sm">
            Messages
          </Title>
          <TextInput
            size="xs"
            w={240}
            aria-label="Words in operation, URI, NF or status"
            placeholder="Words in operation, URI, NF, status"
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
          />
          <Select
            size="xs"
            w={110}
            aria-label="Kind of message"
            placeholder="all kinds"
            clearable
            data={[
              { value: 'sbi', label: 'SBI' },
              { value: 'nas', label: 'NAS' },
            ]}
            value={kind}
            onChange={setKind}
          />
          <Select
            size="xs"
            w={150}
            aria-label="Network function"
            placeholder="all NFs"
            clearable
            searchable
            data={parties}
            value={party}
            onChange={setParty}
          />
          <Checkbox
            size="xs"
            label="errors only"
            checked={failed}
            onChange={({ currentTarget }) => setFailed(currentTarget.checked)}
          />
          <Checkbox
            size="xs"
            label="N32 only"
            checked={n32}
            onChange={({ currentTarget }) => setN32(currentTarget.checked)}
          />
        </Group>
        <MessageList filter={filter} chosen={chosen} onChoose={setChosen} />
      </section>
      {chosen !== undefined && <MessagePanel id={chosen} onClose={() => setChosen(undefined)} />}
    </div>
  );
}
