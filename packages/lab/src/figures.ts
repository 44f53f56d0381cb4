/** What a run's summary counts, all of it out of the recorded exchanges. */
import type { SbiTraceRecord, TraceRecord } from '@twincore/sbi';
import { decodeJwt } from 'jose';
import { isControl } from './procedures.ts';

export interface Figures {
  /** Requests between NFs; one that goes through SCPs and SEPPs counts once. */
  readonly sbiRequests: number;
  readonly tokensIssued: number;
  /** Requests whose access token a producer accepted. */
  readonly tokensVerified: number;
  /** Requests and answers that crossed the border on N32-f. */
  readonly n32Messages: number;
  readonly nasMessages: number;
  /** Of the KAMF that the AMF derived last. */
  readonly amfKamfFingerprint?: string;
}

const PROXIES: ReadonlySet<string> = new Set(['SCP', 'SEPP', 'IPX']);

/** Counts in the records of one trace. */
export function figuresOf(records: readonly TraceRecord[]): Figures {
  const sbi = records.filter((record) => record.kind === 'sbi').filter((record) => !isControl(record));
  const nas = records.filter((record) => record.kind === 'nas');
  const amfKamfFingerprint = nas.map((record) => fingerprintIn(record.detail)).findLast((found) => found !== undefined);
  return {
    sbiRequests: sbi.filter((record) => !PROXIES.has(record.to.nfType)).length,
    tokensIssued: sbi.filter(issuesToken).length,
    tokensVerified: sbi.filter((record) => record.token?.verdict === 'verified').length,
    n32Messages: 2 * sbi.filter((record) => record.n32?.role === 'pSEPP').length,
    nasMessages: nas.length,
    ...(amfKamfFingerprint === undefined ? {} : { amfKamfFingerprint }),
  };
}

/** True where the NRF that answered has signed the token itself, instead of handing on another NRF's. */
function issuesToken(record: SbiTraceRecord): boolean {
  return record.to.nfType === 'NRF' && claimsIn(record.responseBody)?.iss === record.to.nfInstanceId;
}

/** Claims of the token in an answer of the NRF: decoded by the recorder, or in clear with --show-secrets. */
export function claimsIn(body: unknown): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null || !('access_token' in body)) return undefined;
  if ('claims' in body) return body.claims as Record<string, unknown>;
  try {
    return decodeJwt(String(body.access_token));
  } catch {
    return undefined;
  }
}

function fingerprintIn(detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null || !('kamfFingerprint' in detail)) return undefined;
  return String(detail.kamfFingerprint);
}
