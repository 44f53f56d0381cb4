/** Nsepp_Telescopic_FQDN_Mapping, `/nsepp-telescopic/v1` (TS 29.573 6.3), on the SBI listener. */
import { Fqdn } from '@twincore/model';
import { commonProblem, type SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { TelescopicNames } from '../telescopic.ts';

const Query = Type.Object({
  'foreign-fqdn': Type.Optional(Fqdn),
  'telescopic-label': Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
});

export function nseppTelescopic(server: SbiServer, names: TelescopicNames): void {
  server.get<{ Querystring: Static<typeof Query> }>(
    '/nsepp-telescopic/v1/mapping',
    {
      config: { sbi: { access: 'peer', operation: 'Nsepp_Telescopic_FQDN_Mapping', peers: ['*'] } },
      schema: { querystring: Query },
    },
    async ({ query }) => {
      const { 'foreign-fqdn': foreignFqdn, 'telescopic-label': telescopicLabel } = query;
      if ((foreignFqdn === undefined) === (telescopicLabel === undefined)) {
        throw commonProblem('MANDATORY_QUERY_PARAM_MISSING', 'either foreign-fqdn or telescopic-label is needed');
      }
      if (foreignFqdn !== undefined) {
        const label = await names.labelOf(foreignFqdn);
        if (label === undefined) throw commonProblem('RESOURCE_URI_STRUCTURE_NOT_FOUND', 'no partner has that name');
        return { telescopicLabel: label, seppDomain: names.seppDomain };
      }
      const found = await names.foreignFqdnOf(telescopicLabel ?? '');
      if (found === undefined) throw commonProblem('RESOURCE_URI_STRUCTURE_NOT_FOUND', 'there is no such label');
      return { foreignFqdn: found };
    },
  );
}
