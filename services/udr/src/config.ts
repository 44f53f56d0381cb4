import { NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

export const UdrConfig = Type.Object({
  ...NfConfig.properties,
  /** What the UDR holds before anybody writes to it. */
  provisioning: Type.Optional(
    Type.Object({
      /** YAML file of subscribers; those that the UDR knows already stay as they are. */
      subscribers: Type.String({ minLength: 1 }),
    }),
  ),
});
export type UdrConfig = Static<typeof UdrConfig>;
