import { half, type MessageOf, mandatory, message, N, optional } from './descriptor.ts';
import { plmnList, tai, taiList } from './ies/area.ts';
import { octets, uint8 } from './ies/codec.ts';
import { gutiOnly, identityType, imeisvOnly, mobileIdentity, sTmsiOnly } from './ies/identity.ts';
import { deregistrationType, registrationResult, registrationType, serviceType, ueStatus } from './ies/mobility.ts';
import { additionalSecurityInformation, imeisvRequest, nasAlgorithms, ngKsi } from './ies/security.ts';
import { nssai, rejectedNssai } from './ies/slices.ts';
import { gprsTimer2, gprsTimer3 } from './ies/timers.ts';

/**
 * The 5GMM messages (TS 24.501 8.2, type octets of 9.7). A new message is a new row; its TypeScript type follows.
 * Optional IEs stand in the order of the TS table, because an IE out of sequence is ignored (7.6.2). Optional IEs of
 * the TS that have no row here are skipped as unknown ones (7.6.1), which their tags allow: all are TLV or TV1/2.
 */
const ROWS = [
  message({
    name: 'REGISTRATION REQUEST',
    code: 0x41,
    clause: '8.2.6',
    receivers: ['network'],
    mandatory: {
      registrationType: half(registrationType),
      ngKsi: half(ngKsi),
      mobileIdentity: mandatory('LV-E', [6, N], mobileIdentity),
    },
    optional: {
      nonCurrentNativeNgKsi: optional(0xc, 'TV1/2', 1, ngKsi),
      fiveGmmCapability: optional(0x10, 'TLV', [3, 15], octets),
      ueSecurityCapability: optional(0x2e, 'TLV', [4, 10], octets),
      requestedNssai: optional(0x2f, 'TLV', [4, 74], nssai),
      lastVisitedRegisteredTai: optional(0x52, 'TV', 7, tai),
      s1UeNetworkCapability: optional(0x17, 'TLV', [4, 15], octets),
      uplinkDataStatus: optional(0x40, 'TLV', [4, 34], octets),
      pduSessionStatus: optional(0x50, 'TLV', [4, 34], octets),
      ueStatus: optional(0x2b, 'TLV', 3, ueStatus),
      additionalGuti: optional(0x77, 'TLV-E', 14, gutiOnly),
      allowedPduSessionStatus: optional(0x25, 'TLV', [4, 34], octets),
      ueUsageSetting: optional(0x18, 'TLV', 3, uint8),
      requestedDrxParameters: optional(0x51, 'TLV', 3, uint8),
      updateType: optional(0x53, 'TLV', 3, uint8),
      nasMessageContainer: optional(0x71, 'TLV-E', [4, N], octets),
      requestedT3512: optional(0x3b, 'TLV', 3, gprsTimer3),
    },
  }),
  message({
    name: 'REGISTRATION ACCEPT',
    code: 0x42,
    clause: '8.2.7',
    receivers: ['ue'],
    mandatory: { registrationResult: mandatory('LV', 2, registrationResult) },
    optional: {
      guti: optional(0x77, 'TLV-E', 14, gutiOnly),
      equivalentPlmns: optional(0x4a, 'TLV', [5, 47], plmnList),
      taiList: optional(0x54, 'TLV', [9, 114], taiList),
      allowedNssai: optional(0x15, 'TLV', [4, 74], nssai),
      rejectedNssai: optional(0x11, 'TLV', [4, 42], rejectedNssai),
      configuredNssai: optional(0x31, 'TLV', [4, 146], nssai),
      networkFeatureSupport: optional(0x21, 'TLV', [3, 6], octets),
      pduSessionStatus: optional(0x50, 'TLV', [4, 34], octets),
      t3512: optional(0x5e, 'TLV', 3, gprsTimer3),
      non3gppDeregistrationTimer: optional(0x5d, 'TLV', 3, gprsTimer2),
      t3502: optional(0x16, 'TLV', 3, gprsTimer2),
      sorTransparentContainer: optional(0x73, 'TLV-E', [20, N], octets),
      eapMessage: optional(0x78, 'TLV-E', [7, 1503], octets),
      negotiatedDrxParameters: optional(0x51, 'TLV', 3, uint8),
      pendingNssai: optional(0x39, 'TLV', [4, 146], nssai),
    },
  }),
  message({
    name: 'REGISTRATION COMPLETE',
    code: 0x43,
    clause: '8.2.8',
    receivers: ['network'],
    mandatory: {},
    optional: { sorTransparentContainer: optional(0x73, 'TLV-E', [20, N], octets) },
  }),
  message({
    name: 'REGISTRATION REJECT',
    code: 0x44,
    clause: '8.2.9',
    receivers: ['ue'],
    mandatory: { fiveGmmCause: mandatory('V', 1, uint8) },
    optional: {
      t3346: optional(0x5f, 'TLV', 3, gprsTimer2),
      t3502: optional(0x16, 'TLV', 3, gprsTimer2),
      eapMessage: optional(0x78, 'TLV-E', [7, 1503], octets),
      rejectedNssai: optional(0x69, 'TLV', [4, 42], rejectedNssai),
    },
  }),
  message({
    name: 'DEREGISTRATION REQUEST UE ORIGINATING',
    code: 0x45,
    clause: '8.2.12',
    receivers: ['network'],
    mandatory: {
      deregistrationType: half(deregistrationType),
      ngKsi: half(ngKsi),
      mobileIdentity: mandatory('LV-E', [6, N], mobileIdentity),
    },
    optional: {},
  }),
  message({
    name: 'DEREGISTRATION ACCEPT UE ORIGINATING',
    code: 0x46,
    clause: '8.2.13',
    receivers: ['ue'],
    mandatory: {},
    optional: {},
  }),
  message({
    name: 'DEREGISTRATION REQUEST UE TERMINATED',
    code: 0x47,
    clause: '8.2.14',
    receivers: ['ue'],
    mandatory: { deregistrationType: half(deregistrationType) },
    optional: {
      fiveGmmCause: optional(0x58, 'TV', 2, uint8),
      t3346: optional(0x5f, 'TLV', 3, gprsTimer2),
      rejectedNssai: optional(0x6d, 'TLV', [4, 42], rejectedNssai),
    },
  }),
  message({
    name: 'DEREGISTRATION ACCEPT UE TERMINATED',
    code: 0x48,
    clause: '8.2.15',
    receivers: ['network'],
    mandatory: {},
    optional: {},
  }),
  message({
    name: 'SERVICE REQUEST',
    code: 0x4c,
    clause: '8.2.16',
    receivers: ['network'],
    mandatory: {
      ngKsi: half(ngKsi),
      serviceType: half(serviceType),
      sTmsi: mandatory('LV-E', 9, sTmsiOnly),
    },
    optional: {
      uplinkDataStatus: optional(0x40, 'TLV', [4, 34], octets),
      pduSessionStatus: optional(0x50, 'TLV', [4, 34], octets),
      allowedPduSessionStatus: optional(0x25, 'TLV', [4, 34], octets),
      nasMessageContainer: optional(0x71, 'TLV-E', [4, N], octets),
    },
  }),
  message({
    name: 'SERVICE REJECT',
    code: 0x4d,
    clause: '8.2.18',
    receivers: ['ue'],
    mandatory: { fiveGmmCause: mandatory('V', 1, uint8) },
    optional: {
      pduSessionStatus: optional(0x50, 'TLV', [4, 34], octets),
      t3346: optional(0x5f, 'TLV', 3, gprsTimer2),
      eapMessage: optional(0x78, 'TLV-E', [7, 1503], octets),
    },
  }),
  message({
    name: 'AUTHENTICATION REQUEST',
    code: 0x56,
    clause: '8.2.1',
    receivers: ['ue'],
    mandatory: { ngKsi: half(ngKsi), abba: mandatory('LV', [3, N], octets) },
    optional: {
      rand: optional(0x21, 'TV', 17, octets),
      autn: optional(0x20, 'TLV', 18, octets),
      eapMessage: optional(0x78, 'TLV-E', [7, 1503], octets),
    },
    conditions: [{ oneOf: [['rand', 'autn'], ['eapMessage']] }],
  }),
  message({
    name: 'AUTHENTICATION RESPONSE',
    code: 0x57,
    clause: '8.2.2',
    receivers: ['network'],
    mandatory: {},
    optional: {
      resStar: optional(0x2d, 'TLV', 18, octets),
      eapMessage: optional(0x78, 'TLV-E', [7, 1503], octets),
    },
    conditions: [{ oneOf: [['resStar'], ['eapMessage']] }],
  }),
  message({
    name: 'AUTHENTICATION REJECT',
    code: 0x58,
    clause: '8.2.5',
    receivers: ['ue'],
    mandatory: {},
    optional: { eapMessage: optional(0x78, 'TLV-E', [7, 1503], octets) },
  }),
  message({
    name: 'AUTHENTICATION FAILURE',
    code: 0x59,
    clause: '8.2.4',
    receivers: ['network'],
    mandatory: { fiveGmmCause: mandatory('V', 1, uint8) },
    optional: { auts: optional(0x30, 'TLV', 16, octets) },
    conditions: [{ when: ['fiveGmmCause', 21], oneOf: [['auts']] }],
  }),
  message({
    name: 'IDENTITY REQUEST',
    code: 0x5b,
    clause: '8.2.21',
    receivers: ['ue'],
    mandatory: { identityType: half(identityType) },
    optional: {},
  }),
  message({
    name: 'IDENTITY RESPONSE',
    code: 0x5c,
    clause: '8.2.22',
    receivers: ['network'],
    mandatory: { mobileIdentity: mandatory('LV-E', [3, N], mobileIdentity) },
    optional: {},
  }),
  message({
    name: 'SECURITY MODE COMMAND',
    code: 0x5d,
    clause: '8.2.25',
    receivers: ['ue'],
    mandatory: {
      selectedAlgorithms: mandatory('V', 1, nasAlgorithms),
      ngKsi: half(ngKsi),
      replayedUeSecurityCapability: mandatory('LV', [3, 9], octets),
    },
    optional: {
      imeisvRequested: optional(0xe, 'TV1/2', 1, imeisvRequest),
      selectedEpsAlgorithms: optional(0x57, 'TV', 2, nasAlgorithms),
      additionalSecurityInformation: optional(0x36, 'TLV', 3, additionalSecurityInformation),
      eapMessage: optional(0x78, 'TLV-E', [7, 1503], octets),
      abba: optional(0x38, 'TLV', [4, N], octets),
      replayedS1UeSecurityCapability: optional(0x19, 'TLV', [4, 7], octets),
    },
  }),
  message({
    name: 'SECURITY MODE COMPLETE',
    code: 0x5e,
    clause: '8.2.26',
    receivers: ['network'],
    mandatory: {},
    optional: {
      imeisv: optional(0x77, 'TLV-E', 12, imeisvOnly),
      nasMessageContainer: optional(0x71, 'TLV-E', [4, N], octets),
    },
  }),
  message({
    name: 'SECURITY MODE REJECT',
    code: 0x5f,
    clause: '8.2.27',
    receivers: ['network'],
    mandatory: { fiveGmmCause: mandatory('V', 1, uint8) },
    optional: {},
  }),
  message({
    name: '5GMM STATUS',
    code: 0x64,
    clause: '8.2.29',
    receivers: ['ue', 'network'],
    mandatory: { fiveGmmCause: mandatory('V', 1, uint8) },
    optional: {},
  }),
] as const;

type Row = (typeof ROWS)[number];

/** A plain 5GMM message; `messageType` (the name in TS 24.501 8.2, upper case) tells which. */
export type NasMessage = MessageOf<Row>;
export type NasMessageType = Row['name'];
/** The shape of one message, e.g. `NasMessageOf<'REGISTRATION REQUEST'>`. */
export type NasMessageOf<T extends NasMessageType> = Extract<NasMessage, { messageType: T }>;

/** The rows, for the codec and for tests that go through every message. */
export const MESSAGE_ROWS: readonly Row[] = ROWS;
