/** The producer's SEPP: a request of a partner on its way to an own NF, and the answer on its way back. */
import {
  checkLoop,
  formatOriginatingNetworkId,
  type HttpMethod,
  ORIGINATING_NETWORK_ID,
  parseOriginatingNetworkId,
  type RawResponse,
  SbiProblem,
  TARGET_API_ROOT,
  type TargetApiRoot,
  targetAt,
  VIA,
  viaWith,
} from '@twincore/sbi';
import { type Border, labelOfHost } from '../border.ts';
import { answerOf, contentOf, plainHeaders } from '../messages.ts';
import type { Neighbour } from '../neighbour.ts';
import { checkSourcePlmn, resolveTarget } from './check-inbound.ts';
import type { BorderMessage } from './firewall.ts';

export interface Incoming extends BorderMessage {
  readonly target: TargetApiRoot;
  readonly body?: Buffer | undefined;
  readonly signal: AbortSignal;
}

/**
 * Hands a request to the producer. Throws 400 for a request that has passed here already, 403 for what the firewall does not let in, 413 and 429 for too much, 504 when there is no
 * such producer or it does not answer.
 */
export async function deliver(border: Border, neighbour: Neighbour, incoming: Incoming): Promise<RawResponse> {
  const { nf, self, checks } = border;
  const { partner, firewall, rates, hiding } = neighbour;
  const { config } = nf;
  if (checks.firewall && (incoming.body?.length ?? 0) > partner.firewall.bodyBytes) {
    throw new SbiProblem(413, { detail: 'the body exceeds what may cross this border' });
  }
  checkLoop(incoming.headers[VIA], self.name);
  const plmnId = checks.sourcePlmn
    ? checkSourcePlmn(incoming.headers, partner.plmnIds)
    : parseOriginatingNetworkId(incoming.headers[ORIGINATING_NETWORK_ID]);
  const exchange = hiding.isOn ? hiding.exchange() : undefined;
  const message = exchange
    ? {
        ...incoming,
        ...exchange.revealRequest(incoming.path, incoming),
        target: targetAt(new URL(hiding.revealNames(incoming.target.origin))),
      }
    : incoming;
  if (checks.firewall) {
    const purposes = border.contexts.current(partner)?.purposes;
    const { ue } = firewall.check(message, { sender: partner.plmnIds, receiver: self.plmnIds, purposes });
    if (ue !== undefined) rates.admitUe(ue);
  }
  const origin = await resolveTarget(message.target, message.path, border.reachable);
  const headers = plainHeaders(message.headers);
  delete headers[TARGET_API_ROOT];
  delete headers.host;
  // From here on this SEPP vouches for it: producers believe the header from their own SEPP only.
  headers[ORIGINATING_NETWORK_ID] = formatOriginatingNetworkId(plmnId ?? firstOf(partner.plmnIds), config);
  headers[VIA] = viaWith(message.headers[VIA], self.name);
  const answer = await nf.http.open({
    method: message.method as HttpMethod,
    origin,
    path: message.path,
    headers,
    signal: incoming.signal,
    target: labelOfHost(message.target.hostname),
    ...(message.body ? { body: message.body } : {}),
  });
  answer.headers[VIA] = viaWith(answer.headers[VIA], self.name);
  if (!exchange) return answer;
  return answerOf(answer.statusCode, exchange.hideAnswer({ headers: answer.headers, body: await contentOf(answer) }));
}

function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('a partner without PLMN');
  return first;
}
