/** Nudm_UEAuthentication (TS 29.503 clauses 5.4 and 6.3). */
import { AuthEvent, AuthenticationInfoRequest, type AuthenticationInfoResult, Supi, SupiOrSuci } from '@twincore/model';
import type { SbiServer, TokenRule } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { SubscriptionData } from '../clients/udr.ts';
import type { UdmConfig } from '../config.ts';
import { confirmAuth, removeAuth } from '../procedures/auth-events.ts';
import { type ArpfKeys, generateAuthData } from '../procedures/generate-auth-data.ts';
import { KeyedQueue } from '../procedures/keyed-queue.ts';
import { checkServingNetwork } from '../procedures/serving-network.ts';
import { type PrivateKeyOf, revealSupi } from '../procedures/sidf.ts';
import { requireSelf } from './consumer.ts';

const common = { access: 'token', service: 'nudm-ueau', consumers: ['AUSF'] } as const;

/** Who may call what (TS 23.502 table 5.2.3.1-1), and the scopes of the OpenAPI document. */
export const NUDM_UEAU = {
  generateAuthData: {
    ...common,
    operation: 'Nudm_UEAuthentication_Get',
    scopes: ['nudm-ueau:security-information:generate-auth-data:invoke'],
  },
  createAuthEvent: {
    ...common,
    operation: 'Nudm_UEAuthentication_ResultConfirmation',
    scopes: ['nudm-ueau:auth-events:create'],
  },
  deleteAuth: {
    ...common,
    operation: 'Nudm_UEAuthentication_ResultConfirmation',
    scopes: ['nudm-ueau:auth-event-id:modify'],
  },
} satisfies Record<string, TokenRule>;

const IdentityParams = Type.Object({ supiOrSuci: SupiOrSuci });
const SupiParams = Type.Object({ supi: Supi });
const AuthEventParams = Type.Object({ supi: Supi, authEventId: Type.String({ maxLength: 128 }) });

/** Registers the routes. */
export function nudmUeau(
  server: SbiServer,
  { config, udr, privateKeyOf }: { config: UdmConfig; udr: SubscriptionData; privateKeyOf: PrivateKeyOf },
): void {
  const queue = new KeyedQueue();
  const apiRoot = `${config.insecure.cleartext ? 'http' : 'https'}://${config.fqdn}:${config.sbi.port}`;

  server.post<{ Params: Static<typeof IdentityParams>; Body: AuthenticationInfoRequest }>(
    '/nudm-ueau/v1/:supiOrSuci/security-information/generate-auth-data',
    {
      config: { sbi: NUDM_UEAU.generateAuthData },
      schema: { params: IdentityParams, body: AuthenticationInfoRequest },
    },
    async (request): Promise<AuthenticationInfoResult> => {
      const { servingNetworkName, resynchronizationInfo, ausfInstanceId } = request.body;
      requireSelf(request, ausfInstanceId);
      checkServingNetwork(servingNetworkName, config.plmnId, config.allowedServingNetworks);
      const supi = revealSupi(request.params.supiOrSuci, config.plmnId, privateKeyOf);
      const onKeys = (keys: ArpfKeys) => {
        request.sbi.keys = { ...keys };
      };
      const authenticationVector = await generateAuthData(
        { udr, queue, onKeys },
        supi,
        servingNetworkName,
        resynchronizationInfo,
      );
      return { authType: '5G_AKA', authenticationVector, supi };
    },
  );

  server.post<{ Params: Static<typeof SupiParams>; Body: AuthEvent }>(
    '/nudm-ueau/v1/:supi/auth-events',
    { config: { sbi: NUDM_UEAU.createAuthEvent }, schema: { params: SupiParams, body: AuthEvent } },
    async (request, reply) => {
      const { supi } = request.params;
      requireSelf(request, request.body.nfInstanceId);
      const authEventId = await confirmAuth(udr, supi, request.body);
      return reply
        .code(201)
        .header('location', `${apiRoot}/nudm-ueau/v1/${supi}/auth-events/${authEventId}`)
        .send(request.body);
    },
  );

  server.put<{ Params: Static<typeof AuthEventParams>; Body: AuthEvent }>(
    '/nudm-ueau/v1/:supi/auth-events/:authEventId',
    { config: { sbi: NUDM_UEAU.deleteAuth }, schema: { params: AuthEventParams, body: AuthEvent } },
    async (request, reply) => {
      const { supi, authEventId } = request.params;
      requireSelf(request, request.body.nfInstanceId);
      await removeAuth(udr, supi, authEventId, request.body);
      return reply.code(204).send();
    },
  );
}
