/** Confirmation of authentication results (TS 29.503 5.4.2.3, TS 33.501 6.1.4): one result for each serving network. */
import type { AuthEvent } from '@twincore/model';
import { commonProblem, problem } from '@twincore/sbi';
import type { SubscriptionData } from '../clients/udr.ts';

const PREFIX = '5G:';
const idOf = ({ servingNetworkName }: AuthEvent) => servingNetworkName.slice(PREFIX.length);

/** Nudm_UEAU_ResultConfirmation: stores the result, gives the authEventId. Throws 404 USER_NOT_FOUND. */
export async function confirmAuth(
  udr: Pick<SubscriptionData, 'putAuthenticationStatus'>,
  supi: string,
  event: AuthEvent,
): Promise<string> {
  await udr.putAuthenticationStatus(supi, event);
  return idOf(event);
}

/**
 * The removal of a result (TS 29.503 5.4.2.4).
 * @throws SbiProblem 400 unless the event says that it is to be removed; 404 USER_NOT_FOUND, or DATA_NOT_FOUND when there is
 * no such event
 */
export async function removeAuth(
  udr: Pick<SubscriptionData, 'deleteAuthenticationStatus'>,
  supi: string,
  authEventId: string,
  event: AuthEvent,
): Promise<void> {
  if (event.authRemovalInd !== true) {
    throw commonProblem('MANDATORY_IE_INCORRECT', 'this resource is only changed to remove it', [
      { param: '/authRemovalInd', reason: 'must be true' },
    ]);
  }
  const removed = idOf(event) === authEventId && (await udr.deleteAuthenticationStatus(supi, event.servingNetworkName));
  if (!removed) throw problem(404, 'DATA_NOT_FOUND');
}
