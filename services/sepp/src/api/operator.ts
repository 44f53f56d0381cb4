/** What the operator of this SEPP may ask of it, `/sepp-operator/v1`: no 3GPP API, on the SBI listener. */
import { commonProblem, type SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { Border } from '../border.ts';
import type { Partner } from '../config.ts';
import { nameOf } from '../partners.ts';
import type { Relations } from '../relations.ts';

const rule = (operation: string) =>
  ({ sbi: { access: 'peer', operation: `Operator_${operation}`, peers: ['OPERATOR'] } }) as const;
const Params = Type.Object({ plmn: Type.String({ pattern: '^\\d{3}-\\d{2,3}$' }) });
type Params = Static<typeof Params>;

export function operatorApi(server: SbiServer, border: Border, relations: Relations): void {
  const { partners, contexts } = border;
  const api = '/sepp-operator/v1/partners';
  const options = (operation: string) => ({ config: rule(operation), schema: { params: Params } });
  const partnerOf = ({ plmn }: Params) => {
    const partner = partners.all.find((one) => nameOf(one) === plmn);
    if (!partner) throw commonProblem('RESOURCE_URI_STRUCTURE_NOT_FOUND', 'there is no such partner');
    return partner;
  };
  const policyOf = (partner: Partner) => border.neighbour(partner).prins?.terms.policyId;
  const stateOf = (partner: Partner) => ({
    partner: nameOf(partner),
    fqdn: partner.n32.fqdn,
    security: partner.security,
    ...(partner.security === 'PRINS' ? { policy: policyOf(partner) } : {}),
    contexts: contexts.of(partner).map(({ contextId, initiatedBy, establishedAt, purposes, prins }) => ({
      contextId,
      initiatedBy,
      establishedAt,
      ...(purposes ? { purposes } : {}),
      ...(prins ? { cipherSuite: prins.cipherSuite, expiresAt: new Date(prins.expiresAt).toISOString() } : {}),
    })),
  });

  server.get(api, { config: rule('ListPartners') }, async () => partners.all.map(stateOf));
  server.post<{ Params: Params }>(`${api}/:plmn/establish`, options('Establish'), async ({ params }) => {
    const partner = partnerOf(params);
    await contexts.negotiate(partner);
    return stateOf(partner);
  });
  server.post<{ Params: Params }>(`${api}/:plmn/end`, options('End'), async ({ params }) => {
    const partner = partnerOf(params);
    await relations.end(contexts, partner);
    return stateOf(partner);
  });
}
