/** Both networks as they are now, and the calls between their NFs as they happen. */
import { Group, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Failure } from '../parts/failure.tsx';
import { useLab } from '../parts/lab.ts';
import { layoutOf } from '../topology/layout.ts';
import { NfPanel } from '../topology/nf-panel.tsx';
import { Picture } from '../topology/picture.tsx';
import { useLitCalls } from '../topology/pulses.ts';

export function Topology() {
  const lab = useLab();
  const [chosen, setChosen] = useState<string>();
  const layout = useMemo(() => layoutOf(lab.data?.nfs ?? []), [lab.data]);
  const { lit, last } = useLitCalls();
  const nf = lab.data?.nfs.find(({ key }) => key === chosen);
  if (lab.error) return <Failure error={lab.error} />;
  return (
    <div className="view">
      <section className="column grow" aria-labelledby="topology-title">
        <Group px="md" py="xs" justify="space-between">
          <Title order={2} size="h4" id="topology-title">
            Topology
          </Title>
          <Legend />
        </Group>
        {lab.data?.nfs.length === 0 && <Text px="md">No lab has run here yet. Start one: npm start</Text>}
        <div className="picture">
          <Picture layout={layout} lit={lit} chosen={chosen} onChoose={setChosen} />
        </div>
        <section className="ticker" aria-label="Last calls">
          {last.length === 0 ? (
            <Text size="sm" c="dimmed">
              Calls appear here as they happen. Let a UE register to see some.
            </Text>
          ) : (
            last.map(({ id, from, to, count, failed }) => (
              <span key={id} className={failed > 0 ? 'bad' : ''}>
                {from} → {to}
                {count > 1 ? ` ×${count}` : ''}
                {failed > 0 ? `, ${failed} with an error` : ''}
              </span>
            ))
          )}
        </section>
      </section>
      {nf && (
        <NfPanel key={nf.key} nf={nf} canDrive={lab.data?.canDrive ?? false} onClose={() => setChosen(undefined)} />
      )}
    </div>
  );
}

const COLOURS = [
  { look: 'sbi', text: 'SBI call' },
  { look: 'n32', text: 'across N32' },
  { look: 'nas', text: 'NAS' },
  { look: 'failed', text: 'error' },
];

function Legend() {
  return (
    <Group gap="md" aria-hidden="true">
      {COLOURS.map(({ look, text }) => (
        <span key={look} className={`legend ${look}`}>
          {text}
        </span>
      ))}
    </Group>
  );
}
