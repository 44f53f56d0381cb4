import { PlmnId } from '@twincore/model';
import { NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

export const NrfConfig = Type.Object({
  ...NfConfig.properties,
  /** PEM file (PKCS8, P-256) of the key that signs access tokens. */
  signingKey: Type.String({ minLength: 1 }),
  /** File with the public keys (JWKS) that producers verify tokens with; gives the signing key its `kid`. */
  jwks: Type.String({ minLength: 1 }),
  /** Seconds that an access token is good for. */
  tokenLifetime: Type.Integer({ minimum: 1, default: 900 }),
  /** Seconds between heartbeats that every NF is told to keep. */
  heartBeatTimer: Type.Integer({ minimum: 1, default: 10 }),
  /** Heartbeats that may stay away before an NF is suspended. */
  missedHeartbeats: Type.Integer({ minimum: 1, default: 1 }),
  /** Seconds without a sign of life after which an NF is removed. */
  removalAfter: Type.Integer({ minimum: 1, default: 3_600 }),
  /** Seconds that a subscription with a validityTime is good for at most, until it is renewed. */
  subscriptionLifetime: Type.Integer({ minimum: 1, default: 86_400 }),
  /** The NRFs of roaming partners, reached through the own SEPP. */
  partners: Type.Array(Type.Object({ plmnId: PlmnId, nrfApiRoot: Type.String({ pattern: '^https?://[^/]+$' }) }), {
    default: [],
  }),
});
export type NrfConfig = Static<typeof NrfConfig>;
