/** A UDM that has one small thing to say about a subscriber. */
import { NfConfig, type NfDefinition, runNf, type TokenRule } from '@twincore/sbi';

const rule: TokenRule = { access: 'token', operation: 'Nudm_SDM_Get', service: 'nudm-sdm', consumers: ['AMF'] };
const AM_DATA = {
  gpsis: ['msisdn-88210000001'],
  subscribedUeAmbr: { uplink: '100 Mbps', downlink: '200 Mbps' },
  nssai: { defaultSingleNssais: [{ sst: 1, sd: '000001' }], singleNssais: [{ sst: 1, sd: '000001' }] },
};

const definition: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    server.get('/nudm-sdm/v2/:supi/am-data', { config: { sbi: rule } }, async () => AM_DATA);
    return {};
  },
};
await runNf(definition);
