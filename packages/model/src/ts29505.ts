/** TS 29.505 (Release 17) 5.4: subscription data as the UDR keeps it. */
import Type, { type Static } from 'typebox';
import { AuthType } from './ts29503.ts';
import { ClosedEnum, OpenEnum, Supi } from './ts29571.ts';

/** `<MCC><MNC>`, with a NID behind it for an SNPN. */
export const VarPlmnId = Type.String({ pattern: '^[0-9]{5,6}(-[A-Fa-f0-9]{11})?$' });

/** TS 29.505 5.4.2.3: the last SQN that was used, TS 33.102 Annex C. */
export const SequenceNumber = Type.Object({
  sqnScheme: Type.Optional(OpenEnum('GENERAL', 'NON_TIME_BASED', 'TIME_BASED')),
  sqn: Type.Optional(Type.String({ pattern: '^[A-Fa-f0-9]{12}$' })),
  lastIndexes: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }))),
  indLength: Type.Optional(Type.Integer({ minimum: 0 })),
  difSign: Type.Optional(ClosedEnum('POSITIVE', 'NEGATIVE')),
});
export type SequenceNumber = Static<typeof SequenceNumber>;

/** Key material as the UDR keeps it; without a `protectionParameterId` it is hexadecimal text of the key itself. */
const KeyMaterial = Type.String({ pattern: '^([A-Fa-f0-9]{2}){1,256}$' });

/** TS 29.505 5.4.2.2. */
export const AuthenticationSubscription = Type.Object({
  authenticationMethod: AuthType,
  encPermanentKey: Type.Optional(KeyMaterial),
  protectionParameterId: Type.Optional(Type.String({ maxLength: 64 })),
  sequenceNumber: Type.Optional(SequenceNumber),
  authenticationManagementField: Type.Optional(Type.String({ pattern: '^[A-Fa-f0-9]{4}$' })),
  algorithmId: Type.Optional(Type.String({ maxLength: 64 })),
  encOpcKey: Type.Optional(KeyMaterial),
  encTopcKey: Type.Optional(KeyMaterial),
  vectorGenerationInHss: Type.Optional(Type.Boolean()),
  n5gcAuthMethod: Type.Optional(AuthType),
  supi: Type.Optional(Supi),
});
export type AuthenticationSubscription = Static<typeof AuthenticationSubscription>;
