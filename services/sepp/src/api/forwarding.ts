/** The two catch-all routes that carry SBI messages across the border (TS 29.500 6.1.4, TS 29.573 5.3 for TLS). */
import { plmnOfFqdn, plmnToString } from '@twincore/model';
import {
  commonProblem,
  formatOriginatingNetworkId,
  forward,
  type HttpClient,
  leaveBodiesUnread,
  type Nf,
  ORIGINATING_NETWORK_ID,
  Refusal,
  type SbiReply,
  type SbiRequest,
  type SbiServer,
  TARGET_API_ROOT,
  targetOf,
} from '@twincore/sbi';
import type { Partner, SeppConfig } from '../config.ts';
import type { N32Contexts } from '../contexts.ts';
import type { Partners } from '../partners.ts';
import { checkSourcePlmn, checkTarget } from '../procedures/check-inbound.ts';

export interface Border {
  readonly nf: Nf<SeppConfig>;
  readonly partners: Partners;
  readonly contexts: N32Contexts;
  /** The client toward a partner: our N32 certificate, its CA. */
  readonly n32Client: (partner: Partner) => HttpClient;
  /** Counts a message by partner and direction. */
  readonly count: (partner: Partner, direction: 'in' | 'out') => void;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Consumer's SEPP, on the SBI listener: from an NF of this PLMN to the SEPP of the target's PLMN. */
export function toN32(server: SbiServer, { nf, partners, contexts, n32Client, count }: Border): void {
  const { config, trace } = nf;
  server.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.route({
      method: METHODS,
      url: '/*',
      config: { sbi: { access: 'peer', operation: 'Forward to N32-f', peers: ['*'] } },
      handler: async (request: SbiRequest, reply: SbiReply) => {
        const target = targetOf(request.headers);
        const plmnId = plmnOfFqdn(target.hostname);
        const partner = plmnId && partners.of(plmnId);
        if (!partner) throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no roaming partner has this target');
        const context = await contexts.ensure(partner).catch((error: Error) => {
          throw commonProblem('TARGET_NF_NOT_REACHABLE', `no N32 context with ${partner.n32.fqdn}: ${error.message}`);
        });
        request.sbi.n32 = n32Detail('cSEPP', partner, context.security, target);
        count(partner, 'out');
        return forward(request, reply, {
          http: n32Client(partner),
          origin: `https://${partner.n32.fqdn}:${partner.n32.port}`,
          headers: {
            [TARGET_API_ROOT]: target.origin,
            [ORIGINATING_NETWORK_ID]: formatOriginatingNetworkId(config.plmnId, {
              nfType: config.nfType,
              fqdn: config.fqdn,
            }),
          },
          target: 'SEPP',
          bodyBytes: config.limits.bodyBytes,
          record: trace !== undefined,
        });
      },
    });
  });
}

/** Producer's SEPP, on the N32 listener: from a partner's SEPP to the NF in this PLMN. */
export function fromN32(server: SbiServer, { nf, partners, contexts, count }: Border): void {
  const { config, trace } = nf;
  const own = { plmnId: config.plmnId, nrfApiRoot: config.nrf.apiRoot };
  server.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.route({
      method: METHODS,
      url: '/*',
      config: { sbi: { access: 'peer', operation: 'Forward from N32-f', peers: ['SEPP'] } },
      handler: async (request: SbiRequest, reply: SbiReply) => {
        const partner = partners.ofPeer(request);
        const context = await contexts.current(partner);
        if (!context)
          throw new Refusal(403, 'n32-context', 'security capabilities are negotiated on N32-c before N32-f');
        const target = targetOf(request.headers);
        request.sbi.n32 = n32Detail('pSEPP', partner, context.security, target);
        count(partner, 'in');
        checkSourcePlmn(request.headers, partner.plmnId);
        await checkTarget(target, request.url, own, (query) => nf.nrf.discover(query));
        return forward(request, reply, {
          http: nf.http,
          origin: target.origin,
          headers: {
            [TARGET_API_ROOT]: undefined,
            // From here on this SEPP vouches for it: producers believe the header from their own SEPP only.
            [ORIGINATING_NETWORK_ID]: formatOriginatingNetworkId(partner.plmnId, {
              nfType: config.nfType,
              fqdn: config.fqdn,
            }),
          },
          target: target.hostname.split('.', 1)[0]?.toUpperCase() ?? 'NF',
          bodyBytes: config.limits.bodyBytes,
          record: trace !== undefined,
        });
      },
    });
  });
}

function n32Detail(role: 'cSEPP' | 'pSEPP', partner: Partner, security: 'TLS', target: URL) {
  return {
    role,
    peerPlmn: plmnToString(partner.plmnId),
    peerFqdn: partner.n32.fqdn,
    security,
    targetApiRoot: target.origin,
  };
}
