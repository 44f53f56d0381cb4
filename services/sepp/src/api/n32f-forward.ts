/** JOSE protected message forwarding, `/n32f-forward/v1` (TS 29.573 6.2), on the N32 listener: N32-f with PRINS. */
import { describeBlock, N32fError, type ReceivedMessage, type ReceivedRequest, readMessage } from '@twincore/n32';
import {
  type N32Detail,
  Refusal,
  SbiProblem,
  type SbiRequest,
  type SbiServer,
  type TargetApiRoot,
  targetAt,
  whileAwaited,
} from '@twincore/sbi';
import type { Border } from '../border.ts';
import type { Partner } from '../config.ts';
import { contentOf, headerList, jsonIn } from '../messages.ts';
import type { Neighbour } from '../neighbour.ts';
import { messageDetail } from '../prins-detail.ts';
import { deliver } from '../procedures/deliver.ts';
import { n32Detail, n32Peer } from './forwarding.ts';

const OPERATION = 'N32f_Forward';
/** A message under PRINS is larger than what it carries: base64 twice, and the clear parts once more in patches. */
const GROWTH = 3;
const PEERS = ['SEPP', 'IPX'];

export function n32fForward(server: SbiServer, border: Border): void {
  const { trace, config } = border.nf;
  const bodyLimit = GROWTH * config.limits.bodyBytes;
  server.register(async (scope) => {
    // As octets: what a member is that comes twice, only the text tells.
    scope.removeContentTypeParser('application/json');
    scope.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
      done(null, body),
    );
    scope.post(
      '/n32f-forward/v1/n32f-process',
      { bodyLimit, config: { sbi: { access: 'peer', operation: OPERATION, peers: PEERS } } },
      async (request) => {
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        if (trace) request.body = jsonIn(body);
        const message = readOrRefuse(body, request, border);
        const { partner, n32, neighbour, context } = await contextOf(message, request, border);
        // Whose message it is, also when it comes by way of our IPX and is refused.
        request.sbi.n32 = { ...n32Peer('pSEPP', partner), n32fContextId: n32.contextId };
        neighbour.rates.admitPartner();
        border.metrics.message(neighbour, 'in');
        let received: ReceivedRequest;
        try {
          received = await context.receiveRequest(message, Date.now());
        } catch (error) {
          if (!(error instanceof N32fError)) throw error;
          border.n32fErrorFound(partner, n32, error);
          throw refusalOf(error);
        }
        border.contexts.confirm(partner, n32);
        if (context.n32f.rekeyReason(Date.now())) border.renew(partner);
        const target = targetAt(new URL(`${received.request.scheme}://${received.request.authority}`));
        const detail: N32Detail = { ...n32Detail('pSEPP', partner, target), n32fContextId: n32.contextId };
        request.sbi.n32 = detail;
        if (trace) {
          detail.prins = {
            messageId: received.messageId,
            request: { ...messageDetail(message, received), reconstructed: plainRequest(received) },
          };
        }
        const answer = await answerTo(border, neighbour, received, target, request);
        await context.ready('response');
        const sealed = context.n32f.protectResponse(answer, received, Date.now());
        if (detail.prins) detail.prins.response = describeBlock(sealed.reformatted.aad);
        return sealed.message;
      },
    );
    scope.options(
      '/n32f-forward/v1/n32f-process',
      { config: { sbi: { access: 'peer', operation: `${OPERATION}_Options`, peers: PEERS } } },
      async (_request, reply) => reply.code(204).header('accept-encoding', 'identity').send(),
    );
  });
}

/** Our context that a message names, if its bearer may bring it: the partner itself, or our IPX where there is one. */
async function contextOf({ block }: ReceivedMessage, request: SbiRequest, border: Border) {
  const { n32fContextId, messageId } = block.metaData;
  const found = border.contexts.byId(n32fContextId);
  if (!found?.context.prins) {
    const unknown = new N32fError('CONTEXT_NOT_FOUND', 'no such context', { messageId, contextId: n32fContextId });
    throw outsideOfContext(unknown, request, border);
  }
  const { partner, context: n32 } = found;
  checkBearer(request, border, partner, found.context.prins.peerIpxProviders);
  const neighbour = border.neighbour(partner);
  if (!neighbour.prins) throw new Error('a context of PRINS with a partner of TLS');
  const context = await neighbour.prins.context(n32);
  return { partner, n32, neighbour, context };
}

/** Who may bring messages of a partner: our IPX, if we have one; else the partner's SEPP or one of its IPXs. Throws 403. */
function checkBearer(
  request: SbiRequest,
  { partners }: Border,
  partner: Partner,
  peerIpxProviders: readonly { ipxProviderId: string }[],
): void {
  const { ipx } = partner.prins;
  const { peer } = request.sbi;
  if (ipx) {
    if (peer?.nfTypes.includes('IPX') && peer.fqdn.toLowerCase() === ipx.fqdn.toLowerCase()) return;
    throw new Refusal(403, 'n32-ipx', 'messages of this partner come through our IPX provider');
  }
  const ids = peerIpxProviders.map(({ ipxProviderId }) => ipxProviderId);
  if (partners.isIpxOf(partner, ids, request) || partners.ofPeer(request) === partner) return;
  throw new Refusal(403, 'n32-partner', 'the context is one of another partner');
}

/** The producer's answer, or what this SEPP has to say: once a message is genuine, its answer is protected whatever it is. */
async function answerTo(
  border: Border,
  neighbour: Neighbour,
  { request: inner }: ReceivedRequest,
  target: TargetApiRoot,
  request: SbiRequest,
) {
  try {
    const answer = await whileAwaited(request, (signal) =>
      deliver(border, neighbour, {
        method: inner.method,
        path: inner.path,
        headers: { ...headersOf(inner.headers), traceparent: String(request.headers.traceparent ?? '') || undefined },
        ...(inner.body ? { body: Buffer.from(inner.body) } : {}),
        target,
        signal,
      }),
    );
    const content = await contentOf(answer);
    return { status: answer.statusCode, headers: headerList(answer.headers), ...(content ? { body: content } : {}) };
  } catch (error) {
    if (!(error instanceof SbiProblem)) throw error;
    if (error instanceof Refusal) request.sbi.token = { verdict: 'refused', reason: error.reason };
    border.refused(request, neighbour.partner, 'in', error);
    return {
      status: error.status,
      headers: [
        ['content-type', 'application/problem+json'],
        ['server', border.self.name],
      ] as const,
      body: Buffer.from(JSON.stringify(error.problem)),
    };
  }
}

function headersOf(list: readonly (readonly [string, string])[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of list) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}

function plainRequest({ request: { method, path, headers, body } }: ReceivedRequest) {
  return { method, path, headers: headersOf(headers), ...(body ? { body: jsonIn(body) ?? '(no JSON)' } : {}) };
}

function readOrRefuse(body: Buffer, request: SbiRequest, border: Border): ReceivedMessage {
  try {
    return readMessage(body);
  } catch (error) {
    throw error instanceof N32fError ? outsideOfContext(error, request, border) : error;
  }
}

/** What belongs to no context counts for the partner whose SEPP has brought it, and is reported to that one. */
function outsideOfContext(error: N32fError, request: SbiRequest, border: Border): Refusal {
  const partner = border.partners.find(request);
  if (partner) {
    border.neighbour(partner).rates.admitPartner();
    border.n32fErrorFound(partner, undefined, error);
  }
  return refusalOf(error);
}

/** 403 with the N32fErrorType as cause. */
function refusalOf(error: N32fError): Refusal {
  return new Refusal(403, 'n32f', error.message, { cause: error.errorType });
}
