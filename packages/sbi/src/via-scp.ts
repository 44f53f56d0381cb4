/** The consumer's side of indirect communication (TS 29.500 clause 6.10, TS 23.501 Annex E): what a request to the SCP carries. */
import { type PlmnId, plmnOfFqdn, samePlmn } from '@twincore/model';
import { LRUCache } from 'lru-cache';
import { BINDING, type Binding, formatBinding, parseBinding, ROUTING_BINDING } from './binding.ts';
import { createCca } from './cca.ts';
import { type HttpResponse, NO_RETRY, RESPONSE_INFO, Unreachable } from './client.ts';
import type { NfConfig } from './config.ts';
import { ACCESS_SCOPE, discoveryHeaders } from './discovery-headers.ts';
import { CLIENT_CREDENTIALS, TARGET_API_ROOT } from './headers.ts';
import { commonProblem, type SbiProblem } from './problem.ts';
import { neededScope } from './rules.ts';

export const CALLBACK = '3gpp-sbi-callback';

/** What the SCP has to know of a service request to find a producer and to ask for a token. */
export interface DelegatedRequest {
  readonly nfType: string;
  readonly serviceName: string;
  readonly scopes?: readonly string[];
  readonly plmnId?: PlmnId;
  readonly routingIndicator?: string;
}

/** Proof for the producer, and for the NRF where the SCP asks for the token, of who this NF is (TS 33.501 13.3.8). */
export async function credentials(config: NfConfig, audience: readonly string[]): Promise<Record<string, string>> {
  if (config.insecure.cleartext) return {};
  return { [CLIENT_CREDENTIALS]: await createCca(config, audience) };
}

/** Model D: the discovery factors, the scope of the token, and the assertion (TS 29.500 clauses 6.10.3.2 and 6.10.11.2). */
export async function delegation(config: NfConfig, request: DelegatedRequest): Promise<Record<string, string>> {
  const { nfType, serviceName, plmnId, routingIndicator } = request;
  const abroad = plmnId !== undefined && !samePlmn(plmnId, config.plmnId);
  return {
    ...discoveryHeaders({
      'target-nf-type': nfType,
      'requester-nf-type': config.nfType,
      'requester-nf-instance-id': config.nfInstanceId,
      'service-names': serviceName,
      ...(routingIndicator ? { 'routing-indicator': routingIndicator } : {}),
      ...(abroad
        ? {
            'target-plmn-list': JSON.stringify([plmnId]),
            'requester-plmn-list': JSON.stringify([config.plmnId]),
          }
        : {}),
    }),
    [ACCESS_SCOPE]: neededScope(request),
    ...(await credentials(config, ['NRF', nfType])),
  };
}

/** Where a request for `uri` goes when an SCP takes it there (TS 29.500 clause 6.10.2.5). */
export function throughScp(scpApiRoot: string, uri: string): { url: string; headers: Record<string, string> } {
  const { origin } = new URL(uri);
  return { url: scpApiRoot + uri.slice(origin.length), headers: { [TARGET_API_ROOT]: origin } };
}

/** Which producer holds a resource, as it has said itself (TS 29.500 clause 6.12.1). */
export class Bindings {
  readonly #known = new LRUCache<string, Binding>({ max: 10_000, ttl: 3_600_000 });

  /** Remembers the binding that an answer gives for the resource that it has created. */
  learn({ headers }: HttpResponse): void {
    const { location } = headers;
    const binding = parseBinding(headers[BINDING]);
    if (binding && typeof location === 'string') this.#known.set(location, binding);
  }

  /** 3gpp-Sbi-Routing-Binding for a resource or what is below it; nothing where no binding is known. */
  headersFor(uri: string): Record<string, string> {
    for (let resource = uri; resource.length > new URL(uri).origin.length; resource = parentOf(resource)) {
      const binding = this.#known.get(resource);
      if (binding) return { [ROUTING_BINDING]: formatBinding(binding) };
    }
    return {};
  }
}

const parentOf = (uri: string) => uri.slice(0, uri.lastIndexOf('/'));

/** Whether an SCP or SEPP wrote this answer itself, by its Server header (TS 29.500 clause 6.10.8.2). */
function isFromProxy({ headers }: Pick<HttpResponse, 'headers'>): boolean {
  return /^(SCP|SEPP)-/.test(String(headers.server ?? ''));
}

type Unread = Pick<HttpResponse, 'headers' | 'status'>;

/** Whether a proxy on the way could not reach whom the request was for. */
export function isUnreached(answer: Unread): boolean {
  return answer.status === 504 && isFromProxy(answer);
}

/** Whether the request of such an answer cannot have arrived, so that sending it elsewhere is safe. */
export function isSurelyUnsent({ headers }: Unread): boolean {
  return !String(headers[RESPONSE_INFO] ?? '').includes(NO_RETRY);
}

/** Causes of an SCP that mean: there is nobody who could serve this. */
const NOBODY = new Set(['NF_DISCOVERY_FAILURE', 'NRF_NOT_REACHABLE', 'NF_DISCOVERY_ERROR']);

/** What a proxy's own error is to a caller that knows nothing of proxies; undefined for the answer of a producer. */
export function failureOfProxy(answer: HttpResponse, target: string): SbiProblem | undefined {
  if (answer.status < 400 || !isFromProxy(answer)) return undefined;
  const { cause = '', detail = '' } = Object(answer.body) as { cause?: string; detail?: string };
  const told = `${answer.headers.server}: ${cause} ${detail}`.trim();
  if (NOBODY.has(cause)) return commonProblem('TARGET_NF_NOT_REACHABLE', told);
  return isUnreached(answer) ? new Unreachable(target, new Error(told), isSurelyUnsent(answer)) : undefined;
}

/** True for the URI of an NF in another PLMN than `own`. */
export function isAbroad(uri: string, own: PlmnId): boolean {
  const plmnId = plmnOfFqdn(new URL(uri).hostname);
  return plmnId !== undefined && !samePlmn(plmnId, own);
}
