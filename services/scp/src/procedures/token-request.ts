/** Whether the SCP has to ask for a token, and for which (TS 29.500 clause 6.10.11.2, TS 33.501 clause 13.4.1.3.2). */
import { PlmnId } from '@twincore/model';
import { Value } from 'typebox/value';
import type { TokenRequest } from '../clients/tokens.ts';
import { scpProblem } from './errors.ts';
import { type RequestingNf, type RoutingRequest, scopeOf } from './routing-request.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The request for a token on behalf of the consumer; undefined where it has one, or needs none. Throws 400 when what it has to
 * say is not said.
 */
export function tokenRequestOf(
  headers: Headers,
  routing: RoutingRequest,
  requesting: RequestingNf,
): TokenRequest | undefined {
  const { mode, factors, isCallback } = routing;
  if (mode === 'C' || isCallback || headers.authorization !== undefined) return undefined;
  const scope = scopeOf(headers, routing);
  const targetNfType = factors['target-nf-type'];
  const nfType = factors['requester-nf-type'];
  if (!scope || !targetNfType || !nfType) {
    throw scpProblem('MISSING_ACCESS_TOKEN_INFO', 'the service is not named, so that no token can be asked for');
  }
  const targetPlmn = firstPlmn(factors, 'target-plmn-list');
  const requesterPlmn = firstPlmn(factors, 'requester-plmn-list');
  return {
    nfInstanceId: requesting.nfInstanceId,
    nfType,
    targetNfType,
    scope,
    ...(targetPlmn ? { targetPlmn } : {}),
    ...(requesterPlmn ? { requesterPlmn } : {}),
  };
}

function firstPlmn(factors: Readonly<Record<string, string>>, name: string): string | undefined {
  const text = factors[name];
  if (text === undefined) return undefined;
  try {
    const [first]: unknown[] = [JSON.parse(text)].flat();
    if (Value.Check(PlmnId, first)) return JSON.stringify(first);
  } catch {
    // said below
  }
  throw scpProblem('INVALID_DISCOVERY_PARAM', `3gpp-Sbi-Discovery-${name} is no list of PLMNs`);
}
