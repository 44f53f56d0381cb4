/** Whether a serving network may have a subscriber authenticated (TS 33.501 6.1.2). */
import { type PlmnId, plmnOfServingNetworkName, samePlmn } from '@twincore/model';
import { problem } from '@twincore/sbi';

/**
 * Throws 403 SERVING_NETWORK_NOT_AUTHORIZED for a name that is not a PLMN's (SNPN and NSWO are not served), and for a PLMN
 * that is neither `home` nor in `allowed`, where there is such a list.
 */
export function checkServingNetwork(name: string, home: PlmnId, allowed: readonly PlmnId[] | undefined): void {
  const plmnId = plmnOfServingNetworkName(name);
  const authorized = plmnId && (!allowed || [home, ...allowed].some((one) => samePlmn(one, plmnId)));
  if (!authorized) throw problem(403, 'SERVING_NETWORK_NOT_AUTHORIZED');
}
