/** An NF with the smallest operation there is, once behind a token and once behind the TLS identity alone. */
import { NfConfig, type NfDefinition, runNf } from '@twincore/sbi';

const definition: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const token = {
      access: 'token',
      operation: 'Nx_Get',
      service: 'nx',
      scopes: ['nx:read'],
      consumers: ['AMF'],
    } as const;
    const peer = { access: 'peer', operation: 'Nx_Open', peers: ['*'] } as const;
    server.get('/nx/v1/guarded', { config: { sbi: token } }, async () => ({ answer: 42 }));
    server.get('/nx/v1/open', { config: { sbi: peer } }, async () => ({ answer: 42 }));
    return {};
  },
};
await runNf(definition);
