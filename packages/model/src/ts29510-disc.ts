/** TS 29.510 (Release 17) 6.2: Nnrf_NFDiscovery data types. */
import Type, { type Static } from 'typebox';
import { profileFields } from './ts29510-nfm.ts';
import { DateTime, NfInstanceId, NfServiceSetId, OpenEnum, SupportedFeatures, Uri } from './ts29571.ts';

/** TS 29.510 6.2.6.2.3: what discovery returns; the attributes that only concern management are not in it. */
export const DiscoveredNFProfile = Type.Object(profileFields);
export type DiscoveredNFProfile = Static<typeof DiscoveredNFProfile>;

/** TS 29.510 6.2.6.2.6: whether what was preferred was found. */
export const PreferredSearch = Type.Object({
  preferredTaiMatchInd: Type.Optional(Type.Boolean()),
  preferredFullPlmnMatchInd: Type.Optional(Type.Boolean()),
  preferredApiVersionsMatchInd: Type.Optional(Type.Boolean()),
  otherApiVersionsInd: Type.Optional(Type.Boolean()),
  preferredLocalityMatchInd: Type.Optional(Type.Boolean()),
  otherLocalityInd: Type.Optional(Type.Boolean()),
  preferredVendorSpecificFeaturesInd: Type.Optional(Type.Boolean()),
  preferredCollocatedNfTypeInd: Type.Optional(Type.Boolean()),
  preferredPgwMatchInd: Type.Optional(Type.Boolean()),
  preferredAnalyticsDelaysInd: Type.Optional(Type.Boolean()),
});
export type PreferredSearch = Static<typeof PreferredSearch>;

/** TS 29.510 6.2.6.2.11: why nothing was found. */
export const NoProfileMatchInfo = Type.Object({
  reason: OpenEnum(
    'REQUESTER_PLMN_NOT_ALLOWED',
    'TARGET_NF_SUSPENDED',
    'TARGET_NF_UNDISCOVERABLE',
    'QUERY_PARAMS_COMBINATION_NO_MATCH',
    'UNSPECIFIED',
  ),
  queryParamCombinationList: Type.Optional(
    Type.Array(
      Type.Object({
        queryParams: Type.Array(Type.Object({ name: Type.String(), value: Type.String() }), { minItems: 1 }),
      }),
      { minItems: 1 },
    ),
  ),
});
export type NoProfileMatchInfo = Static<typeof NoProfileMatchInfo>;

/** TS 29.510 6.2.6.2.2. */
export const SearchResult = Type.Object({
  validityPeriod: Type.Optional(Type.Integer()),
  nfInstances: Type.Array(DiscoveredNFProfile),
  searchId: Type.Optional(Type.String()),
  numNfInstComplete: Type.Optional(Type.Integer({ minimum: 0 })),
  preferredSearch: Type.Optional(PreferredSearch),
  nrfSupportedFeatures: Type.Optional(SupportedFeatures),
  noProfileMatchInfo: Type.Optional(NoProfileMatchInfo),
});
export type SearchResult = Static<typeof SearchResult>;

/** TS 29.510 6.2.6.2.9: one service instance, or the one of this name in a set. */
export const NfServiceInstance = Type.Object(
  {
    serviceInstanceId: Type.Optional(Type.String({ maxLength: 64 })),
    nfInstanceId: Type.Optional(NfInstanceId),
    nfServiceSetId: Type.Optional(NfServiceSetId),
  },
  { oneOf: [{ required: ['nfInstanceId'] }, { required: ['nfServiceSetId'] }] } as never,
);
export type NfServiceInstance = Static<typeof NfServiceInstance>;

const Atom = Type.Object({
  attr: Type.String({ minLength: 1, maxLength: 64 }),
  value: Type.Unknown(),
  negative: Type.Optional(Type.Boolean()),
});
export type Atom = Static<typeof Atom>;
const atoms = Type.Array(Atom, { minItems: 1, maxItems: 32 });
/** TS 29.571 5.2.4.10: an AND of ORs, or an OR of ANDs. */
export const ComplexQuery = Type.Union([
  Type.Object({ cnfUnits: Type.Array(Type.Object({ cnfUnit: atoms }), { minItems: 1, maxItems: 32 }) }),
  Type.Object({ dnfUnits: Type.Array(Type.Object({ dnfUnit: atoms }), { minItems: 1, maxItems: 32 }) }),
]);
export type ComplexQuery = Static<typeof ComplexQuery>;

/** TS 29.510 6.2.6.2.4: which SCP domains an SCP connects with one another. */
export const ScpDomainRoutingInformation = Type.Object({
  scpDomainList: Type.Record(Type.String(), Type.Object({ connectedScpDomainList: Type.Array(Type.String()) })),
});
export type ScpDomainRoutingInformation = Static<typeof ScpDomainRoutingInformation>;

/** TS 29.510 6.2.6.2.7. */
export const ScpDomainRoutingInfoSubscription = Type.Object({
  callbackUri: Uri,
  validityTime: Type.Optional(DateTime),
  reqInstanceId: Type.Optional(NfInstanceId),
  localInd: Type.Optional(Type.Boolean()),
});
export type ScpDomainRoutingInfoSubscription = Static<typeof ScpDomainRoutingInfoSubscription>;
