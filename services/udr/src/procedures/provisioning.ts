/** Provisioning: of subscribers out of a file at the start, and by the operator while the UDR runs. */
import { type AuthenticationSubscription, Subscriber, type Subscription } from '@twincore/model';
import Type from 'typebox';
import { type Repository, userNotFound } from './repository.ts';

export const SubscribersFile = Type.Object({ subscribers: Type.Array(Subscriber) });

/**
 * Inserts what is absent. What is there stays, above all the SQN: going back to the one in the file would make the next
 * vectors ones that the USIM has seen.
 */
export async function provision(repository: Repository, subscribers: readonly Subscriber[]): Promise<void> {
  await Promise.all(
    subscribers.flatMap((subscriber) => [
      repository.authenticationSubscriptions.update(
        subscriber.supi,
        (old) => old ?? credentialsOf(subscriber.supi, subscriber),
      ),
      repository.provisionedData.update(subscriber.supi, (old) => old ?? dataOf(subscriber)),
    ]),
  );
}

/**
 * Makes a subscriber, or replaces the subscription of one; true when it is new. While K and OPc stay what they are, so does the SQN,
 * for the reason above.
 */
export async function putSubscriber(
  repository: Repository,
  supi: string,
  subscription: Subscription,
): Promise<boolean> {
  let created = false;
  await repository.authenticationSubscriptions.update(supi, (old) => {
    created = old === undefined;
    const wanted = credentialsOf(supi, subscription);
    return hasSameKeys(old, wanted) ? { ...wanted, ...sqnOf(old) } : wanted;
  });
  await repository.provisionedData.put(supi, dataOf(subscription));
  return created;
}

const sameHex = (a = '', b = '') => a.toLowerCase() === b.toLowerCase();
function hasSameKeys(old: AuthenticationSubscription | undefined, wanted: AuthenticationSubscription): boolean {
  return sameHex(old?.encPermanentKey, wanted.encPermanentKey) && sameHex(old?.encOpcKey, wanted.encOpcKey);
}
function sqnOf(old: AuthenticationSubscription | undefined): Pick<AuthenticationSubscription, 'sequenceNumber'> {
  return old?.sequenceNumber ? { sequenceNumber: old.sequenceNumber } : {};
}

/** Takes a subscriber and all that is known of it away. Throws 404 USER_NOT_FOUND. */
export async function removeSubscriber(repository: Repository, supi: string): Promise<void> {
  // The credentials go first: from then on nobody is authenticated as this subscriber, whatever happens to the rest.
  if (!(await repository.authenticationSubscriptions.delete(supi))) throw userNotFound();
  const status = await repository.authenticationStatus.list({ prefix: `${supi}/` });
  await Promise.all([
    repository.provisionedData.delete(supi),
    repository.amf3GppAccess.delete(supi),
    ...status.map(({ key }) => repository.authenticationStatus.delete(key)),
  ]);
}

/** What may be told of a subscriber: everything but the keys. */
export interface SubscriberView {
  readonly supi: string;
  readonly authenticationMethod: string;
  readonly sqn: string;
  readonly amData: unknown;
  readonly smfSelectionData: unknown;
}

/** `limit` subscribers in the order of their SUPIs, from the one after `after` on. */
export async function listSubscribers(
  repository: Repository,
  limit: number,
  after?: string,
): Promise<SubscriberView[]> {
  const page = await repository.authenticationSubscriptions.list({ limit, ...(after === undefined ? {} : { after }) });
  return Promise.all(page.map(({ key, value }) => viewOf(repository, key, value)));
}

/** Throws 404 USER_NOT_FOUND. */
export async function getSubscriber(repository: Repository, supi: string): Promise<SubscriberView> {
  const credentials = await repository.authenticationSubscriptions.get(supi);
  if (!credentials) throw userNotFound();
  return viewOf(repository, supi, credentials);
}

async function viewOf(
  repository: Repository,
  supi: string,
  { authenticationMethod, sequenceNumber }: AuthenticationSubscription,
): Promise<SubscriberView> {
  const { amData, smfSelectionData } = (await repository.provisionedData.get(supi)) ?? {};
  return { supi, authenticationMethod, sqn: sequenceNumber?.sqn ?? '', amData, smfSelectionData };
}

/** TS 29.505 5.4.2.2 and TS 33.102 C.1.2: a sequence number that is not time-based, whose last 5 bits are the index. */
function credentialsOf(supi: string, { authenticationSubscription }: Subscription): AuthenticationSubscription {
  const { authenticationMethod, k, opc, authenticationManagementField, sqn } = authenticationSubscription;
  return {
    authenticationMethod,
    encPermanentKey: k,
    encOpcKey: opc,
    sequenceNumber: { sqnScheme: 'NON_TIME_BASED', sqn, indLength: 5 },
    authenticationManagementField,
    algorithmId: 'milenage',
    supi,
  };
}

function dataOf({ gpsi, amData, smfSelectionData }: Subscription) {
  return {
    amData: gpsi === undefined || amData.gpsis ? amData : { gpsis: [gpsi], ...amData },
    ...(smfSelectionData ? { smfSelectionData } : {}),
  };
}
