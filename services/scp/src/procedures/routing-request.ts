/** What a request asks of the SCP, as its headers say (TS 29.500 clauses 6.10.2, 6.10.3, 6.10.10 and 6.12). */
import {
  ACCESS_SCOPE,
  type Binding,
  CALLBACK,
  CLIENT_CREDENTIALS,
  discoveryParameters,
  parseBinding,
  priorityIn,
  ROUTING_BINDING,
  TARGET_API_ROOT,
  type TargetApiRoot,
  targetOf,
} from '@twincore/sbi';
import { decodeJwt } from 'jose';
import { scpProblem } from './errors.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export const MAX_FORWARD_HOPS = '3gpp-sbi-max-forward-hops';
/** The sender does not want another producer to be tried. */
const RETRY_INFO = '3gpp-sbi-retry-info';

export interface RoutingRequest {
  /** C: there is a target; D: there are discovery factors, and a target for a resource that exists already. */
  readonly mode: 'C' | 'D';
  readonly target?: TargetApiRoot;
  /** Query parameters of Nnrf_NFDiscovery; empty in mode C. */
  readonly factors: Readonly<Record<string, string>>;
  readonly binding?: Binding;
  readonly isCallback: boolean;
  readonly priority?: number;
  readonly mayReselect: boolean;
  /** `nausf-auth` and `v1` of the path. */
  readonly api?: { readonly name: string; readonly version: string };
}

/** Who sent the request, by its certificate. */
export interface Sender {
  readonly nfInstanceId: string;
  readonly nfTypes: readonly string[];
}

/** Reads the headers. Throws 400 MANDATORY_IE_MISSING when they name neither a target nor what to look for. */
export function routingRequest(headers: Headers, path: string): RoutingRequest {
  const factors = discoveryParameters(headers);
  const delegated = Object.keys(factors).length > 0;
  const target = headers[TARGET_API_ROOT] === undefined ? undefined : targetOf(headers);
  if (!target && !delegated) {
    throw scpProblem('MANDATORY_IE_MISSING', '3gpp-Sbi-Target-apiRoot or 3gpp-Sbi-Discovery-target-nf-type is needed');
  }
  if (delegated && !(factors['target-nf-type'] && factors['requester-nf-type'])) {
    throw scpProblem(
      'INVALID_DISCOVERY_PARAM',
      '3gpp-Sbi-Discovery-target-nf-type and -requester-nf-type go together, and nothing is found without',
    );
  }
  const binding = parseBinding(headers[ROUTING_BINDING]);
  if (headers[ROUTING_BINDING] !== undefined && !binding) {
    throw scpProblem('MANDATORY_IE_INCORRECT', '3gpp-Sbi-Routing-Binding is malformed');
  }
  const priority = priorityIn(headers);
  const [, name, version] = /^\/([a-z0-9-]+)\/(v\d+)(?:\/|$)/.exec(path) ?? [];
  return {
    mode: delegated ? 'D' : 'C',
    factors,
    isCallback: headers[CALLBACK] !== undefined,
    mayReselect: headers[RETRY_INFO] !== 'no-retries',
    ...(target ? { target } : {}),
    ...(binding ? { binding } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(name && version ? { api: { name, version } } : {}),
  };
}

/** The scope of the token that the SCP asks for (TS 29.500 6.10.11.2): as the consumer says, or the service. */
export function scopeOf(headers: Headers, { factors, api }: RoutingRequest): string | undefined {
  const said = headers[ACCESS_SCOPE];
  return typeof said === 'string' ? said : (factors['service-names'] ?? api?.name);
}

/** The NF that consumes, and its assertion: whether that is genuine the NRF and the producer find out. */
export interface RequestingNf {
  readonly nfInstanceId: string;
  readonly assertion?: string;
}

/** Throws 403 for the assertion of another NF than the sender; behind another SCP the sender is not the consumer. */
export function requestingNf(headers: Headers, sender: Sender): RequestingNf {
  const assertion = headers[CLIENT_CREDENTIALS];
  if (typeof assertion !== 'string') return { nfInstanceId: sender.nfInstanceId };
  const nfInstanceId = subjectOf(assertion);
  if (nfInstanceId === sender.nfInstanceId || sender.nfTypes.includes('SCP')) return { nfInstanceId, assertion };
  throw scpProblem('CCA_VERIFICATION_FAILURE', '3gpp-Sbi-Client-Credentials is that of another NF');
}

function subjectOf(assertion: string): string {
  try {
    const { sub } = decodeJwt(assertion);
    if (sub) return sub.toLowerCase();
  } catch {
    // said below
  }
  throw scpProblem('CCA_VERIFICATION_FAILURE', '3gpp-Sbi-Client-Credentials is no assertion');
}

/**
 * 3gpp-Sbi-Max-Forward-Hops for the next hop (TS 29.500 6.10.10.2): one less where that is an SCP again, none for anybody else.
 * Throws 502 MAX_SCP_HOPS_REACHED.
 */
export function nextHops(value: string | undefined, toScp: boolean): string | undefined {
  const hops = /^(\d{1,2});\s*nodetype=scp$/.exec(value ?? '')?.[1];
  if (!toScp || hops === undefined) return undefined;
  if (hops === '0') throw scpProblem('MAX_SCP_HOPS_REACHED', 'the request may not go to one more SCP');
  return `${Number(hops) - 1}; nodetype=scp`;
}
