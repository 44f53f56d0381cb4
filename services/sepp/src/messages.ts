/** HTTP messages between what carries them and what changes them. */
import { Readable } from 'node:stream';
import type { HeaderList } from '@twincore/n32';
import type { RawResponse } from '@twincore/sbi';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The whole of a body; undefined for none. Rejects when the other side breaks off. */
export async function collect(body: Readable): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return chunks.length > 0 ? Buffer.concat(chunks) : undefined;
}

/** An answer out of a whole body, whose length is told anew. */
export function answerOf(
  statusCode: number,
  { headers, body }: { headers: Headers; body?: Buffer | undefined },
): RawResponse {
  const { 'content-length': _former, ...others } = headers;
  const length = body ? { 'content-length': String(body.length) } : {};
  return { statusCode, headers: { ...others, ...length }, body: Readable.from(body ? [body] : []) };
}

/** Without those that are undefined. */
export function plainHeaders(headers: Headers): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

export function headerList(headers: Headers): HeaderList {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === undefined ? [] : [[name.toLowerCase(), one] as const])),
  );
}

export function jsonIn(body: Uint8Array | undefined): unknown {
  if (!body?.length) return undefined;
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
