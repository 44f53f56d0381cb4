/** UEs and subscribers: what ransim has on its USIMs, and what the UDRs know. */
import {
  Badge,
  Button,
  Collapse,
  Group,
  Menu,
  NumberInput,
  Select,
  Table,
  Tabs,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import type { ProcedureOutcome, SubscriberRow, UeRow } from '../../../src/wire.ts';
import { call, get } from '../api.ts';
import { Failure } from '../parts/failure.tsx';
import { useLab } from '../parts/lab.ts';

export function Ues() {
  return (
    <section className="page" aria-labelledby="ues-title">
      <Title order={2} size="h4" id="ues-title">
        UEs and subscribers
      </Title>
      <Tabs defaultValue="ues" keepMounted={false} mt="xs">
        <Tabs.List>
          <Tabs.Tab value="ues">UEs</Tabs.Tab>
          <Tabs.Tab value="subscribers">Subscribers</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="ues" pt="md">
          <UeTable />
        </Tabs.Panel>
        <Tabs.Panel value="subscribers" pt="md">
          <Subscribers />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

interface Done {
  readonly what: string;
  readonly outcome: ProcedureOutcome;
}

function UeTable() {
  const ues = useQuery({ queryKey: ['ues'], queryFn: () => get<UeRow[]>('/api/ues') });
  const [done, setDone] = useState<readonly Done[]>([]);
  const tell = (what: string, outcome: ProcedureOutcome) =>
    setDone((before) => [{ what, outcome }, ...before].slice(0, 5));
  return (
    <>
      <AddUes known={ues.data ?? []} />
      {ues.error && <Failure error={ues.error} />}
      <section aria-label="Results" aria-live="polite" className="results">
        {done.map(({ what, outcome }) => (
          <Text key={outcome.traceId} size="sm">
            {what}:{' '}
            <b className={/^(registered|deregistered)/.test(outcome.result) ? 'good' : 'bad'}>{outcome.result}</b>
            {outcome.detail ? ` (${outcome.detail})` : ''} ·{' '}
            <Link href={`/procedures/${outcome.traceId}`}>see the procedure of {what}</Link>
          </Text>
        ))}
      </section>
      <Table verticalSpacing={5} fz="sm" aria-label="UEs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>SUPI</Table.Th>
            <Table.Th>Home</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Registered in</Table.Th>
            <Table.Th>Do</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ues.data?.map((ue) => (
            <UeLine key={ue.supi} ue={ue} onDone={tell} />
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

const FAULTS = [
  { fault: undefined, label: 'as it should be' },
  { fault: 'wrongK', label: 'with a wrong K: the UE refuses the network' },
  { fault: 'wrongResStar', label: 'with a wrong RES*: the home refuses the UE' },
  { fault: 'rejectSqn', label: 'finding SQN used: resynchronisation' },
] as const;

function UeLine({ ue, onDone }: { ue: UeRow; onDone: (what: string, outcome: ProcedureOutcome) => void }) {
  const { supi, plmn, state, registeredIn } = ue;
  const client = useQueryClient();
  const plmns = usePlmns();
  const act = useMutation({
    mutationFn: async ({ path, body }: { path: string; body?: unknown; remove?: boolean }) =>
      call<ProcedureOutcome>('POST', `/api/ues/${supi}/${path}`, body),
    onSuccess: (outcome) => onDone(supi, outcome),
    onSettled: () => client.invalidateQueries({ queryKey: ['ues'] }),
  });
  const remove = useMutation({
    mutationFn: () => call('DELETE', `/api/ues/${supi}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['ues'] }),
  });
  const error = act.error ?? remove.error;
  const register = (network: string, fault?: string) => {
    const [mcc, mnc] = network.split('-');
    act.mutate({ path: 'registrations', body: { plmnId: { mcc, mnc }, ...(fault ? { fault } : {}) } });
  };
  return (
    <>
      <Table.Tr data-supi={supi}>
        <Table.Td className="mono">{supi}</Table.Td>
        <Table.Td>{plmn}</Table.Td>
        <Table.Td>{state}</Table.Td>
        <Table.Td>
          {registeredIn ? <Badge color="teal">{registeredIn}</Badge> : <span className="dim">nowhere</span>}
        </Table.Td>
        <Table.Td>
          <Group gap={6} wrap="nowrap">
            {plmns.map((network) => (
              <Button
                key={network}
                size="compact-xs"
                variant="light"
                loading={act.isPending}
                aria-label={`Register in ${network}: ${supi}`}
                onClick={() => register(network)}
              >
                Register in {network}
              </Button>
            ))}
            <Button
              size="compact-xs"
              variant="default"
              disabled={!registeredIn || act.isPending}
              aria-label={`Deregister ${supi}`}
              onClick={() => act.mutate({ path: 'deregistrations' })}
            >
              Deregister
            </Button>
            <Menu>
              <Menu.Target>
                <Button size="compact-xs" variant="subtle" aria-label={`More for ${supi}`}>
                  More
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {plmns.map((network) => (
                  <div key={network}>
                    <Menu.Label>Register in {network}</Menu.Label>
                    {FAULTS.filter(({ fault }) => fault).map(({ fault, label }) => (
                      <Menu.Item key={label} onClick={() => register(network, fault)}>
                        {label}
                      </Menu.Item>
                    ))}
                  </div>
                ))}
                <Menu.Divider />
                <Menu.Item color="red" onClick={() => remove.mutate()}>
                  Remove the UE and its subscription
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Table.Td>
      </Table.Tr>
      {error && (
        <Table.Tr>
          <Table.Td colSpan={5}>
            <Failure error={error} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

/** The networks of the lab, the home network first. */
function usePlmns(): string[] {
  const lab = useLab();
  return [...new Set(lab.data?.nfs.filter(({ nfType }) => nfType === 'AMF').map(({ plmn }) => plmn))].sort();
}

/** The SUPI after the last one of the first network. */
function nextSupi(known: readonly { readonly supi: string }[], plmn = '001-01'): string {
  const prefix = `imsi-${plmn.replace('-', '')}`;
  const digits = known.flatMap(({ supi }) => (supi.startsWith(prefix) ? [supi.slice('imsi-'.length)] : []));
  const last = digits.sort().at(-1) ?? `${plmn.replace('-', '')}0000000000`;
  return `imsi-${String(BigInt(last) + 1n).padStart(last.length, '0')}`;
}

const SCHEMES = [
  { value: '1', label: 'Profile A (X25519)' },
  { value: '2', label: 'Profile B (secp256r1)' },
  { value: '0', label: 'null scheme: SUPI in clear' },
];

function AddUes({ known }: { known: readonly UeRow[] }) {
  const client = useQueryClient();
  const [plmn] = usePlmns();
  const [supi, setSupi] = useState('');
  const [count, setCount] = useState<number | string>(1);
  const [scheme, setScheme] = useState<string | null>('1');
  const [keys, setKeys] = useState({ k: '', opc: '' });
  const [open, setOpen] = useState(false);
  const add = useMutation({
    mutationFn: () =>
      call<{ added: number }>('POST', '/api/ues', {
        supi: supi || nextSupi(known, plmn),
        count: Number(count),
        protectionScheme: Number(scheme),
        ...(keys.k ? keys : {}),
      }),
    onSuccess: () => {
      setSupi('');
      return client.invalidateQueries({ queryKey: ['ues'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Group align="end" gap="sm">
        <TextInput
          size="xs"
          w={220}
          label="SUPI"
          placeholder={nextSupi(known, plmn)}
          value={supi}
          onChange={({ currentTarget }) => setSupi(currentTarget.value)}
        />
        <NumberInput
          size="xs"
          w={90}
          label="How many"
          min={1}
          max={100}
          value={count}
          onChange={setCount}
          hideControls
        />
        <Select
          size="xs"
          w={200}
          label="SUCI"
          data={SCHEMES}
          value={scheme}
          onChange={setScheme}
          allowDeselect={false}
        />
        <Button size="xs" type="submit" loading={add.isPending}>
          Add UE and subscription
        </Button>
        <Button size="xs" variant="subtle" aria-expanded={open} onClick={() => setOpen(!open)}>
          Own keys
        </Button>
      </Group>
      <Collapse expanded={open}>
        <Group gap="sm" mt="xs">
          {(['k', 'opc'] as const).map((name) => (
            <TextInput
              key={name}
              size="xs"
              w={320}
              label={name === 'k' ? 'K, 32 hexadecimal digits' : 'OPc, 32 hexadecimal digits'}
              value={keys[name]}
              onChange={({ currentTarget }) => setKeys({ ...keys, [name]: currentTarget.value })}
            />
          ))}
        </Group>
        <Text size="xs" c="dimmed">
          Without these, new random keys are given to USIM and UDR and shown to nobody.
        </Text>
      </Collapse>
      {add.error && <Failure error={add.error} />}
    </form>
  );
}

function Subscribers() {
  const client = useQueryClient();
  const [plmn] = usePlmns();
  const [supi, setSupi] = useState('');
  const list = useQuery({ queryKey: ['subscribers'], queryFn: () => get<SubscriberRow[]>('/api/subscribers') });
  const refresh = () => client.invalidateQueries({ queryKey: ['subscribers'] });
  const add = useMutation({
    mutationFn: () => call('POST', '/api/subscribers', { supi: supi || nextSupi(list.data ?? [], plmn) }),
    onSuccess: () => {
      setSupi('');
      return refresh();
    },
  });
  const remove = useMutation({
    mutationFn: (one: string) => call('DELETE', `/api/subscribers/${one}`),
    onSettled: refresh,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  const error = list.error ?? add.error ?? remove.error;
  return (
    <>
      <form onSubmit={submit}>
        <Group align="end" gap="sm">
          <TextInput
            size="xs"
            w={220}
            label="SUPI"
            placeholder={nextSupi(list.data ?? [], plmn)}
            value={supi}
            onChange={({ currentTarget }) => setSupi(currentTarget.value)}
          />
          <Button size="xs" type="submit" loading={add.isPending}>
            Add subscriber with new keys
          </Button>
          <Text size="xs" c="dimmed">
            Only in the UDR; a UE comes with its subscription in the other list.
          </Text>
        </Group>
      </form>
      {error && <Failure error={error} />}
      <Table verticalSpacing={5} fz="sm" mt="sm" aria-label="Subscribers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>SUPI</Table.Th>
            <Table.Th>Network</Table.Th>
            <Table.Th>GPSI</Table.Th>
            <Table.Th>Slices</Table.Th>
            <Table.Th>Authentication</Table.Th>
            <Table.Th>SQN</Table.Th>
            <Table.Th>Do</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.data?.map((one) => (
            <Table.Tr key={one.supi}>
              <Table.Td className="mono">{one.supi}</Table.Td>
              <Table.Td>{one.plmn}</Table.Td>
              <Table.Td className="mono">{one.gpsis.join(', ')}</Table.Td>
              <Table.Td>{one.slices.join(', ')}</Table.Td>
              <Table.Td>{one.authenticationMethod}</Table.Td>
              <Table.Td className="mono">{one.sqn}</Table.Td>
              <Table.Td>
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`Remove ${one.supi}`}
                  onClick={() => remove.mutate(one.supi)}
                >
                  Remove
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
