/**
 * The N2 messages of the lab, named and shaped as NGAP's (TS 38.413 Release 17, clauses 9.2 and 9.3): IE names in camel case,
 * octet strings as hexadecimal text. One row for each message; its TypeScript type and its validation follow.
 */
import { ClosedEnum, Guami, Hex, PlmnId, Snssai, Tai } from '@twincore/model';
import Type, { type Static, type TSchema } from 'typebox';

/** AMF UE NGAP ID (9.3.3.1) has 40 bits, RAN UE NGAP ID (9.3.3.2) 32. */
const AmfUeNgapId = Type.Integer({ minimum: 0, maximum: 2 ** 40 - 1 });
const RanUeNgapId = Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 });
const ueIds = { amfUeNgapId: AmfUeNgapId, ranUeNgapId: RanUeNgapId };

/** NAS-PDU (9.3.3.4). The limit is that of a NAS message over N1 mode as `@twincore/nas` has it. */
const NasPdu = Type.String({ pattern: '^([A-Fa-f0-9]{2})+$', maxLength: 2 * 0xffff });
const Name = Type.String({ minLength: 1, maxLength: 150 });

/** Cause (9.3.1.2): its group, and the value's name in the ASN.1 of 9.4.5. */
export const Cause = Type.Object({
  group: ClosedEnum('radioNetwork', 'transport', 'nas', 'protocol', 'misc'),
  value: Type.String({ minLength: 1, maxLength: 64 }),
});
export type Cause = Static<typeof Cause>;

/** User Location Information, NR (9.3.1.16): the cell (NR Cell Identity, 36 bits as 9 digits) and its tracking area. */
export const UserLocationInformation = Type.Object({
  nrCgi: Type.Object({ plmnId: PlmnId, nrCellId: Type.String({ pattern: '^[A-Fa-f0-9]{9}$' }) }),
  tai: Tai,
});
export type UserLocationInformation = Static<typeof UserLocationInformation>;

/** RRC Establishment Cause (9.3.1.111). */
const RrcEstablishmentCause = ClosedEnum(
  'emergency',
  'highPriorityAccess',
  'mt-Access',
  'mo-Signalling',
  'mo-Data',
  'mo-VoiceCall',
  'mo-VideoCall',
  'mo-SMS',
  'mps-PriorityAccess',
  'mcs-PriorityAccess',
  'notAvailable',
);

const SliceSupportList = Type.Array(Snssai, { minItems: 1, maxItems: 1024 });
const MESSAGES = {
  /** 9.2.6.1, gNB to AMF. */
  NGSetupRequest: {
    globalRanNodeId: Type.Object({ plmnId: PlmnId, gnbId: Type.String({ pattern: '^[A-Fa-f0-9]{6,8}$' }) }),
    ranNodeName: Type.Optional(Name),
    supportedTaList: Type.Array(
      Type.Object({
        tac: Type.String({ pattern: '^[A-Fa-f0-9]{6}$' }),
        broadcastPlmnList: Type.Array(Type.Object({ plmnId: PlmnId, taiSliceSupportList: SliceSupportList }), {
          minItems: 1,
          maxItems: 12,
        }),
      }),
      { minItems: 1, maxItems: 256 },
    ),
  },
  /** 9.2.6.2, AMF to gNB. */
  NGSetupResponse: {
    amfName: Name,
    servedGuamiList: Type.Array(Type.Object({ guami: Guami }), { minItems: 1, maxItems: 256 }),
    relativeAmfCapacity: Type.Integer({ minimum: 0, maximum: 255 }),
    plmnSupportList: Type.Array(Type.Object({ plmnId: PlmnId, sliceSupportList: SliceSupportList }), {
      minItems: 1,
      maxItems: 12,
    }),
  },
  /** 9.2.6.3, AMF to gNB. */
  NGSetupFailure: { cause: Cause },
  /** 9.2.5.1, gNB to AMF. */
  InitialUEMessage: {
    ranUeNgapId: RanUeNgapId,
    nasPdu: NasPdu,
    userLocationInformation: UserLocationInformation,
    rrcEstablishmentCause: RrcEstablishmentCause,
    fiveGSTmsi: Type.Optional(
      Type.Object({
        amfSetId: Type.Integer({ minimum: 0, maximum: 0x3ff }),
        amfPointer: Type.Integer({ minimum: 0, maximum: 0x3f }),
        tmsi: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
      }),
    ),
    ueContextRequest: Type.Optional(Type.Literal('requested')),
  },
  /** 9.2.5.2, AMF to gNB. */
  DownlinkNASTransport: { ...ueIds, nasPdu: NasPdu },
  /** 9.2.5.3, gNB to AMF. */
  UplinkNASTransport: { ...ueIds, nasPdu: NasPdu, userLocationInformation: UserLocationInformation },
  /** 9.2.2.1, AMF to gNB. `securityKey` is KgNB (9.3.1.87); the capabilities are bit maps of NEA and NIA (9.3.1.86). */
  InitialContextSetupRequest: {
    ...ueIds,
    guami: Guami,
    allowedNssai: Type.Array(Snssai, { minItems: 1, maxItems: 8 }),
    ueSecurityCapabilities: Type.Object({
      nrEncryptionAlgorithms: Hex(2),
      nrIntegrityProtectionAlgorithms: Hex(2),
      eutraEncryptionAlgorithms: Hex(2),
      eutraIntegrityProtectionAlgorithms: Hex(2),
    }),
    securityKey: Hex(32),
    nasPdu: Type.Optional(NasPdu),
  },
  /** 9.2.2.2, gNB to AMF. */
  InitialContextSetupResponse: { ...ueIds },
  /** 9.2.2.3, gNB to AMF. */
  InitialContextSetupFailure: { ...ueIds, cause: Cause },
  /** 9.2.2.4, gNB to AMF. */
  UEContextReleaseRequest: { ...ueIds, cause: Cause },
  /** 9.2.2.5, AMF to gNB. */
  UEContextReleaseCommand: { ueNgapIds: Type.Object(ueIds), cause: Cause },
  /** 9.2.2.6, gNB to AMF. */
  UEContextReleaseComplete: { ...ueIds },
  /** 9.2.7.1, both ways. */
  ErrorIndication: {
    amfUeNgapId: Type.Optional(AmfUeNgapId),
    ranUeNgapId: Type.Optional(RanUeNgapId),
    cause: Type.Optional(Cause),
  },
} as const satisfies Record<string, Record<string, TSchema>>;

type Messages = typeof MESSAGES;
export type N2MessageName = keyof Messages;
/** One message, e.g. `N2MessageOf<'InitialUEMessage'>`; `message` is its name. */
export type N2MessageOf<N extends N2MessageName> = { readonly message: N } & Readonly<
  Static<ReturnType<typeof Type.Object<Messages[N]>>>
>;
export type N2Message = { [N in N2MessageName]: N2MessageOf<N> }[N2MessageName];

/** Schema of each message's IEs, for the transport. */
export const N2_SCHEMAS: Readonly<Record<string, TSchema>> = Object.fromEntries(
  Object.entries(MESSAGES).map(([name, ies]) => [name, Type.Object(ies)]),
);
