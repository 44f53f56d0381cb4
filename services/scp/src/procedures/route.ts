/** To whom a request goes (TS 29.500 clauses 6.10.3, 6.10.5 and 6.12, TS 23.501 clause 6.3.1). */
import { type DiscoveredNFProfile, type PlmnId, plmnOfFqdn, samePlmn } from '@twincore/model';
import {
  type Binding,
  CLIENT_CREDENTIALS,
  type Discover,
  isRegistered,
  type Producer,
  type ProducerId,
  type ProducerMemory,
  producersIn,
  SbiProblem,
  type Scope,
  type TargetApiRoot,
  UnexpectedAnswer,
} from '@twincore/sbi';
import { scpProblem } from './errors.ts';
import type { RequestingNf, RoutingRequest } from './routing-request.ts';

/** What an SCP knows, and whom it can ask. */
export interface Network {
  readonly plmnId: PlmnId;
  readonly nrfApiRoot: string;
  readonly seppApiRoot?: string;
  readonly maxProducers: number;
  readonly memory: ProducerMemory;
  readonly discover: Discover;
  /** Forgets what discovery has said of an NF type. */
  readonly forget: (targetNfType: string) => void;
  readonly discoverFor: (
    parameters: Readonly<Record<string, string>>,
    credentials: Record<string, string>,
  ) => Promise<DiscoveredNFProfile[]>;
}

/** One place that a request may be sent to. */
export interface Destination {
  /** Of the producer. */
  readonly apiRoot: string;
  /** Where the next hop is; the SEPP for a producer in another PLMN. */
  readonly origin: string;
  /** Prefix of the path at the next hop. */
  readonly prefix: string;
  /** The producer is in another PLMN. */
  readonly abroad: boolean;
  readonly isScp: boolean;
  /** Set when this SCP has chosen it. */
  readonly producer?: ProducerId;
  readonly scopes: readonly Scope[];
}

/** Destinations, the best one first: the target, then those that may stand in for it. */
export type Route = readonly [Destination, ...Destination[]];

/** Where a request goes first, and where else if that fails. Throws the errors of TS 29.500 clause 6.10.8. */
export async function routeFor(
  request: RoutingRequest,
  path: string,
  requesting: RequestingNf,
  network: Network,
): Promise<Route> {
  const { target } = request;
  if (target) await checkTarget(target, path, network);
  const others = await alternatives(request, requesting, network).catch((error: Error) => {
    // A target that is there needs nobody to stand in for it.
    if (target) return [];
    throw error;
  });
  const first = target ? [destinationAt(target.origin, network)] : [];
  const rest = others.filter((producer) => new URL(producer.apiRoot).origin !== target?.origin);
  const found = [...first, ...rest.map((producer) => destinationOf(producer, network))];
  const [best, ...more] = request.mayReselect ? found.slice(0, network.maxProducers) : found.slice(0, 1);
  if (best) return [best, ...more];
  throw scpProblem(
    'NF_DISCOVERY_FAILURE',
    `no ${request.factors['target-nf-type']} is found by these discovery factors`,
  );
}

/** What is not registered here, this SCP opens no connection to. */
async function checkTarget(
  target: TargetApiRoot,
  path: string,
  { plmnId, nrfApiRoot, discover }: Network,
): Promise<void> {
  const targetPlmn = target.plmnId;
  if (!targetPlmn) throw scpProblem('MANDATORY_IE_INCORRECT', 'the target is no NF of any PLMN');
  if (!samePlmn(targetPlmn, plmnId) || target.origin === new URL(nrfApiRoot).origin) return;
  if (await asked(isRegistered(target, path, discover))) return;
  throw scpProblem('TARGET_NF_NOT_REACHABLE', 'no such NF is registered in this PLMN');
}

/** Producers that the request itself allows this SCP to choose. */
async function alternatives(
  { factors, binding, mode, target, api, isCallback }: RoutingRequest,
  { nfInstanceId, assertion }: RequestingNf,
  { discoverFor, memory }: Network,
): Promise<Producer[]> {
  const within = binding && factorsOf(binding);
  // A resource belongs to whom it was made by, unless its owner says who else has it.
  const bound = binding !== undefined && !within;
  const findable = mode === 'D' || (within !== undefined && binding?.serviceName !== undefined);
  const service = factors['service-names'] ?? binding?.serviceName ?? api?.name;
  if (isCallback || !findable || service === undefined || (target && bound)) return [];
  const parameters = {
    ...(mode === 'D' ? factors : { 'target-nf-type': nfTypeOf(service), 'requester-nf-type': 'SCP' }),
    ...(mode === 'D' ? { 'requester-nf-instance-id': nfInstanceId } : {}),
    'service-names': service,
    ...within,
    ...(bound && binding.nfInstanceId ? { 'target-nf-instance-id': binding.nfInstanceId } : {}),
  };
  const profiles = await asked(
    discoverFor(parameters, mode === 'D' && assertion ? { [CLIENT_CREDENTIALS]: assertion } : {}),
  );
  const producers = memory.order(producersIn(profiles, service));
  const speaking = producers.filter(({ versions }) => !api || api.name !== service || versions.includes(api.version));
  if (producers.length > 0 && speaking.length === 0) {
    throw scpProblem('INVALID_API', `nobody offers ${service} in ${api?.version}`);
  }
  return speaking;
}

/** The set within which another producer has the same resource (TS 29.500 table 6.12.1-1); undefined when there is none. */
function factorsOf({ level, nfSetId, serviceSetId }: Binding): Record<string, string> | undefined {
  if (level === 'nf-set' && nfSetId) return { 'target-nf-set-id': nfSetId };
  if (level === 'nfservice-set' && serviceSetId) return { 'target-nf-service-set-id': serviceSetId };
  return undefined;
}

/** `AUSF` of `nausf-auth`: service names are `n<NF type>-…` (TS 29.510 6.1.6.3.11). */
const nfTypeOf = (service: string) => /^n([a-z0-9]+)-/.exec(service)?.[1]?.toUpperCase() ?? '';

/** The NRF's answer; its failures as those of this SCP. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UnexpectedAnswer) {
      const { answeredStatus: status, answer } = error;
      const about = `the NRF answered ${status} ${answer.cause ?? ''} ${answer.detail ?? ''}`.trim();
      throw scpProblem(status === 400 ? 'INVALID_DISCOVERY_PARAM' : 'NF_DISCOVERY_ERROR', about);
    }
    if (error instanceof SbiProblem && error.status === 504) throw scpProblem('NRF_NOT_REACHABLE', error.message);
    throw error;
  }
}

function destinationOf(producer: Producer, network: Network): Destination {
  const { nfInstanceId, nfSetIds, apiRoot, scopes } = producer;
  const [nfSetId] = nfSetIds;
  return {
    ...destinationAt(apiRoot, network),
    scopes,
    producer: { nfInstanceId, ...(nfSetId ? { nfSetId } : {}), serviceInstanceId: producer.serviceInstanceId },
  };
}

function destinationAt(apiRoot: string, { plmnId, seppApiRoot, memory }: Network): Destination {
  const { origin, hostname, pathname } = new URL(apiRoot);
  const targetPlmn = plmnOfFqdn(hostname);
  const prefix = pathname === '/' ? '' : pathname;
  const common = { apiRoot, scopes: memory.scopesAt(apiRoot), isScp: /^scp/i.test(hostname), prefix };
  if (!targetPlmn || samePlmn(targetPlmn, plmnId)) return { ...common, origin, abroad: false };
  if (!seppApiRoot) throw scpProblem('TARGET_NF_NOT_REACHABLE', 'another PLMN is only reached through a SEPP');
  return { ...common, origin: seppApiRoot, abroad: true };
}
