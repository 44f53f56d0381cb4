/** TS 29.503 (Release 17): data types of Nudm_UEAU (6.3.6), Nudm_SDM (6.1.6) and Nudm_UECM (6.2.6), as far as the lab uses them. */
import Type, { type Static } from 'typebox';
import { ServiceName } from './ts29510.ts';
import {
  AccessType,
  ClosedEnum,
  DateTime,
  DurationSec,
  Fqdn,
  Gpsi,
  Guami,
  Hex,
  Ipv4Addr,
  Ipv6Addr,
  NfInstanceId,
  NfSetId,
  Nullable,
  OpenEnum,
  Pei,
  PlmnId,
  RatType,
  Snssai,
  Supi,
  SupportedFeatures,
  Uri,
} from './ts29571.ts';

// Nudm_UEAU

/** TS 24.501 9.12.1; with a NID behind it for an SNPN, `5G:NSWO` for non-seamless WLAN offload. */
export const ServingNetworkName = Type.String({
  pattern: '^(5G:mnc[0-9]{3}[.]mcc[0-9]{3}[.]3gppnetwork[.]org(:[A-F0-9]{11})?|5G:NSWO)$',
});
export const Rand = Hex(16);
export const Autn = Hex(16);
export const Auts = Hex(14);
export const XresStar = Hex(16);
export const Kausf = Hex(32);
export const AuthType = OpenEnum('5G_AKA', 'EAP_AKA_PRIME', 'EAP_TLS', 'NONE', 'EAP_TTLS');

/** TS 29.503 6.3.6.2.6: what a USIM answered to a challenge that was out of order. */
export const ResynchronizationInfo = Type.Object({ rand: Rand, auts: Auts });
export type ResynchronizationInfo = Static<typeof ResynchronizationInfo>;

/** TS 29.503 6.3.6.2.2. */
export const AuthenticationInfoRequest = Type.Object({
  supportedFeatures: Type.Optional(SupportedFeatures),
  servingNetworkName: ServingNetworkName,
  resynchronizationInfo: Type.Optional(ResynchronizationInfo),
  ausfInstanceId: NfInstanceId,
  nswoInd: Type.Optional(Type.Boolean()),
});
export type AuthenticationInfoRequest = Static<typeof AuthenticationInfoRequest>;

/** TS 29.503 6.3.6.2.5: the 5G home environment authentication vector. */
export const Av5GHeAka = Type.Object({
  avType: ClosedEnum('5G_HE_AKA'),
  rand: Rand,
  xresStar: XresStar,
  autn: Autn,
  kausf: Kausf,
});
export type Av5GHeAka = Static<typeof Av5GHeAka>;

/** TS 29.503 6.3.6.2.3. The vector of EAP-AKA' joins when the lab speaks it. */
export const AuthenticationInfoResult = Type.Object({
  authType: AuthType,
  supportedFeatures: Type.Optional(SupportedFeatures),
  authenticationVector: Type.Optional(Av5GHeAka),
  supi: Type.Optional(Supi),
  routingId: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
});
export type AuthenticationInfoResult = Static<typeof AuthenticationInfoResult>;

/** TS 29.503 6.3.6.2.7: the outcome of an authentication, kept in the home. */
export const AuthEvent = Type.Object({
  nfInstanceId: NfInstanceId,
  success: Type.Boolean(),
  timeStamp: DateTime,
  authType: AuthType,
  servingNetworkName: ServingNetworkName,
  authRemovalInd: Type.Optional(Type.Boolean()),
  nfSetId: Type.Optional(NfSetId),
  resetIds: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { minItems: 1, maxItems: 16 })),
  dataRestorationCallbackUri: Type.Optional(Uri),
  udrRestartInd: Type.Optional(Type.Boolean()),
});
export type AuthEvent = Static<typeof AuthEvent>;

// Nudm_SDM

const BitRate = Type.String({ pattern: '^\\d+(\\.\\d+)? (bps|Kbps|Mbps|Gbps|Tbps)$', maxLength: 32 });
export const Ambr = Type.Object({ uplink: BitRate, downlink: BitRate });
export type Ambr = Static<typeof Ambr>;

/** TS 29.503 6.1.6.2.2: the subscribed S-NSSAIs; the defaults are used when the UE asks for none. */
export const Nssai = Type.Object({
  supportedFeatures: Type.Optional(SupportedFeatures),
  defaultSingleNssais: Type.Array(Snssai, { minItems: 1, maxItems: 64 }),
  singleNssais: Type.Optional(Type.Array(Snssai, { minItems: 1, maxItems: 64 })),
  provisioningTime: Type.Optional(DateTime),
});
export type Nssai = Static<typeof Nssai>;

/** TS 29.503 6.1.6.2.4. */
export const AccessAndMobilitySubscriptionData = Type.Object({
  supportedFeatures: Type.Optional(SupportedFeatures),
  gpsis: Type.Optional(Type.Array(Gpsi, { maxItems: 16 })),
  subscribedUeAmbr: Type.Optional(Nullable(Ambr)),
  nssai: Type.Optional(Nullable(Nssai)),
  ratRestrictions: Type.Optional(Type.Array(RatType, { uniqueItems: true, maxItems: 16 })),
  rfspIndex: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 256 }))),
  subsRegTimer: Type.Optional(Nullable(DurationSec)),
  micoAllowed: Type.Optional(Type.Boolean()),
  routingIndicator: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
  subscribedDnnList: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 64 })),
  nssaiInclusionAllowed: Type.Optional(Type.Boolean()),
});
export type AccessAndMobilitySubscriptionData = Static<typeof AccessAndMobilitySubscriptionData>;

/** TS 29.503 6.1.6.2.6. */
export const DnnInfo = Type.Object({
  dnn: Type.String({ minLength: 1, maxLength: 100 }),
  defaultDnnIndicator: Type.Optional(Type.Boolean()),
  lboRoamingAllowed: Type.Optional(Type.Boolean()),
  iwkEpsInd: Type.Optional(Type.Boolean()),
  dnnBarred: Type.Optional(Type.Boolean()),
});
/** TS 29.503 6.1.6.2.7. */
export const SnssaiInfo = Type.Object({ dnnInfos: Type.Array(DnnInfo, { minItems: 1, maxItems: 64 }) });
/** TS 29.503 6.1.6.2.5; the key is the S-NSSAI as `<sst>` or `<sst>-<sd>`. */
export const SmfSelectionSubscriptionData = Type.Object({
  supportedFeatures: Type.Optional(SupportedFeatures),
  subscribedSnssaiInfos: Type.Optional(Type.Record(Type.String(), SnssaiInfo)),
});
export type SmfSelectionSubscriptionData = Static<typeof SmfSelectionSubscriptionData>;

// Nudm_UECM

export const ImsVoPs = OpenEnum('HOMOGENEOUS_SUPPORT', 'HOMOGENEOUS_NON_SUPPORT', 'NON_HOMOGENEOUS_OR_UNKNOWN');
const BackupAmfInfo = Type.Object({
  backupAmf: Fqdn,
  guamiList: Type.Optional(Type.Array(Guami, { minItems: 1, maxItems: 64 })),
});
const EpsIwkPgw = Type.Object({ pgwFqdn: Fqdn, smfInstanceId: NfInstanceId, plmnId: Type.Optional(PlmnId) });
const EpsInterworkingInfo = Type.Object({ epsIwkPgws: Type.Optional(Type.Record(Type.String(), EpsIwkPgw)) });
const VgmlcAddress = Type.Object({
  vgmlcAddressIpv4: Type.Optional(Ipv4Addr),
  vgmlcAddressIpv6: Type.Optional(Ipv6Addr),
  vgmlcFqdn: Type.Optional(Fqdn),
});
const Headers = Type.Array(Type.String({ maxLength: 2048 }), { minItems: 1, maxItems: 64 });
const ContextInfo = Type.Object({ origHeaders: Type.Optional(Headers), requestHeaders: Type.Optional(Headers) });

/** TS 29.503 6.2.6.2.2: which AMF serves a UE over 3GPP access. Complete, because the UDR keeps it and others read it. */
export const Amf3GppAccessRegistration = Type.Object({
  amfInstanceId: NfInstanceId,
  supportedFeatures: Type.Optional(SupportedFeatures),
  purgeFlag: Type.Optional(Type.Boolean()),
  pei: Type.Optional(Pei),
  imsVoPs: Type.Optional(ImsVoPs),
  deregCallbackUri: Uri,
  amfServiceNameDereg: Type.Optional(ServiceName),
  pcscfRestorationCallbackUri: Type.Optional(Uri),
  initialRegistrationInd: Type.Optional(Type.Boolean()),
  emergencyRegistrationInd: Type.Optional(Type.Boolean()),
  guami: Guami,
  backupAmfInfo: Type.Optional(Type.Array(BackupAmfInfo, { minItems: 1, maxItems: 16 })),
  drFlag: Type.Optional(Type.Boolean()),
  ratType: RatType,
  registrationTime: Type.Optional(DateTime),
  supi: Type.Optional(Supi),
  ueReachableInd: Type.Optional(OpenEnum('REACHABLE', 'NOT_REACHABLE', 'UNKNOWN')),
  amfServiceNamePcscfRest: Type.Optional(ServiceName),
  urrpIndicator: Type.Optional(Type.Boolean()),
  amfEeSubscriptionId: Type.Optional(Uri),
  epsInterworkingInfo: Type.Optional(EpsInterworkingInfo),
  ueSrvccCapability: Type.Optional(Type.Boolean()),
  vgmlcAddress: Type.Optional(VgmlcAddress),
  contextInfo: Type.Optional(ContextInfo),
  noEeSubscriptionInd: Type.Optional(Type.Boolean()),
  reRegistrationRequired: Type.Optional(Type.Boolean()),
  adminDeregSubWithdrawn: Type.Optional(Type.Boolean()),
  dataRestorationCallbackUri: Type.Optional(Uri),
  resetIds: Type.Optional(Type.Array(Type.String({ maxLength: 256 }), { minItems: 1, maxItems: 16 })),
  disasterRoamingInd: Type.Optional(Type.Boolean()),
  sorSnpnSiSupported: Type.Optional(Type.Boolean()),
  udrRestartInd: Type.Optional(Type.Boolean()),
  lastSynchronizationTime: Type.Optional(DateTime),
  ueMINTCapability: Type.Optional(Type.Boolean()),
});
export type Amf3GppAccessRegistration = Static<typeof Amf3GppAccessRegistration>;

/** TS 29.503 6.2.6.2.7: a merge patch; `guami` says who asks, the rest what changes. */
export const Amf3GppAccessRegistrationModification = Type.Object({
  guami: Guami,
  purgeFlag: Type.Optional(Type.Boolean()),
  pei: Type.Optional(Pei),
  imsVoPs: Type.Optional(ImsVoPs),
  backupAmfInfo: Type.Optional(Type.Array(BackupAmfInfo, { maxItems: 16 })),
  epsInterworkingInfo: Type.Optional(EpsInterworkingInfo),
  ueSrvccCapability: Type.Optional(Nullable(Type.Boolean())),
  ueMINTCapability: Type.Optional(Type.Boolean()),
});
export type Amf3GppAccessRegistrationModification = Static<typeof Amf3GppAccessRegistrationModification>;

export const DeregistrationReason = OpenEnum(
  'UE_INITIAL_REGISTRATION',
  'UE_REGISTRATION_AREA_CHANGE',
  'SUBSCRIPTION_WITHDRAWN',
  '5GS_TO_EPS_MOBILITY',
  'REREGISTRATION_REQUIRED',
);
/** TS 29.503 6.2.6.2.5: what the UDM posts to the deregCallbackUri of the AMF that a UE has left. */
export const DeregistrationData = Type.Object({
  deregReason: DeregistrationReason,
  accessType: Type.Optional(AccessType),
});
export type DeregistrationData = Static<typeof DeregistrationData>;
