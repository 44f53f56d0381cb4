/** TS 29.510 (Release 17) 6.1.6.2: what a profile tells of one type of NF, by which it is selected. */
import Type, { type Static, type TSchema } from 'typebox';
import {
  AccessType,
  AmfRegionId,
  AmfSetId,
  Dnai,
  Dnn,
  ExtSnssai,
  Fqdn,
  GroupId,
  Guami,
  IpAddr,
  Ipv4Addr,
  Ipv6Addr,
  Ipv6Prefix,
  NfGroupId,
  NfInstanceId,
  NfSetId,
  Nid,
  OpenEnum,
  PduSessionType,
  PlmnId,
  PlmnIdNid,
  RatType,
  Snssai,
  Tai,
} from './ts29571.ts';

/** Lists are bounded, so that one profile cannot fill the memory of an NRF. */
const MAX_ITEMS = 256;
const o = Type.Optional;
/** An optional, bounded list of at least one. */
const list = <T extends TSchema>(item: T) => Type.Optional(Type.Array(item, { minItems: 1, maxItems: MAX_ITEMS }));
/** A bounded map of at least one. */
export const mapOf = <T extends TSchema>(value: T) =>
  Type.Record(Type.String(), value, { minProperties: 1, maxProperties: MAX_ITEMS });
const map = <T extends TSchema>(value: T) => Type.Optional(mapOf(value));
const Text = Type.String({ maxLength: 256 });
const Pattern = o(Type.String({ maxLength: 256 }));
const Digits = Type.String({ pattern: '^[0-9]{1,32}$' });
const Priority = Type.Integer({ minimum: 0, maximum: 65535 });
const Port = Type.Integer({ minimum: 0, maximum: 65535 });
const RoutingIndicator = Type.String({ pattern: '^[0-9]{1,4}$' });
const Numbers = Type.String({ pattern: '^[0-9]{5,15}$' });

/** TS 29.510 6.1.6.3.3; later releases add more. */
export const NFType = OpenEnum(
  ...['NRF', 'UDM', 'AMF', 'SMF', 'AUSF', 'NEF', 'PCF', 'SMSF', 'NSSF', 'UDR', 'LMF', 'GMLC', '5G_EIR', 'SEPP'],
  ...['UPF', 'N3IWF', 'AF', 'UDSF', 'BSF', 'CHF', 'NWDAF', 'PCSCF', 'CBCF', 'HSS', 'UCMF', 'SOR_AF', 'SPAF', 'MME'],
  ...['SCSAS', 'SCEF', 'SCP', 'NSSAAF', 'ICSCF', 'SCSCF', 'DRA', 'IMS_AS', 'AANF', '5G_DDNMF', 'NSACF', 'MFAF'],
  ...['EASDF', 'DCCF', 'MB_SMF', 'TSCTSF', 'ADRF', 'GBA_BSF', 'CEF', 'MB_UPF', 'NSWOF', 'PKMF', 'MNPF', 'SMS_GMSC'],
  ...['SMS_IWMSC', 'MBSF', 'MBSTF', 'PANF'],
);
export type NFType = Static<typeof NFType>;

/** TS 29.510 6.1.6.2.5. */
export const IpEndPoint = Type.Object({
  ipv4Address: o(Ipv4Addr),
  ipv6Address: o(Ipv6Addr),
  transport: o(OpenEnum('TCP')),
  port: o(Port),
});
export type IpEndPoint = Static<typeof IpEndPoint>;

/** SupiRange, IdentityRange and ImsiRange (TS 29.510 6.1.6.2.9, 6.1.6.2.10): numbers from `start` to `end`, or a pattern. */
export const IdentityRange = Type.Object({ start: o(Digits), end: o(Digits), pattern: Pattern });
export type IdentityRange = Static<typeof IdentityRange>;
export const InternalGroupIdRange = Type.Object({ start: o(GroupId), end: o(GroupId), pattern: Pattern });
export type InternalGroupIdRange = Static<typeof InternalGroupIdRange>;
export const SharedDataIdRange = Type.Object({ pattern: Pattern });
export const Ipv4AddressRange = Type.Object({ start: o(Ipv4Addr), end: o(Ipv4Addr) });
export type Ipv4AddressRange = Static<typeof Ipv4AddressRange>;
export const Ipv6PrefixRange = Type.Object({ start: o(Ipv6Prefix), end: o(Ipv6Prefix) });
export type Ipv6PrefixRange = Static<typeof Ipv6PrefixRange>;

const Tac = Type.String({ pattern: '^([A-Fa-f0-9]{4}|[A-Fa-f0-9]{6})$' });
export const TaiRange = Type.Object({
  plmnId: PlmnId,
  tacRangeList: Type.Array(Type.Object({ start: o(Tac), end: o(Tac), pattern: Pattern }), {
    minItems: 1,
    maxItems: MAX_ITEMS,
  }),
  nid: o(Nid),
});
export type TaiRange = Static<typeof TaiRange>;
const PlmnDigits = Type.String({ pattern: '^[0-9]{5,6}$' });
export const PlmnRange = Type.Object({ start: o(PlmnDigits), end: o(PlmnDigits), pattern: Pattern });
export type PlmnRange = Static<typeof PlmnRange>;

/** Where an NF serves: single tracking areas, and ranges of them. */
const servingArea = { taiList: list(Tai), taiRangeList: list(TaiRange) };
const supiRanges = { supiRanges: list(IdentityRange) };
const subscribers = { ...supiRanges, gpsiRanges: list(IdentityRange) };
const groups = { externalGroupIdentifiersRanges: list(IdentityRange) };
const internalGroups = { internalGroupIdentifiersRanges: list(InternalGroupIdRange) };
const groupId = { groupId: o(NfGroupId) };

export const PlmnSnssai = Type.Object({
  plmnId: PlmnId,
  sNssaiList: Type.Array(ExtSnssai, { minItems: 1, maxItems: MAX_ITEMS }),
  nid: o(Nid),
});
export type PlmnSnssai = Static<typeof PlmnSnssai>;

const SuciInfo = Type.Object({ routingInds: list(RoutingIndicator), hNwPubKeyIds: list(Type.Integer()) });
export const DataSetId = OpenEnum('SUBSCRIPTION', 'POLICY', 'EXPOSURE', 'APPLICATION');

export const UdrInfo = Type.Object({
  ...groupId,
  ...subscribers,
  ...groups,
  supportedDataSets: list(DataSetId),
  sharedDataIdRanges: list(SharedDataIdRange),
});
export const UdmInfo = Type.Object({
  ...groupId,
  ...subscribers,
  ...groups,
  ...internalGroups,
  routingIndicators: list(RoutingIndicator),
  suciInfos: list(SuciInfo),
});
export const AusfInfo = Type.Object({
  ...groupId,
  ...supiRanges,
  routingIndicators: list(RoutingIndicator),
  suciInfos: list(SuciInfo),
});
export const AmfInfo = Type.Object({
  amfSetId: AmfSetId,
  amfRegionId: AmfRegionId,
  guamiList: Type.Array(Guami, { minItems: 1, maxItems: MAX_ITEMS }),
  ...servingArea,
  backupInfoAmfFailure: list(Guami),
  backupInfoAmfRemoval: list(Guami),
  n2InterfaceAmfInfo: o(
    Type.Object({ ipv4EndpointAddress: list(Ipv4Addr), ipv6EndpointAddress: list(Ipv6Addr), amfName: o(Fqdn) }),
  ),
  amfOnboardingCapability: o(Type.Boolean()),
  highLatencyCom: o(Type.Boolean()),
});

/** What an NF supports of a DNN in one slice; SMF, EASDF, MB-SMF, TSCTSF and AF tell no more than DNN and DNAIs. */
const DnnItem = Type.Object({ dnn: Dnn, dnaiList: list(Dnai) });
const dnnsOf = <T extends TSchema>(item: T) => Type.Array(item, { minItems: 1, maxItems: MAX_ITEMS });
export const SmfInfo = Type.Object({
  sNssaiSmfInfoList: dnnsOf(Type.Object({ sNssai: ExtSnssai, dnnSmfInfoList: dnnsOf(DnnItem) })),
  ...servingArea,
  pgwFqdn: o(Fqdn),
  pgwIpAddrList: list(IpAddr),
  accessType: list(AccessType),
  priority: o(Priority),
  vsmfSupportInd: o(Type.Boolean()),
  pgwFqdnList: list(Fqdn),
  smfOnboardingCapability: o(Type.Boolean()),
  ismfSupportInd: o(Type.Boolean()),
  smfUPRPCapability: o(Type.Boolean()),
});

/** An integer or text (TS 29.503). */
export const IpIndex = Type.Union([Type.Integer(), Text]);
const DnnUpfItem = Type.Object({
  dnn: Dnn,
  dnaiList: list(Dnai),
  pduSessionTypes: list(PduSessionType),
  ipv4AddressRanges: list(Ipv4AddressRange),
  ipv6PrefixRanges: list(Ipv6PrefixRange),
  ipv4IndexList: list(IpIndex),
  ipv6IndexList: list(IpIndex),
  dnaiNwInstanceList: map(Text),
});
const SnssaiUpfItem = Type.Object({
  sNssai: ExtSnssai,
  dnnUpfInfoList: dnnsOf(DnnUpfItem),
  redundantTransport: o(Type.Boolean()),
});
/** WAgfInfo, TngfInfo, TwifInfo: addresses and name of a gateway. */
export const GatewayInfo = Type.Object({
  ipv4EndpointAddresses: list(Ipv4Addr),
  ipv6EndpointAddresses: list(Ipv6Addr),
  endpointFqdn: o(Fqdn),
});
export type GatewayInfo = Static<typeof GatewayInfo>;
const InterfaceUpfItem = Type.Object({
  interfaceType: OpenEnum('N3', 'N6', 'N9', 'DATA_FORWARDING', 'N3MB', 'N6MB', 'N19MB', 'NMB9'),
  ...GatewayInfo.properties,
  networkInstance: o(Text),
});
export const AtsssCapability = Type.Object({
  atsssLL: o(Type.Boolean()),
  mptcp: o(Type.Boolean()),
  rttWithoutPmf: o(Type.Boolean()),
});
export const UpfInfo = Type.Object({
  sNssaiUpfInfoList: dnnsOf(SnssaiUpfItem),
  smfServingArea: list(Text),
  interfaceUpfInfoList: list(InterfaceUpfItem),
  iwkEpsInd: o(Type.Boolean()),
  pduSessionTypes: list(PduSessionType),
  atsssCapability: o(AtsssCapability),
  ueIpAddrInd: o(Type.Boolean()),
  ...servingArea,
  wAgfInfo: o(GatewayInfo),
  tngfInfo: o(GatewayInfo),
  twifInfo: o(GatewayInfo),
  priority: o(Priority),
  redundantGtpu: o(Type.Boolean()),
  ipups: o(Type.Boolean()),
  dataForwarding: o(Type.Boolean()),
  supportedPfcpFeatures: o(Text),
});

export const ProSeCapability = Type.Object({
  proseDirectDiscovey: o(Type.Boolean()),
  proseDirectCommunication: o(Type.Boolean()),
  proseL2UetoNetworkRelay: o(Type.Boolean()),
  proseL3UetoNetworkRelay: o(Type.Boolean()),
  proseL2RemoteUe: o(Type.Boolean()),
  proseL3RemoteUe: o(Type.Boolean()),
});
export const V2xCapability = Type.Object({ lteV2x: o(Type.Boolean()), nrV2x: o(Type.Boolean()) });
const diameter = { rxDiamHost: o(Text), rxDiamRealm: o(Text) };
export const PcfInfo = Type.Object({
  ...groupId,
  dnnList: list(Dnn),
  ...subscribers,
  ...diameter,
  v2xSupportInd: o(Type.Boolean()),
  proseSupportInd: o(Type.Boolean()),
  proseCapability: o(ProSeCapability),
  v2xCapability: o(V2xCapability),
});
export const BsfInfo = Type.Object({
  dnnList: list(Dnn),
  ipDomainList: list(Text),
  ipv4AddressRanges: list(Ipv4AddressRange),
  ipv6PrefixRanges: list(Ipv6PrefixRange),
  ...diameter,
  ...groupId,
  ...subscribers,
});
export const ChfInfo = Type.Object({
  supiRangeList: list(IdentityRange),
  gpsiRangeList: list(IdentityRange),
  plmnRangeList: list(PlmnRange),
  ...groupId,
  primaryChfInstance: o(NfInstanceId),
  secondaryChfInstance: o(NfInstanceId),
});

export const PfdData = Type.Object({ appIds: list(Text), afIds: list(Text) });
export const AfEventExposureData = Type.Object({
  afEvents: Type.Array(Text, { minItems: 1, maxItems: MAX_ITEMS }),
  afIds: list(Text),
  appIds: list(Text),
});
const AfSlices = list(Type.Object({ sNssai: ExtSnssai, dnnInfoList: dnnsOf(DnnItem) }));
export const NefInfo = Type.Object({
  nefId: o(Text),
  pfdData: o(PfdData),
  afEeData: o(AfEventExposureData),
  gpsiRanges: list(IdentityRange),
  ...groups,
  servedFqdnList: list(Text),
  ...servingArea,
  dnaiList: list(Dnai),
  unTrustAfInfoList: list(Type.Object({ afId: Text, sNssaiInfoList: AfSlices, mappingInd: o(Type.Boolean()) })),
  uasNfFunctionalityInd: o(Type.Boolean()),
});
export const TrustAfInfo = Type.Object({
  sNssaiInfoList: AfSlices,
  afEvents: list(Text),
  appIds: list(Text),
  internalGroupId: list(GroupId),
  mappingInd: o(Type.Boolean()),
});

export const MlAnalyticsInfo = Type.Object({
  mlAnalyticsIds: list(Text),
  snssaiList: list(Snssai),
  trackingAreaList: list(Tai),
});
export type MlAnalyticsInfo = Static<typeof MlAnalyticsInfo>;
/** Which NFs a DCCF, an MFAF or an NWDAF collects data from, and where. */
const collects = { servingNfTypeList: list(NFType), servingNfSetIdList: list(NfSetId), ...servingArea };
export const NwdafInfo = Type.Object({
  eventIds: list(Text),
  nwdafEvents: list(Text),
  ...collects,
  nwdafCapability: o(
    Type.Object({ analyticsAggregation: o(Type.Boolean()), analyticsMetadataProvisioning: o(Type.Boolean()) }),
  ),
  analyticsDelay: o(Type.Integer()),
  mlAnalyticsList: list(MlAnalyticsInfo),
});
export const DccfInfo = Type.Object(collects);
export const MfafInfo = Type.Object(collects);

export const AnNodeType = OpenEnum('GNB', 'NG_ENB');
export const LmfInfo = Type.Object({
  servingClientTypes: list(Text),
  lmfId: o(Text),
  servingAccessTypes: list(AccessType),
  servingAnNodeTypes: list(AnNodeType),
  servingRatTypes: list(RatType),
  ...servingArea,
  supportedGADShapes: list(Text),
});
export const GmlcInfo = Type.Object({ servingClientTypes: list(Text), gmlcNumbers: list(Numbers) });
export const PcscfInfo = Type.Object({
  accessType: list(AccessType),
  dnnList: list(Dnn),
  gmFqdn: o(Fqdn),
  gmIpv4Addresses: list(Ipv4Addr),
  gmIpv6Addresses: list(Ipv6Addr),
  mwFqdn: o(Fqdn),
  mwIpv4Addresses: list(Ipv4Addr),
  mwIpv6Addresses: list(Ipv6Addr),
  servedIpv4AddressRanges: list(Ipv4AddressRange),
  servedIpv6PrefixRanges: list(Ipv6PrefixRange),
});
export const HssInfo = Type.Object({
  ...groupId,
  imsiRanges: list(IdentityRange),
  imsPrivateIdentityRanges: list(IdentityRange),
  imsPublicIdentityRanges: list(IdentityRange),
  msisdnRanges: list(IdentityRange),
  ...groups,
  hssDiameterAddress: o(Type.Object({ name: o(Text), realm: o(Text) })),
});
export const UdsfInfo = Type.Object({
  ...groupId,
  ...supiRanges,
  storageIdRanges: map(Type.Array(IdentityRange, { minItems: 1, maxItems: MAX_ITEMS })),
});

const ports = map(Port);
export const ScpInfo = Type.Object({
  scpDomainInfoList: map(
    Type.Object({ scpFqdn: o(Fqdn), scpIpEndPoints: list(IpEndPoint), scpPrefix: o(Text), scpPorts: ports }),
  ),
  scpPrefix: o(Text),
  scpPorts: ports,
  addressDomains: list(Text),
  ipv4Addresses: list(Ipv4Addr),
  ipv6Prefixes: list(Ipv6Prefix),
  ipv4AddrRanges: list(Ipv4AddressRange),
  ipv6PrefixRanges: list(Ipv6PrefixRange),
  servedNfSetIdList: list(NfSetId),
  remotePlmnList: list(PlmnId),
  remoteSnpnList: list(PlmnIdNid),
  ipReachability: o(OpenEnum('IPV4', 'IPV6', 'IPV4V6')),
  scpCapabilities: o(Type.Array(OpenEnum('INDIRECT_COM_WITH_DELEG_DISC'), { maxItems: MAX_ITEMS })),
});
export const SeppInfo = Type.Object({
  seppPrefix: o(Text),
  seppPorts: ports,
  remotePlmnList: list(PlmnId),
  remoteSnpnList: list(PlmnIdNid),
});
export const AanfInfo = Type.Object({ routingIndicators: list(RoutingIndicator) });
export const DdnmfInfo = Type.Object({ plmnId: PlmnId });
export const EasdfInfo = Type.Object({
  sNssaiEasdfInfoList: list(Type.Object({ sNssai: ExtSnssai, dnnEasdfInfoList: dnnsOf(DnnItem) })),
  easdfN6IpAddressList: list(IpAddr),
  upfN6IpAddressList: list(IpAddr),
});
export const NsacfCapability = Type.Object({ supportUeSAC: o(Type.Boolean()), supportPduSAC: o(Type.Boolean()) });
export const NsacfInfo = Type.Object({
  nsacfCapability: NsacfCapability,
  ...servingArea,
  nsacSaiList: list(Text),
});
const ServiceId = Type.String({ pattern: '^[A-Fa-f0-9]{6}$' });
export const TmgiRange = Type.Object({
  mbsServiceIdStart: ServiceId,
  mbsServiceIdEnd: ServiceId,
  plmnId: PlmnId,
  nid: o(Nid),
});
/** TS 29.571 5.9.4. */
export const MbsSessionId = Type.Object(
  {
    tmgi: o(Type.Object({ mbsServiceId: ServiceId, plmnId: PlmnId })),
    ssm: o(Type.Object({ sourceIpAddr: IpAddr, destIpAddr: IpAddr })),
    nid: o(Nid),
  },
  { anyOf: [{ required: ['tmgi'] }, { required: ['ssm'] }] } as never,
);
export type MbsSessionId = Static<typeof MbsSessionId>;
/** Slices with their DNNs, by a key that means nothing (MB-SMF, TSCTSF). */
const SnssaiInfos = map(Type.Object({ sNssai: ExtSnssai, dnnInfoList: dnnsOf(DnnItem) }));
export const MbSmfInfo = Type.Object({
  sNssaiInfoList: SnssaiInfos,
  tmgiRangeList: map(TmgiRange),
  ...servingArea,
  mbsSessionList: map(
    Type.Object({
      mbsSessionId: MbsSessionId,
      mbsAreaSessions: map(
        Type.Object({ areaSessionId: Type.Integer({ minimum: 0, maximum: 65535 }), mbsServiceArea: Type.Unknown() }),
      ),
    }),
  ),
});
export const TsctsfInfo = Type.Object({
  sNssaiInfoList: SnssaiInfos,
  ...groups,
  ...subscribers,
  ...internalGroups,
});
export const MbUpfInfo = Type.Object({
  sNssaiMbUpfInfoList: dnnsOf(SnssaiUpfItem),
  mbSmfServingArea: list(Text),
  interfaceMbUpfInfoList: list(InterfaceUpfItem),
  ...servingArea,
  priority: o(Priority),
  supportedPfcpFeatures: o(Text),
});
export const NssaafInfo = Type.Object({ ...supiRanges, ...internalGroups });
export const IwmscInfo = Type.Object({
  msisdnRanges: list(IdentityRange),
  ...supiRanges,
  taiRangeList: list(TaiRange),
  scNumber: o(Numbers),
});
export const MnpfInfo = Type.Object({
  msisdnRanges: Type.Array(IdentityRange, { minItems: 1, maxItems: MAX_ITEMS }),
});

/** The members of a profile that hold these; types of NF of which there may be several have a map as well. */
export const nfInfos = {
  udrInfo: o(UdrInfo),
  udrInfoList: map(UdrInfo),
  udmInfo: o(UdmInfo),
  udmInfoList: map(UdmInfo),
  ausfInfo: o(AusfInfo),
  ausfInfoList: map(AusfInfo),
  amfInfo: o(AmfInfo),
  amfInfoList: map(AmfInfo),
  smfInfo: o(SmfInfo),
  smfInfoList: map(SmfInfo),
  upfInfo: o(UpfInfo),
  upfInfoList: map(UpfInfo),
  pcfInfo: o(PcfInfo),
  pcfInfoList: map(PcfInfo),
  bsfInfo: o(BsfInfo),
  bsfInfoList: map(BsfInfo),
  chfInfo: o(ChfInfo),
  chfInfoList: map(ChfInfo),
  udsfInfo: o(UdsfInfo),
  udsfInfoList: map(UdsfInfo),
  nwdafInfo: o(NwdafInfo),
  nwdafInfoList: map(NwdafInfo),
  nefInfo: o(NefInfo),
  pcscfInfoList: map(PcscfInfo),
  hssInfoList: map(HssInfo),
  lmfInfo: o(LmfInfo),
  gmlcInfo: o(GmlcInfo),
  scpInfo: o(ScpInfo),
  seppInfo: o(SeppInfo),
  aanfInfoList: map(AanfInfo),
  '5gDdnmfInfo': o(DdnmfInfo),
  mfafInfo: o(MfafInfo),
  easdfInfoList: map(EasdfInfo),
  dccfInfo: o(DccfInfo),
  nsacfInfoList: map(NsacfInfo),
  mbSmfInfoList: map(MbSmfInfo),
  tsctsfInfoList: map(TsctsfInfo),
  mbUpfInfoList: map(MbUpfInfo),
  trustAfInfo: o(TrustAfInfo),
  nssaafInfo: o(NssaafInfo),
  iwmscInfo: o(IwmscInfo),
  mnpfInfo: o(MnpfInfo),
};

/** Infos of which an NRF tells by NF instance only, under the name of a list (TS 29.510 6.1.6.2.31). */
const LISTED_ONCE: ReadonlySet<string> = new Set(['scpInfo', 'seppInfo', 'mfafInfo', 'dccfInfo']);
const served = Object.entries(nfInfos).map(([name, schema]) => {
  const member = `served${name.charAt(0).toUpperCase()}${name.slice(1)}${LISTED_ONCE.has(name) ? 'List' : ''}`;
  // An NRF need not tell what is in it (feature Empty-Objects-Nrf-Info).
  const value = Type.Union([schema, Type.Object({}, { additionalProperties: false })]);
  return [member, o(mapOf(value as TSchema))] as const;
});
/** TS 29.510 6.1.6.2.31: what an NRF tells another of the NFs that are registered with it. */
export const NrfInfo = Type.Object({
  ...Object.fromEntries(served),
  servedNfInfo: map(Type.Object({ nfType: o(NFType) })),
});
