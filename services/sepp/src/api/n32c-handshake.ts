/** N32-c handshake API, `/n32c-handshake/v1` (TS 29.573 6.1), on the N32 listener. */
import { SecNegotiateReqData } from '@twincore/model';
import type { SbiServer } from '@twincore/sbi';
import type { N32Contexts } from '../contexts.ts';
import type { Partners } from '../partners.ts';
import { answerCapabilities, type Self } from '../procedures/exchange-capability.ts';

export function n32cHandshake(server: SbiServer, self: Self, partners: Partners, contexts: N32Contexts): void {
  server.post<{ Body: SecNegotiateReqData }>(
    '/n32c-handshake/v1/exchange-capability',
    {
      config: { sbi: { access: 'peer', operation: 'N32c_ExchangeCapability', peers: ['SEPP'] } },
      schema: { body: SecNegotiateReqData },
    },
    async (request) => {
      const partner = partners.ofPeer(request);
      const { context, answer } = answerCapabilities(request.body, self, partner, request.sbi.peer?.fqdn ?? '');
      await contexts.established(partner, context);
      return answer;
    },
  );
}
