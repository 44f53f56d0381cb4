/** Nudm_SubscriberDataManagement, retrieval (TS 29.503 clauses 5.2.2.2 and 6.1). */
import { type PlmnId, PlmnIdNid, Supi } from '@twincore/model';
import { commonProblem, problem, queryParam, type SbiRequest, type SbiServer, type TokenRule } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { SubscriptionData } from '../clients/udr.ts';
import type { UdmConfig } from '../config.ts';

/** Who may read these resources (TS 23.502 table 5.2.3.3.1-1 has them for the AMF); the OpenAPI document has no further scopes. */
export const NUDM_SDM = {
  get: { access: 'token', operation: 'Nudm_SDM_Get', service: 'nudm-sdm', consumers: ['AMF'] },
} satisfies Record<string, TokenRule>;
const Params = Type.Object({ supi: Supi });
const Query = Type.Object({ 'plmn-id': Type.Optional(Type.String({ maxLength: 128 })) });

type Read = (udr: SubscriptionData, supi: string, plmnId: PlmnId) => Promise<object | null | undefined>;

const RESOURCES: Record<string, Read> = {
  'am-data': (udr, supi, plmnId) => udr.amData(supi, plmnId),
  nssai: async (udr, supi, plmnId) => (await udr.amData(supi, plmnId, 'nssai'))?.nssai,
  'smf-select-data': (udr, supi, plmnId) => udr.smfSelectionData(supi, plmnId),
};

/**
 * Registers the routes. A consumer gets the data for its own PLMN only; without `plmn-id` they are those for the home PLMN
 * (TS 29.503 6.1.3.5.3.1), which is a consumer's own or 403.
 */
export function nudmSdm(server: SbiServer, { config, udr }: { config: UdmConfig; udr: SubscriptionData }): void {
  const asked = (request: SbiRequest) => plmnIdOf((request.query as Static<typeof Query>)['plmn-id']) ?? config.plmnId;
  const sbi: TokenRule = { ...NUDM_SDM.get, plmn: asked };
  for (const [resource, read] of Object.entries(RESOURCES)) {
    server.get<{ Params: Static<typeof Params>; Querystring: Static<typeof Query> }>(
      `/nudm-sdm/v2/:supi/${resource}`,
      { config: { sbi }, schema: { params: Params, querystring: Query } },
      async (request) => {
        const data = await read(udr, request.params.supi, asked(request));
        if (!data) throw problem(404, 'DATA_NOT_FOUND');
        return data;
      },
    );
  }
}

/** The `plmn-id` parameter, which is JSON text. Throws 400 OPTIONAL_QUERY_PARAM_INCORRECT. */
function plmnIdOf(text: string | undefined): PlmnIdNid | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(PlmnIdNid, value)) return value;
  } catch {
    // Not JSON is as wrong as JSON of another shape.
  }
  throw commonProblem('OPTIONAL_QUERY_PARAM_INCORRECT', undefined, [{ param: queryParam('plmn-id') }]);
}
