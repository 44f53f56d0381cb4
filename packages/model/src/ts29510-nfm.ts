/** TS 29.510 (Release 17) 6.1: Nnrf_NFManagement data types. */
import Type, { type Static } from 'typebox';
import {
  DccfInfo,
  IdentityRange,
  IpEndPoint,
  MlAnalyticsInfo,
  mapOf,
  NFType,
  nfInfos,
  PfdData,
  PlmnSnssai,
  TaiRange,
} from './ts29510-nf-info.ts';
import {
  AmfRegionId,
  AmfSetId,
  ChangeItem,
  ClosedEnum,
  DateTime,
  ExtSnssai,
  Fqdn,
  Guami,
  Ipv4Addr,
  Ipv6Addr,
  LinksValueSchema,
  NfGroupId,
  NfInstanceId,
  NfServiceSetId,
  NfSetId,
  Nid,
  OpenEnum,
  PatchItem,
  PlmnId,
  PlmnIdNid,
  Snssai,
  SupportedFeatures,
  Tai,
  Uri,
} from './ts29571.ts';

export const NFStatus = OpenEnum('REGISTERED', 'SUSPENDED', 'UNDISCOVERABLE', 'CANARY_RELEASE');
export const ServiceName = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' });

const Priority = Type.Integer({ minimum: 0, maximum: 65535 });
const Load = Type.Integer({ minimum: 0, maximum: 100 });
const Text = Type.String({ maxLength: 256 });
/** TS 29.510 6.1.6.2.2, `allowedNfDomains`: regular expressions. */
const NfDomains = Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 64 });

/** TS 29.510 6.1.6.2.4 (of a service: 6.1.6.2.3): notifications that an NF is sent without having asked. */
export const DefaultNotificationSubscription = Type.Object({
  notificationType: OpenEnum('N1_MESSAGES', 'N2_INFORMATION', 'LOCATION_NOTIFICATION', 'DATA_CHANGE_NOTIFICATION'),
  callbackUri: Uri,
  interPlmnCallbackUri: Type.Optional(Uri),
  n1MessageClass: Type.Optional(Text),
  n2InformationClass: Type.Optional(Text),
  versions: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 16 })),
  binding: Type.Optional(Text),
  acceptedEncoding: Type.Optional(Text),
  supportedFeatures: Type.Optional(SupportedFeatures),
  serviceInfoList: Type.Optional(
    mapOf(
      Type.Object({
        versions: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 16 })),
        supportedFeatures: Type.Optional(SupportedFeatures),
      }),
    ),
  ),
});

export const VendorSpecificFeature = Type.Object({ featureName: Text, featureVersion: Text });
/** By IANA Private Enterprise Number. */
export const VendorSpecificFeatures = mapOf(Type.Array(VendorSpecificFeature, { minItems: 1, maxItems: 64 }));

/** TS 29.510 6.1.6.2.4. */
export const NFServiceVersion = Type.Object({
  apiVersionInUri: Type.String({ pattern: '^v[0-9]{1,3}$' }),
  apiFullVersion: Type.String({ maxLength: 64 }),
  expiry: Type.Optional(DateTime),
});

/** Scopes by NF type or by instance id (TS 29.510 6.1.6.2.3). */
const AllowedOperations = mapOf(Type.Array(Type.String({ maxLength: 128 }), { minItems: 1, maxItems: 64 }));

/** TS 29.510 6.1.6.2.3. */
export const NFService = Type.Object({
  serviceInstanceId: Type.String({ minLength: 1, maxLength: 64 }),
  serviceName: ServiceName,
  versions: Type.Array(NFServiceVersion, { minItems: 1, maxItems: 16 }),
  scheme: ClosedEnum('http', 'https'),
  nfServiceStatus: OpenEnum('REGISTERED', 'SUSPENDED', 'UNDISCOVERABLE'),
  fqdn: Type.Optional(Fqdn),
  interPlmnFqdn: Type.Optional(Fqdn),
  ipEndPoints: Type.Optional(Type.Array(IpEndPoint, { minItems: 1, maxItems: 16 })),
  apiPrefix: Type.Optional(Type.String({ maxLength: 256 })),
  defaultNotificationSubscriptions: Type.Optional(
    Type.Array(DefaultNotificationSubscription, { minItems: 1, maxItems: 32 }),
  ),
  allowedPlmns: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 64 })),
  allowedSnpns: Type.Optional(Type.Array(PlmnIdNid, { minItems: 1, maxItems: 64 })),
  allowedNfTypes: Type.Optional(Type.Array(NFType, { minItems: 1, maxItems: 64 })),
  allowedNfDomains: Type.Optional(NfDomains),
  allowedNssais: Type.Optional(Type.Array(ExtSnssai, { minItems: 1, maxItems: 64 })),
  allowedOperationsPerNfType: Type.Optional(AllowedOperations),
  allowedOperationsPerNfInstance: Type.Optional(AllowedOperations),
  priority: Type.Optional(Priority),
  capacity: Type.Optional(Priority),
  load: Type.Optional(Load),
  loadTimeStamp: Type.Optional(DateTime),
  recoveryTime: Type.Optional(DateTime),
  supportedFeatures: Type.Optional(SupportedFeatures),
  nfServiceSetIdList: Type.Optional(Type.Array(NfServiceSetId, { minItems: 1, maxItems: 16 })),
  sNssais: Type.Optional(Type.Array(ExtSnssai, { minItems: 1, maxItems: 64 })),
  perPlmnSnssaiList: Type.Optional(Type.Array(PlmnSnssai, { minItems: 1, maxItems: 16 })),
  vendorId: Type.Optional(Type.String({ pattern: '^[0-9]{6}$' })),
  supportedVendorSpecificFeatures: Type.Optional(VendorSpecificFeatures),
  oauth2Required: Type.Optional(Type.Boolean()),
  perPlmnOauth2ReqList: Type.Optional(
    Type.Object({
      oauth2RequiredPlmnIdList: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 64 })),
      oauth2NotRequiredPlmnIdList: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 64 })),
    }),
  ),
});
export type NFService = Static<typeof NFService>;

/** What a registered and a discovered profile have in common (TS 29.510 6.1.6.2.2, 6.2.6.2.3). */
export const profileFields = {
  nfInstanceId: NfInstanceId,
  nfInstanceName: Type.Optional(Type.String({ maxLength: 128 })),
  nfType: NFType,
  nfStatus: NFStatus,
  collocatedNfInstances: Type.Optional(
    Type.Array(Type.Object({ nfInstanceId: NfInstanceId, nfType: OpenEnum('UPF', 'SMF', 'MB_UPF', 'MB_SMF') }), {
      minItems: 1,
      maxItems: 64,
    }),
  ),
  plmnList: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 16 })),
  snpnList: Type.Optional(Type.Array(PlmnIdNid, { minItems: 1, maxItems: 16 })),
  sNssais: Type.Optional(Type.Array(ExtSnssai, { minItems: 1, maxItems: 64 })),
  perPlmnSnssaiList: Type.Optional(Type.Array(PlmnSnssai, { minItems: 1, maxItems: 16 })),
  nsiList: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 64 })),
  fqdn: Type.Optional(Fqdn),
  interPlmnFqdn: Type.Optional(Fqdn),
  ipv4Addresses: Type.Optional(Type.Array(Ipv4Addr, { minItems: 1, maxItems: 16 })),
  ipv6Addresses: Type.Optional(Type.Array(Ipv6Addr, { minItems: 1, maxItems: 16 })),
  priority: Type.Optional(Priority),
  capacity: Type.Optional(Priority),
  load: Type.Optional(Load),
  loadTimeStamp: Type.Optional(DateTime),
  locality: Type.Optional(Type.String({ maxLength: 128 })),
  ...nfInfos,
  customInfo: Type.Optional(Type.Object({})),
  recoveryTime: Type.Optional(DateTime),
  nfServicePersistence: Type.Optional(Type.Boolean()),
  nfServices: Type.Optional(Type.Array(NFService, { minItems: 1, maxItems: 64 })),
  /** The same services keyed by serviceInstanceId; a consumer that supports the map registers this one. */
  nfServiceList: Type.Optional(Type.Record(Type.String(), NFService, { minProperties: 1, maxProperties: 64 })),
  defaultNotificationSubscriptions: Type.Optional(Type.Array(DefaultNotificationSubscription, { maxItems: 32 })),
  nfSetIdList: Type.Optional(Type.Array(NfSetId, { minItems: 1, maxItems: 16 })),
  servingScope: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 64 })),
  lcHSupportInd: Type.Optional(Type.Boolean()),
  olcHSupportInd: Type.Optional(Type.Boolean()),
  nfSetRecoveryTimeList: Type.Optional(mapOf(DateTime)),
  serviceSetRecoveryTimeList: Type.Optional(mapOf(DateTime)),
  scpDomains: Type.Optional(Type.Array(Text, { minItems: 1, maxItems: 64 })),
  vendorId: Type.Optional(Type.String({ pattern: '^[0-9]{6}$' })),
  supportedVendorSpecificFeatures: Type.Optional(VendorSpecificFeatures),
  hniList: Type.Optional(Type.Array(Fqdn, { minItems: 1, maxItems: 64 })),
};

/** TS 29.510 table 6.1.6.2.2-1, NOTE 1: where the NF is to be found. */
const HAS_ADDRESS = {
  anyOf: [{ required: ['fqdn'] }, { required: ['ipv4Addresses'] }, { required: ['ipv6Addresses'] }],
} as never;

/** TS 29.510 6.1.6.2.2: what an NF registers. It has to be reachable somewhere. */
export const NFProfile = Type.Object(
  {
    ...profileFields,
    heartBeatTimer: Type.Optional(Type.Integer({ minimum: 1 })),
    allowedPlmns: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 64 })),
    allowedSnpns: Type.Optional(Type.Array(PlmnIdNid, { minItems: 1, maxItems: 64 })),
    allowedNfTypes: Type.Optional(Type.Array(NFType, { minItems: 1, maxItems: 64 })),
    allowedNfDomains: Type.Optional(NfDomains),
    allowedNssais: Type.Optional(Type.Array(ExtSnssai, { minItems: 1, maxItems: 64 })),
    /** Checked against NrfInfo where it is given: it is as large as all the rest, and few NFs are NRFs. */
    nrfInfo: Type.Optional(Type.Object({})),
    nfProfileChangesSupportInd: Type.Optional(Type.Boolean()),
    nfProfileChangesInd: Type.Optional(Type.Boolean()),
  },
  HAS_ADDRESS,
);
export type NFProfile = Static<typeof NFProfile>;

const NfTypes = Type.Array(NFType, { minItems: 1, maxItems: 64 });
const Snssais = Type.Array(Snssai, { minItems: 1, maxItems: 64 });
const Names = Type.Array(Text, { minItems: 1, maxItems: 64 });
const Tais = Type.Array(Tai, { minItems: 1, maxItems: 256 });
const TaiRanges = Type.Array(TaiRange, { minItems: 1, maxItems: 64 });
const NfSets = Type.Array(NfSetId, { minItems: 1, maxItems: 64 });
const Ranges = Type.Array(IdentityRange, { minItems: 1, maxItems: 64 });
const GroupedType = ClosedEnum('UDM', 'AUSF', 'UDR', 'PCF', 'CHF', 'HSS');

/** The members of {@link SubscrCond}. */
export const subscrConditions = {
  NfInstanceIdCond: Type.Object({ nfInstanceId: NfInstanceId }),
  NfInstanceIdListCond: Type.Object({ nfInstanceIdList: Type.Array(NfInstanceId, { minItems: 1, maxItems: 64 }) }),
  NfTypeCond: Type.Object({ nfType: NFType }, { not: { required: ['nfGroupId'] } } as never),
  ServiceNameCond: Type.Object({ serviceName: ServiceName }),
  ServiceNameListCond: Type.Object({
    conditionType: ClosedEnum('SERVICE_NAME_LIST_COND'),
    serviceNameList: Type.Array(ServiceName, { minItems: 1, maxItems: 64 }),
  }),
  AmfCond: Type.Object({ amfSetId: Type.Optional(AmfSetId), amfRegionId: Type.Optional(AmfRegionId) }, {
    anyOf: [{ required: ['amfSetId'] }, { required: ['amfRegionId'] }],
  } as never),
  GuamiListCond: Type.Object({ guamiList: Type.Array(Guami, { minItems: 1, maxItems: 64 }) }),
  NetworkSliceCond: Type.Object({
    snssaiList: Snssais,
    nsiList: Type.Optional(Type.Array(Text, { maxItems: 64 })),
  }),
  NfGroupCond: Type.Object({ nfType: GroupedType, nfGroupId: NfGroupId }),
  NfGroupListCond: Type.Object({
    conditionType: ClosedEnum('NF_GROUP_LIST_COND'),
    nfType: GroupedType,
    nfGroupIdList: Type.Array(NfGroupId, { minItems: 1, maxItems: 64 }),
  }),
  NfSetCond: Type.Object({ nfSetId: NfSetId }),
  NfServiceSetCond: Type.Object({ nfServiceSetId: NfServiceSetId, nfSetId: Type.Optional(NfSetId) }),
  UpfCond: Type.Object({
    conditionType: ClosedEnum('UPF_COND'),
    smfServingArea: Type.Optional(Names),
    taiList: Type.Optional(Tais),
  }),
  ScpDomainCond: Type.Object({ scpDomains: Names, nfTypeList: Type.Optional(NfTypes) }),
  NwdafCond: Type.Object({
    conditionType: ClosedEnum('NWDAF_COND'),
    analyticsIds: Type.Optional(Names),
    snssaiList: Type.Optional(Snssais),
    taiList: Type.Optional(Tais),
    taiRangeList: Type.Optional(TaiRanges),
    servingNfTypeList: Type.Optional(NfTypes),
    servingNfSetIdList: Type.Optional(NfSets),
    mlAnalyticsList: Type.Optional(Type.Array(MlAnalyticsInfo, { minItems: 1, maxItems: 64 })),
  }),
  NefCond: Type.Object({
    conditionType: ClosedEnum('NEF_COND'),
    afEvents: Type.Optional(Names),
    snssaiList: Type.Optional(Snssais),
    pfdData: Type.Optional(PfdData),
    gpsiRanges: Type.Optional(Ranges),
    externalGroupIdentifiersRanges: Type.Optional(Ranges),
    servedFqdnList: Type.Optional(Names),
  }),
  DccfCond: Type.Object({ conditionType: ClosedEnum('DCCF_COND'), ...DccfInfo.properties }),
};
/** TS 29.510 6.1.6.2.35: which NFs a subscription is about; what distinguishes the conditions is what they require. */
export const SubscrCond = Type.Record(Type.String(), Type.Unknown());
export type SubscrConditions = { [Name in keyof typeof subscrConditions]: Static<(typeof subscrConditions)[Name]> };

const NotificationEventType = OpenEnum('NF_REGISTERED', 'NF_DEREGISTERED', 'NF_PROFILE_CHANGED');
/** JSON Pointers into the profile (TS 29.510 6.1.6.2.22). */
const Attributes = Type.Array(Type.String({ pattern: '^/', maxLength: 256 }), { minItems: 1, maxItems: 64 });
export const NotifCondition = Type.Object(
  { monitoredAttributes: Type.Optional(Attributes), unmonitoredAttributes: Type.Optional(Attributes) },
  { not: { required: ['monitoredAttributes', 'unmonitoredAttributes'] } } as never,
);
export type NotifCondition = Static<typeof NotifCondition>;

/** TS 29.510 6.1.6.2.16. A subscription without condition concerns every NF. */
export const SubscriptionData = Type.Object({
  nfStatusNotificationUri: Uri,
  reqNfInstanceId: Type.Optional(NfInstanceId),
  subscrCond: Type.Optional(SubscrCond),
  subscriptionId: Type.Optional(Type.String({ maxLength: 128 })),
  validityTime: Type.Optional(DateTime),
  reqNotifEvents: Type.Optional(Type.Array(NotificationEventType, { minItems: 1, maxItems: 8 })),
  plmnId: Type.Optional(PlmnId),
  nid: Type.Optional(Nid),
  notifCondition: Type.Optional(NotifCondition),
  reqNfType: Type.Optional(NFType),
  reqNfFqdn: Type.Optional(Fqdn),
  reqSnssais: Type.Optional(Type.Array(ExtSnssai, { minItems: 1, maxItems: 64 })),
  reqPerPlmnSnssais: Type.Optional(Type.Array(PlmnSnssai, { minItems: 1, maxItems: 16 })),
  reqPlmnList: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 16 })),
  reqSnpnList: Type.Optional(Type.Array(PlmnIdNid, { minItems: 1, maxItems: 16 })),
  servingScope: Type.Optional(Names),
  requesterFeatures: Type.Optional(SupportedFeatures),
  nrfSupportedFeatures: Type.Optional(SupportedFeatures),
  hnrfUri: Type.Optional(Uri),
  onboardingCapability: Type.Optional(Type.Boolean()),
  targetHni: Type.Optional(Fqdn),
  preferredLocality: Type.Optional(Text),
});
export type SubscriptionData = Static<typeof SubscriptionData>;

/** TS 29.510 6.1.6.2.17. */
export const NotificationData = Type.Object({
  event: NotificationEventType,
  nfInstanceUri: Uri,
  nfProfile: Type.Optional(Type.Object(profileFields, HAS_ADDRESS)),
  profileChanges: Type.Optional(Type.Array(ChangeItem, { minItems: 1 })),
  conditionEvent: Type.Optional(OpenEnum('NF_ADDED', 'NF_REMOVED')),
  subscriptionContext: Type.Optional(
    Type.Object({ subscriptionId: Type.String(), subscrCond: Type.Optional(SubscrCond) }),
  ),
});
export type NotificationData = Static<typeof NotificationData>;

/** TS 29.510 6.1.6.2.25: links to NF instances, what NFListRetrieve answers. */
export const UriList = Type.Object({
  _links: Type.Object({
    self: LinksValueSchema,
    item: Type.Optional(Type.Array(LinksValueSchema, { minItems: 1 })),
    first: Type.Optional(LinksValueSchema),
    prev: Type.Optional(LinksValueSchema),
    next: Type.Optional(LinksValueSchema),
    last: Type.Optional(LinksValueSchema),
  }),
  totalItemCount: Type.Optional(Type.Integer()),
});
export type UriList = Static<typeof UriList>;

/** TS 29.510 6.1.6.2.38. */
export const OptionsResponse = Type.Object({ supportedFeatures: Type.Optional(SupportedFeatures) });
export type OptionsResponse = Static<typeof OptionsResponse>;

/** NFUpdate bodies (TS 29.510 6.1.3.3.3.3); the limit keeps one PATCH from being a program. */
export const NFProfilePatch = Type.Array(PatchItem, { minItems: 1, maxItems: 64 });
