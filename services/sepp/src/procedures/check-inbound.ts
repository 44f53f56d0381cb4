/** What the producer's SEPP checks before a message from another PLMN goes on (TS 33.501 13.1.2, 13.4.1.2, TS 29.500 6.1.4). */

import { type PlmnId, plmnOfFqdn, plmnToString, samePlmn } from '@twincore/model';
import {
  commonProblem,
  type Discover,
  isRegistered,
  ORIGINATING_NETWORK_ID,
  parseOriginatingNetworkId,
  Refusal,
} from '@twincore/sbi';
import { decodeJwt } from 'jose';

type Headers = Record<string, string | string[] | undefined>;

/** What a request says about its own origin has to agree with the N32 peer: header and access token. Throws 403. */
export function checkSourcePlmn(headers: Headers, peerPlmn: PlmnId): void {
  const declared = parseOriginatingNetworkId(headers[ORIGINATING_NETWORK_ID]);
  if (headers[ORIGINATING_NETWORK_ID] !== undefined && !(declared && samePlmn(declared, peerPlmn))) {
    throw new Refusal(
      403,
      'n32-originating-network',
      `3gpp-Sbi-Originating-Network-Id is not ${plmnToString(peerPlmn)}`,
    );
  }
  const token = /^Bearer (.+)$/i.exec(String(headers.authorization ?? ''))?.[1];
  if (headers.authorization === undefined) return;
  // The producer verifies the signature; that the token belongs to a consumer of the peer's PLMN only this SEPP can know.
  const consumerPlmnId = token && consumerPlmnOf(token);
  if (!consumerPlmnId || !samePlmn(consumerPlmnId, peerPlmn)) {
    throw new Refusal(
      403,
      'n32-consumer-plmn',
      `the access token is not one of a consumer in ${plmnToString(peerPlmn)}`,
    );
  }
}

function consumerPlmnOf(token: string): PlmnId | undefined {
  try {
    return decodeJwt<{ consumerPlmnId?: PlmnId }>(token).consumerPlmnId;
  } catch {
    return undefined;
  }
}

/**
 * Only an NF that is registered in this PLMN can be reached from outside; else a peer could make this SEPP open connections
 * wherever it likes. Throws 403 for another network, 504 TARGET_NF_NOT_REACHABLE for an unknown target.
 */
export async function checkTarget(
  target: URL,
  path: string,
  own: { plmnId: PlmnId; nrfApiRoot: string },
  discover: Discover,
): Promise<void> {
  const plmnId = plmnOfFqdn(target.hostname);
  if (!plmnId || !samePlmn(plmnId, own.plmnId)) {
    throw new Refusal(403, 'n32-target', 'the target is not in this PLMN');
  }
  if (target.origin === new URL(own.nrfApiRoot).origin) return;
  if (await isRegistered(target, path, discover)) return;
  throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no such NF is registered in this PLMN');
}
