/** Composition of the NRF. */
import { join } from 'node:path';
import type { NFProfile } from '@twincore/model';
import type { HttpClient, NfDefinition } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { nnrfDisc } from './api/nnrf-disc.ts';
import { nnrfNfm } from './api/nnrf-nfm.ts';
import { nnrfOauth2 } from './api/nnrf-oauth2.ts';
import { partnerNrfs } from './clients/partner-nrfs.ts';
import { NrfConfig } from './config.ts';
import { type Management, suspendSilentNfs } from './procedures/nf-management.ts';
import { fqdnsOf, Registry } from './procedures/registry.ts';
import { Notifier, notificationsOf } from './procedures/status-notify.ts';
import { type Subscription, Subscriptions } from './procedures/status-subscriptions.ts';
import { loadSigner } from './signing-key.ts';

export const nrf: NfDefinition<NrfConfig> = {
  configSchema: NrfConfig,

  async build({ config, server, http, log, metrics }) {
    const { plmnId: ownPlmn, nfInstanceId, heartBeatTimer, tokenLifetime } = config;
    const { cleartext } = config.insecure;
    const apiRoot = `${cleartext ? 'http' : 'https'}://${config.fqdn}:${config.sbi.port}`;
    const sign = await loadSigner(config.signingKey, config.jwks);
    const store = openStore(join(config.stateDir, 'nrf.sqlite'));
    const registry = await Registry.open(store.collection<NFProfile>('nf-instances'));
    const subscriptions = await Subscriptions.open(store.collection<Subscription>('subscriptions'));
    const notifier = new Notifier({ send: (request) => http.send(request), log });
    const partners = partnerNrfs(config, http);
    for (const { profile } of registry.all()) learnHosts(http, profile);

    const management: Management = {
      registry,
      ownPlmn,
      heartBeatTimer,
      fqdnsAreProven: !cleartext,
      now: Date.now,
      onChange: (before, after) => {
        if (after) learnHosts(http, after.profile);
        const context = { ownPlmn, apiRoot, now: Date.now() };
        for (const notification of notificationsOf(subscriptions, before, after, context)) {
          notifier.deliver(notification);
        }
      },
    };
    const watch = setInterval(() => {
      subscriptions.removeExpired(Date.now());
      suspendSilentNfs(management).catch((error: Error) => log.error({ err: error }, 'NFs could not be suspended'));
    }, heartBeatTimer * 500);
    watch.unref();

    nnrfNfm(server, { management, subscriptions, policy: { ownPlmn, cleartext }, apiRoot });
    nnrfDisc(server, { registry, ownPlmn, partners });
    const askPartner = partners.token;
    nnrfOauth2(server, { registry, ownPlmn, nfInstanceId, tokenLifetime, sign, askPartner, now: Date.now }, metrics);

    return {
      async close() {
        clearInterval(watch);
        notifier.close();
        await store.close();
      },
    };
  },
};

/** Notifications go to names; the profile that says where they are is that of the NF whose names they are. */
function learnHosts(http: HttpClient, profile: NFProfile): void {
  const address = profile.ipv4Addresses?.[0];
  if (address !== undefined) for (const fqdn of fqdnsOf(profile)) http.learnHost(fqdn, address);
}
