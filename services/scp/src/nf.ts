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
      discoverFor: (parameters, credentials) => nf.nrf.discoverFor(parameters, credentials),
    };
    const forwarded = metrics.counter('scp_forwarded_total', 'Requests passed on, by model and status', [
      'mode',
      'status',
    ]);
    const reselected = metrics.counter('scp_reselected_total', 'Producers given up for another one', ['target']);
    forwarding(server, {
      nf,
      network,
      name: formatServer(config),
      tokens: new TokensOnBehalf(http, config.nrf.apiRoot),
      count: (mode, status) => forwarded.inc({ mode, status }),
      countReselection: (target) => reselected.inc({ target }),
    });
    return {};
  },
};
