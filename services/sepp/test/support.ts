/** Two PLMNs with SEPPs over real TLS, a stand-in NRF and an echoing producer: what every test of the SEPP needs. */
import { randomUUID } from 'node:crypto';
import { type NFProfile, nfFqdn } from '@twincore/model';
import { NfConfig, type NfDefinition, nfServiceOf } from '@twincore/sbi';
import type { StartedNf, TestPlmn } from '@twincore/testkit';
import type { SeppConfig } from '../src/config.ts';
import { sepp } from '../src/nf.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
export const STRANGER = { mcc: '901', mnc: '99' };

/** Registers everybody, finds by FQDN among `known`, and has a token end point that says who asked. */
export const standInNrf = (known: NFProfile[]): NfDefinition<NfConfig> => ({
  configSchema: NfConfig,
  async build({ server }) {
    const sbi = { access: 'peer', operation: 'test', peers: ['*'] } as const;
    server.put('/nnrf-nfm/v1/nf-instances/:id', { config: { sbi } }, async (request) => request.body);
    server.delete('/nnrf-nfm/v1/nf-instances/:id', { config: { sbi } }, async () => ({}));
    server.get('/nnrf-disc/v1/nf-instances', { config: { sbi } }, async (request) => {
      const wanted = new URL(request.url, 'https://x').searchParams.get('target-nf-fqdn');
      return { validityPeriod: 1, nfInstances: known.filter(({ fqdn }) => fqdn === wanted) };
    });
    server.post('/oauth2/token', { config: { sbi } }, async (request) => ({ asked: request.sbi.consumer?.plmnId }));
    return {};
  },
});

const echo = { access: 'token', operation: 'test', service: 'nausf-auth', consumers: ['AMF'] } as const;

/** An AUSF that answers an authentication request with what it got; `seen` counts. */
export function standInAusf(seen: { count: number }): NfDefinition<NfConfig> {
  return {
    configSchema: NfConfig,
    async build({ server }) {
      server.post('/nausf-auth/v1/ue-authentications', { config: { sbi: echo } }, async (request) => {
        seen.count += 1;
        return { body: request.body, plmnId: request.sbi.consumer?.plmnId, headers: request.headers };
      });
      return {};
    },
  };
}

export function profileOf({ config }: StartedNf<NfConfig>): NFProfile {
  return {
    nfInstanceId: config.nfInstanceId,
    nfType: config.nfType,
    nfStatus: 'REGISTERED',
    fqdn: config.fqdn,
    ipv4Addresses: ['127.0.0.1'],
    nfServices: [nfServiceOf(config, { serviceName: 'nausf-auth', apiFullVersion: '1.2.0', rules: { echo } })],
  };
}

export interface PartnerOptions {
  readonly plmn: TestPlmn;
  readonly port: number;
  readonly members?: Record<string, unknown>;
}

/** A SEPP whose partners have theirs at these ports. */
export async function startSepp(
  plmn: TestPlmn,
  port: number,
  nrf: StartedNf<NfConfig> | undefined,
  partners: readonly PartnerOptions[],
  members: Record<string, unknown> = {},
): Promise<StartedNf<SeppConfig>> {
  const nfInstanceId = randomUUID();
  const fqdn = nfFqdn('sepp', plmn.plmnId);
  const tls = await plmn.pki.certificate({ name: 'sepp-n32', nfInstanceId, nfTypes: ['SEPP'], fqdn });
  return plmn.start(sepp, {
    nfType: 'SEPP',
    nfInstanceId,
    fqdn,
    tls,
    ...(nrf ? { nrf: { apiRoot: nrf.apiRoot } } : {}),
    n32: { host: '127.0.0.1', port, fqdn, tls },
    partners: partners.map((partner) => ({
      plmnIds: [partner.plmn.plmnId],
      n32: { fqdn: nfFqdn('sepp', partner.plmn.plmnId), host: '127.0.0.1', port: partner.port },
      ca: partner.plmn.pki.ca,
      ...partner.members,
    })),
    ...members,
  });
}
