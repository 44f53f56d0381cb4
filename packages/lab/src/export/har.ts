/** The SBI exchanges of a trace as HTTP Archive 1.2, which browsers and proxies' tools open. */
import type { SbiTraceRecord, TraceRecord } from '@twincore/sbi';
import { partyName } from '../trace-names.ts';

/** The archive, ready for JSON. NAS messages are no HTTP and are left out. */
export function toHar(records: readonly TraceRecord[]) {
  const entries = records.filter((record) => record.kind === 'sbi').map(entryOf);
  return { log: { version: '1.2', creator: { name: 'twincore', version: '0.1.0' }, entries } };
}

function entryOf(record: SbiTraceRecord) {
  const { at, durationMs, method, authority, uri, status } = record;
  const url = new URL(`https://${authority}${uri}`);
  const request = bodyOf(record.requestBody);
  const response = bodyOf(record.responseBody);
  return {
    startedDateTime: new Date(at).toISOString(),
    time: durationMs,
    request: {
      method,
      url: url.href,
      httpVersion: 'HTTP/2.0',
      cookies: [],
      headers: pairsOf(record.requestHeaders),
      queryString: [...url.searchParams].map(([name, value]) => ({ name, value })),
      ...(request === undefined ? {} : { postData: { mimeType: typeOf(record.requestHeaders), text: request } }),
      headersSize: -1,
      bodySize: sizeOf(request),
    },
    response: {
      status,
      statusText: '',
      httpVersion: 'HTTP/2.0',
      cookies: [],
      headers: pairsOf(record.responseHeaders),
      content: {
        size: sizeOf(response),
        mimeType: typeOf(record.responseHeaders),
        ...(response === undefined ? {} : { text: response }),
      },
      redirectURL: '',
      headersSize: -1,
      bodySize: sizeOf(response),
    },
    cache: {},
    timings: { send: 0, wait: durationMs, receive: 0 },
    comment: commentOf(record),
  };
}

function commentOf({ from, to, operation, traceId, token, failure }: SbiTraceRecord): string {
  const verdict = token && `token ${token.verdict}${token.reason ? ` (${token.reason})` : ''}`;
  const parts = [`${partyName(from)} → ${partyName(to)}`, operation, `trace ${traceId}`, verdict, failure];
  return parts.filter(Boolean).join(' · ');
}

function pairsOf(headers: Readonly<Record<string, unknown>>): { name: string; value: string }[] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .flatMap(([name, value]) => [value].flat().map((one) => ({ name, value: String(one) })));
}

function typeOf(headers: Readonly<Record<string, unknown>>): string {
  const type = headers['content-type'];
  return typeof type === 'string' ? type : 'application/json';
}

function bodyOf(body: unknown): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

const sizeOf = (body: string | undefined) => (body === undefined ? 0 : Buffer.byteLength(body));
