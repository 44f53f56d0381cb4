/** Every check that a producer makes of an access token, in the order in which it makes them, with its clause. */
import type { SbiTraceRecord } from '@twincore/sbi';
import type { CheckResult } from '../wire.ts';

interface TokenCheck {
  readonly name: string;
  readonly clause: string;
  /** Reasons of a refusal that this check gives (packages/sbi: guard.ts, token-verifier.ts). */
  readonly reasons: readonly string[];
  /** The claim that it is about; without the claim there is nothing to check. */
  readonly claim?: string;
}

export const TOKEN_CHECKS: readonly TokenCheck[] = [
  {
    name: 'There is a token',
    clause: 'TS 33.501 13.4.1.0, TS 29.500 6.7.3',
    reasons: ['token-missing', 'token-malformed'],
  },
  {
    name: 'Signature: ES256 by a key of the own NRF',
    clause: 'TS 33.501 13.4.1.1.2, RFC 7515',
    reasons: ['token-signature'],
  },
  { name: 'The mandatory claims are there', clause: 'TS 29.510 6.3.5.2.4', reasons: ['token-claims'] },
  { name: 'iss: the NRF of this network', clause: 'TS 29.510 6.3.5.2.4', reasons: ['token-iss'], claim: 'iss' },
  {
    name: 'exp: it has not expired',
    clause: 'TS 33.501 13.4.1.1.2, RFC 7519 4.1.4',
    reasons: ['token-expired'],
    claim: 'exp',
  },
  {
    name: 'aud: the producer’s NF type or instance id',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-audience'],
    claim: 'aud',
  },
  {
    name: 'producerPlmnId: the producer’s network',
    clause: 'TS 33.501 13.4.1.2',
    reasons: ['token-producer-plmn'],
    claim: 'producerPlmnId',
  },
  {
    name: 'producerSnssaiList: a slice of the producer',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-slice', 'request-slice'],
    claim: 'producerSnssaiList',
  },
  {
    name: 'producerNsiList: a slice instance of the producer',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-nsi'],
    claim: 'producerNsiList',
  },
  {
    name: 'producerNfSetId: the producer’s NF set',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-nf-set'],
    claim: 'producerNfSetId',
  },
  {
    name: 'producerNfServiceSetId: its NF service set',
    clause: 'TS 29.510 6.3.5.2.4',
    reasons: ['token-nf-service-set'],
    claim: 'producerNfServiceSetId',
  },
  { name: 'scope has the service', clause: 'TS 33.501 13.4.1.1.2', reasons: ['token-scope'], claim: 'scope' },
  {
    name: 'scope has that of the operation, where there is one',
    clause: 'TS 33.501 13.4.1.0, TS 29.503 6.3.9',
    reasons: ['token-operation-scope'],
    claim: 'scope',
  },
  {
    name: 'consumerPlmnId: where the request comes from',
    clause: 'TS 33.501 13.4.1.2',
    reasons: ['token-consumer-plmn'],
    claim: 'consumerPlmnId',
  },
  {
    name: 'sub: the NF that asks',
    clause: 'TS 33.501 13.4.1.1.2, 13.4.1.3',
    reasons: ['token-subject', 'token-cca'],
    claim: 'sub',
  },
  {
    name: 'The consumer’s NF type may use this operation',
    clause: 'TS 33.501 13.4.1.1.2, TS 23.502 5.2',
    reasons: ['consumer-nf-type'],
  },
];

/** What the producer's guard found, check by check; undefined where no token was asked for. */
export function tokenChecksOf({ token }: SbiTraceRecord): CheckResult[] | undefined {
  if (typeof token !== 'object' || token === null) return undefined;
  const { verdict, reason, claims } = token;
  const failing = TOKEN_CHECKS.findIndex(({ reasons }) => reason !== undefined && reasons.includes(reason));
  return TOKEN_CHECKS.map(({ name, clause, claim, reasons }, index): CheckResult => {
    const value = claim === undefined ? undefined : (claims as Record<string, unknown> | undefined)?.[claim];
    const detail = value === undefined ? {} : { detail: typeof value === 'string' ? value : JSON.stringify(value) };
    if (verdict === 'verified') {
      const applies = claim === undefined || value !== undefined;
      return { name, clause, result: applies ? 'passed' : 'not applicable', ...detail };
    }
    if (failing < 0) return { name, clause, result: 'unknown', ...detail };
    if (index === failing) return { name, clause, result: 'failed', detail: detail.detail ?? reasons.join(', ') };
    const applies = claim === undefined || value !== undefined || claims === undefined;
    return { name, clause, result: index > failing ? 'not reached' : applies ? 'passed' : 'not applicable', ...detail };
  });
}
