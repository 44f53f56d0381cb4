/** A subscriber as the UDR's operator API takes it, and as deploy/subscribers.yaml has it. */
import {
  AccessAndMobilitySubscriptionData,
  AuthType,
  Gpsi,
  Hex,
  SmfSelectionSubscriptionData,
  Supi,
} from '@twincore/model';
import Type, { type Static } from 'typebox';

export const SubscriberEntry = Type.Object({
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
export type SubscriberEntry = Static<typeof SubscriberEntry>;
