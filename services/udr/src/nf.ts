/** Composition of the UDR. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NfDefinition, nfServiceOf, parseConfig } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { parse } from 'yaml';
import { NUDR_DR, nudrDr } from './api/nudr-dr.ts';
import { operatorApi } from './api/operator.ts';
import { UdrConfig } from './config.ts';
import { provision, SubscribersFile } from './procedures/provisioning.ts';
import { openRepository } from './procedures/repository.ts';

export const udr: NfDefinition<UdrConfig> = {
  configSchema: UdrConfig,

  profile: (config) => ({
    nfServices: [
      // The data of subscribers leave their PLMN through the UDM only; others need not even know where they are.
      nfServiceOf(config, {
        serviceName: 'nudr-dr',
        apiFullVersion: '2.2.4',
        rules: NUDR_DR,
        allowedPlmns: [config.plmnId],
      }),
    ],
  }),

  async build({ config, server, log }) {
    const store = openStore(join(config.stateDir, 'udr.sqlite'));
    const repository = openRepository(store);
    if (config.provisioning) {
      const file = config.provisioning.subscribers;
      const { subscribers } = parseConfig(SubscribersFile, parse(await readFile(file, 'utf8')), file);
      await provision(repository, subscribers);
      log.info({ subscribers: subscribers.length }, 'subscribers provisioned');
    }
    nudrDr(server, repository, config);
    operatorApi(server, repository);
    return { close: () => store.close() };
  },
};
