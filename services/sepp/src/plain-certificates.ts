/** Partners whose SEPP certificate tells its name and no more, as other vendors' do (`plainCertificate`). */
import { createHash, X509Certificate } from 'node:crypto';
import type { IdentifyOther } from '@twincore/sbi';
import type { Partner } from './config.ts';

/**
 * A certificate with the FQDN of such a partner's SEPP is that SEPP's. Whether the partner's CA has issued it, `Partners` looks; and one that
 * names NF types is believed in what it names.
 */
export function plainSeppsOf(partners: readonly Partner[]): IdentifyOther {
  const plain = partners.filter(({ plainCertificate }) => plainCertificate);
  if (plain.length === 0) return (_der, found) => found;
  return (der, found) => {
    if (found && found.nfTypes.length > 0) return found;
    const names = dnsNamesIn(der);
    const partner = plain.find(({ n32 }) => names.includes(n32.fqdn.toLowerCase()));
    const [plmnId] = partner?.plmnIds ?? [];
    if (!partner || !plmnId) return found;
    const { fqdn } = partner.n32;
    return { nfInstanceId: found?.nfInstanceId ?? idFor(fqdn), nfTypes: ['SEPP'], fqdn, plmnId };
  };
}

function dnsNamesIn(der: Uint8Array): string[] {
  const { subjectAltName = '' } = new X509Certificate(Buffer.from(der));
  return subjectAltName
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice('DNS:'.length).toLowerCase());
}

/** For limits and logs, which tell peers apart by their instance ids. */
function idFor(fqdn: string): string {
  const digits = createHash('sha256').update(fqdn.toLowerCase()).digest('hex');
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
