/** The NFs of the current run, out of the configurations that the launcher wrote for them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Defence, NfConfig, parseConfig, switchedOff } from '@twincore/sbi';
import type { NfView } from '../wire.ts';

export interface KnownNf extends Omit<NfView, 'state' | 'since' | 'load'> {
  /** Where it answers /healthz. */
  readonly ops?: { readonly host: string; readonly port: number };
  readonly showSecrets: boolean;
}

/** What is no configuration is left out; without a run there are none. */
export async function nfsOfRun(runs: string, run: string): Promise<KnownNf[]> {
  const dir = join(runs, run, 'config');
  const names = run === '' ? [] : await readdir(dir).catch(() => []);
  const found = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => readNf(dir, name)));
  return found.flatMap((nf) => nf ?? []);
}

/** What was read of a file stays true until it is written again. */
const read = new Map<string, { readonly mtimeMs: number; readonly nf: KnownNf | undefined }>();

async function readNf(dir: string, fileName: string): Promise<KnownNf | undefined> {
  const file = join(dir, fileName);
  const mtimeMs = await stat(file).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  const known = read.get(file);
  if (known?.mtimeMs === mtimeMs) return known.nf;
  const nf = await parseNf(file, fileName);
  read.set(file, { mtimeMs, nf });
  return nf;
}

async function parseNf(file: string, fileName: string): Promise<KnownNf | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    const config = parseConfig(NfConfig, JSON.parse(text), fileName);
    const plmn = `${config.plmnId.mcc}-${config.plmnId.mnc}`;
    const name = fileName.slice(plmn.length + 1, -'.json'.length);
    return {
      key: `${plmn}/${name}`,
      name,
      nfType: config.nfType,
      plmn,
      label: `${name.toUpperCase()}(${plmn})`,
      nfInstanceId: config.nfInstanceId,
      fqdn: config.fqdn,
      address: `${config.sbi.host}:${config.sbi.port}`,
      insecure: switchedOff(config.insecure).map(({ defence }): Defence => defence),
      showSecrets: config.trace?.showSecrets ?? false,
      ...(config.ops ? { ops: config.ops } : {}),
    };
  } catch {
    return undefined;
  }
}
