/** Import of subscribers from a file, for a lab that has no provisioning system. */
import {
  AccessAndMobilitySubscriptionData,
  type AuthenticationSubscription,
  AuthType,
  Gpsi,
  Hex,
  SmfSelectionSubscriptionData,
  Supi,
} from '@twincore/model';
import Type, { type Static } from 'typebox';
import type { Repository } from './repository.ts';

const Subscriber = Type.Object({
  supi: Supi,
  gpsi: Type.Optional(Gpsi),
  authenticationSubscription: Type.Object({
    authenticationMethod: AuthType,
    k: Hex(16),
    opc: Hex(16),
    authenticationManagementField: Hex(2),
    sqn: Hex(6),
  }),
  amData: AccessAndMobilitySubscriptionData,
  smfSelectionData: Type.Optional(SmfSelectionSubscriptionData),
});
type Subscriber = Static<typeof Subscriber>;

export const SubscribersFile = Type.Object({ subscribers: Type.Array(Subscriber) });

/**
 * Inserts what is absent. What is there stays, above all the SQN: going back to the one in the file would make the next
 * vectors ones that the USIM has seen.
 */
export async function provision(repository: Repository, subscribers: readonly Subscriber[]): Promise<void> {
  await Promise.all(
    subscribers.flatMap((subscriber) => [
      repository.authenticationSubscriptions.update(subscriber.supi, (old) => old ?? credentialsOf(subscriber)),
      repository.provisionedData.update(subscriber.supi, (old) => old ?? dataOf(subscriber)),
    ]),
  );
}

/** TS 29.505 5.4.2.2 and TS 33.102 C.1.2: a sequence number that is not time-based, whose last 5 bits are the index. */
function credentialsOf({ supi, authenticationSubscription }: Subscriber): AuthenticationSubscription {
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

function dataOf({ gpsi, amData, smfSelectionData }: Subscriber) {
  return {
    amData: gpsi === undefined || amData.gpsis ? amData : { gpsis: [gpsi], ...amData },
    ...(smfSelectionData ? { smfSelectionData } : {}),
  };
}
