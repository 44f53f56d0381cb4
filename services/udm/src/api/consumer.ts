/** Who asks, as far as the operations of the UDM depend on it. */
import type { PlmnId } from '@twincore/model';
import { SbiProblem, type SbiRequest } from '@twincore/sbi';

/** The consumer's PLMN as the guard found it, and its instance id where a token proves one. */
export function consumerOf({ sbi }: SbiRequest): { plmnId: PlmnId; nfInstanceId?: string } {
  if (!sbi.consumer) throw new Error('a route without guard');
  const { plmnId, claims } = sbi.consumer;
  return { plmnId, ...(claims ? { nfInstanceId: claims.sub } : {}) };
}

/** Throws 403 when the NF instance id in a body is not the consumer's own. */
export function requireSelf(request: SbiRequest, nfInstanceId: string): void {
  const consumer = consumerOf(request).nfInstanceId;
  if (consumer !== undefined && consumer.toLowerCase() !== nfInstanceId.toLowerCase()) {
    throw new SbiProblem(403, { detail: 'an NF speaks for itself only: the instance id belongs to another one' });
  }
}
