/** Sends generated requests to an NF over HTTP/2: with TLS, or in cleartext to an `http:` URL. */
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';
import type { GeneratedRequest } from './generate.ts';

export interface Target {
  /** apiRoot: scheme, authority and, where the NF has one, a path. */
  readonly url: string;
  /** PEM files. */
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  /** Access token, sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** IP address to connect to, where the name in the URL does not resolve; TLS still checks the name. */
  readonly address?: string;
}

export interface GivenAnswer {
  /** 0 when there was none. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: unknown;
  readonly failure?: string;
}

export interface Sender {
  /** The URL's path and authority are part of what is sent. */
  send(request: GeneratedRequest): Promise<GivenAnswer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

export function createSender({ url, cert, key, ca, token, address }: Target): Sender {
  const { origin, pathname, protocol } = new URL(url);
  const prefix = pathname.replace(/\/$/, '');
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  const files = Object.entries({ cert: read(cert), key: read(key), ca: read(ca) }).filter(([, content]) => content);
  const agent = new Agent({
    allowH2: true,
    h2Options: { useH2c: protocol === 'http:' },
    connections: 1,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    connectTimeout: TIMEOUT_MS,
    connect: {
      ...Object.fromEntries(files),
      ...(address === undefined ? {} : { lookup: lookupAlways(address) }),
    },
  });
  return {
    close: () => agent.destroy(),
    async send({ method, uri, headers, body }) {
      try {
        const answer = await agent.request({
          origin,
          path: prefix + uri,
          method: method as 'GET',
          headers: {
            accept: 'application/json, application/3gppHal+json, application/problem+json',
            ...headers,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(body === undefined ? {} : { body }),
        });
        const text = await answer.body.text();
        return { status: answer.statusCode, headers: answer.headers, ...(text === '' ? {} : { body: readBody(text) }) };
      } catch (error) {
        return {
          status: 0,
          headers: {},
          failure: (error as Error & { code?: string }).code ?? (error as Error).message,
        };
      }
    },
  };
}

/** Resolves every name to `address`. */
function lookupAlways(address: string): LookupFunction {
  return (_name, options, callback) => {
    // Later, as DNS would: undici listens to a socket only after it began to connect.
    if (options.all) process.nextTick(callback, null, [{ address, family: isIP(address) }]);
    else process.nextTick(callback, null, address, isIP(address));
  };
}

function readBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
