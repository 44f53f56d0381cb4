/** From the topology to one configuration for each NF: identity, certificates, and where everybody else is. */
import { join } from 'node:path';
import { nfFqdn, plmnToString, samePlmn } from '@twincore/model';
import { NfConfig, parseConfig } from '@twincore/sbi';
import type { RunDirectory } from './directory.ts';
import { LabError } from './errors.ts';
import { type HomeNetworkKeys, openHomeNetworkKeys } from './home-network-keys.ts';
import { nfInstanceIdOf } from './instance-id.ts';
import { openPlmnPki, type PlmnPki, type SigningKeyFiles } from './pki.ts';
import { expand } from './templates.ts';
import type { NfPlan, SitePlan } from './topology.ts';

/** A site with what its NFs have in common. */
export interface PreparedSite extends SitePlan {
  readonly pki: PlmnPki;
  readonly signingKey: SigningKeyFiles;
  readonly homeNetworkKeys: HomeNetworkKeys;
}

export interface NfConfigOptions {
  readonly sites: readonly PreparedSite[];
  readonly deployDir: string;
  readonly pkiDir: string;
  readonly stateDir: string;
  readonly run: RunDirectory;
  readonly showSecrets: boolean;
}

/** Makes or reuses the keys and certificates that a site shares. */
export async function prepareSite(site: SitePlan, pkiDir: string): Promise<PreparedSite> {
  const pki = await openPlmnPki(pkiDir, site.plmnId);
  return { ...site, pki, signingKey: await pki.signingKey(), homeNetworkKeys: openHomeNetworkKeys(pki.dir) };
}

/** `AUSF(001-01)`: how people and traces call an NF. */
export function labelOf(site: SitePlan, nf: NfPlan): string {
  return `${nf.name.toUpperCase()}(${plmnToString(site.plmnId)})`;
}

/** File name, without extension, of what belongs to an NF. */
export function fileNameOf(site: SitePlan, nf: NfPlan): string {
  return `${plmnToString(site.plmnId)}-${nf.name}`;
}

const n2HostOf = ({ n2Host, host }: NfPlan) => n2Host ?? host;
const n32HostOf = ({ n32Host, host }: NfPlan) => n32Host ?? host;
const fqdnOf = (site: SitePlan, nf: NfPlan) => nfFqdn(nf.name, site.plmnId);
export const apiRootOf = (site: SitePlan, nf: NfPlan) => `https://${fqdnOf(site, nf)}:${nf.port}`;
/** The NRF is asked directly and notifies so, and a proxy passes on what comes to it. */
const DIRECT: ReadonlySet<string> = new Set(['NRF', 'SEPP', 'SCP']);
const ofType = (site: SitePlan, type: string) => site.nfs.find((nf) => nf.type === type);

/** The whole configuration of one NF. Makes or reuses its certificate. */
export async function nfConfigOf(site: PreparedSite, nf: NfPlan, options: NfConfigOptions): Promise<NfConfig> {
  const nfInstanceId = nfInstanceIdOf(site.plmnId, nf.name);
  const fqdn = fqdnOf(site, nf);
  const nrf = ofType(site, 'NRF');
  const sepp = ofType(site, 'SEPP');
  const scp = ofType(site, 'SCP');
  // A SEPP answers for the telescopic FQDNs below its own name (TS 33.501 13.1.1.1).
  const moreNames = nf.type === 'SEPP' ? [`*.${fqdn}`] : [];
  const made = await site.pki.certificate({ name: nf.name, nfInstanceId, nfTypes: [nf.type], fqdn, moreNames });
  const tls = { ...made, ca: trustedIn(site, made.ca) };
  const own = ownMembers[nf.type]?.(site, nf, options.sites, tls) ?? {};
  const where = `${site.name}.yaml: ${nf.name}`;
  const configured = expand(nf.config, variablesOf(options), where) as Record<string, unknown>;
  const config = {
    nfInstanceId,
    nfType: nf.type,
    plmnId: site.plmnId,
    fqdn,
    sbi: { host: nf.host, port: nf.port },
    ops: { host: nf.host, port: nf.opsPort },
    tls,
    ...(nrf && nf !== nrf ? { nrf: { apiRoot: apiRootOf(site, nrf) } } : {}),
    ...(nrf ? { tokens: { issuer: nfInstanceIdOf(site.plmnId, nrf.name), keys: site.signingKey.jwks } } : {}),
    ...(sepp && nf !== sepp ? { sepp: { apiRoot: apiRootOf(site, sepp) } } : {}),
    ...(scp && !DIRECT.has(nf.type) ? { scp: { apiRoot: apiRootOf(site, scp), mode: site.communication } } : {}),
    hosts: Object.fromEntries([nrf, sepp, scp].flatMap((known) => (known ? [[fqdnOf(site, known), known.host]] : []))),
    sNssais: site.sNssais,
    stateDir: join(options.stateDir, plmnToString(site.plmnId), nf.name),
    trace: { file: join(options.run.trace, `${fileNameOf(site, nf)}.ndjson`), showSecrets: options.showSecrets },
    log: { level: 'info' },
    ...own,
    ...configured,
  };
  return parseConfig(NfConfig, config, where);
}

/** Whose certificates the NFs of a site believe: its own CA's, and those of the CAs of external NFs. */
function trustedIn(site: SitePlan, own: string): NfConfig['tls']['ca'] {
  const others = site.nfs.flatMap(({ external }) => external?.ca ?? []);
  return others.length === 0 ? own : [own, ...others];
}

type OwnMembers = (
  site: PreparedSite,
  nf: NfPlan,
  sites: readonly PreparedSite[],
  tls: NfConfig['tls'],
) => Record<string, unknown>;

/** What an NF of one type needs to know and cannot be written into a file by hand: keys, and the other PLMN. */
const ownMembers: Readonly<Record<string, OwnMembers>> = {
  NRF: (site, _nf, sites) => ({
    signingKey: site.signingKey.key,
    jwks: site.signingKey.jwks,
    partners: partnersWith('NRF', site, sites).map(([partner, nrf]) => ({
      plmnId: partner.plmnId,
      nrfApiRoot: apiRootOf(partner, nrf),
    })),
  }),
  UDM: (site) => ({ homeNetworkKeys: site.homeNetworkKeys.privateKeysFile }),
  AMF: (_site, nf) => ({ n2: { host: n2HostOf(nf), port: nf.n2Port } }),
  SEPP: (site, nf, sites, tls) => ({
    n32: { host: n32HostOf(nf), port: nf.n32Port, fqdn: fqdnOf(site, nf), tls },
    partners: partnersWith('SEPP', site, sites).map(([partner, sepp]) => ({
      plmnIds: [partner.plmnId],
      n32: { fqdn: fqdnOf(partner, sepp), host: n32HostOf(sepp), port: sepp.n32Port },
      ca: partner.pki.ca,
      security: site.n32.security,
      prins: prinsOf(site),
      topologyHiding: site.n32.topologyHiding,
      firewall: site.n32.firewall,
    })),
  }),
  IPX: (site, _nf, sites, tls) => ({
    tls: { ...tls, ca: [site.pki.ca, ...partnersWith('SEPP', site, sites).map(([{ pki }]) => pki.ca)] },
    plmnIds: sites.map(({ plmnId }) => plmnId),
    signingKey: tls.key,
    routes: sites.flatMap((other) => {
      const sepp = ofType(other, 'SEPP');
      return sepp ? [{ sepp: fqdnOf(other, sepp), next: n32HopTo(other, sepp, other !== site) }] : [];
    }),
  }),
};

/** The IPX that a site's `n32` names. */
function ipxOf(site: PreparedSite): NfPlan | undefined {
  if (site.n32.ipx === undefined) return undefined;
  const found = site.nfs.find(({ name, type }) => name === site.n32.ipx && type === 'IPX');
  if (!found)
    throw new LabError(
      `${site.name}.yaml: there is no IPX ${site.n32.ipx}`,
      'Add it to "nfs", or take it out of "n32".',
    );
  return found;
}

/** An IPX signs with the key of its certificate, in the lab. */
function prinsOf(site: PreparedSite): Record<string, unknown> {
  const ipx = ipxOf(site);
  if (!ipx) return {};
  return {
    ipx: {
      fqdn: fqdnOf(site, ipx),
      host: ipx.host,
      port: ipx.port,
      ca: site.pki.ca,
      keys: [join(site.pki.dir, `${ipx.name}.pem`)],
      permissions: site.n32.permissions,
    },
  };
}

/** Where an IPX sends what is for a SEPP: to the IPX of the other network, if it has one, or to the SEPP itself. */
function n32HopTo(site: PreparedSite, sepp: NfPlan, isForeign: boolean) {
  const ipx = isForeign ? ipxOf(site) : undefined;
  const hop = ipx
    ? { nf: ipx, port: ipx.port, host: ipx.host }
    : { nf: sepp, port: sepp.n32Port, host: n32HostOf(sepp) };
  return { fqdn: fqdnOf(site, hop.nf), host: hop.host, port: hop.port, ca: site.pki.ca };
}

/** The sites of other PLMNs that have an NF of this type. */
function partnersWith(
  type: string,
  site: PreparedSite,
  sites: readonly PreparedSite[],
): (readonly [PreparedSite, NfPlan])[] {
  return sites.flatMap((other) => {
    const nf = ofType(other, type);
    return nf && !samePlmn(other.plmnId, site.plmnId) ? [[other, nf] as const] : [];
  });
}

function variablesOf({ sites, deployDir, pkiDir, stateDir }: NfConfigOptions): Record<string, string | number> {
  const variables: Record<string, string | number> = { deploy: deployDir, pki: pkiDir, state: stateDir };
  for (const site of sites) {
    for (const nf of site.nfs) {
      const members = {
        host: nf.host,
        port: nf.port,
        n2Host: n2HostOf(nf),
        n2Port: nf.n2Port,
        n32Port: nf.n32Port,
        fqdn: fqdnOf(site, nf),
      };
      for (const [member, value] of Object.entries(members)) {
        if (value !== undefined) variables[`${site.name}.${nf.name}.${member}`] = value;
      }
    }
  }
  return variables;
}
