/** Composition of an SCP. */
import { formatServer, type NfDefinition, ProducerMemory } from '@twincore/sbi';
import { forwarding } from './api/forwarding.ts';
import { TokensOnBehalf } from './clients/tokens.ts';
import { ScpConfig } from './config.ts';
import type { Network } from './procedures/route.ts';

export const scp: NfDefinition<ScpConfig> = {
  configSchema: ScpConfig,

  profile: ({ insecure, sbi }) => ({
    scpInfo: { scpPorts: { [insecure.cleartext ? 'http' : 'https']: sbi.port } },
  }),

  async build(nf) {
    const { config, http, metrics, server } = nf;
    const network: Network = {
      plmnId: config.plmnId,
      nrfApiRoot: config.nrf.apiRoot,
      ...(config.sepp ? { seppApiRoot: config.sepp.apiRoot } : {}),
      maxProducers: config.maxProducers,
      memory: new ProducerMemory(),
      discover: (query) => nf.nrf.discover(query),
      forget: (targetNfType) => nf.nrf.forget(targetNfType),
      discoverFor: (parameters, credentials) => nf.nrf.discoverFor(parameters, credentials),
    };
    const forwarded = metrics.counter('scp_forwarded_total', 'Requests passed on, by model and status', [
      'mode',
      'status',
    ]);
    const failures = metrics.counter(
      'scp_producer_failures_total',
      'Times that a producer did not answer or sent a request away',
      ['target'],
    );
    forwarding(server, {
      nf,
      network,
      name: formatServer(config),
      tokens: new TokensOnBehalf(http, config.nrf.apiRoot),
      count: (mode, status) => forwarded.inc({ mode, status }),
      countFailure: (target) => failures.inc({ target }),
    });
    return {};
  },
};
