/** Composition of a SEPP: a listener for the own PLMN, one for partners, and N32 contexts between the two. */
import { join } from 'node:path';
import { plmnToString } from '@twincore/model';
import { createSbiServer, HttpClient, type NfDefinition, SECURE } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { fromN32, toN32 } from './api/forwarding.ts';
import { n32cHandshake } from './api/n32c-handshake.ts';
import { type Partner, SeppConfig } from './config.ts';
import { type N32Context, N32Contexts } from './contexts.ts';
import { Partners } from './partners.ts';
import { requestCapabilities, type Self } from './procedures/exchange-capability.ts';

/** Whatever is switched off inside the PLMN, the border stays closed. */
const NEVER = SECURE;

export const sepp: NfDefinition<SeppConfig> = {
  configSchema: SeppConfig,
  // A SEPP is found by configuration (TS 33.501 13.2), so what it registers is that it exists.
  profile: () => ({}),

  async build(nf) {
    const { config, log, metrics, trace } = nf;
    const store = openStore(join(config.stateDir, 'sepp.sqlite'));
    const self: Self = { fqdn: config.n32.fqdn, plmnId: config.plmnId };
    const partners = new Partners(config.partners);
    const clients = new Map<Partner, HttpClient>();
    for (const partner of config.partners) {
      const { fqdn, host } = partner.n32;
      const identity = {
        nfType: config.nfType,
        nfInstanceId: config.nfInstanceId,
        tls: { ...config.n32.tls, ca: partner.ca },
        hosts: { [fqdn]: host },
        insecure: NEVER,
      };
      clients.set(partner, new HttpClient(identity, { metrics, log, ...(trace ? { trace } : {}) }));
    }
    const n32Client = (partner: Partner) => {
      const client = clients.get(partner);
      if (!client) throw new Error('a partner without client');
      return client;
    };
    const contexts = new N32Contexts(store.collection<N32Context>('n32-contexts'), (partner) =>
      requestCapabilities(n32Client(partner), self, partner),
    );
    const messages = metrics.counter('n32_messages_total', 'SBI requests carried over N32-f', ['partner', 'direction']);
    const border = {
      nf,
      partners,
      contexts,
      n32Client,
      count: (partner: Partner, direction: 'in' | 'out') =>
        messages.inc({ partner: plmnToString(partner.plmnId), direction }),
    };

    toN32(nf.server, border);
    const n32 = createSbiServer({
      identity: nf.identity,
      tls: { ...config.n32.tls, ca: config.partners.map(({ ca }) => ca) },
      limits: config.limits,
      insecure: NEVER,
      partnerPlmns: config.partners.map(({ plmnId }) => plmnId),
      log,
      metrics,
      ...(trace ? { trace } : {}),
    });
    n32.register(async (scope) => {
      n32cHandshake(scope, self, partners, contexts);
      fromN32(scope, border);
    });
    await n32.listen({ host: config.n32.host, port: config.n32.port });
    for (const partner of config.partners) {
      const plmn = plmnToString(partner.plmnId);
      contexts.keepTrying(partner, (error) => log.warn({ partner: plmn, reason: error.message }, 'no N32 context yet'));
    }

    return {
      async close() {
        contexts.close();
        await n32.close();
        for (const client of clients.values()) await client.close();
        await store.close();
      },
    };
  },
};
