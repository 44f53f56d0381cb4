/** The lab's topology with changes: a copy of deploy/ whose YAML files a scenario has changed. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab';
import { parse, stringify } from 'yaml';

export interface SiteYaml {
  n32?: Record<string, unknown>;
  nfs: Record<string, unknown>[];
  [member: string]: unknown;
}

export interface Deploy {
  readonly dir: string;
  remove(): void;
}

/** `change` is called with the content of each network's file; `from` is what is copied. */
export function changedDeploy(
  change: (site: SiteYaml, name: 'home' | 'visited') => void,
  from = join(PROJECT_ROOT, 'deploy'),
): Deploy {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-deploy-'));
  cpSync(from, dir, { recursive: true });
  for (const name of ['home', 'visited'] as const) {
    const file = join(dir, `${name}.yaml`);
    const site = parse(readFileSync(file, 'utf8')) as SiteYaml;
    change(site, name);
    writeFileSync(file, stringify(site, { aliasDuplicateObjects: false }));
  }
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Ports of the IPXs that scenarios add, beside those of deploy/. */
const IPX_PORTS = { home: 17117, visited: 17217 };

export interface IpxOptions {
  readonly permissions?: readonly object[];
  readonly mediations?: readonly object[];
}

/** Adds this network's IPX and sends N32-f through it. */
export function addIpx(
  site: SiteYaml,
  name: 'home' | 'visited',
  { permissions = [], mediations = [] }: IpxOptions,
): void {
  site.nfs.push({ name: 'ipx', type: 'IPX', port: IPX_PORTS[name], config: { mediations } });
  site.n32 = { ...site.n32, security: 'PRINS', ipx: 'ipx', permissions };
}

const SLICE = { sst: 1, sd: '000001' };

/** Replaces the home network's subscribers and UEs by `count` with keys of their own; SUPIs go over the air as they are. */
export function provisionUes({ dir }: Deploy, count: number): string[] {
  const usims = Array.from({ length: count }, (_, i) => ({
    supi: `imsi-00101${String(i + 1).padStart(10, '0')}`,
    plmnId: { mcc: '001', mnc: '01' },
    k: randomBytes(16).toString('hex'),
    opc: randomBytes(16).toString('hex'),
    routingIndicator: '0000',
    protectionScheme: 0,
  }));
  const subscribers = usims.map(({ supi, k, opc }) => ({
    supi,
    authenticationSubscription: {
      authenticationMethod: '5G_AKA',
      k,
      opc,
      authenticationManagementField: '8000',
      sqn: '000000000000',
    },
    amData: { nssai: { defaultSingleNssais: [SLICE], singleNssais: [SLICE] } },
    smfSelectionData: {
      subscribedSnssaiInfos: { '1-000001': { dnnInfos: [{ dnn: 'internet', lboRoamingAllowed: true }] } },
    },
  }));
  const write = (file: string, content: object) =>
    writeFileSync(join(dir, file), stringify(content, { aliasDuplicateObjects: false }));
  write('ues.yaml', { ues: usims });
  write('subscribers.yaml', { subscribers });
  return usims.map(({ supi }) => supi);
}
