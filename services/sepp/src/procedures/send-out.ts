/** The consumer's SEPP: a request of an own NF on its way to the partner, and the answer on its way back. */
import { describeBlock, type HeaderList, N32fError, readMessage, UnprotectableMessage } from '@twincore/n32';
import {
  commonProblem,
  formatUserAgent,
  type N32Detail,
  type RawRequest,
  type RawResponse,
  Refusal,
  SbiProblem,
  TARGET_API_ROOT,
  type TargetApiRoot,
  UnexpectedAnswer,
  VIA,
  viaWith,
} from '@twincore/sbi';
import type { Border } from '../border.ts';
import type { N32Context } from '../contexts.ts';
import { answerOf, contentOf, headerList, jsonIn, plainHeaders } from '../messages.ts';
import type { Neighbour } from '../neighbour.ts';
import { messageDetail } from '../prins-detail.ts';

/** A request that goes out. `origin` of the raw request is not used: where it goes is for the context to say. */
export interface Outgoing {
  readonly neighbour: Neighbour;
  /** The foreign NF. */
  readonly target: TargetApiRoot;
  readonly request: RawRequest;
  /** What the trace tells about it. */
  readonly detail: N32Detail;
  /** Bodies are wanted for the trace. */
  readonly record: boolean;
}

/** The partner does not know the context any more: it is safe to send the request again in a new one. */
class ContextLost extends Error {}

/**
 * Sends a request over N32-f. Throws 403 when the firewall or the protection policy does not let it out, 504
 * TARGET_NF_NOT_REACHABLE when there is no context, and what the partner's SEPP refuses.
 */
export async function sendOut(border: Border, outgoing: Outgoing): Promise<RawResponse> {
  const { neighbour, request } = outgoing;
  const { partner, firewall, hiding } = neighbour;
  const { contexts, self } = border;
  if (border.checks.firewall) {
    const purposes = contexts.current(partner)?.purposes;
    firewall.check(request, { sender: self.plmnIds, receiver: partner.plmnIds, purposes });
  }
  border.metrics.message(neighbour, 'out');
  const exchange = hiding.isOn ? hiding.exchange() : undefined;
  const shown = exchange ? { ...request, ...exchange.hideRequest(request.path, request) } : request;
  const hidden: Outgoing = exchange
    ? { ...outgoing, request: { ...shown, headers: plainHeaders(shown.headers) } as RawRequest }
    : outgoing;
  let context = await agreed(neighbour, contexts.ensure(partner));
  for (let attempt = 1; ; attempt++) {
    try {
      const send = neighbour.prins ? sendProtected : sendPlain;
      const answer = await send(border, hidden, context);
      answer.headers[VIA] = viaWith(answer.headers[VIA], self.name);
      if (!exchange) return answer;
      const { statusCode, headers } = answer;
      return answerOf(statusCode, exchange.revealAnswer({ headers, body: await contentOf(answer) }));
    } catch (error) {
      if (!(error instanceof ContextLost)) throw error;
      if (attempt > 1) throw commonProblem('TARGET_NF_NOT_REACHABLE', 'the partner forgets every N32 context');
      await contexts.remove(partner, context);
      context = await agreed(neighbour, contexts.newerThan(partner, context));
    }
  }
}

async function agreed({ partner }: Neighbour, context: Promise<N32Context>): Promise<N32Context> {
  return context.catch((error: Error) => {
    throw commonProblem('TARGET_NF_NOT_REACHABLE', `no N32 context with ${partner.n32.fqdn}: ${error.message}`);
  });
}

/** N32-f with TLS (TS 29.573 5.3.3, TS 29.500 6.1.4.3). */
async function sendPlain(_border: Border, outgoing: Outgoing, context: N32Context): Promise<RawResponse> {
  const { neighbour, request, target } = outgoing;
  const answer = await neighbour.http.open({
    ...request,
    origin: neighbour.nextHop,
    // A SEPP without 3gpp-Sbi-Target-apiRoot knows the target by the authority alone (TS 29.573 5.3.3).
    headers: context.targetApiRootSupported
      ? { ...request.headers, [TARGET_API_ROOT]: target.origin }
      : { ...request.headers, host: target.host },
    target: 'SEPP',
  });
  if (answer.statusCode !== 403 || !isFromSepp(answer, neighbour)) return answer;
  const body = await contentOf(answer);
  if (causeIn(body) === 'CONTEXT_NOT_FOUND') throw new ContextLost();
  return answerOf(answer.statusCode, { headers: answer.headers, body });
}

/** N32-f with PRINS (TS 29.573 5.3.2, TS 33.501 13.2.4). */
async function sendProtected(border: Border, outgoing: Outgoing, n32: N32Context): Promise<RawResponse> {
  const { neighbour, request, target, detail, record } = outgoing;
  const { prins, partner } = neighbour;
  if (!prins) throw new Error('no PRINS with this partner');
  const context = await prins.context(n32);
  await context.ready('request');
  const sealed = protect(() =>
    context.n32f.protectRequest(
      {
        method: request.method,
        scheme: target.scheme,
        authority: target.host,
        path: request.path,
        headers: headerList(request.headers),
        ...(request.body ? { body: request.body } : {}),
      },
      Date.now(),
    ),
  );
  Object.assign(detail, { n32fContextId: context.n32f.agreement.peerContextId });
  if (record) detail.prins = { messageId: sealed.messageId, request: describeBlock(sealed.reformatted.aad) };
  if (context.n32f.rekeyReason(Date.now())) border.renew(partner);
  const answer = await neighbour.http.open({
    method: 'POST',
    origin: neighbour.nextHop,
    path: '/n32f-forward/v1/n32f-process',
    headers: {
      host: `${partner.n32.fqdn}:${partner.n32.port}`,
      'content-type': 'application/json',
      accept: 'application/json, application/problem+json',
      'user-agent': formatUserAgent('SEPP', border.nf.config.nfInstanceId),
      ...(request.headers.traceparent ? { traceparent: request.headers.traceparent } : {}),
    },
    body: Buffer.from(JSON.stringify(sealed.message)),
    signal: request.signal,
    target: 'SEPP',
  });
  const body = await contentOf(answer);
  if (answer.statusCode !== 200) throw refusedBy(neighbour, answer.statusCode, body);
  try {
    const message = readMessage(body ?? '');
    const received = context.n32f.receiveResponse(message, sealed, Date.now());
    const { status, headers, body: content } = received.response;
    if (record && detail.prins) detail.prins.response = messageDetail(message, received);
    return answerOf(status, { headers: objectOf(headers), body: content && Buffer.from(content) });
  } catch (error) {
    if (!(error instanceof N32fError)) throw error;
    border.n32fErrorFound(partner, n32, error);
    throw commonProblem('TARGET_NF_NOT_REACHABLE', `the partner's answer is not to be believed: ${error.errorType}`);
  }
}

/** What cannot be protected, as the answer to the NF. */
function protect<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof N32fError) throw new ContextLost(error.message);
    if (!(error instanceof UnprotectableMessage)) throw error;
    if (error.reason === 'malformed') throw commonProblem('INVALID_MSG_FORMAT', error.message);
    throw new Refusal(403, `n32-${error.reason}`, error.message);
  }
}

/** Causes that say: nothing was done, and a new context helps. */
const LOST = new Set(['CONTEXT_NOT_FOUND', 'ENCRYPTION_KEY_EXPIRED', 'INTEGRITY_KEY_EXPIRED']);
/** Statuses that mean the same to the NF as they do to us. */
const RELAYED = new Set([413, 429, 503]);

function refusedBy({ partner }: Neighbour, status: number, body: Buffer | undefined): Error {
  const cause = causeIn(body);
  if (LOST.has(cause ?? '')) return new ContextLost();
  const problem = Object(jsonIn(body)) as Record<string, unknown>;
  if (RELAYED.has(status)) return new SbiProblem(status, problem);
  const unexpected = new UnexpectedAnswer('SEPP', 'n32f-process', status, problem);
  return commonProblem('TARGET_NF_NOT_REACHABLE', `${partner.n32.fqdn}: ${unexpected.message}`);
}

function isFromSepp({ headers }: RawResponse, { partner }: Neighbour): boolean {
  return String(headers.server ?? '').toLowerCase() === `sepp-${partner.n32.fqdn.toLowerCase()}`;
}

function causeIn(body: Buffer | undefined): string | undefined {
  const { cause } = Object(jsonIn(body)) as { cause?: unknown };
  return typeof cause === 'string' ? cause : undefined;
}

function objectOf(headers: HeaderList): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const before = object[name];
    object[name] = before === undefined ? value : [before, value].flat();
  }
  return object;
}
