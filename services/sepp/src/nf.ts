/** Composition of a SEPP: a listener for the own PLMN, one for partners, and N32 contexts between the two. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { nfFqdn } from '@twincore/model';
import type { ContextState } from '@twincore/n32';
import { createSbiServer, HttpClient, type Nf, type NfDefinition, SECURE } from '@twincore/sbi';
import { openStore, type Store } from '@twincore/store';
import { fromN32, toN32 } from './api/forwarding.ts';
import { n32cHandshake } from './api/n32c-handshake.ts';
import { n32fForward } from './api/n32f-forward.ts';
import { nseppTelescopic } from './api/nsepp-telescopic.ts';
import { operatorApi } from './api/operator.ts';
import { AuditLog } from './audit.ts';
import type { Border } from './border.ts';
import { type Partner, SeppConfig, selfOf } from './config.ts';
import { type N32Context, N32Contexts } from './contexts.ts';
import { BorderMetrics, firewallOf, type Neighbour, ratesOf } from './neighbour.ts';
import { nameOf, Partners } from './partners.ts';
import { plainSeppsOf } from './plain-certificates.ts';
import { Prins } from './prins.ts';
import { TopologyHiding } from './procedures/topology-hiding.ts';
import { Refusals } from './refusals.ts';
import { Relations } from './relations.ts';
import { TelescopicNames } from './telescopic.ts';

/** Whatever is switched off inside the PLMN, TLS at the border stays as it is. */
const NEVER = SECURE;

export const sepp: NfDefinition<SeppConfig> = {
  configSchema: SeppConfig,
  // A SEPP is found by configuration (TS 33.501 13.2), so what it registers is that it exists.
  profile: () => ({}),

  async build(nf) {
    const { config, log, trace } = nf;
    const self = selfOf(config);
    const store = openStore(join(config.stateDir, 'sepp.sqlite'));
    const partners = new Partners(config.partners);
    const metrics = new BorderMetrics(nf.metrics);
    const audit = new AuditLog(join(config.stateDir, 'n32-audit.ndjson'), config.audit);
    const neighbours = await neighboursOf(nf, store);
    const neighbour = (partner: Partner) => {
      const found = neighbours.get(partner);
      if (!found) throw new Error('a partner that is not configured');
      return found;
    };
    const relations = new Relations({ nf, self, metrics, prinsOf: (partner) => neighbour(partner).prins });
    const contexts: N32Contexts = new N32Contexts(store.collection<N32Context>('n32-contexts'), {
      negotiate: (partner) => relations.negotiate(partner),
      changed: (partner) => {
        const forgotten = neighbour(partner).prins?.keep(contexts.of(partner));
        forgotten?.catch((error: Error) => log.error({ err: error }, 'old N32 contexts could not be removed'));
      },
      failed: (partner, error) =>
        log.warn({ partner: nameOf(partner), reason: error.message }, 'no new N32 context yet'),
    });
    await contexts.load(config.partners);
    const refusals = new Refusals({ metrics, audit, serverName: self.name });
    const border: Border = {
      nf,
      self,
      partners,
      contexts,
      neighbour,
      metrics,
      reachable: {
        plmnIds: self.plmnIds,
        origins: [...(config.nrf ? [new URL(config.nrf.apiRoot).origin] : []), ...config.targets],
        ...(config.nrf ? { discover: (query) => nf.nrf.discover(query) } : {}),
      },
      telescopic: new TelescopicNames(self.fqdn, partners, store.collection<string>('telescopic')),
      checks: {
        sourcePlmn: !config.insecure.withoutSourcePlmn,
        firewall: !config.insecure.withoutN32Firewall,
        downgrade: !config.insecure.withoutN32Downgrade,
        contextOwner: !config.insecure.withoutN32ContextOwner,
      },
      refused: (request, partner, direction, problem) => refusals.note(request, partner, direction, problem),
      renew: (partner) => relations.renew(contexts, partner),
      n32fErrorFound: (partner, context, error) => relations.errorFound(partner, context, error),
    };

    nf.server.register(async (scope) => {
      nseppTelescopic(scope, border.telescopic);
      operatorApi(scope, border, relations);
      refusals.watch(scope, 'out', partners);
      toN32(scope, border);
    });
    const n32 = createSbiServer({
      identity: { ...nf.identity, fqdn: self.fqdn },
      tls: { ...config.n32.tls, ca: believed(config.partners) },
      limits: config.limits,
      insecure: NEVER,
      partnerPlmns: config.partners.flatMap(({ plmnIds }) => plmnIds),
      identifyOther: plainSeppsOf(config.partners),
      log,
      metrics: nf.metrics,
      ...(trace ? { trace } : {}),
    });
    n32.register(async (scope) => {
      refusals.watch(scope, 'in', partners);
      n32cHandshake(scope, border);
      n32fForward(scope, border);
      fromN32(scope, border);
    });
    n32.server.on('tlsClientError', (error: Error, socket: TLSSocket) => refusals.handshake(error, socket));
    await n32.listen({ host: config.n32.host, port: config.n32.port });
    for (const partner of config.partners) {
      contexts.negotiate(partner).catch(() => {});
    }

    return {
      async close() {
        contexts.close();
        await n32.close();
        await relations.settled();
        for (const { http } of neighbours.values()) await http.close();
        audit.close();
        await store.close();
      },
    };
  },
};

/** Whose certificates may connect to the N32 listener. */
function believed(partners: readonly Partner[]): string[] {
  return [
    ...new Set(
      partners.flatMap(({ ca, prins, security }) => [ca, ...(security === 'PRINS' && prins.ipx ? [prins.ipx.ca] : [])]),
    ),
  ];
}

async function neighboursOf(nf: Nf<SeppConfig>, store: Store): Promise<Map<Partner, Neighbour>> {
  const { config } = nf;
  const { insecure } = config;
  const unchecked = {
    replay: insecure.withoutN32Replay,
    modificationPolicy: insecure.withoutN32ModificationPolicy,
    ipxSigner: insecure.withoutN32IpxSigner,
  };
  const hidingKey = await keyIn(store);
  const neighbours = new Map<Partner, Neighbour>();
  for (const partner of config.partners) {
    const ipx = partner.security === 'PRINS' ? partner.prins.ipx : undefined;
    const hop = ipx ?? partner.n32;
    const { plmnIds, fqdn } = selfOf(config);
    neighbours.set(partner, {
      partner,
      name: nameOf(partner),
      http: clientTo(nf, hop, ipx?.ca ?? partner.ca),
      nextHop: `https://${hop.fqdn}:${hop.port}`,
      firewall: firewallOf(partner),
      rates: ratesOf(partner, config.insecure),
      hiding: new TopologyHiding(
        partner.topologyHiding,
        hidingKey,
        plmnIds,
        [fqdn, config.fqdn, ...plmnIds.map((plmnId) => nfFqdn('nrf', plmnId))],
        config.targets.map((target) => new URL(target).hostname),
      ),
      ...(partner.security === 'PRINS'
        ? { prins: new Prins(partner, store.collection<ContextState>('n32f-states'), unchecked) }
        : {}),
    });
  }
  return neighbours;
}

/** A client with our N32 certificate that believes one CA. */
function clientTo({ config, metrics, log, trace }: Nf<SeppConfig>, hop: { fqdn: string; host: string }, ca: string) {
  return new HttpClient(
    {
      nfType: config.nfType,
      nfInstanceId: config.nfInstanceId,
      tls: { ...config.n32.tls, ca },
      hosts: { [hop.fqdn.toLowerCase()]: hop.host },
      insecure: NEVER,
    },
    { metrics, log, ...(trace ? { trace } : {}) },
  );
}

/** The key of topology hiding, made at the first start. */
async function keyIn(store: Store): Promise<Buffer> {
  const keys = store.collection<string>('keys');
  const known = await keys.get('topology-hiding');
  if (known !== undefined) return Buffer.from(known, 'base64');
  const made = randomBytes(32);
  await keys.put('topology-hiding', made.toString('base64'));
  return made;
}
