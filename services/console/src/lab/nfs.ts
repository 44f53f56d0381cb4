/** The NFs of a run, as the launcher wrote down what the lab consists of. */
import { readFile, stat } from 'node:fs/promises';
import { findRun, type LabInfo, type NfInfo, readLabInfo } from '@twincore/lab';
import { NfConfig, parseConfig, switchedOff } from '@twincore/sbi';
import type { NfView } from '../wire.ts';

export interface KnownNf extends Omit<NfView, 'state' | 'since' | 'load'> {
  /** With /healthz. */
  readonly opsUrl: string;
}

/** What the lab of a run consists of; undefined where nobody wrote it down. */
export function infoOfRun(dir: string, run: string): LabInfo | undefined {
  try {
    return readLabInfo(findRun(dir, run));
  } catch {
    return undefined;
  }
}

/** The NFs with what of their configuration is to be shown; it changes when somebody switches a defence off. */
export async function nfsOf(info: LabInfo): Promise<KnownNf[]> {
  return Promise.all(
    info.nfs.map(async (nf): Promise<KnownNf> => {
      const { name, nfType, plmn, label, nfInstanceId, fqdn, sbi, opsUrl } = nf;
      const insecure = await insecureOf(nf);
      const address = `${sbi.host}:${sbi.port}`;
      return {
        key: `${plmn}/${name}`,
        site: nf.site,
        name,
        nfType,
        plmn,
        label,
        nfInstanceId,
        fqdn,
        address,
        opsUrl,
        insecure,
      };
    }),
  );
}

/** What was read of a file stays true until it is written again. */
const read = new Map<string, { readonly mtimeMs: number; readonly insecure: readonly string[] }>();

async function insecureOf({ configFile }: NfInfo): Promise<readonly string[]> {
  try {
    const { mtimeMs } = await stat(configFile);
    const known = read.get(configFile);
    if (known?.mtimeMs === mtimeMs) return known.insecure;
    const config = parseConfig(NfConfig, JSON.parse(await readFile(configFile, 'utf8')), configFile);
    const insecure = switchedOff(config.insecure).map(({ defence }) => defence);
    read.set(configFile, { mtimeMs, insecure });
    return insecure;
  } catch {
    // Half written, or of an NF that brings its own configuration.
    return [];
  }
}
