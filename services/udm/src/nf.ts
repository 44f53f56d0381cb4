/** Composition of the UDM. */
import { type Nf, type NfDefinition, nfServiceOf } from '@twincore/sbi';
import { NUDM_SDM, nudmSdm } from './api/nudm-sdm.ts';
import { NUDM_UEAU, nudmUeau } from './api/nudm-ueau.ts';
import { NUDM_UECM, nudmUecm } from './api/nudm-uecm.ts';
import { deregistrationNotifier } from './clients/amf.ts';
import { type SubscriptionData, subscriptionDataOf } from './clients/udr.ts';
import { UdmConfig } from './config.ts';
import { loadHomeNetworkKeys } from './procedures/sidf.ts';

/** A UDM over the given subscription data; tests put a stand-in for the UDR there. */
export function udmOver(subscriptionData: (nf: Nf<UdmConfig>) => SubscriptionData): NfDefinition<UdmConfig> {
  return {
    configSchema: UdmConfig,

    profile: (config) => ({
      nfServices: [
        nfServiceOf(config, { serviceName: 'nudm-ueau', apiFullVersion: '1.2.2', rules: NUDM_UEAU }),
        nfServiceOf(config, { serviceName: 'nudm-sdm', apiFullVersion: '2.2.4', rules: NUDM_SDM }),
        nfServiceOf(config, { serviceName: 'nudm-uecm', apiFullVersion: '1.2.5', rules: NUDM_UECM }),
      ],
    }),

    async build(nf) {
      const { config, server } = nf;
      const udr = subscriptionData(nf);
      const homeNetworkKeys = config.homeNetworkKeys ? await loadHomeNetworkKeys(config.homeNetworkKeys) : undefined;
      nudmUeau(server, { config, udr, privateKeyOf: homeNetworkKeys ?? (() => undefined) });
      nudmSdm(server, { config, udr });
      nudmUecm(server, { config, udr, notifyDeregistration: deregistrationNotifier(nf) });
      return {};
    },
  };
}

export const udm = udmOver((nf) => subscriptionDataOf(nf.consumer));
