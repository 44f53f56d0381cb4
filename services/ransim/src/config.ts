import { PlmnId, Snssai } from '@twincore/model';
import { Limits, NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

const Milliseconds = (value: number) => Type.Integer({ minimum: 1, maximum: 600_000, default: value });

/** One gNB with one cell. */
export const GnbConfig = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 150 }),
    plmnId: PlmnId,
    /** gNB ID of 22 to 32 bits, in hexadecimal digits. */
    gnbId: Type.String({ pattern: '^[A-Fa-f0-9]{6,8}$' }),
    /** Tracking area code of its cell. */
    tac: Type.String({ pattern: '^[A-Fa-f0-9]{6}$' }),
    /** NR Cell Identity, 36 bits. */
    nrCellId: Type.String({ pattern: '^[A-Fa-f0-9]{9}$' }),
    sNssais: Type.Array(Snssai, { minItems: 1 }),
    /** N2 of its AMF. */
    amf: Type.Object({ host: Type.String({ minLength: 1 }), port: Type.Integer({ minimum: 1, maximum: 65535 }) }),
  },
  { additionalProperties: false },
);
export type GnbConfig = Static<typeof GnbConfig>;

/** Durations of the UE's 5GMM timers in milliseconds; the defaults are those of TS 24.501 table 10.2.1. */
export const UeTimers = Type.Object(
  {
    /** Registration: how long the network may take. */
    T3510: Milliseconds(15_000),
    /** After AUTHENTICATION FAILURE: how long until the network must have sent another challenge. */
    T3520: Milliseconds(15_000),
    /** Deregistration: repeated at its expiry, given up at the fifth. */
    T3521: Milliseconds(15_000),
    /** After a rejection: how long until the network must have released the connection. */
    T3540: Milliseconds(10_000),
  },
  { additionalProperties: false },
);
export type UeTimers = Static<typeof UeTimers>;

export const N2Settings = Type.Object(
  {
    /** First pause before connecting to an AMF again; each failure doubles it. */
    minRetryMs: Milliseconds(100),
    maxRetryMs: Milliseconds(2_000),
    /** How long an AMF may take to answer NG SETUP REQUEST. */
    setupTimeoutMs: Milliseconds(3_000),
    /** How long a UE waits for a gNB without AMF before the registration is answered with 504. */
    waitMs: Milliseconds(2_500),
  },
  { additionalProperties: false },
);
export type N2Settings = Static<typeof N2Settings>;

export const RansimConfig = Type.Object({
  ...NfConfig.properties,
  /** A deregistration is answered when T3521 has run out for the fifth time, at the latest. */
  limits: Type.Object(
    { ...Limits.properties, requestTimeout: Type.Number({ exclusiveMinimum: 0, default: 120 }) },
    { default: {} },
  ),
  gnbs: Type.Array(GnbConfig, { minItems: 1 }),
  timers: Type.Object(UeTimers.properties, { additionalProperties: false, default: {} }),
  n2: Type.Object(N2Settings.properties, { additionalProperties: false, default: {} }),
});
export type RansimConfig = Static<typeof RansimConfig>;
