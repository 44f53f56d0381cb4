/** What the producer's SEPP checks before a message from another PLMN goes on (TS 33.501 13.1.2, 13.4.1.2, TS 29.500 6.1.4). */

import { type PlmnId, plmnToString } from '@twincore/model';
import {
  apiRootOf,
  commonProblem,
  type Discover,
  isRegistered,
  ORIGINATING_NETWORK_ID,
  parseOriginatingNetworkId,
  Refusal,
  type TargetApiRoot,
} from '@twincore/sbi';
import { decodeJwt } from 'jose';
import { LRUCache } from 'lru-cache';
import { includesPlmn } from '../partners.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * What a request says about its own origin has to agree with the N32 peer: header and access token. Gives the PLMN that it
 * declares, undefined when it declares none. Throws 403.
 */
export function checkSourcePlmn(headers: Headers, peerPlmns: readonly PlmnId[]): PlmnId | undefined {
  const declared = parseOriginatingNetworkId(headers[ORIGINATING_NETWORK_ID]);
  if (headers[ORIGINATING_NETWORK_ID] !== undefined && !(declared && includesPlmn(peerPlmns, declared))) {
    throw new Refusal(403, 'n32-originating-network', `3gpp-Sbi-Originating-Network-Id is not ${namesOf(peerPlmns)}`);
  }
  if (headers.authorization === undefined) return declared;
  const token = /^Bearer (.+)$/i.exec(String(headers.authorization))?.[1];
  // The producer verifies the signature; that the token belongs to a consumer of the peer's PLMN only this SEPP can know.
  const consumerPlmnId = token && consumerPlmnOf(token);
  if (!consumerPlmnId || !includesPlmn(peerPlmns, consumerPlmnId)) {
    throw new Refusal(403, 'n32-consumer-plmn', `the access token is not one of a consumer in ${namesOf(peerPlmns)}`);
  }
  return declared ?? consumerPlmnId;
}

const namesOf = (plmnIds: readonly PlmnId[]) => plmnIds.map(plmnToString).join(', ');

/** Of tokens whose consumers are remembered. */
const MAX_OCTETS = 4 * 1024 * 1024;
/** A consumer uses one token for many requests. */
const consumers = new LRUCache<string, { readonly plmnId: PlmnId | undefined }>({
  maxSize: MAX_OCTETS,
  sizeCalculation: (_consumer, token) => token.length,
});

function consumerPlmnOf(token: string): PlmnId | undefined {
  let consumer = consumers.get(token);
  if (!consumer) {
    consumer = { plmnId: readConsumerPlmn(token) };
    consumers.set(token, consumer);
  }
  return consumer.plmnId;
}

function readConsumerPlmn(token: string): PlmnId | undefined {
  try {
    return decodeJwt<{ consumerPlmnId?: PlmnId }>(token).consumerPlmnId;
  } catch {
    return undefined;
  }
}

/** Where requests of partners may go in the own PLMN. */
export interface Reachable {
  readonly plmnIds: readonly PlmnId[];
  /** Origins that are always there: the NRF, and what the configuration names. */
  readonly origins: readonly string[];
  readonly discover?: Discover;
}

/**
 * The origin to send a request to. Only an NF that is registered in this PLMN, or that the configuration names, can be reached from
 * outside; else a peer could make this SEPP open connections wherever it likes. A target without port (a telescopic FQDN has
 * none) is the end point that its NF has registered. Throws 403 for another network, 504 TARGET_NF_NOT_REACHABLE for an
 * unknown target.
 */
export async function resolveTarget(target: TargetApiRoot, path: string, reachable: Reachable): Promise<string> {
  // An authority tells no scheme, and one host and port can have only one.
  const configured = reachable.origins.find(
    (origin) => origin === target.origin || new URL(origin).host === target.host,
  );
  if (configured !== undefined) return configured;
  const { plmnId } = target;
  if (!plmnId || !includesPlmn(reachable.plmnIds, plmnId)) {
    throw new Refusal(403, 'n32-target', 'the target is not in this PLMN');
  }
  const { discover = async () => [] } = reachable;
  if (await isRegistered(target, path, discover)) return target.origin;
  const registered = target.port === '' ? await registeredOrigin(target, path, discover, reachable.origins) : undefined;
  if (registered !== undefined) return registered;
  throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no such NF is registered in this PLMN');
}

async function registeredOrigin(
  target: TargetApiRoot,
  path: string,
  discover: Discover,
  origins: readonly string[],
): Promise<string | undefined> {
  const known = origins.find((origin) => new URL(origin).hostname === target.hostname);
  if (known !== undefined) return known;
  const [, serviceName, nfType] = /^\/(n([a-z0-9]{2,20})-[a-z0-9-]+)\//.exec(path) ?? [];
  if (!serviceName || !nfType) return undefined;
  const profiles = await discover({ targetNfType: nfType.toUpperCase(), targetNfFqdn: target.hostname });
  const services = profiles.flatMap((profile) => (profile.nfServices ?? []).map((service) => ({ profile, service })));
  const found = services.find(({ service }) => service.serviceName === serviceName);
  return found && new URL(apiRootOf(found.profile, found.service)).origin;
}
