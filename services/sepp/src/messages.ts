/** HTTP messages between what carries them and what changes them. */
import type { HeaderList } from '@twincore/n32';
import { collect, type RawResponse } from '@twincore/sbi';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The whole of an answer's body; undefined for none. Throws a 504 problem when the other side breaks off. */
export async function contentOf({ body }: RawResponse): Promise<Buffer | undefined> {
  const content = await collect(body);
  return content.length > 0 ? content : undefined;
}

/** An answer out of a whole body, whose length is told anew when it is sent. */
export function answerOf(
  statusCode: number,
  { headers, body }: { headers: Headers; body?: Buffer | undefined },
): RawResponse {
  const { 'content-length': _former, ...others } = headers;
  return { statusCode, headers: others, body: body ?? Buffer.alloc(0) };
}

/** Without those that are undefined. */
export function plainHeaders(headers: Headers): Record<string, string | string[]> {
  const plain: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) plain[name] = value;
  }
  return plain;
}

/** One pair for each value. */
export function headerList(headers: Headers): HeaderList {
  const list: [string, string][] = [];
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') list.push([name.toLowerCase(), value]);
    else for (const one of value ?? []) list.push([name.toLowerCase(), one]);
  }
  return list;
}

export function jsonIn(body: Uint8Array | undefined): unknown {
  if (!body?.length) return undefined;
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
