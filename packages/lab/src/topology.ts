/** The lab's topology: `deploy/<site>.yaml`, one file for each PLMN and one for the radio side. */
import { join } from 'node:path';
import { NFType, PlmnId, plmnToString, Snssai } from '@twincore/model';
import Type, { type Static } from 'typebox';
import { LabError } from './errors.ts';
import { readYaml } from './yaml-file.ts';

const Port = Type.Integer({ minimum: 1, maximum: 65535 });
const Label = Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' });

const NfEntry = Type.Object(
  {
    /** Unique in its site; first label of the FQDN. */
    name: Label,
    /** NF type; the service in `services/<type in lower case>` implements it. */
    type: NFType,
    /** Service-based interface. Operations (/metrics, /healthz) listen {@link OPS_PORT_DISTANCE} above it. */
    port: Port,
    /** N2 of an AMF. */
    n2Port: Type.Optional(Port),
    /** N32 of a SEPP. */
    n32Port: Type.Optional(Port),
    /** Members of the NF's configuration beside those that the launcher fills in. */
    config: Type.Record(Type.String(), Type.Unknown(), { default: {} }),
  },
  { additionalProperties: false },
);

/** How the NFs of a network talk to each other: TS 23.501 Annex E. */
export const MODES = ['direct', 'C', 'D'] as const;
export type Communication = (typeof MODES)[number];

/** How the site's SEPP lives with its partners; members are those of the SEPP's configuration of a partner. */
const N32 = Type.Object(
  {
    /** What protects N32-f. Both sides have to say the same. */
    security: Type.Union([Type.Literal('TLS'), Type.Literal('PRINS')], { default: 'TLS' }),
    /** With PRINS, the name of this network's IPX among `nfs`; without one SEPP talks to SEPP. */
    ipx: Type.Optional(Label),
    /** What the IPX may modify. */
    permissions: Type.Array(Type.Unknown(), { default: [] }),
    /** A SEPP hides by default. In a lab one wants to read who talks to whom. */
    topologyHiding: Type.Record(Type.String(), Type.Boolean(), {
      default: { fqdns: false, addresses: false, instanceIds: false },
    }),
    firewall: Type.Record(Type.String(), Type.Unknown(), { default: {} }),
  },
  { default: {}, additionalProperties: false },
);
const SiteFile = Type.Object(
  {
    n32: N32,
    plmnId: PlmnId,
    /** Directly, or through the SCP: C lets NFs discover and the SCP forward, D leaves both to the SCP. */
    communication: Type.Union(
      MODES.map((mode) => Type.Literal(mode)),
      { default: 'direct' },
    ),
    sNssais: Type.Array(Snssai, { default: [] }),
    nfs: Type.Array(NfEntry, { minItems: 1 }),
  },
  { additionalProperties: false },
);

export interface NfPlan extends Static<typeof NfEntry> {
  readonly host: string;
  /** Of N2 and N32, where they are in another network than the service-based interface. */
  readonly n2Host?: string;
  readonly n32Host?: string;
  readonly opsPort: number;
  /** Somebody else runs it; `ca` is the CA of its certificate where the lab is not to make that. */
  readonly external?: { readonly ca?: string };
}
export interface SitePlan {
  /** The file's name without `.yaml`: `home`, `visited`, `ran`. */
  readonly name: string;
  readonly plmnId: PlmnId;
  readonly communication: Communication;
  readonly sNssais: readonly Snssai[];
  readonly n32: Static<typeof N32>;
  readonly nfs: readonly NfPlan[];
}

export const SITES = ['home', 'visited', 'ran'] as const;
const HOST = '127.0.0.1';
const OPS_PORT_DISTANCE = 1_000;

/** Modes in place of those in the files, by site. */
export type CommunicationOf = Readonly<Partial<Record<(typeof SITES)[number], Communication>>>;

/**
 * Reads the topology in `deployDir`. `portOffset` moves every port, so that several labs fit on one machine. An SCP that nobody
 * uses, because its network communicates directly, is left out.
 * Throws a {@link LabError} when a file is wrong, a name occurs twice in a site, two NFs claim one port, or there is no SCP to use.
 */
export function readTopology(deployDir: string, portOffset = 0, communication: CommunicationOf = {}): SitePlan[] {
  const sites = SITES.map((name) => siteOf(name, join(deployDir, `${name}.yaml`), portOffset, communication[name]));
  checkUnique(sites);
  return sites;
}

function siteOf(name: string, file: string, portOffset: number, mode?: Communication): SitePlan {
  const site = readYaml(SiteFile, file);
  const communication = mode ?? site.communication;
  const moved = (port: number) => port + portOffset;
  const nfs = site.nfs.filter(({ type }) => type !== 'SCP' || communication !== 'direct');
  if (communication !== 'direct' && !nfs.some(({ type }) => type === 'SCP')) {
    throw new LabError(
      `${name}.yaml has no SCP, which communication ${communication} goes through`,
      'Add an entry of type SCP, or let its network communicate directly.',
    );
  }
  return {
    ...site,
    name,
    communication,
    nfs: nfs.map((nf) => ({
      ...nf,
      host: HOST,
      port: moved(nf.port),
      opsPort: moved(nf.port) + OPS_PORT_DISTANCE,
      ...(nf.n2Port ? { n2Port: moved(nf.n2Port) } : {}),
      ...(nf.n32Port ? { n32Port: moved(nf.n32Port) } : {}),
    })),
  };
}

/** Every port of an NF. */
export function portsOf(nf: NfPlan): number[] {
  return [nf.port, nf.opsPort, nf.n2Port, nf.n32Port].filter((port) => port !== undefined);
}

/** Where this lab listens for an NF: for an external one, only where its health is told. */
export function listensAt(nf: NfPlan): { host: string; port: number }[] {
  return nf.external ? [{ host: HOST, port: nf.opsPort }] : portsOf(nf).map((port) => ({ host: nf.host, port }));
}

function checkUnique(sites: readonly SitePlan[]): void {
  const owners = new Map<number | string, string>();
  for (const site of sites) {
    for (const nf of site.nfs) {
      const owner = `${nf.name} in ${site.name}.yaml`;
      // State and certificates are kept by PLMN and name, so a name is unique in its PLMN, not only in its file.
      for (const claim of [`the name ${nf.name} of PLMN ${plmnToString(site.plmnId)}`, ...portsOf(nf)]) {
        const other = owners.get(claim);
        const what = typeof claim === 'number' ? `port ${claim}` : claim;
        if (other) throw new LabError(`${owner} and ${other} both have ${what}`, 'Give one of them another.');
        if (typeof claim === 'number' && claim > 65535) {
          throw new LabError(`${owner} would listen on port ${claim}`, 'Choose a smaller --port-offset.');
        }
        owners.set(claim, owner);
      }
    }
  }
}
