import { AmfId, Tai } from '@twincore/model';
import { NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

const Seconds = (value: number) => Type.Number({ exclusiveMinimum: 0, default: value });
/** An object whose members all have defaults. */
const Section = <T extends Parameters<typeof Type.Object>[0]>(members: T, defaults: Record<string, unknown>) =>
  Type.Object(members, { default: defaults });

/** NAS timers of the network in seconds (TS 24.501 table 10.2.2) and how often their message is sent again. */
const Timers = Section(
  {
    /** REGISTRATION ACCEPT. */
    t3550: Seconds(6),
    /** AUTHENTICATION REQUEST and SECURITY MODE COMMAND. */
    t3560: Seconds(6),
    /** IDENTITY REQUEST. */
    t3570: Seconds(6),
    /** DEREGISTRATION REQUEST of the network. */
    t3522: Seconds(6),
    retransmissions: Type.Integer({ minimum: 0, maximum: 4, default: 4 }),
  },
  { t3550: 6, t3560: 6, t3570: 6, t3522: 6, retransmissions: 4 },
);

export const AmfConfig = Type.Object({
  ...NfConfig.properties,
  /** AMF Name of NGAP (TS 38.413 9.3.3.21). */
  amfName: Type.String({ minLength: 1, maxLength: 150 }),
  /** AMF region (8 bits), set (10) and pointer (6) in hexadecimal (TS 23.003 2.10.1). */
  amfId: AmfId,
  /** The tracking areas that this AMF serves; UEs get the first 16 of them as their registration area. */
  taiList: Type.Array(Tai, { minItems: 1, maxItems: 256 }),
  /** Where gNBs connect. N2 is not protected here, so it stays on loopback unless somebody protects it from outside. */
  n2: Type.Object({
    host: Type.String({ default: '127.0.0.1' }),
    port: Type.Integer({ minimum: 0, maximum: 65535 }),
    maxGnbs: Type.Integer({ minimum: 1, default: 256 }),
    /** UEs with an N2 connection of one gNB; beyond them it gets an ERROR INDICATION. */
    maxUesPerGnb: Type.Integer({ minimum: 1, default: 10_000 }),
  }),
  /** NAS algorithms, best first (TS 33.501 5.5). NIA0 is not among them: it protects nothing. */
  algorithms: Section(
    {
      ciphering: Type.Array(Type.Union([Type.Literal(2), Type.Literal(0)]), { minItems: 1, default: [2, 0] }),
      integrity: Type.Array(Type.Literal(2), { minItems: 1, default: [2] }),
    },
    { ciphering: [2, 0], integrity: [2] },
  ),
  /** Authenticate also a UE whose registration request verifies with the security context that it has here. */
  authenticateKnownUes: Type.Boolean({ default: false }),
  /** Ask for the IMEISV in the security mode command. */
  requestImeisv: Type.Boolean({ default: true }),
  timers: Timers,
  /** Periodic registration, in seconds; must be a value of GPRS timer 3 (TS 24.008 10.5.7.4a). */
  t3512: Type.Integer({ minimum: 2, default: 3600 }),
  /** Back-off that comes with 5GMM cause #22, in seconds; must be a value of GPRS timer 2 (TS 24.008 10.5.7.4). */
  t3346: Type.Integer({ minimum: 2, default: 30 }),
});
export type AmfConfig = Static<typeof AmfConfig>;
