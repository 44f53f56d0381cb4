/** An AUSF with the smallest operation there is, registered at the NRF. */
import { NfConfig, type NfDefinition, nfServiceOf, runNf, type TokenRule } from '@twincore/sbi';

const rule: TokenRule = { access: 'token', operation: 'Bench_Get', service: 'nausf-auth', consumers: ['AMF'] };

const definition: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  profile: (config) => ({
    nfServices: [nfServiceOf(config, { serviceName: rule.service, apiFullVersion: '1.2.0', rules: { rule } })],
  }),
  async build({ server }) {
    server.get('/nausf-auth/v1/bench', { config: { sbi: rule } }, async () => ({ answer: 42 }));
    return {};
  },
};
await runNf(definition);
