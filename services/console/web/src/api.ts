/** How the page talks to the console's service. */
import type { Problem } from '../../src/wire.ts';

export class ApiError extends Error {
  readonly status: number;
  readonly advice: string | undefined;
  constructor(status: number, { title, advice }: Problem) {
    super(title);
    this.status = status;
    this.advice = advice;
  }
}

/** Throws {@link ApiError} for every answer that is no success. */
export async function call<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method,
    credentials: 'same-origin',
    ...(method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
  }).catch(() => {
    throw new ApiError(0, {
      title: 'The console does not answer.',
      advice: 'Is the lab still running? npm start brings it back.',
    });
  });
  const content = answer.headers.get('content-type')?.includes('json') ? await answer.json() : undefined;
  if (answer.ok) return content as T;
  throw new ApiError(
    answer.status,
    (content as Problem | undefined) ?? { title: `The console answered ${answer.status}.` },
  );
}

export const get = <T>(path: string): Promise<T> => call<T>('GET', path);

/** `?a=1&b=x`, without what is undefined, empty or false. */
export function query(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '' && value !== false);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
