/** Names of networks and network functions (TS 23.003 clause 28), and the arithmetic on them that many NFs need. */
import type { Guami, PlmnId } from './ts29571.ts';

const DOMAIN = /^(?:[a-z0-9-]+\.)+5gc\.mnc(\d{3})\.mcc(\d{3})\.3gppnetwork\.org$/i;

/** Home network domain `5gc.mnc<MNC>.mcc<MCC>.3gppnetwork.org` (TS 23.003 28.2); a two-digit MNC is padded with a 0. */
export function plmnDomain({ mcc, mnc }: PlmnId): string {
  return `5gc.mnc${mnc.padStart(3, '0')}.mcc${mcc}.3gppnetwork.org`;
}

/** FQDN of an NF inside its PLMN, e.g. `ausf.5gc.mnc001.mcc001.3gppnetwork.org` (TS 23.003 28.3.2.1). */
export function nfFqdn(label: string, plmnId: PlmnId): string {
  return `${label.toLowerCase()}.${plmnDomain(plmnId)}`;
}

/**
 * The PLMN that a 5GC FQDN belongs to, or undefined when the name is not under `3gppnetwork.org`. The name always has
 * three MNC digits; `000` to `099` may be a two-digit MNC, so the caller compares with {@link samePlmn}.
 */
export function plmnOfFqdn(fqdn: string): PlmnId | undefined {
  const match = DOMAIN.exec(fqdn);
  return match?.[1] && match[2] ? { mcc: match[2], mnc: match[1] } : undefined;
}

/** Equality of PLMN ids where `01` and `001` name the same network as far as a domain name can tell. */
export function samePlmn(a: PlmnId, b: PlmnId): boolean {
  return a.mcc === b.mcc && a.mnc.padStart(3, '0') === b.mnc.padStart(3, '0');
}

/** `001-01`: the form in which headers (3gpp-Sbi-Originating-Network-Id) and people write a PLMN id. */
export function plmnToString({ mcc, mnc }: PlmnId): string {
  return `${mcc}-${mnc}`;
}

/** Inverse of {@link plmnToString}; undefined when the text is not `MCC-MNC`. */
export function plmnFromString(text: string): PlmnId | undefined {
  const match = /^(\d{3})-(\d{2,3})$/.exec(text);
  return match?.[1] && match[2] ? { mcc: match[1], mnc: match[2] } : undefined;
}

/** The serving network name of TS 24.501 9.12.1: `5G:mnc001.mcc001.3gppnetwork.org`. */
export function servingNetworkNameOf({ mcc, mnc }: PlmnId): string {
  return `5G:mnc${mnc.padStart(3, '0')}.mcc${mcc}.3gppnetwork.org`;
}

/** The PLMN inside a serving network name (the MNC always with three digits), or undefined when it is malformed. */
export function plmnOfServingNetworkName(name: string): PlmnId | undefined {
  const match = /^5G:mnc(\d{3})\.mcc(\d{3})\.3gppnetwork\.org$/.exec(name);
  return match?.[1] && match[2] ? { mcc: match[2], mnc: match[1] } : undefined;
}

/** The home PLMN of an `imsi-…` SUPI, given how many digits the MNC has (TS 23.003 2.2A). */
export function plmnOfSupi(supi: string, mncLength: 2 | 3): PlmnId | undefined {
  const match = /^imsi-(\d{5,15})$/.exec(supi);
  return match?.[1] ? { mcc: match[1].slice(0, 3), mnc: match[1].slice(3, 3 + mncLength) } : undefined;
}

/** `<MCC><MNC><amfId>`: the key form of a GUAMI (TS 23.003 2.10.1). */
export function guamiToString({ plmnId, amfId }: Guami): string {
  return `${plmnId.mcc}${plmnId.mnc}${amfId.toLowerCase()}`;
}
