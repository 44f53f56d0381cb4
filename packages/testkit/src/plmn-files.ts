/** What a PLMN of the testkit has on disk: its PKI, its subscribers, and from these a configuration for any NF in it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Communication,
  LabError,
  type NfPlan,
  nfConfigOf,
  type PreparedSite,
  prepareSite,
  type RunDirectory,
} from '@twincore/lab/parts';
import type { PlmnId, Snssai } from '@twincore/model';
import { addressOf, type NfConfig } from '@twincore/sbi';
import { type NfChoice, NfNames, planNf, planOf, portsNeeded, SUBSCRIBERS_FILE } from './plan.ts';
import { freePort, freePorts } from './ports.ts';
import { completeSubscribers, type Subscriber, type SubscriberOptions, writeSubscribers } from './subscribers.ts';

/** What a PLMN is made of. */
export interface PlmnOptions {
  /** NF types in lower case, `nrf` among them or not; NRF, AUSF, UDM and UDR when absent. */
  readonly nfs?: readonly NfChoice[];
  /** 001-01 when absent. */
  readonly plmnId?: PlmnId;
  /** The slices of the NFs, and of subscribers for whom nothing else is said. */
  readonly sNssais?: readonly Snssai[];
  readonly subscribers?: readonly SubscriberOptions[];
  /** How the NFs talk to each other: with an `scp` among them by model D when absent, and else directly (TS 23.501 Annex E). */
  readonly communication?: Communication;
  /** Recorded exchanges have keys and tokens as they are instead of their fingerprints. */
  readonly showSecrets?: boolean;
  /** Of the NFs, as pino names them; `silent` when absent. They log to standard output. */
  readonly logLevel?: string;
}

/** Where a PLMN is. */
export interface PlmnPlace {
  /** IPv4 address under which the NFs are reached; 127.0.0.1 when absent. */
  readonly address?: string;
  /** Where they listen, when that is another: 0.0.0.0 in a container whose ports are mapped. */
  readonly listen?: string;
  /** One for each NF, the NRF first, and one more for the N2 of an AMF; free ones when absent. */
  readonly ports?: readonly number[];
  /** Directory of the PKI, made when it is not there; in `dir` when absent. */
  readonly pki?: string;
}

/** Where one NF is: the members are those of {@link PlmnPlace}. */
export interface NfPlace {
  readonly address?: string;
  readonly listen?: string;
  readonly port?: number;
}

export interface PlmnFiles {
  readonly dir: string;
  readonly site: PreparedSite;
  readonly subscribers: readonly Subscriber[];
  /** Recorded exchanges, a file for each NF. */
  readonly traceDir: string;
  /** The configuration of an NF of the plan, with members of its own type still without their defaults. */
  configOf(plan: NfPlan): Promise<NfConfig>;
  /** Where the NFs that have a configuration are, by FQDN. */
  readonly hosts: ReadonlyMap<string, string>;
  /** A plan for one more NF, on a free port of the loopback interface unless `at` says where. */
  planAnother(nfType: string, at?: NfPlace): Promise<NfPlan>;
}

export const DEFAULT_NFS = ['nrf', 'ausf', 'udm', 'udr'];
const DEFAULTS = {
  plmnId: { mcc: '001', mnc: '01' },
  sNssais: [{ sst: 1, sd: '000001' }],
} as const;
export const LOOPBACK = '127.0.0.1';

/** Makes the files in `dir`, or reuses what is there. Ports that are not given are free ones of the loopback interface. */
export async function openPlmnFiles(dir: string, options: PlmnOptions & PlmnPlace): Promise<PlmnFiles> {
  const { nfs = DEFAULT_NFS, plmnId = DEFAULTS.plmnId, sNssais = DEFAULTS.sNssais } = options;
  const { address = LOOPBACK, listen = address } = options;
  const names = new NfNames();
  const needed = portsNeeded(nfs);
  const ports = options.ports ?? (await freePorts(needed));
  if (ports.length !== needed) {
    const advice = 'Name one for each NF, the NRF first, and one more for the N2 of an AMF; or leave them out.';
    throw new LabError(
      `${needed} ports are needed, and ${ports.length} ${ports.length === 1 ? 'is' : 'are'} given`,
      advice,
    );
  }
  const common = { log: { level: options.logLevel ?? 'silent' } };
  const { communication } = options;
  const plan = planOf({ nfs, plmnId, sNssais, names, address, listen, ports, communication, common });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const subscribers = completeSubscribers(options.subscribers ?? []);
  writeSubscribers(join(dir, SUBSCRIBERS_FILE), subscribers, sNssais);
  const run: RunDirectory = {
    id: 'test',
    dir,
    trace: join(dir, 'trace'),
    logs: join(dir, 'logs'),
    config: join(dir, 'config'),
  };
  const pkiDir = options.pki ?? join(dir, 'pki');
  const site = await prepareSite(plan, pkiDir);
  const hosts = new Map<string, string>();
  return {
    dir,
    site,
    subscribers,
    traceDir: run.trace,
    hosts,

    async configOf(nf) {
      const { ops: _, ...config } = await nfConfigOf(site, nf, {
        ...{ sites: [site], deployDir: dir, pkiDir, stateDir: join(dir, 'state'), run },
        showSecrets: options.showSecrets ?? false,
      });
      hosts.set(config.fqdn, addressOf(config));
      return config;
    },

    async planAnother(nfType, at = {}) {
      const port = at.port ?? (await freePort());
      const { address: ownAddress = LOOPBACK, listen: ownListen = ownAddress } = at;
      const sbi = ownListen === ownAddress ? {} : { sbi: { host: ownListen, port, address: ownAddress } };
      const name = names.next(nfType);
      return planNf({ name, nfType: nfType.toUpperCase(), address: ownAddress, port, config: { ...common, ...sbi } });
    },
  };
}
