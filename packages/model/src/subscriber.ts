/** What an operator provisions of a subscriber. How that comes into a network is no TS's business: this form is the lab's own. */
import Type, { type Static } from 'typebox';
import { AccessAndMobilitySubscriptionData, AuthType, SmfSelectionSubscriptionData } from './ts29503.ts';
import { Gpsi, Hex, Supi } from './ts29571.ts';

/** Everything but the SUPI, which a URI or a file beside it says. */
export const Subscription = Type.Object({
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
export type Subscription = Static<typeof Subscription>;

export const Subscriber = Type.Object({ supi: Supi, ...Subscription.properties });
export type Subscriber = Static<typeof Subscriber>;
