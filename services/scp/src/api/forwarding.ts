/** The one route of an SCP: whatever an NF of this PLMN wants to have passed on (TS 29.500 clause 6.10). */
import {
  ACCESS_SCOPE,
  checkLoop,
  DISCOVERY_PREFIX,
  forward,
  leaveBodiesUnread,
  type Nf,
  ROUTING_BINDING,
  type SbiReply,
  type SbiRequest,
  type SbiServer,
  TARGET_API_ROOT,
  VIA,
  viaWith,
} from '@twincore/sbi';
import type { TokensOnBehalf } from '../clients/tokens.ts';
import type { ScpConfig } from '../config.ts';
import { Delivery } from '../procedures/delivery.ts';
import { type Network, routeFor } from '../procedures/route.ts';
import { MAX_FORWARD_HOPS, requestingNf, routingRequest } from '../procedures/routing-request.ts';
import { tokenRequestOf } from '../procedures/token-request.ts';

export interface Proxy {
  readonly nf: Nf<ScpConfig>;
  readonly network: Network;
  /** `SCP-<FQDN>`: in Via and Server. */
  readonly name: string;
  readonly tokens: TokensOnBehalf;
  readonly count: (mode: 'C' | 'D', status: number) => void;
  readonly countFailure: (target: string) => void;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Registers the route. */
export function forwarding(server: SbiServer, proxy: Proxy): void {
  server.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.route({
      method: METHODS,
      url: '/*',
      config: { sbi: { access: 'peer', operation: 'Forward', peers: ['*'] } },
      handler: (request, reply) => passOn(request, reply, proxy),
    });
  });
}

async function passOn(request: SbiRequest, reply: SbiReply, proxy: Proxy): Promise<SbiReply> {
  const { nf, network, name, tokens } = proxy;
  const { headers, url } = request;
  const sender = request.sbi.peer;
  if (!sender) throw new Error('a route without guard');
  const routing = routingRequest(headers, url);
  request.sbi.scp = { mode: routing.mode, ...(routing.target ? { targetApiRoot: routing.target.origin } : {}) };
  checkLoop(headers[VIA], name);
  const requesting = requestingNf(headers, sender);
  const wanted = tokenRequestOf(headers, routing, requesting);
  const route = await routeFor(routing, url, requesting, network);
  const delivery = new Delivery({
    http: nf.http,
    network,
    routing,
    route,
    via: name,
    hops: headers[MAX_FORWARD_HOPS] === undefined ? undefined : String(headers[MAX_FORWARD_HOPS]),
    ...(wanted
      ? { token: () => tokens.get(wanted, requesting.assertion), forgetToken: () => tokens.forget(wanted) }
      : {}),
    report: (detail) => {
      request.sbi.scp = { ...detail, mode: routing.mode };
    },
    failed: proxy.countFailure,
    rediscover: async () => {
      if (routing.mode === 'C' || !routing.mayReselect) return [];
      network.forget(routing.factors['target-nf-type'] ?? '');
      return routeFor(routing, url, requesting, network).catch(() => []);
    },
  });
  const [first] = route;
  try {
    const answered = await forward(request, reply, {
      http: { open: (raw) => delivery.open(raw) },
      origin: first.origin,
      headers: {
        ...withoutRoutingHeaders(headers),
        [VIA]: viaWith(headers[VIA], name),
      },
      target: routing.factors['target-nf-type'] ?? labelOf(first.apiRoot),
      bodyBytes: nf.config.limits.bodyBytes,
      record: nf.trace !== undefined,
    });
    proxy.count(routing.mode, reply.statusCode);
    return answered;
  } catch (error) {
    proxy.count(routing.mode, 0);
    throw error;
  }
}

/** What was meant for this SCP; what the next hop needs of it, the delivery sets again. */
function withoutRoutingHeaders(headers: SbiRequest['headers']): Record<string, undefined> {
  const own = [ACCESS_SCOPE, MAX_FORWARD_HOPS, ROUTING_BINDING, TARGET_API_ROOT];
  const names = [...own, ...Object.keys(headers).filter((name) => name.startsWith(DISCOVERY_PREFIX))];
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

const labelOf = (apiRoot: string) => new URL(apiRoot).hostname.split('.', 1)[0]?.toUpperCase() ?? 'NF';
