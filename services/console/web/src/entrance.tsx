/** The login, where one is demanded. */
import { Alert, Button, Card, Center, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiError, call, get } from './api.ts';
import { Failure } from './parts/failure.tsx';

interface Session {
  readonly needed: boolean;
  readonly open: boolean;
}

export function Entrance({ children }: { children: ReactNode }) {
  const session = useQuery({ queryKey: ['session'], queryFn: () => get<Session>('/api/session') });
  if (session.error) return <Failure error={session.error} />;
  if (!session.data) return null;
  return session.data.open ? children : <Login />;
}

function Login() {
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<ApiError>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await call('POST', '/api/session', { password });
      await client.invalidateQueries({ queryKey: ['session'] });
    } catch (problem) {
      if (problem instanceof ApiError) setError(problem);
    }
  };
  return (
    <Center mih="100vh" component="main">
      <Card withBorder padding="xl" w={420}>
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h3">
              twincore console
            </Title>
            <Text size="sm">Enter the password that the console printed when it started.</Text>
            <PasswordInput
              label="Password"
              value={password}
              onChange={({ currentTarget }) => setPassword(currentTarget.value)}
              autoComplete="current-password"
              data-autofocus
              required
            />
            {error && (
              <Alert color="red" title={error.message}>
                {error.advice}
              </Alert>
            )}
            <Button type="submit">Enter</Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
