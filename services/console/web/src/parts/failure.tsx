/** What went wrong, and what to do. */
import { Alert } from '@mantine/core';
import { ApiError } from '../api.ts';

export function Failure({ error }: { error: unknown }) {
  const { message } = error instanceof Error ? error : { message: String(error) };
  return (
    <Alert color="red" title={message} role="alert" m="xs">
      {error instanceof ApiError ? error.advice : 'Load the page again.'}
    </Alert>
  );
}
