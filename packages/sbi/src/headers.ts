/** HTTP custom headers of TS 29.500 clause 5.2.3, in the lower case that HTTP/2 carries. */
import { type PlmnId, plmnFromString, plmnToString } from '@twincore/model';

export const TARGET_API_ROOT = '3gpp-sbi-target-apiroot';
export const ORIGINATING_NETWORK_ID = '3gpp-sbi-originating-network-id';
export const CLIENT_CREDENTIALS = '3gpp-sbi-client-credentials';

/** Value of 3gpp-Sbi-Originating-Network-Id (TS 29.500 5.2.3.2.x): `MCC-MNC; src: <NF type>-<FQDN>`. */
export function formatOriginatingNetworkId(plmnId: PlmnId, source: { nfType: string; fqdn: string }): string {
  return `${plmnToString(plmnId)}; src: ${source.nfType}-${source.fqdn}`;
}

/** The PLMN of a 3gpp-Sbi-Originating-Network-Id value, or undefined when there is none or it is malformed. */
export function parseOriginatingNetworkId(value: string | string[] | undefined): PlmnId | undefined {
  if (typeof value !== 'string') return undefined;
  return plmnFromString((value.split(';', 1)[0] ?? '').trim());
}

/** User-Agent of an NF (TS 29.500 5.2.2.2): the NF type, then what identifies the instance. */
export function formatUserAgent(nfType: string, nfInstanceId: string): string {
  return `${nfType}-${nfInstanceId}`;
}

/** Server and Via name of an NF (TS 29.500 6.10.8.2, 6.10.10.3): a proxy goes by its FQDN, any other by its instance. */
export function formatServer(nf: { nfType: string; nfInstanceId: string; fqdn: string }): string {
  return `${nf.nfType}-${nf.nfType === 'SCP' || nf.nfType === 'SEPP' ? nf.fqdn : nf.nfInstanceId}`;
}

/** The NF type that a User-Agent declares; a declaration, not a proof. */
export function nfTypeOfUserAgent(value: string | undefined): string | undefined {
  return /^([A-Z0-9_]+)(?:[-\s]|$)/.exec(value ?? '')?.[1];
}
