/** The hop of an IPX provider on N32-f, `/n32f-forward/v1` (TS 29.573 6.2, TS 33.501 13.2.4.5). */
import type { KeyObject } from 'node:crypto';
import type { Http2ServerRequest } from 'node:http2';
import { appendModification, describeBlock, type IpxSigner, N32fError, NO_IPX, viewForIpx } from '@twincore/n32';
import {
  childOf,
  collect,
  commonProblem,
  formatTraceparent,
  type HttpClient,
  type Nf,
  type PrinsMessageDetail,
  Refusal,
  type SbiRequest,
  type SbiServer,
  whileAwaited,
} from '@twincore/sbi';
import type { IpxConfig, Route } from '../config.ts';
import { mediate } from '../procedures/mediate.ts';

export interface Hop {
  readonly route: Route;
  readonly http: HttpClient;
}

const PATH = '/n32f-forward/v1/n32f-process';
/** Messages under PRINS are larger than what they carry. */
const GROWTH = 3;
const PEERS = ['SEPP', 'IPX'];

export function n32fForward(server: SbiServer, nf: Nf<IpxConfig>, hops: readonly Hop[], privateKey: KeyObject): void {
  const { config, trace } = nf;
  const signer: IpxSigner = { identity: config.fqdn, privateKey };
  const bodyLimit = GROWTH * config.limits.bodyBytes;
  server.register(async (scope) => {
    // As text: what is passed on is what came, but for what this IPX adds.
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(
      PATH,
      { bodyLimit, config: { sbi: { access: 'peer', operation: 'N32f_Forward', peers: PEERS } } },
      async (request, reply) => {
        const hop = hopOf(request, hops);
        const sent = processed(String(request.body ?? ''), 'request', signer, config);
        request.sbi.n32 = {
          role: 'IPX',
          peerPlmn: request.sbi.peer ? `${request.sbi.peer.plmnId.mcc}-${request.sbi.peer.plmnId.mnc}` : '',
          peerFqdn: hop.route.next.fqdn,
          security: 'PRINS',
          n32fContextId: sent.contextId,
          ...(trace ? { prins: { messageId: sent.messageId, request: sent.detail } } : {}),
        };
        const { fqdn, port } = hop.route.next;
        const answer = await whileAwaited(request, (signal) =>
          hop.http.open({
            method: 'POST',
            origin: `https://${fqdn}:${port}`,
            path: PATH,
            headers: {
              ...passedOn(request),
              host: authorityOf(request),
              traceparent: formatTraceparent(childOf(request.sbi.trace)),
            },
            body: Buffer.from(sent.text),
            signal,
            target: 'N32',
          }),
        );
        const text = (await collect(answer.body)).toString('utf8');
        reply
          .code(answer.statusCode)
          .header('content-type', String(answer.headers['content-type'] ?? 'application/json'));
        if (answer.statusCode !== 200) {
          if (answer.headers.server !== undefined) reply.header('server', answer.headers.server);
          return reply.send(Buffer.from(text));
        }
        const received = processed(text, 'response', signer, config);
        if (request.sbi.n32.prins) request.sbi.n32.prins.response = received.detail;
        return reply.send(received.text);
      },
    );
    scope.options(
      PATH,
      { config: { sbi: { access: 'peer', operation: 'N32f_Forward_Options', peers: PEERS } } },
      async (_request, reply) => reply.code(204).header('accept-encoding', 'identity').send(),
    );
  });
}

/** By the authority, which names the SEPP that the message is for. Throws 504 for one that no route leads to. */
function hopOf(request: SbiRequest, hops: readonly Hop[]): Hop {
  const sepp = authorityOf(request).replace(/:\d+$/, '').toLowerCase();
  const hop = hops.find(({ route }) => route.sepp.toLowerCase() === sepp);
  if (!hop) throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no route leads to that SEPP');
  return hop;
}

interface Processed {
  readonly text: string;
  readonly messageId: string;
  readonly contextId: string;
  readonly detail: PrinsMessageDetail;
}

/**
 * The message with what this IPX changes, signed; it signs even when it changes nothing. A message that no IPX may modify goes on as it
 * is. Throws 403 for what is no message.
 */
function processed(text: string, kind: 'request' | 'response', signer: IpxSigner, config: IpxConfig): Processed {
  try {
    const { message, block } = viewForIpx(text);
    const { messageId, n32fContextId, authorizedIpxId } = block.metaData;
    const common = { messageId, contextId: n32fContextId };
    if (authorizedIpxId === NO_IPX) return { ...common, text, detail: describeBlock(block) };
    const operations = mediate(block, kind, config.mediations);
    return {
      ...common,
      text: JSON.stringify(appendModification(message, signer, operations)),
      detail: { ...describeBlock(block), modifications: [{ signer: signer.identity, operations }] },
    };
  } catch (error) {
    if (!(error instanceof N32fError)) throw error;
    throw new Refusal(403, 'n32f', error.message, { cause: error.errorType });
  }
}

const PASSED_ON = ['accept', 'content-type', 'user-agent', '3gpp-sbi-message-priority'];

function passedOn({ headers }: SbiRequest): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name] as string]] : [])),
  );
}

function authorityOf(request: SbiRequest): string {
  return (request.raw as unknown as Http2ServerRequest).authority ?? '';
}
