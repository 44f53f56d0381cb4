/** Who asks, as the guard of the server found it. */
import type { Consumer, SbiRequest } from '@twincore/sbi';

export function consumerOf({ sbi }: SbiRequest): Consumer {
  if (!sbi.consumer) throw new Error('a route without guard');
  return sbi.consumer;
}
