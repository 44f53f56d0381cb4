/** The two catch-all routes that carry SBI messages across the border (TS 29.500 6.1.4, TS 29.573 5.3). */
import type { Http2ServerRequest } from 'node:http2';
import { plmnOfFqdn } from '@twincore/model';
import {
  commonProblem,
  formatOriginatingNetworkId,
  forward,
  leaveBodiesUnread,
  type N32Detail,
  ORIGINATING_NETWORK_ID,
  parseOriginatingNetworkId,
  Refusal,
  type SbiReply,
  type SbiRequest,
  type SbiServer,
  TARGET_API_ROOT,
  targetOf,
} from '@twincore/sbi';
import { type Border, labelOfHost } from '../border.ts';
import type { Partner } from '../config.ts';
import { includesPlmn, nameOf } from '../partners.ts';
import { deliver } from '../procedures/deliver.ts';
import { sendOut } from '../procedures/send-out.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Consumer's SEPP, on the SBI listener: from an NF of this PLMN to the SEPP of the target's PLMN. */
export function toN32(server: SbiServer, border: Border): void {
  const { nf, self } = border;
  const { config, trace } = nf;
  server.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.route({
      method: METHODS,
      url: '/*',
      config: { sbi: { access: 'peer', operation: 'Forward to N32-f', peers: ['*'] } },
      handler: async (request: SbiRequest, reply: SbiReply) => {
        const target = (await telescopicTarget(request, border)) ?? targetOf(request.headers);
        const plmnId = plmnOfFqdn(target.hostname);
        const partner = plmnId && border.partners.of(plmnId);
        if (!partner) throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no roaming partner has this target');
        const neighbour = border.neighbour(partner);
        const detail = n32Detail('cSEPP', partner, target);
        request.sbi.n32 = detail;
        const declared = parseOriginatingNetworkId(request.headers[ORIGINATING_NETWORK_ID]);
        const source = declared && includesPlmn(self.plmnIds, declared) ? declared : config.plmnId;
        return forward(request, reply, {
          http: {
            open: (raw) => sendOut(border, { neighbour, target, request: raw, detail, record: trace !== undefined }),
          },
          origin: target.origin,
          headers: {
            [TARGET_API_ROOT]: undefined,
            [ORIGINATING_NETWORK_ID]: formatOriginatingNetworkId(source, {
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

/** Producer's SEPP, on the N32 listener: from a partner's SEPP to the NF in this PLMN, N32-f with TLS. */
export function fromN32(server: SbiServer, border: Border): void {
  const { trace } = border.nf;
  server.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.route({
      method: METHODS,
      url: '/*',
      config: { sbi: { access: 'peer', operation: 'Forward from N32-f', peers: ['SEPP'] } },
      handler: async (request: SbiRequest, reply: SbiReply) => {
        const partner = border.partners.ofPeer(request);
        if (partner.security !== 'TLS') {
          throw new Refusal(403, 'n32-downgrade', 'N32-f with this partner is protected by PRINS, nothing less');
        }
        const context = border.contexts.current(partner);
        if (!context) {
          throw new Refusal(403, 'n32-context', 'security capabilities are negotiated on N32-c before N32-f', {
            cause: 'CONTEXT_NOT_FOUND',
          });
        }
        border.contexts.confirm(partner, context);
        const neighbour = border.neighbour(partner);
        neighbour.rates.admitPartner();
        const target = inboundTarget(request, border);
        request.sbi.n32 = n32Detail('pSEPP', partner, target);
        border.metrics.message(neighbour, 'in');
        return forward(request, reply, {
          http: { open: (raw) => deliver(border, neighbour, { ...raw, target }) },
          origin: target.origin,
          headers: {},
          target: labelOfHost(target.hostname),
          bodyBytes: partner.firewall.bodyBytes,
          record: trace !== undefined,
        });
      },
    });
  });
}

/** The target that the partner names: by header, or by the authority where the partner has none (TS 29.573 5.3.3). */
function inboundTarget(request: SbiRequest, { self }: Border): URL {
  const authority = authorityOf(request);
  const own = authority && new URL(authority).hostname === self.fqdn.toLowerCase();
  if (request.headers[TARGET_API_ROOT] !== undefined || !authority || own) return targetOf(request.headers);
  return new URL(authority);
}

/** The foreign NF behind a telescopic FQDN; undefined when the request is for this SEPP by its own name. */
async function telescopicTarget(request: SbiRequest, { telescopic }: Border): Promise<URL | undefined> {
  const authority = authorityOf(request);
  const label = authority && telescopic.labelIn(new URL(authority).hostname);
  if (!label) return undefined;
  const fqdn = await telescopic.foreignFqdnOf(label);
  if (!fqdn) throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no NF has this telescopic FQDN');
  return new URL(`https://${fqdn}`);
}

function authorityOf(request: SbiRequest): string | undefined {
  const { authority } = request.raw as unknown as Http2ServerRequest;
  const origin = `https://${authority}`;
  return URL.canParse(origin) ? origin : undefined;
}

export function n32Detail(role: 'cSEPP' | 'pSEPP', partner: Partner, target: URL): N32Detail {
  return {
    role,
    peerPlmn: nameOf(partner),
    peerFqdn: partner.n32.fqdn,
    security: partner.security,
    targetApiRoot: target.origin,
  };
}
