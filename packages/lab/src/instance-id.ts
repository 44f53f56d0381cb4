/** Instance ids that are the same in every run and on every machine, so that nobody has to store them. */
import { createHash } from 'node:crypto';
import { type PlmnId, plmnToString } from '@twincore/model';

/** Namespace of the lab's names; any fixed UUID does. */
const NAMESPACE = Buffer.from('7b6c1d0e54f24c3c9a0d3f5be2a1c4d8', 'hex');

/** UUID version 5 (RFC 9562 5.5) of `<MCC-MNC>/<name>`. */
export function nfInstanceIdOf(plmnId: PlmnId, name: string): string {
  const octets = createHash('sha1')
    .update(NAMESPACE)
    .update(`${plmnToString(plmnId)}/${name}`)
    .digest()
    .subarray(0, 16);
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x50;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
