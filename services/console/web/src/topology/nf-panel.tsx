/** One NF: who it is, how it is, and what one can do to it. */
import { ActionIcon, Alert, Badge, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { NfView } from '../../../src/wire.ts';
import { call } from '../api.ts';
import { Failure } from '../parts/failure.tsx';
import { Icon } from '../parts/icon.tsx';
import { clock } from '../parts/text.ts';

const COLORS = { up: 'teal', down: 'red', unknown: 'gray' } as const;
const ACTIONS = [
  { action: 'restart', label: 'Restart', when: 'up' },
  { action: 'kill', label: 'Kill (SIGKILL)', when: 'up' },
  { action: 'restart', label: 'Start again', when: 'down' },
] as const;

export function NfPanel({ nf, canDrive, onClose }: { nf: NfView; canDrive: boolean; onClose: () => void }) {
  const act = useMutation({ mutationFn: (action: string) => call('POST', `/api/nfs/${nf.key}/${action}`) });
  const rows = [
    ['Instance', nf.nfInstanceId],
    ['FQDN', nf.fqdn],
    ['Address', nf.address],
    ['Load', nf.load === undefined ? 'not announced yet' : `${nf.load} %`],
    [nf.state === 'down' ? 'Down since' : 'Seen since', clock(nf.since).slice(0, 8)],
  ] as const;
  return (
    <aside className="nf-panel" aria-label={nf.label}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} size="h4">
            {nf.label}
          </Title>
          <Group gap={6} wrap="nowrap">
            <Badge color={COLORS[nf.state]}>{nf.state}</Badge>
            <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </ActionIcon>
          </Group>
        </Group>
        <Table fz="sm" verticalSpacing={4} aria-label="About this NF">
          <Table.Tbody>
            {rows.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Th>{name}</Table.Th>
                <Table.Td className="mono breaks">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {nf.insecure.length > 0 && (
          <Alert color="orange" title="Defences that are switched off">
            {nf.insecure.join(', ')}
          </Alert>
        )}
        {canDrive ? (
          <Group gap="xs">
            {ACTIONS.filter(({ when }) => when === nf.state).map(({ action, label }) => (
              <Button
                key={label}
                size="xs"
                variant={action === 'kill' ? 'outline' : 'light'}
                color={action === 'kill' ? 'red' : 'indigo'}
                loading={act.isPending && act.variables === action}
                disabled={act.isPending}
                onClick={() => act.mutate(action)}
              >
                {label}
              </Button>
            ))}
          </Group>
        ) : (
          <Text size="xs" c="dimmed">
            The lab does not let itself be driven from here.
          </Text>
        )}
        {act.error && <Failure error={act.error} />}
      </Stack>
    </aside>
  );
}
