/** N32-c handshake API, `/n32c-handshake/v1` (TS 29.573 6.1), on the N32 listener. */
import type { TLSSocket } from 'node:tls';
import { N32fContextInfo, N32fErrorInfo, SecNegotiateReqData, SecParamExchReqData } from '@twincore/model';
import { commonProblem, type SbiRequest, type SbiServer } from '@twincore/sbi';
import type { Border } from '../border.ts';
import type { Partner } from '../config.ts';
import { newContextId } from '../contexts.ts';
import { sessionOf } from '../partners.ts';
import { answerCapabilities, type Capabilities } from '../procedures/exchange-capability.ts';
import { answerParameters } from '../procedures/exchange-params.ts';
import { errorReported, terminatedByPeer } from '../procedures/terminate.ts';

const rule = (operation: string) =>
  ({ sbi: { access: 'peer', operation: `N32c_${operation}`, peers: ['SEPP'] } }) as const;

export function n32cHandshake(server: SbiServer, border: Border): void {
  const { self, partners, contexts, checks } = border;
  const api = '/n32c-handshake/v1';
  /** With PRINS the context is made of what exchange-params agrees on, and this was agreed before. */
  const agreed = new Map<Partner, Capabilities>();

  server.post<{ Body: SecNegotiateReqData }>(
    `${api}/exchange-capability`,
    { config: rule('ExchangeCapability'), schema: { body: SecNegotiateReqData } },
    async (request) => {
      const partner = partners.ofPeer(request);
      const fqdn = request.sbi.peer?.fqdn ?? '';
      const { capabilities, answer } = answerCapabilities(request.body, self, partner, fqdn, checks);
      if (!capabilities) await contexts.end(partner);
      else if (answer.selectedSecCapability === 'TLS') {
        await contexts.established(partner, {
          contextId: newContextId(),
          security: 'TLS',
          ...capabilities,
          initiatedBy: 'peer',
          establishedAt: new Date().toISOString(),
        });
      } else agreed.set(partner, capabilities);
      return answer;
    },
  );

  server.post<{ Body: SecParamExchReqData }>(
    `${api}/exchange-params`,
    { config: rule('ExchangeParams'), schema: { body: SecParamExchReqData } },
    async (request) => {
      const partner = partners.ofPeer(request);
      const terms = border.neighbour(partner).prins?.terms ?? NO_TERMS;
      const { answer, ...parameters } = answerParameters(request.body, self, partner, terms, (label, octets) =>
        socketOf(request).exportKeyingMaterial(octets, label, Buffer.alloc(0)),
      );
      await contexts.established(partner, {
        targetApiRootSupported: true,
        ...agreed.get(partner),
        ...parameters,
        security: 'PRINS',
        initiatedBy: 'peer',
        establishedAt: new Date().toISOString(),
      });
      return answer;
    },
  );

  server.post<{ Body: N32fContextInfo }>(
    `${api}/n32f-terminate`,
    { config: rule('N32fTerminate'), schema: { body: N32fContextInfo } },
    async (request) => terminatedByPeer(contexts, partners.ofPeer(request), request.body, checks),
  );

  server.post<{ Body: N32fErrorInfo }>(
    `${api}/n32f-error`,
    { config: rule('N32fError'), schema: { body: N32fErrorInfo } },
    async (request, reply) => {
      const partner = partners.ofPeer(request);
      border.metrics.n32fError(partner, 'peer', request.body.n32fErrorType);
      await errorReported(contexts, partner, request.body);
      return reply.code(204).send();
    },
  );
}

/** For a partner without PRINS: there is nothing to agree on. */
const NO_TERMS = {
  cipherSuites: [],
  policy: { apiIeMappingList: [] },
  policyId: 'none',
  ipxProviders: [],
  keyLifetimeMs: 0,
};

function socketOf(request: SbiRequest): TLSSocket {
  const socket = sessionOf(request)?.socket;
  if (!socket) throw commonProblem('SYSTEM_FAILURE');
  return socket as TLSSocket;
}
