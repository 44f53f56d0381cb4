/** Access tokens: ask for one, or paste one, and see every check that a producer makes of it. */
import {
  Alert,
  Autocomplete,
  Badge,
  Button,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import type { TokenReply, TokenReportView } from '../../../src/wire.ts';
import { call } from '../api.ts';
import { Checks } from '../parts/checks.tsx';
import { Failure } from '../parts/failure.tsx';
import { Json } from '../parts/json.tsx';
import { useLab } from '../parts/lab.ts';

/** What the lab's own NFs ask for. */
const SCOPES = [
  'nausf-auth',
  'nudm-ueau nudm-ueau:security-information:generate-auth-data:invoke',
  'nudm-uecm nudm-uecm:amf-registration:write',
  'nudm-sdm',
  'nudr-dr nudr-dr:subscription-data',
  'nudr-dr nudr-dr:subscription-data:authentication-subscription:read',
];

export function Tokens() {
  const lab = useLab();
  const [token, setToken] = useState('');
  const labels = lab.data?.nfs.filter(({ nfType }) => nfType !== 'RANSIM').map(({ label }) => label) ?? [];
  const names = Object.fromEntries(lab.data?.nfs.map(({ nfInstanceId, label }) => [nfInstanceId, label]) ?? []);
  return (
    <section className="page" aria-labelledby="tokens-title">
      <Title order={2} size="h4" id="tokens-title">
        Tokens
      </Title>
      <Text size="sm" c="dimmed">
        The NRF signs what a consumer may do; the producer holds each request against it. Here you see both.
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} mt="sm" spacing="lg">
        <Ask labels={labels} plmns={[...new Set(lab.data?.nfs.map(({ plmn }) => plmn))].sort()} onToken={setToken} />
        <Verify token={token} onToken={setToken} labels={labels} names={names} />
      </SimpleGrid>
    </section>
  );
}

interface AskProps {
  readonly labels: readonly string[];
  readonly plmns: readonly string[];
  readonly onToken: (token: string) => void;
}

function Ask({ labels, plmns, onToken }: AskProps) {
  const [as, setAs] = useState<string | null>(null);
  const [target, setTarget] = useState('UDM');
  const [plmn, setPlmn] = useState<string | null>(null);
  const [scope, setScope] = useState(SCOPES[1] ?? '');
  const requester = as ?? labels.find((label) => label.startsWith('AUSF(001')) ?? labels[0] ?? null;
  const ask = useMutation({
    mutationFn: () => {
      const [mcc, mnc] = plmn?.split('-') ?? [];
      return call<TokenReply>('POST', '/api/tokens', {
        as: requester,
        target,
        scope,
        ...(plmn ? { targetPlmn: { mcc, mnc } } : {}),
      });
    },
    onSuccess: (reply) => reply.token && onToken(reply.token),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Title order={3} size="h5">
          Ask the NRF for one
        </Title>
        <Select
          size="xs"
          label="In the name of"
          data={labels}
          value={requester}
          onChange={setAs}
          searchable
          allowDeselect={false}
        />
        <Group grow gap="sm">
          <TextInput
            size="xs"
            label="For: NF type or NF"
            value={target}
            onChange={({ currentTarget }) => setTarget(currentTarget.value)}
          />
          <Select
            size="xs"
            label="In the network"
            placeholder="its own"
            clearable
            data={plmns}
            value={plmn}
            onChange={setPlmn}
          />
        </Group>
        <Autocomplete size="xs" label="Scope" data={SCOPES} value={scope} onChange={setScope} />
        <Group>
          <Button size="xs" type="submit" loading={ask.isPending} disabled={!requester}>
            Ask for a token
          </Button>
        </Group>
        {ask.error && <Failure error={ask.error} />}
        {ask.data?.error && (
          <Alert color="orange" title="The NRF refuses">
            {ask.data.error}
          </Alert>
        )}
        {ask.data?.token && <Text size="sm">The NRF has given one; it stands on the right.</Text>}
        {ask.data && (
          <Text size="sm">
            <Link href={`/procedures/${ask.data.traceId}`}>What the NRF was asked</Link>
          </Text>
        )}
      </Stack>
    </form>
  );
}

interface VerifyProps {
  readonly token: string;
  readonly onToken: (token: string) => void;
  readonly labels: readonly string[];
  readonly names: Readonly<Record<string, string>>;
}

function Verify({ token, onToken, labels, names }: VerifyProps) {
  const [against, setAgainst] = useState<Record<string, string>>({});
  const set = (name: string) => (value: string | null) =>
    setAgainst(({ [name]: _, ...rest }) => (value ? { ...rest, [name]: value } : rest));
  const verify = useMutation({
    mutationFn: () => call<TokenReportView>('POST', '/api/tokens/verify', { token: token.trim(), ...against }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    verify.mutate();
  };
  const report = verify.data;
  return (
    <Stack gap="xs">
      <form onSubmit={submit}>
        <Stack gap="xs">
          <Title order={3} size="h5">
            Verify one
          </Title>
          <Textarea
            size="xs"
            label="Token"
            placeholder="eyJhbGciOiJFUzI1NiIs…"
            autosize
            minRows={3}
            maxRows={6}
            value={token}
            onChange={({ currentTarget }) => onToken(currentTarget.value)}
            classNames={{ input: 'mono' }}
          />
          <Group grow gap="sm">
            <Select
              size="xs"
              label="As if it came to"
              placeholder="whom aud names"
              clearable
              searchable
              data={labels}
              value={against.producer ?? null}
              onChange={set('producer')}
            />
            <Select
              size="xs"
              label="From"
              placeholder="not checked"
              clearable
              searchable
              data={labels}
              value={against.consumer ?? null}
              onChange={set('consumer')}
            />
            <TextInput
              size="xs"
              label="For the service"
              placeholder="nudm-ueau"
              value={against.service ?? ''}
              onChange={({ currentTarget }) => set('service')(currentTarget.value)}
            />
          </Group>
          <Group>
            <Button size="xs" type="submit" loading={verify.isPending} disabled={!token.trim()}>
              Verify
            </Button>
          </Group>
        </Stack>
      </form>
      {verify.error && <Failure error={verify.error} />}
      {report && (
        <>
          <Group gap="xs" role="status">
            <Badge color={report.valid ? 'teal' : 'red'} size="lg">
              {report.valid ? 'good' : 'refused'}
            </Badge>
            <Text size="sm">
              {report.producer ? `as ${report.producer} sees it` : 'no NF of this lab is its audience'}
            </Text>
          </Group>
          <Checks checks={report.checks} names={names} />
          <Json
            value={{ header: report.header, claims: report.claims }}
            label="Header and claims of the token"
            names={names}
          />
        </>
      )}
    </Stack>
  );
}
