/** How people name an NF of a lab. */
import { LabError } from '../errors.ts';
import type { NfInfo } from '../lab-info.ts';

/** By label (`AUSF(001-01)`), with its site or PLMN (`home/ausf`, `001-01/ausf`), or by name or type where only one has it. */
export function findNf(nfs: readonly NfInfo[], name: string): NfInfo {
  const wanted = name.trim().toLowerCase();
  const exact = nfs.find((nf) => namesOf(nf).includes(wanted));
  if (exact) return exact;
  const alike = nfs.filter((nf) => nf.name === wanted || nf.nfType.toLowerCase() === wanted);
  const [only, ...others] = alike;
  if (only && others.length === 0) return only;
  const known = (alike.length > 0 ? alike : nfs).map(({ label }) => label).join(', ');
  throw new LabError(
    alike.length > 0 ? `${name} may be one of several NFs` : `there is no NF ${name} in this lab`,
    `${alike.length > 0 ? 'Say which' : 'There are'}: ${known}`,
    { reason: 'usage' },
  );
}

function namesOf({ label, site, plmn, name }: NfInfo): string[] {
  return [label.toLowerCase(), `${site}/${name}`, `${plmn}/${name}`, `${plmn}-${name}`];
}
