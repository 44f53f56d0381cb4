/** Nnrf_Bootstrapping (TS 29.510 5.5 and 6.4): where the services of this NRF are. */
import type { BootstrappingInfo } from '@twincore/model';
import type { SbiServer } from '@twincore/sbi';
import { DISCOVERY_FEATURES } from '../procedures/discovery/search.ts';
import { etagOf, namesEtag } from '../procedures/etag.ts';
import { NFM_FEATURES } from '../procedures/nf-management.ts';

/** Seconds; what is told changes with the configuration only. */
const MAX_AGE_S = 3_600;

/** Registers the route. */
export function nnrfBootstrapping(
  server: SbiServer,
  {
    apiRoot,
    nfInstanceId,
    nfSetId,
  }: {
    apiRoot: string;
    nfInstanceId: string;
    nfSetId: string | undefined;
  },
): void {
  const link = (path: string) => ({ href: `${apiRoot}${path}` });
  const info: BootstrappingInfo = {
    status: 'OPERATIVE',
    _links: {
      self: link('/bootstrapping'),
      manage: link('/nnrf-nfm/v1/nf-instances'),
      subscribe: link('/nnrf-nfm/v1/subscriptions'),
      discover: link('/nnrf-disc/v1/nf-instances'),
      authorize: link('/oauth2/token'),
    },
    nrfFeatures: { 'nnrf-nfm': NFM_FEATURES, 'nnrf-disc': DISCOVERY_FEATURES },
    // Mutual TLS says who asks; a token could only be asked for with one.
    oauth2Required: { 'nnrf-nfm': false, 'nnrf-disc': false },
    nrfInstanceId: nfInstanceId,
    ...(nfSetId === undefined ? {} : { nrfSetId: nfSetId }),
  };
  const body = JSON.stringify(info);
  const etag = etagOf(body);
  server.get(
    '/bootstrapping',
    { config: { sbi: { access: 'peer', operation: 'Nnrf_Bootstrapping_Get', peers: ['*'] } } },
    async (request, reply) => {
      reply.headers({ etag, 'cache-control': `max-age=${MAX_AGE_S}` });
      const known = request.headers['if-none-match'];
      if (known !== undefined && namesEtag(known, etag, { weak: true })) return reply.code(304).send();
      return reply.header('content-type', 'application/3gppHal+json').send(body);
    },
  );
}
