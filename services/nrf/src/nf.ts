/** Composition of the NRF. */
import { join } from 'node:path';
import type { NFProfile } from '@twincore/model';
import { CALLBACK, type HttpClient, type NfDefinition, routeTo } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { nnrfBootstrapping } from './api/nnrf-bootstrapping.ts';
import { nnrfDisc } from './api/nnrf-disc.ts';
import { nnrfDiscScp } from './api/nnrf-disc-scp.ts';
import { nnrfNfm } from './api/nnrf-nfm.ts';
import { nnrfNfmSubscriptions } from './api/nnrf-nfm-subscriptions.ts';
import { nnrfOauth2 } from './api/nnrf-oauth2.ts';
import { tlsPeer } from './api/requester-of.ts';
import { partnerNrfs } from './clients/partner-nrfs.ts';
import { NrfConfig } from './config.ts';
import { VALIDITY_PERIOD_S } from './procedures/discovery/search.ts';
import { StoredSearches } from './procedures/discovery/stored-searches.ts';
import { attendToSilentNfs, type Management } from './procedures/nf-management.ts';
import { Notifier } from './procedures/notifier.ts';
import { fqdnsOf, Registry } from './procedures/registry.ts';
import { type RelayedSubscription, RelayedSubscriptions } from './procedures/relayed-subscriptions.ts';
import { type ScpDomainSubscription, ScpDomainSubscriptions } from './procedures/scp-domains.ts';
import { notificationsOf } from './procedures/status-notify.ts';
import { type Subscription, Subscriptions } from './procedures/status-subscriptions.ts';
import { rotatingSigner } from './signing-key.ts';

export const nrf: NfDefinition<NrfConfig> = {
  configSchema: NrfConfig,

  async build({ config, server, http, log, metrics }) {
    const { plmnId: ownPlmn, nfInstanceId, heartBeatTimer, missedHeartbeats, removalAfter, tokenLifetime } = config;
    const { insecure } = config;
    const { cleartext } = insecure;
    const apiRoot = `${cleartext ? 'http' : 'https'}://${config.fqdn}:${config.sbi.port}`;
    const now = Date.now;
    const requesterOf = tlsPeer;
    const signer = await rotatingSigner(config.signingKey, config.jwks, log);
    const store = openStore(join(config.stateDir, 'nrf.sqlite'));
    const registry = await Registry.open(store.collection<NFProfile>('nf-instances'));
    const subscriptions = await Subscriptions.open(store.collection<Subscription>('subscriptions'));
    const scpDomains = await ScpDomainSubscriptions.open(
      store.collection<ScpDomainSubscription>('scp-domain-subscriptions'),
      registry,
    );
    const partners = partnerNrfs(config, http);
    const relayed = await RelayedSubscriptions.open(
      store.collection<RelayedSubscription>('relayed-subscriptions'),
      partners.subscriptions,
      ownPlmn,
    );
    // Subscribers of another PLMN are reached as it is: through the SEPPs.
    const notifier = new Notifier({
      send: async (request) => {
        const { url, headers } = routeTo(request.url, config);
        const abroad = url === request.url ? {} : { [CALLBACK]: request.operation };
        return http.send({ ...request, url, headers: { ...headers, ...abroad } });
      },
      log,
    });
    for (const { profile } of registry.all()) learnHosts(http, profile);

    const management: Management = {
      registry,
      ownPlmn,
      heartBeatTimer,
      missedHeartbeats,
      removalAfter,
      fqdnsAreProven: !cleartext,
      now,
      onChange: (before, after) => {
        if (after) learnHosts(http, after.profile);
        const due = notificationsOf(subscriptions, before, after, { ownPlmn, apiRoot, now: now() });
        const isScp = (after ?? before)?.profile.nfType === 'SCP';
        if (isScp) due.push(...scpDomains.notificationsOf(registry, now()));
        for (const notification of due) notifier.deliver(notification);
      },
    };
    const watch = setInterval(() => {
      subscriptions.removeExpired(now());
      attendToSilentNfs(management).catch((error: Error) => log.error({ err: error }, 'NFs could not be suspended'));
    }, heartBeatTimer * 500);
    watch.unref();

    nnrfNfm(server, { management, apiRoot, requesterOf });
    nnrfNfmSubscriptions(server, {
      ...{ registry, subscriptions, relayed, ownPlmn, cleartext, apiRoot, requesterOf, now, insecure },
      subscriptionLifetime: config.subscriptionLifetime,
    });
    const searches = new StoredSearches(VALIDITY_PERIOD_S * 1000, now);
    nnrfDisc(server, { registry, ownPlmn, partners, searches, requesterOf, now, insecure });
    nnrfDiscScp(server, { registry, subscriptions: scpDomains, apiRoot, cleartext, requesterOf });
    const issuer = {
      registry,
      ownPlmn,
      nfInstanceId,
      tokenLifetime,
      sign: signer.sign,
      askPartner: partners.token,
      now,
      insecure,
    };
    nnrfOauth2(server, issuer, requesterOf, metrics);
    nnrfBootstrapping(server, { apiRoot, nfInstanceId, nfSetId: config.nfSetIdList[0] });

    return {
      async close() {
        clearInterval(watch);
        signer.close();
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
