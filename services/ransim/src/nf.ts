/** Composition of ransim: gNBs, UEs, and the API that drives them. */
import { join } from 'node:path';
import type { NfDefinition } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { ransimApi } from './api/ransim.ts';
import { RansimConfig } from './config.ts';
import { Gnb } from './gnb/gnb.ts';
import { ueRecords } from './ue/record.ts';
import { Ues } from './ue/ues.ts';

export const ransim: NfDefinition<RansimConfig> = {
  configSchema: RansimConfig,

  async build({ config, server, log }) {
    const store = openStore(join(config.stateDir, 'ransim.db'));
    const gnbs = config.gnbs.map((gnb) => new Gnb(gnb, config.n2, log));
    const ues = new Ues(ueRecords(store), config.timers, log);
    ransimApi(server, { ues, cells: gnbs });
    return {
      async close() {
        await ues.close();
        await Promise.all(gnbs.map((gnb) => gnb.close()));
        await store.close();
      },
    };
  },
};
