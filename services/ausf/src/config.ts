import { NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

export const AusfConfig = Type.Object({
  ...NfConfig.properties,
  /** How long an AMF may take from the challenge to its confirmation, in seconds. */
  authContextSeconds: Type.Integer({ minimum: 1, default: 60 }),
});
export type AusfConfig = Static<typeof AusfConfig>;
