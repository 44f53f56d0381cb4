/** Security capability negotiation on N32-c (TS 29.573 5.2.2, TS 33.501 13.2.2.2), both roles. */
import { type PlmnId, plmnToString, type SecNegotiateReqData, SecNegotiateRspData, samePlmn } from '@twincore/model';
import { checkAnswer, commonProblem, type HttpClient, Refusal, UnexpectedAnswer } from '@twincore/sbi';
import type { Partner } from '../config.ts';
import type { N32Context } from '../contexts.ts';

/** What this SEPP can do today, best first. */
const SUPPORTED = ['TLS'] as const;

export interface Self {
  readonly fqdn: string;
  readonly plmnId: PlmnId;
}

/** Initiating SEPP. Throws when the partner does not answer, refuses, chooses what was not offered, or is somebody else. */
export async function requestCapabilities(http: HttpClient, self: Self, partner: Partner): Promise<N32Context> {
  const { fqdn, port } = partner.n32;
  const answer = await http.send({
    method: 'POST',
    url: `https://${fqdn}:${port}/n32c-handshake/v1/exchange-capability`,
    body: {
      sender: self.fqdn,
      supportedSecCapabilityList: [...SUPPORTED],
      '3GppSbiTargetApiRootSupported': true,
      plmnIdList: [self.plmnId],
      targetPlmnId: partner.plmnId,
    } satisfies SecNegotiateReqData,
    target: 'SEPP',
    operation: 'N32c_ExchangeCapability',
  });
  if (answer.status !== 200) {
    throw new UnexpectedAnswer('SEPP', 'exchange-capability', answer.status, (answer.body ?? {}) as object);
  }
  checkAnswer(SecNegotiateRspData, answer.body, 'SEPP');
  const chosen = answer.body as SecNegotiateRspData;
  checkSender(chosen.sender, chosen.plmnIdList, fqdn, partner);
  // A peer that chooses something weaker than what was offered would be a downgrade: no context then.
  if (chosen.selectedSecCapability !== 'TLS') {
    throw commonProblem('UNSPECIFIED_NF_FAILURE', `the partner chose ${chosen.selectedSecCapability}`);
  }
  return contextOf(chosen['3GppSbiTargetApiRootSupported'], 'us');
}

/**
 * Responding SEPP: chooses the best capability that both sides have. `peerFqdn` is the name in the TLS certificate. Throws
 * 403 when the body speaks for another SEPP or PLMN than the certificate, or when nothing is in common.
 */
export function answerCapabilities(
  request: SecNegotiateReqData,
  self: Self,
  partner: Partner,
  peerFqdn: string,
): { context: N32Context; answer: SecNegotiateRspData } {
  checkSender(request.sender, request.plmnIdList, peerFqdn, partner);
  if (request.targetPlmnId && !samePlmn(request.targetPlmnId, self.plmnId)) {
    throw new Refusal(403, 'n32-target-plmn', `${plmnToString(request.targetPlmnId)} is not behind this SEPP`);
  }
  const selected = SUPPORTED.find((capability) => request.supportedSecCapabilityList.includes(capability));
  if (!selected) {
    throw new Refusal(403, 'n32-capability', `this SEPP supports ${SUPPORTED.join(', ')} and nothing weaker`);
  }
  return {
    context: contextOf(request['3GppSbiTargetApiRootSupported'], 'peer'),
    answer: {
      sender: self.fqdn,
      selectedSecCapability: selected,
      '3GppSbiTargetApiRootSupported': true,
      plmnIdList: [self.plmnId],
    },
  };
}

function contextOf(targetApiRootSupported = false, initiatedBy: N32Context['initiatedBy']): N32Context {
  return { security: 'TLS', targetApiRootSupported, initiatedBy, establishedAt: new Date().toISOString() };
}

function checkSender(sender: string, plmnIds: readonly PlmnId[] | undefined, fqdn: string, partner: Partner): void {
  if (sender.toLowerCase() !== fqdn.toLowerCase()) {
    throw new Refusal(403, 'n32-sender', 'the sender is not the SEPP that the TLS certificate names');
  }
  const foreign = plmnIds?.find((plmnId) => !samePlmn(plmnId, partner.plmnId));
  if (foreign) {
    throw new Refusal(403, 'n32-sender-plmn', `the sender does not speak for ${plmnToString(foreign)}`);
  }
}
