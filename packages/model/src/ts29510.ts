/** TS 29.510 (Release 17): NF management (6.1), NF discovery (6.2) and access token (6.3) data types. */
import Type, { type Static } from 'typebox';
import {
  ClosedEnum,
  DateTime,
  Fqdn,
  LinksValueSchema,
  NfInstanceId,
  OpenEnum,
  PatchItem,
  PlmnId,
  PlmnIdNid,
  Snssai,
  SupportedFeatures,
  Tai,
  Uri,
} from './ts29571.ts';

/** The NF types of the lab; others are let through, because the enumeration grows with each release. */
export const NFType = OpenEnum('NRF', 'UDM', 'AMF', 'AUSF', 'UDR', 'SEPP', 'SCP', 'SMF', 'NSSF', 'PCF', 'NEF', 'AF');
export type NFType = Static<typeof NFType>;
export const NFStatus = OpenEnum('REGISTERED', 'SUSPENDED', 'UNDISCOVERABLE', 'CANARY_RELEASE');
export const ServiceName = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' });
export const NfSetId = Type.String({ maxLength: 253 });

const Port = Type.Integer({ minimum: 0, maximum: 65535 });
const Ipv4Addr = Type.String({ format: 'ipv4' });
const Ipv6Addr = Type.String({ format: 'ipv6' });
const Priority = Type.Integer({ minimum: 0, maximum: 65535 });
const Load = Type.Integer({ minimum: 0, maximum: 100 });

/** TS 29.510 6.1.6.2.5. */
export const IpEndPoint = Type.Object({
  ipv4Address: Type.Optional(Ipv4Addr),
  ipv6Address: Type.Optional(Ipv6Addr),
  transport: Type.Optional(OpenEnum('TCP')),
  port: Type.Optional(Port),
});
export type IpEndPoint = Static<typeof IpEndPoint>;

/** TS 29.510 6.1.6.2.4. */
export const NFServiceVersion = Type.Object({
  apiVersionInUri: Type.String({ pattern: '^v[0-9]{1,3}$' }),
  apiFullVersion: Type.String({ maxLength: 64 }),
  expiry: Type.Optional(DateTime),
});

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
  allowedNfTypes: Type.Optional(Type.Array(NFType, { minItems: 1, maxItems: 64 })),
  allowedPlmns: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 64 })),
  allowedNssais: Type.Optional(Type.Array(Snssai, { minItems: 1, maxItems: 64 })),
  priority: Type.Optional(Priority),
  capacity: Type.Optional(Priority),
  load: Type.Optional(Load),
  oauth2Required: Type.Optional(Type.Boolean()),
  supportedFeatures: Type.Optional(SupportedFeatures),
});
export type NFService = Static<typeof NFService>;

const SupiRange = Type.Object({
  start: Type.Optional(Type.String({ pattern: '^[0-9]{5,15}$' })),
  end: Type.Optional(Type.String({ pattern: '^[0-9]{5,15}$' })),
  pattern: Type.Optional(Type.String({ maxLength: 128 })),
});
/** What UdmInfo, AusfInfo and UdrInfo have in common, as far as the lab selects by it. */
const SubscriberRanges = Type.Object({
  groupId: Type.Optional(Type.String({ maxLength: 128 })),
  supiRanges: Type.Optional(Type.Array(SupiRange, { minItems: 1, maxItems: 64 })),
  routingIndicators: Type.Optional(Type.Array(Type.String({ pattern: '^[0-9]{1,4}$' }), { minItems: 1, maxItems: 64 })),
});
const AmfInfo = Type.Object({
  amfSetId: Type.String({ pattern: '^[0-3][A-Fa-f0-9]{2}$' }),
  amfRegionId: Type.String({ pattern: '^[A-Fa-f0-9]{2}$' }),
  guamiList: Type.Array(Type.Object({ plmnId: PlmnIdNid, amfId: Type.String({ pattern: '^[A-Fa-f0-9]{6}$' }) }), {
    minItems: 1,
    maxItems: 64,
  }),
  taiList: Type.Optional(Type.Array(Tai, { minItems: 1, maxItems: 256 })),
});

const profileFields = {
  nfInstanceId: NfInstanceId,
  nfInstanceName: Type.Optional(Type.String({ maxLength: 128 })),
  nfType: NFType,
  nfStatus: NFStatus,
  plmnList: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 16 })),
  sNssais: Type.Optional(Type.Array(Snssai, { minItems: 1, maxItems: 64 })),
  nfSetIdList: Type.Optional(Type.Array(NfSetId, { minItems: 1, maxItems: 16 })),
  fqdn: Type.Optional(Fqdn),
  interPlmnFqdn: Type.Optional(Fqdn),
  ipv4Addresses: Type.Optional(Type.Array(Ipv4Addr, { minItems: 1, maxItems: 16 })),
  ipv6Addresses: Type.Optional(Type.Array(Ipv6Addr, { minItems: 1, maxItems: 16 })),
  allowedPlmns: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 64 })),
  allowedNfTypes: Type.Optional(Type.Array(NFType, { minItems: 1, maxItems: 64 })),
  allowedNssais: Type.Optional(Type.Array(Snssai, { minItems: 1, maxItems: 64 })),
  priority: Type.Optional(Priority),
  capacity: Type.Optional(Priority),
  load: Type.Optional(Load),
  locality: Type.Optional(Type.String({ maxLength: 128 })),
  udrInfo: Type.Optional(SubscriberRanges),
  udmInfo: Type.Optional(SubscriberRanges),
  ausfInfo: Type.Optional(SubscriberRanges),
  amfInfo: Type.Optional(AmfInfo),
  nfServices: Type.Optional(Type.Array(NFService, { minItems: 1, maxItems: 64 })),
  /** The same services keyed by serviceInstanceId; a consumer that supports the map registers this one. */
  nfServiceList: Type.Optional(Type.Record(Type.String(), NFService, { minProperties: 1, maxProperties: 64 })),
};

/** TS 29.510 6.1.6.2.2: what an NF registers. */
export const NFProfile = Type.Object({
  ...profileFields,
  heartBeatTimer: Type.Optional(Type.Integer({ minimum: 1 })),
});
export type NFProfile = Static<typeof NFProfile>;

/** TS 29.510 6.2.6.2.3: what discovery returns; the attributes that only concern management are not in it. */
export const DiscoveredNFProfile = Type.Object(profileFields);
export type DiscoveredNFProfile = Static<typeof DiscoveredNFProfile>;

/** TS 29.510 6.2.6.2.2. */
export const SearchResult = Type.Object({
  validityPeriod: Type.Optional(Type.Integer()),
  nfInstances: Type.Array(DiscoveredNFProfile),
  searchId: Type.Optional(Type.String()),
  numNfInstComplete: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type SearchResult = Static<typeof SearchResult>;

/** TS 29.510 6.1.6.2.16. A subscription without condition concerns every NF. */
export const SubscriptionData = Type.Object({
  nfStatusNotificationUri: Uri,
  reqNfInstanceId: Type.Optional(NfInstanceId),
  subscrCond: Type.Optional(
    Type.Object({
      nfInstanceId: Type.Optional(NfInstanceId),
      nfType: Type.Optional(NFType),
      serviceName: Type.Optional(ServiceName),
    }),
  ),
  subscriptionId: Type.Optional(Type.String({ maxLength: 128 })),
  validityTime: Type.Optional(DateTime),
  reqNotifEvents: Type.Optional(
    Type.Array(OpenEnum('NF_REGISTERED', 'NF_DEREGISTERED', 'NF_PROFILE_CHANGED'), { minItems: 1, maxItems: 8 }),
  ),
  plmnId: Type.Optional(PlmnId),
  reqNfType: Type.Optional(NFType),
  reqNfFqdn: Type.Optional(Fqdn),
  reqPlmnList: Type.Optional(Type.Array(PlmnId, { minItems: 1, maxItems: 16 })),
});
export type SubscriptionData = Static<typeof SubscriptionData>;

/** TS 29.510 6.1.6.2.17. */
export const NotificationData = Type.Object({
  event: OpenEnum('NF_REGISTERED', 'NF_DEREGISTERED', 'NF_PROFILE_CHANGED'),
  nfInstanceUri: Uri,
  nfProfile: Type.Optional(NFProfile),
  profileChanges: Type.Optional(Type.Array(Type.Object({ op: Type.String(), path: Type.String() }))),
});
export type NotificationData = Static<typeof NotificationData>;

/** TS 29.510 6.1.6.2.25: links to NF instances, what NFListRetrieve answers. */
export const UriList = Type.Object({
  _links: Type.Object({ self: LinksValueSchema, item: Type.Optional(Type.Array(LinksValueSchema)) }),
  totalItemCount: Type.Optional(Type.Integer()),
});
export type UriList = Static<typeof UriList>;

/** NFUpdate bodies (TS 29.510 6.1.3.3.3.3); the limit keeps one PATCH from being a program. */
export const NFProfilePatch = Type.Array(PatchItem, { minItems: 1, maxItems: 64 });

/**
 * TS 29.510 6.3.5.2.2. The request is form-encoded; members that are not text (PlmnId, lists) arrive as JSON text and are
 * decoded before validation.
 */
export const AccessTokenReq = Type.Object({
  grant_type: ClosedEnum('client_credentials'),
  nfInstanceId: NfInstanceId,
  nfType: Type.Optional(NFType),
  targetNfType: Type.Optional(NFType),
  scope: Type.String({ pattern: '^([a-zA-Z0-9_:-]+)( [a-zA-Z0-9_:-]+)*$', maxLength: 1024 }),
  targetNfInstanceId: Type.Optional(NfInstanceId),
  requesterPlmn: Type.Optional(PlmnId),
  requesterPlmnList: Type.Optional(Type.Array(PlmnId, { minItems: 2, maxItems: 16 })),
  requesterSnssaiList: Type.Optional(Type.Array(Snssai, { minItems: 1, maxItems: 64 })),
  requesterFqdn: Type.Optional(Fqdn),
  targetPlmn: Type.Optional(PlmnId),
  targetSnssaiList: Type.Optional(Type.Array(Snssai, { minItems: 1, maxItems: 64 })),
  targetNfSetId: Type.Optional(NfSetId),
});
export type AccessTokenReq = Static<typeof AccessTokenReq>;

/** TS 29.510 6.3.5.2.3. */
export const AccessTokenRsp = Type.Object({
  access_token: Type.String({ maxLength: 16384 }),
  token_type: ClosedEnum('Bearer'),
  expires_in: Type.Optional(Type.Integer()),
  scope: Type.Optional(Type.String()),
});
export type AccessTokenRsp = Static<typeof AccessTokenRsp>;

/** TS 29.510 6.3.5.2.5. */
export const AccessTokenErr = Type.Object({
  error: ClosedEnum(
    'invalid_request',
    'invalid_client',
    'invalid_grant',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
  ),
  error_description: Type.Optional(Type.String()),
  error_uri: Type.Optional(Type.String()),
});
export type AccessTokenErr = Static<typeof AccessTokenErr>;

/** TS 29.510 6.3.5.2.4; `aud` is an NF type, or the instance ids that the token is for. */
export const AccessTokenClaims = Type.Object({
  iss: NfInstanceId,
  sub: NfInstanceId,
  aud: Type.Union([NFType, Type.Array(NfInstanceId, { minItems: 1 })]),
  scope: Type.String(),
  exp: Type.Integer(),
  consumerPlmnId: Type.Optional(PlmnId),
  consumerSnpnId: Type.Optional(Type.Unknown()),
  producerPlmnId: Type.Optional(PlmnId),
  producerSnpnId: Type.Optional(Type.Unknown()),
  producerSnssaiList: Type.Optional(Type.Array(Snssai)),
  producerNsiList: Type.Optional(Type.Array(Type.String())),
  producerNfSetId: Type.Optional(NfSetId),
  producerNfServiceSetId: Type.Optional(Type.String()),
});
export type AccessTokenClaims = Static<typeof AccessTokenClaims>;
