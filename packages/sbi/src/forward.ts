/** Passing a request on to another server, body and answer as streams: what a SEPP or SCP does (TS 29.500 6.10). */
import { Transform } from 'node:stream';
import proxy from 'http2-proxy';
import type { HttpClient, HttpMethod } from './client.ts';
import { SbiProblem } from './problem.ts';
import type { SbiReply, SbiRequest, SbiServer } from './server.ts';
import { childOf, formatTraceparent } from './trace.ts';

export interface ForwardTarget {
  readonly http: HttpClient;
  /** `scheme://host:port` that the request goes to; path and query stay. */
  readonly origin: string;
  /** Headers to set; undefined removes one. Hop-by-hop headers and `Forwarded`, which would tell our addresses, go anyway. */
  readonly headers: Record<string, string | undefined>;
  /** NF type of the next hop, for counters and errors. */
  readonly target: string;
  /** Octets of a request body that are let through. */
  readonly bodyBytes: number;
  /** Keep copies of the bodies for the trace. */
  readonly record: boolean;
}

/** Makes the routes of `scope` leave request bodies unread, as {@link forward} needs them. */
export function leaveBodiesUnread(scope: SbiServer): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

/** Forwards `request` and answers `reply` with what comes back. Throws a 504 problem when nothing does, 413 for a large body. */
export async function forward(request: SbiRequest, reply: SbiReply, to: ForwardTarget): Promise<SbiReply> {
  const { promise, resolve, reject } = Promise.withResolvers<SbiReply>();
  const body: Buffer[] = [];
  const answer: Buffer[] = [];
  let length = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (to.record) body.push(chunk);
      if (length > to.bodyBytes) done(new SbiProblem(413, { detail: 'the body exceeds the limit of this NF' }));
      else done(null, chunk);
    },
  });
  proxy
    .web(request.raw, reply.raw, {
      onReq: (_raw, { method, path, headers }) => {
        headers.traceparent = formatTraceparent(childOf(request.sbi.trace));
        for (const [name, value] of Object.entries({ ...to.headers, forwarded: undefined })) {
          if (value === undefined) delete headers[name];
          else headers[name] = value;
        }
        return to.http.open(
          { method: method as HttpMethod, url: to.origin + path, headers, target: to.target },
          limited,
        );
      },
      onRes: (_raw, _response, proxied) => {
        if (to.record) {
          proxied.on('data', (chunk: Buffer) => answer.push(chunk));
          proxied.on('end', () => {
            request.body = textOf(body);
            request.sbi.responseBody = textOf(answer);
          });
        }
        resolve(reply.code(proxied.statusCode).headers(proxied.headers).send(proxied));
      },
    })
    .catch(reject);
  return promise;
}

function textOf(chunks: Buffer[]): string | undefined {
  return chunks.length === 0 ? undefined : Buffer.concat(chunks).toString('utf8');
}
