/** An NF that can do nothing but start: what the launcher's tests run in place of every service. */
import { NfConfig, runNf } from '@twincore/sbi';

await runNf({
  configSchema: NfConfig,
  build: async (nf) => {
    nf.server.get(
      '/',
      { config: { sbi: { access: 'peer', operation: 'hello', peers: ['OPERATOR', '*'] } } },
      async () => ({
        nfInstanceId: nf.config.nfInstanceId,
      }),
    );
    return {};
  },
});
