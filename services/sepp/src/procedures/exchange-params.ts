/** Parameter exchange for PRINS on N32-c (TS 29.573 5.2.3, TS 33.501 13.2.2.4), both roles. */
import {
  type IpxProviderSecInfo,
  type ProtectionPolicy,
  plmnToString,
  type SecParamExchReqData,
  SecParamExchRspData,
} from '@twincore/model';
import {
  checkPolicies,
  JWE_CIPHER_SUITES,
  JWS_CIPHER_SUITES,
  type JweCipherSuite,
  N32_MASTER_EXPORTER,
  N32fError,
} from '@twincore/n32';
import { commonProblem, problem, Refusal } from '@twincore/sbi';
import type { N32cConnection } from '../clients/n32c.ts';
import type { Partner, Self } from '../config.ts';
import { newContextId, type PrinsParameters } from '../contexts.ts';

/** What this SEPP wants of PRINS with one partner. */
export interface PrinsTerms {
  readonly cipherSuites: readonly JweCipherSuite[];
  readonly policy: ProtectionPolicy;
  /** Identifier and release of the policy (TS 33.501 13.2.3.2). */
  readonly policyId: string;
  /** With what our IPX providers sign. */
  readonly ipxProviders: readonly IpxProviderSecInfo[];
  readonly keyLifetimeMs: number;
}

export interface PrinsAgreement {
  readonly contextId: string;
  readonly prins: PrinsParameters;
}

/** Exports keying material of the TLS connection under N32-c. */
type ExportKey = (label: string, octets: number) => Buffer;

/** Initiating SEPP. Throws when the partner does not answer, refuses, chooses what was not offered, or has another policy. */
export async function requestParameters(
  n32c: N32cConnection,
  self: Self,
  partner: Partner,
  terms: PrinsTerms,
): Promise<PrinsAgreement> {
  const contextId = newContextId();
  const chosen = await n32c.call(
    'exchange-params',
    {
      n32fContextId: contextId,
      jweCipherSuiteList: [...terms.cipherSuites],
      jwsCipherSuiteList: [...JWS_CIPHER_SUITES],
      protectionPolicyInfo: terms.policy,
      ...(terms.ipxProviders.length > 0 ? { ipxProviderSecInfoList: [...terms.ipxProviders] } : {}),
      sender: self.fqdn,
    } satisfies SecParamExchReqData,
    200,
    SecParamExchRspData,
  );
  checkSender(chosen.sender, partner);
  const suite = JWE_CIPHER_SUITES.find((one) => one === chosen.selectedJweCipherSuite);
  if (!suite || !terms.cipherSuites.includes(suite)) {
    throw commonProblem(
      'UNSPECIFIED_NF_FAILURE',
      `the partner chose the cipher suite ${chosen.selectedJweCipherSuite}`,
    );
  }
  if (chosen.selectedJwsCipherSuite !== undefined && !isJwsSuite(chosen.selectedJwsCipherSuite)) {
    throw commonProblem('UNSPECIFIED_NF_FAILURE', `the partner chose the signature ${chosen.selectedJwsCipherSuite}`);
  }
  const policy = agreedWith(terms, chosen.selProtectionPolicyInfo);
  const exportKey: ExportKey = (label, octets) => n32c.exportKeyingMaterial(label, octets);
  return agreement(contextId, chosen.n32fContextId, suite, policy, chosen.ipxProviderSecInfoList, terms, exportKey);
}

/** Responding SEPP. Throws 403 for another sender, 409 when nothing is in common or the policies differ. */
export function answerParameters(
  request: SecParamExchReqData,
  self: Self,
  partner: Partner,
  terms: PrinsTerms,
  exportKey: ExportKey,
): PrinsAgreement & { readonly answer: SecParamExchRspData } {
  if (partner.security !== 'PRINS') {
    throw new Refusal(403, 'n32-capability', `N32-f with this partner is protected by ${partner.security}`);
  }
  checkSender(request.sender, partner);
  const suite = terms.cipherSuites.find((one) => request.jweCipherSuiteList?.includes(one));
  if (!suite) throw mismatch('no JWE cipher suite in common');
  const jws = request.jwsCipherSuiteList;
  if (jws && !jws.some(isJwsSuite)) throw mismatch('no JWS cipher suite in common');
  const policy = agreedWith(terms, request.protectionPolicyInfo);
  const contextId = newContextId();
  return {
    ...agreement(contextId, request.n32fContextId, suite, policy, request.ipxProviderSecInfoList, terms, exportKey),
    answer: {
      n32fContextId: contextId,
      selectedJweCipherSuite: suite,
      selectedJwsCipherSuite: JWS_CIPHER_SUITES[0],
      selProtectionPolicyInfo: terms.policy,
      ...(terms.ipxProviders.length > 0 ? { ipxProviderSecInfoList: [...terms.ipxProviders] } : {}),
      sender: self.fqdn,
    },
  };
}

function agreement(
  contextId: string,
  peerContextId: string,
  cipherSuite: JweCipherSuite,
  peerPolicy: ProtectionPolicy,
  ipxProviders: readonly IpxProviderSecInfo[] | undefined,
  { keyLifetimeMs }: PrinsTerms,
  exportKey: ExportKey,
): PrinsAgreement {
  const masterKey = exportKey(N32_MASTER_EXPORTER.label, N32_MASTER_EXPORTER.octets).toString('base64');
  const expiresAt = Date.now() + keyLifetimeMs;
  return {
    contextId,
    prins: {
      peerContextId,
      cipherSuite,
      masterKey,
      peerPolicy,
      peerIpxProviders: [...(ipxProviders ?? [])],
      expiresAt,
    },
  };
}

const isJwsSuite = (name: string) => JWS_CIPHER_SUITES.some((one) => one === name);

/**
 * The peer's policy. What is encrypted has to be the same on both sides; what its IPX providers may modify is its own to say
 * (TS 33.501 13.2.3.4, 13.2.3.6). Throws 409 and says where they are not.
 */
function agreedWith({ policy, policyId }: PrinsTerms, theirs: ProtectionPolicy | undefined): ProtectionPolicy {
  try {
    checkPolicies(policy, theirs);
    return theirs as ProtectionPolicy;
  } catch (error) {
    if (error instanceof N32fError) throw mismatch(`${error.message} (ours is ${policyId})`);
    throw error;
  }
}

/** TS 29.573 table 6.1.6.3-1. */
const mismatch = (detail: string) => problem(409, 'REQUESTED_PARAM_MISMATCH', detail);

function checkSender(sender: string | undefined, partner: Partner): void {
  if (sender === undefined || sender.toLowerCase() === partner.n32.fqdn.toLowerCase()) return;
  const [plmnId] = partner.plmnIds;
  const whose = plmnId ? plmnToString(plmnId) : 'the partner';
  throw new Refusal(403, 'n32-sender', `the sender is not the SEPP of ${whose}`);
}
