/** Nudm_UEContextManagement for AMFs of 3GPP access (TS 29.503 clauses 5.3 and 6.2). */
import { Amf3GppAccessRegistration, Amf3GppAccessRegistrationModification, Supi } from '@twincore/model';
import { SbiProblem, type SbiServer, type TokenRule } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { NotifyDeregistration } from '../clients/amf.ts';
import type { SubscriptionData } from '../clients/udr.ts';
import type { UdmConfig } from '../config.ts';
import { readAmf3GppAccess, registerAmf3GppAccess, updateAmf3GppAccess } from '../procedures/amf-registration.ts';
import { consumerOf, requireSelf } from './consumer.ts';

const PATH = '/nudm-uecm/v1/:ueId/registrations/amf-3gpp-access';
const MERGE_PATCH = 'application/merge-patch+json';
const Params = Type.Object({ ueId: Supi });
type Ue = { Params: Static<typeof Params> };

const common = { access: 'token', service: 'nudm-uecm' } as const;
const scopes = ['nudm-uecm:amf-registration:write'];

/** Who may call what (TS 23.502 table 5.2.3.1-1), and the scopes of the OpenAPI document. */
export const NUDM_UECM = {
  register: { ...common, operation: 'Nudm_UECM_Registration', consumers: ['AMF'], scopes },
  update: { ...common, operation: 'Nudm_UECM_Update', consumers: ['AMF'], scopes },
  get: { ...common, operation: 'Nudm_UECM_Get', consumers: ['NEF', 'SMSF', 'GMLC', 'NWDAF', 'SMF'] },
} satisfies Record<string, TokenRule>;

/** Registers the routes. */
export function nudmUecm(
  server: SbiServer,
  {
    config,
    udr,
    notifyDeregistration,
  }: { config: UdmConfig; udr: SubscriptionData; notifyDeregistration: NotifyDeregistration },
): void {
  const apiRoot = `${config.insecure.cleartext ? 'http' : 'https'}://${config.fqdn}:${config.sbi.port}`;

  server.put<Ue & { Body: Amf3GppAccessRegistration }>(
    PATH,
    { config: { sbi: NUDM_UECM.register }, schema: { params: Params, body: Amf3GppAccessRegistration } },
    async (request, reply) => {
      const { params, body } = request;
      requireSelf(request, body.amfInstanceId);
      const { created, former } = await registerAmf3GppAccess(udr, consumerOf(request), params.ueId, body);
      // The new AMF does not wait for the old one.
      if (former) setImmediate(notifyDeregistration, former.registration, former.data);
      if (!created) return reply.code(204).send();
      return reply
        .code(201)
        .header('location', apiRoot + PATH.replace(':ueId', params.ueId))
        .send(body);
    },
  );

  server.patch<Ue & { Body: Amf3GppAccessRegistrationModification }>(
    PATH,
    {
      config: { sbi: NUDM_UECM.update },
      schema: { params: Params, body: Amf3GppAccessRegistrationModification },
      preValidation: async ({ headers }) => {
        if (!headers['content-type']?.toLowerCase().startsWith(MERGE_PATCH)) {
          throw new SbiProblem(415, { detail: `a PATCH here is ${MERGE_PATCH}` });
        }
      },
    },
    async (request, reply) => {
      await updateAmf3GppAccess(udr, consumerOf(request), request.params.ueId, request.body);
      return reply.code(204).send();
    },
  );

  server.get<Ue>(PATH, { config: { sbi: NUDM_UECM.get }, schema: { params: Params } }, async (request) =>
    readAmf3GppAccess(udr, consumerOf(request), config.plmnId, request.params.ueId),
  );
}
