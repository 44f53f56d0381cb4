/** Who asks. */
import type { Consumer, SbiRequest } from '@twincore/sbi';

/**
 * Finds out who a request is from: the NF that the answer is for, and its PLMN. It may be another than the TLS peer where somebody
 * speaks for it, and then the peer of the result is that NF, as its client credentials assertion proves it (TS 33.501 13.3.8).
 */
export type RequesterOf = (request: SbiRequest) => Consumer | Promise<Consumer>;

/** The TLS peer, as the guard of the server found it. */
export const tlsPeer: RequesterOf = ({ sbi }) => {
  if (!sbi.consumer) throw new Error('a route without guard');
  return sbi.consumer;
};
