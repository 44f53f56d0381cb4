/** What somebody needs who follows an attack by hand: the certificate of an NF that the attacker has taken over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nfInstanceIdOf } from '@twincore/lab';
import { type CertificateFiles, openPlmnPki } from '@twincore/lab/pki';
import { nfFqdn, type PlmnId, plmnToString } from '@twincore/model';
import { createCca } from '@twincore/sbi';

export interface TakenOver {
  readonly nfType: string;
  readonly nfInstanceId: string;
  readonly fqdn: string;
}

/** The same NF for the same name, in every lab. A SEPP has the name of the network's own. */
export function identityOf(plmnId: PlmnId, nfType: string, name = ''): TakenOver & { readonly file: string } {
  const file = ['attacker', nfType.toLowerCase(), name].filter((part) => part !== '').join('-');
  const fqdn = nfFqdn(nfType === 'SEPP' ? 'sepp' : file, plmnId);
  return { nfType, nfInstanceId: nfInstanceIdOf(plmnId, file), fqdn, file };
}

/** Where {@link takenOver} puts it, below the lab directory. */
export function filesOf(dir: string, plmnId: PlmnId, file: string): { readonly cert: string; readonly key: string } {
  const home = join(dir, 'pki', plmnToString(plmnId));
  return { cert: join(home, `${file}.pem`), key: join(home, `${file}-key.pem`) };
}

/** Makes the certificate of this NF in the lab's PKI. Reused when it is there. */
export async function takenOver(
  dir: string,
  plmnId: PlmnId,
  nfType: string,
  name?: string,
): Promise<TakenOver & { readonly tls: CertificateFiles }> {
  const { file, ...identity } = identityOf(plmnId, nfType, name);
  const pki = await openPlmnPki(join(dir, 'pki'), plmnId);
  const tls = await pki.certificate({ name: file, ...identity, nfTypes: [nfType] });
  return { ...identity, tls };
}

/** Client credentials (TS 33.501 13.3.8) of {@link identityOf}, by a CA that is made for this and thrown away. */
export async function createAssertion(
  nfType: string,
  name: string | undefined,
  audience: readonly string[],
): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-untrusted-'));
  try {
    const nf = await takenOver(dir, { mcc: '001', mnc: '01' }, nfType, name);
    return await createCca(nf, [...audience]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
