/** The two catch-all routes that carry SBI messages across the border (TS 29.500 6.1.4, TS 29.573 5.3). */
import type { Http2ServerRequest } from 'node:http2';
import {
  checkLoop,
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
  type TargetApiRoot,
  targetAt,
  targetOf,
  VIA,
  viaWith,
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
        checkLoop(request.headers[VIA], self.name);
        const telescopic = labelIn(request, border);
        const target = telescopic === undefined ? targetOf(request.headers) : await foreignTarget(telescopic, border);
        const partner = target.plmnId && border.partners.of(target.plmnId);
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
            [ORIGINATING_NETWORK_ID]: formatOriginatingNetworkId(source, config),
            [VIA]: viaWith(request.headers[VIA], self.name),
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
        if (partner.security !== 'TLS' && border.checks.downgrade) {
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
          bodyBytes: border.checks.firewall ? partner.firewall.bodyBytes : border.nf.config.limits.bodyBytes,
          record: trace !== undefined,
        });
      },
    });
  });
}

/** The target that the partner names: by header, or by the authority where the partner has none (TS 29.573 5.3.3). */
function inboundTarget(request: SbiRequest, { self }: Border): TargetApiRoot {
  if (request.headers[TARGET_API_ROOT] !== undefined) return targetOf(request.headers);
  const authority = authorityOf(request);
  if (!authority || authority.hostname === self.fqdn.toLowerCase()) return targetOf(request.headers);
  return targetAt(authority);
}

/** The label of a telescopic FQDN; undefined when the request is for this SEPP by its own name. */
function labelIn(request: SbiRequest, { telescopic }: Border): string | undefined {
  const { authority = '' } = request.raw as unknown as Http2ServerRequest;
  return telescopic.labelIn(authority.replace(/:\d+$/, ''));
}

/** The foreign NF behind a telescopic FQDN. */
async function foreignTarget(label: string, { telescopic }: Border): Promise<TargetApiRoot> {
  const fqdn = await telescopic.foreignFqdnOf(label);
  if (!fqdn) throw commonProblem('TARGET_NF_NOT_REACHABLE', 'no NF has this telescopic FQDN');
  return targetAt(new URL(`https://${fqdn}`));
}

function authorityOf(request: SbiRequest): URL | undefined {
  const { authority } = request.raw as unknown as Http2ServerRequest;
  const origin = `https://${authority}`;
  return URL.canParse(origin) ? new URL(origin) : undefined;
}

export function n32Detail(role: 'cSEPP' | 'pSEPP', partner: Partner, target: TargetApiRoot): N32Detail {
  return { ...n32Peer(role, partner), targetApiRoot: target.origin };
}

/** As much of it as is known before the message is read. */
export function n32Peer(role: 'cSEPP' | 'pSEPP', partner: Partner): N32Detail {
  return { role, peerPlmn: nameOf(partner), peerFqdn: partner.n32.fqdn, security: partner.security };
}
