/** Composition of an IPX provider's hop between two SEPPs: routes, a signing key, mediations. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError, HttpClient, type NfDefinition } from '@twincore/sbi';
import { type Hop, n32fForward } from './api/n32f-forward.ts';
import { IpxConfig } from './config.ts';

export const ipx: NfDefinition<IpxConfig> = {
  configSchema: IpxConfig,
  partnerPlmns: ({ plmnIds }) => plmnIds,

  async build(nf) {
    const { config, log, metrics, trace } = nf;
    const key = createPrivateKey(readFileSync(config.signingKey));
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      throw new ConfigError('"signingKey" is no P-256 key: modifications are signed with ES256');
    }
    const hops = config.routes.map((route): Hop => {
      const { fqdn, host, ca } = route.next;
      const identity = { ...config, tls: { ...config.tls, ca }, hosts: { [fqdn.toLowerCase()]: host } };
      return { route, http: new HttpClient(identity, { metrics, log, ...(trace ? { trace } : {}) }) };
    });
    n32fForward(nf.server, nf, hops, key);
    return {
      async close() {
        for (const { http } of hops) await http.close();
      },
    };
  },
};
