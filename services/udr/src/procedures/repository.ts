/** The data sets of the UDR, and the rule which of them a subscriber must have (TS 29.504 clause 5, TS 29.505 clause 5). */
import type {
  AccessAndMobilitySubscriptionData,
  Amf3GppAccessRegistration,
  AuthEvent,
  AuthenticationSubscription,
  SmfSelectionSubscriptionData,
} from '@twincore/model';
import { problem } from '@twincore/sbi';
import type { Collection, Store } from '@twincore/store';

/** What an operator provisions besides the credentials; the same for every serving PLMN. */
export interface ProvisionedData {
  readonly amData?: AccessAndMobilitySubscriptionData;
  readonly smfSelectionData?: SmfSelectionSubscriptionData;
}

/** All keyed by SUPI; the authentication status by {@link statusKey}. */
export interface Repository {
  readonly authenticationSubscriptions: Collection<AuthenticationSubscription>;
  readonly provisionedData: Collection<ProvisionedData>;
  readonly authenticationStatus: Collection<AuthEvent>;
  readonly amf3GppAccess: Collection<Amf3GppAccessRegistration>;
}

export function openRepository(store: Store): Repository {
  return {
    authenticationSubscriptions: store.collection('authentication-subscription'),
    provisionedData: store.collection('provisioned-data'),
    authenticationStatus: store.collection('authentication-status'),
    amf3GppAccess: store.collection('amf-3gpp-access'),
  };
}

/** The status of the last authentication in one serving network, or (without it) of the last one anywhere. */
export function statusKey(supi: string, servingNetworkName = ''): string {
  return `${supi}/${servingNetworkName}`;
}

export const userNotFound = () => problem(404, 'USER_NOT_FOUND');
export const dataNotFound = () => problem(404, 'DATA_NOT_FOUND');

/** Throws 404 USER_NOT_FOUND unless `supi` is a subscriber: somebody with an authentication subscription. */
export async function requireSubscriber(repository: Repository, supi: string): Promise<void> {
  if (!(await repository.authenticationSubscriptions.get(supi))) throw userNotFound();
}

/** `data`, or the 404 that says whether the subscriber or only this data is missing. */
export async function found<T>(repository: Repository, supi: string, data: T | undefined): Promise<T> {
  if (data !== undefined) return data;
  await requireSubscriber(repository, supi);
  throw dataNotFound();
}
