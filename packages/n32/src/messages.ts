/** The HTTP messages of NFs that N32-f carries, without any HTTP library's types. */

/** In the order of the message; names in lower case; a name may come more than once. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface SbiRequest {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  /** Path and query as `:path` has them. */
  readonly path: string;
  readonly headers: HeaderList;
  readonly body?: Uint8Array;
}

export interface SbiResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body?: Uint8Array;
}

/** The first header with that (lower case) name. */
export function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([header]) => header === name)?.[1];
}

/** Belong to one connection (RFC 9113 8.2.2), or are made anew for the body that goes out. Never carried. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isCarried(name: string): boolean {
  return !name.startsWith(':') && !HOP_BY_HOP.has(name);
}
