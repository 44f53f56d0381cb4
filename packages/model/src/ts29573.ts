/** TS 29.573 (Release 17): N32-c handshake (6.1). */
import Type, { type Static } from 'typebox';
import { Fqdn, OpenEnum, PlmnId, PlmnIdNid, SupportedFeatures } from './ts29571.ts';

/** TS 29.573 6.1.5.3.3. `NONE` ends the relation. */
export const SecurityCapability = OpenEnum('TLS', 'PRINS', 'NONE');
const PlmnIds = Type.Array(PlmnId, { minItems: 1, maxItems: 64 });
const SnpnIds = Type.Array(PlmnIdNid, { minItems: 1, maxItems: 64 });

/** What the signalling between two PLMNs is for; the purposes are those of 6.1.5.3.9. */
const IntendedN32Purpose = Type.Object({
  usagePurpose: OpenEnum('ROAMING', 'INTER_PLMN_MOBILITY', 'SMS_INTERCONNECT', 'SNPN_INTERCONNECT', 'DISASTER_ROAMING'),
  additionalInfo: Type.Optional(Type.String({ maxLength: 512 })),
  cause: Type.Optional(Type.String({ maxLength: 512 })),
});

/** TS 29.573 6.1.5.2.2. */
export const SecNegotiateReqData = Type.Object({
  sender: Fqdn,
  supportedSecCapabilityList: Type.Array(SecurityCapability, { minItems: 1, maxItems: 8 }),
  '3GppSbiTargetApiRootSupported': Type.Optional(Type.Boolean({ default: false })),
  plmnIdList: Type.Optional(PlmnIds),
  snpnIdList: Type.Optional(SnpnIds),
  targetPlmnId: Type.Optional(PlmnId),
  targetSnpnId: Type.Optional(PlmnIdNid),
  intendedUsagePurpose: Type.Optional(Type.Array(IntendedN32Purpose, { minItems: 1, maxItems: 16 })),
  supportedFeatures: Type.Optional(SupportedFeatures),
});
export type SecNegotiateReqData = Static<typeof SecNegotiateReqData>;

/** TS 29.573 6.1.5.2.3. */
export const SecNegotiateRspData = Type.Object({
  sender: Fqdn,
  selectedSecCapability: SecurityCapability,
  '3GppSbiTargetApiRootSupported': Type.Optional(Type.Boolean({ default: false })),
  plmnIdList: Type.Optional(PlmnIds),
  snpnIdList: Type.Optional(SnpnIds),
  allowedUsagePurpose: Type.Optional(Type.Array(IntendedN32Purpose, { minItems: 1, maxItems: 16 })),
  rejectedUsagePurpose: Type.Optional(Type.Array(IntendedN32Purpose, { minItems: 1, maxItems: 16 })),
  supportedFeatures: Type.Optional(SupportedFeatures),
});
export type SecNegotiateRspData = Static<typeof SecNegotiateRspData>;
