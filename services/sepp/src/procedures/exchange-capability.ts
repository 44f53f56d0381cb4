/** Security capability negotiation on N32-c (TS 29.573 5.2.2, TS 33.501 13.2.2.2), both roles. */
import { type PlmnId, plmnToString, type SecNegotiateReqData, SecNegotiateRspData, samePlmn } from '@twincore/model';
import { commonProblem, Refusal } from '@twincore/sbi';
import type { N32cConnection } from '../clients/n32c.ts';
import type { Partner, Self } from '../config.ts';
import { includesPlmn } from '../partners.ts';

/** What the two SEPPs have agreed on, beside what protects N32-f, which the configuration says. */
export interface Capabilities {
  /** The peer forwards by 3gpp-Sbi-Target-apiRoot; otherwise by telescopic FQDN (TS 29.573 5.3.2). */
  readonly targetApiRootSupported: boolean;
  /** What both sides want the relation for (TS 29.573 6.1.5.3.9). */
  readonly purposes: readonly string[];
}

/** None of the optional features of TS 29.573 6.1.7 is used. */
const SUPPORTED_FEATURES = '0';

/**
 * Initiating SEPP. It offers nothing but what the configuration says for this partner, so that no answer can weaken it. Throws when
 * the partner does not answer, refuses, chooses what was not offered, or is somebody else.
 */
export async function requestCapabilities(n32c: N32cConnection, self: Self, partner: Partner): Promise<Capabilities> {
  const chosen = await n32c.call(
    'exchange-capability',
    offer(self, partner, partner.security),
    200,
    SecNegotiateRspData,
  );
  checkSender(chosen.sender, chosen.plmnIdList, partner.n32.fqdn, partner);
  if (chosen.selectedSecCapability !== partner.security) {
    throw commonProblem(
      'UNSPECIFIED_NF_FAILURE',
      `the partner chose ${chosen.selectedSecCapability} where ${partner.security} was offered`,
    );
  }
  const allowed = chosen.allowedUsagePurpose?.map(({ usagePurpose }) => usagePurpose);
  const purposes = partner.usagePurposes.filter((purpose) => allowed?.includes(purpose) ?? true);
  if (purposes.length === 0) {
    throw commonProblem('UNSPECIFIED_NF_FAILURE', 'the partner allows none of the purposes that this relation has');
  }
  return { targetApiRootSupported: chosen['3GppSbiTargetApiRootSupported'] ?? false, purposes };
}

/** Initiating SEPP: ends the relation (TS 29.573 5.2.2, capability NONE). Throws when the partner does not agree. */
export async function requestTeardown(n32c: N32cConnection, self: Self, partner: Partner): Promise<void> {
  const chosen = await n32c.call('exchange-capability', offer(self, partner, 'NONE'), 200, SecNegotiateRspData);
  if (chosen.selectedSecCapability !== 'NONE') {
    throw commonProblem('UNSPECIFIED_NF_FAILURE', 'the partner does not let the relation end');
  }
}

function offer(self: Self, partner: Partner, capability: string): SecNegotiateReqData {
  const [targetPlmnId] = partner.plmnIds;
  return {
    sender: self.fqdn,
    supportedSecCapabilityList: [capability],
    '3GppSbiTargetApiRootSupported': partner.targetApiRoot,
    plmnIdList: [...self.plmnIds],
    ...(targetPlmnId ? { targetPlmnId } : {}),
    intendedUsagePurpose: partner.usagePurposes.map((usagePurpose) => ({ usagePurpose })),
    supportedFeatures: SUPPORTED_FEATURES,
  };
}

/**
 * Responding SEPP. `peerFqdn` is the name in the TLS certificate. `capabilities` is undefined when the peer ends the relation.
 * Throws 403 when the body speaks for another SEPP or PLMN than the certificate, offers nothing that the configuration
 * allows for this partner, or wants the relation for something else.
 */
export function answerCapabilities(
  request: SecNegotiateReqData,
  self: Self,
  partner: Partner,
  peerFqdn: string,
  checks: { readonly downgrade: boolean },
): { capabilities?: Capabilities; answer: SecNegotiateRspData } {
  checkSender(request.sender, request.plmnIdList, peerFqdn, partner);
  if (request.targetPlmnId && !includesPlmn(self.plmnIds, request.targetPlmnId)) {
    throw new Refusal(403, 'n32-target-plmn', `${plmnToString(request.targetPlmnId)} is not behind this SEPP`);
  }
  const answer = {
    sender: self.fqdn,
    '3GppSbiTargetApiRootSupported': partner.targetApiRoot,
    plmnIdList: [...self.plmnIds],
    ...(request.supportedFeatures === undefined ? {} : { supportedFeatures: SUPPORTED_FEATURES }),
  };
  if (request.supportedSecCapabilityList.every((capability) => capability === 'NONE')) {
    return { answer: { ...answer, selectedSecCapability: 'NONE' } };
  }
  const offered = request.supportedSecCapabilityList;
  const security = checks.downgrade ? partner.security : (['PRINS', 'TLS'].find((one) => offered.includes(one)) ?? '');
  if (!offered.includes(security)) {
    throw new Refusal(
      403,
      'n32-capability',
      `N32-f with this partner is protected by ${partner.security}, nothing else`,
    );
  }
  const judged = purposesOf(request, partner);
  return {
    capabilities: {
      targetApiRootSupported: request['3GppSbiTargetApiRootSupported'] ?? false,
      purposes: judged.allowedUsagePurpose?.map(({ usagePurpose }) => usagePurpose) ?? partner.usagePurposes,
    },
    answer: { ...answer, selectedSecCapability: security, ...judged },
  };
}

/** Of the purposes that the peer names, those that this relation has and those that it has not. */
function purposesOf(
  { intendedUsagePurpose }: SecNegotiateReqData,
  partner: Partner,
): Pick<SecNegotiateRspData, 'allowedUsagePurpose' | 'rejectedUsagePurpose'> {
  if (!intendedUsagePurpose) return {};
  const allowed = intendedUsagePurpose.filter(({ usagePurpose }) => partner.usagePurposes.includes(usagePurpose));
  const rejected = intendedUsagePurpose.filter((purpose) => !allowed.includes(purpose));
  if (allowed.length === 0) {
    throw new Refusal(403, 'n32-purpose', `the relation with this partner is for ${partner.usagePurposes.join(', ')}`);
  }
  return {
    allowedUsagePurpose: allowed,
    ...(rejected.length > 0 ? { rejectedUsagePurpose: rejected } : {}),
  };
}

function checkSender(sender: string, plmnIds: readonly PlmnId[] | undefined, fqdn: string, partner: Partner): void {
  if (sender.toLowerCase() !== fqdn.toLowerCase()) {
    throw new Refusal(403, 'n32-sender', 'the sender is not the SEPP that the TLS certificate names');
  }
  const foreign = plmnIds?.find((plmnId) => !partner.plmnIds.some((known) => samePlmn(known, plmnId)));
  if (foreign) {
    throw new Refusal(403, 'n32-sender-plmn', `the sender does not speak for ${plmnToString(foreign)}`);
  }
}
