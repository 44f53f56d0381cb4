/** Nausf_UEAuthentication (TS 29.509 clauses 5.2 and 6.1). */
import {
  AuthenticationInfo,
  ConfirmationData,
  type ConfirmationDataResponse,
  type UEAuthenticationCtx,
} from '@twincore/model';
import { BINDING, formatBinding, type NfConfig, type SbiRequest, type SbiServer, type TokenRule } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { authenticate, type Collaborators, confirm, removeResult, type Seaf } from '../procedures/five-g-aka.ts';

const ROOT = '/nausf-auth/v1/ue-authentications';
const CONFIRMATION = '5g-aka-confirmation';
const sbi = {
  access: 'token',
  operation: 'Nausf_UEAuthentication_Authenticate',
  service: 'nausf-auth',
  consumers: ['AMF'],
} as const satisfies TokenRule;
/** The AMF, as SEAF, is the consumer (TS 23.502 table 5.2.10.1-1); the OpenAPI document has no scope beside the service's. */
export const NAUSF_AUTH = { authenticate: sbi };
const Params = Type.Object({ authCtxId: Type.String({ maxLength: 64 }) });
type Context = { Params: Static<typeof Params> };

/** Registers the routes. Links are absolute, so that an AMF of another PLMN follows them through the SEPPs. */
export function nausfAuth(server: SbiServer, config: NfConfig, collaborators: Collaborators): void {
  const collection = `${config.insecure.cleartext ? 'http' : 'https'}://${config.fqdn}:${config.sbi.port}${ROOT}`;

  // The context is in this instance's store and nowhere else.
  const binding = formatBinding({
    level: 'nf-instance',
    nfInstanceId: config.nfInstanceId,
    serviceName: sbi.service,
  });

  server.post<{ Body: AuthenticationInfo }>(
    ROOT,
    { config: { sbi }, schema: { body: AuthenticationInfo } },
    async (request, reply) => {
      const { authCtxId, vector } = await authenticate(collaborators, seafOf(request), request.body);
      const context: UEAuthenticationCtx = {
        authType: '5G_AKA',
        '5gAuthData': vector,
        _links: { '5g-aka': { href: `${collection}/${authCtxId}/${CONFIRMATION}` } },
        servingNetworkName: request.body.servingNetworkName,
      };
      return (
        reply
          .code(201)
          .header('location', `${collection}/${authCtxId}`)
          .header(BINDING, binding)
          .type('application/3gppHal+json')
          // Octets, because of text Fastify lowers the media type's case and adds a charset, which JSON does not have.
          .send(Buffer.from(JSON.stringify(context)))
      );
    },
  );

  server.put<Context & { Body: ConfirmationData }>(
    `${ROOT}/:authCtxId/${CONFIRMATION}`,
    { config: { sbi }, schema: { params: Params, body: ConfirmationData } },
    async (request): Promise<ConfirmationDataResponse> =>
      confirm(collaborators, seafOf(request), request.params.authCtxId, request.body.resStar),
  );

  server.delete<Context>(
    `${ROOT}/:authCtxId/${CONFIRMATION}`,
    { config: { sbi }, schema: { params: Params } },
    async (request, reply) => {
      await removeResult(collaborators, seafOf(request), request.params.authCtxId);
      return reply.code(204).send();
    },
  );
}

function seafOf({ sbi }: SbiRequest): Seaf {
  if (!sbi.consumer) throw new Error('a route without guard');
  const { claims, peer, plmnId } = sbi.consumer;
  return { nfInstanceId: (claims?.sub ?? peer.nfInstanceId).toLowerCase(), plmnId };
}
