/** Composition of the AUSF. */
import { join } from 'node:path';
import { type Nf, type NfDefinition, nfServiceOf } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { NAUSF_AUTH, nausfAuth } from './api/nausf-auth.ts';
import { type HomeAuthentication, homeAuthenticationOf } from './clients/udm.ts';
import { AusfConfig } from './config.ts';
import { openContexts } from './procedures/contexts.ts';

/** An AUSF over the given UDM; tests put a stand-in there. */
export function ausfOver(homeAuthentication: (nf: Nf<AusfConfig>) => HomeAuthentication): NfDefinition<AusfConfig> {
  return {
    configSchema: AusfConfig,

    profile: (config) => ({
      nfServices: [nfServiceOf(config, { serviceName: 'nausf-auth', apiFullVersion: '1.2.3', rules: NAUSF_AUTH })],
    }),

    async build(nf) {
      const { config, server } = nf;
      const store = openStore(join(config.stateDir, 'ausf.sqlite'));
      nausfAuth(server, config, { udm: homeAuthentication(nf), contexts: openContexts(store), config });
      return { close: () => store.close() };
    },
  };
}

export const ausf = ausfOver((nf) => homeAuthenticationOf(nf.consumer, nf.config.nfInstanceId));
