/** The frame around every view. */
import {
  ActionIcon,
  AppShell,
  Badge,
  Group,
  NavLink,
  Text,
  Title,
  Tooltip,
  useMantineColorScheme,
} from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Link, Redirect, Route, Router, Switch, useRoute } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { follow, useLive } from './live.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import { useLab } from './parts/lab.ts';
import { Attacks } from './views/attacks.tsx';
import { Keys } from './views/keys.tsx';
import { Messages } from './views/messages.tsx';
import { Procedures } from './views/procedures.tsx';
import { Tokens } from './views/tokens.tsx';
import { Topology } from './views/topology.tsx';
import { Ues } from './views/ues.tsx';

interface View {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  readonly show: () => ReactNode;
}

const VIEWS: readonly View[] = [
  { path: '/topology', label: 'Topology', icon: 'topology', show: () => <Topology /> },
  { path: '/procedures', label: 'Procedures', icon: 'procedures', show: () => <Procedures /> },
  { path: '/keys', label: 'Keys', icon: 'keys', show: () => <Keys /> },
  { path: '/ues', label: 'UEs', icon: 'ues', show: () => <Ues /> },
  { path: '/attacks', label: 'Attacks', icon: 'attacks', show: () => <Attacks /> },
  { path: '/tokens', label: 'Tokens', icon: 'tokens', show: () => <Tokens /> },
  { path: '/messages', label: 'Messages', icon: 'messages', show: () => <Messages /> },
];

export function App() {
  const client = useQueryClient();
  useEffect(() => follow(client), [client]);
  return (
    <Router hook={useHashLocation}>
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <AppShell header={{ height: 52 }} navbar={{ width: 176, breakpoint: 'sm' }} padding={0}>
        <AppShell.Header>
          <Header />
        </AppShell.Header>
        <AppShell.Navbar p={8} aria-label="Views">
          {VIEWS.map((view) => (
            <ViewLink key={view.path} view={view} />
          ))}
        </AppShell.Navbar>
        <AppShell.Main id="main" tabIndex={-1} className="main">
          <Switch>
            {VIEWS.map(({ path, show }) => (
              <Route key={path} path={`${path}/*?`}>
                {show()}
              </Route>
            ))}
            <Route>
              <Redirect to="/topology" />
            </Route>
          </Switch>
        </AppShell.Main>
      </AppShell>
    </Router>
  );
}

function ViewLink({ view: { path, label, icon } }: { view: View }) {
  const [active] = useRoute(`${path}/*?`);
  return (
    <NavLink
      component={Link}
      href={path}
      label={label}
      active={active}
      aria-current={active ? 'page' : undefined}
      leftSection={<Icon name={icon} />}
      className="nav"
    />
  );
}

function Header() {
  const { connected, counts } = useLive();
  const lab = useLab();
  const down = lab.data?.nfs.filter(({ state }) => state === 'down').length ?? 0;
  return (
    <Group h="100%" px="md" justify="space-between" wrap="nowrap">
      <Group gap="sm" wrap="nowrap">
        <img src="/favicon.svg" alt="" width={24} height={24} />
        <Title order={1} size="h4">
          twincore
        </Title>
        <Text size="xs" c="dimmed" visibleFrom="md" className="mono">
          {lab.data?.run ? `run ${lab.data.run.slice(0, 19)}` : 'no run yet'}
        </Text>
        {lab.data?.showSecrets && (
          <Badge color="red" variant="filled">
            shows secrets
          </Badge>
        )}
      </Group>
      <Group gap="sm" wrap="nowrap" role="status" aria-live="off">
        {counts && (
          <Text size="sm" className="numbers">
            {counts.messages.toLocaleString('en')} messages · {counts.failed.toLocaleString('en')} errors
            {counts.forgotten > 0 ? ` · ${counts.forgotten.toLocaleString('en')} forgotten` : ''}
            {counts.unreadable > 0 ? ` · ${counts.unreadable.toLocaleString('en')} unreadable lines` : ''}
          </Text>
        )}
        {down > 0 && <Badge color="red">{down} down</Badge>}
        <Badge variant="dot" color={connected ? 'teal' : 'red'}>
          {connected ? 'live' : 'no connection'}
        </Badge>
        <SchemeSwitch />
      </Group>
    </Group>
  );
}

const SCHEMES = { auto: 'light', light: 'dark', dark: 'auto' } as const;

function SchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const label = `Colours: ${colorScheme === 'auto' ? 'as the system' : colorScheme}; change`;
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} onClick={() => setColorScheme(SCHEMES[colorScheme])}>
        <Icon name={colorScheme} />
      </ActionIcon>
    </Tooltip>
  );
}
