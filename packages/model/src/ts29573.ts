/** TS 29.573 (Release 17): N32-c handshake (6.1), JOSE protected message forwarding (6.2). */
import Type, { type Static } from 'typebox';
import { Fqdn, OpenEnum, PatchItem, PlmnId, PlmnIdNid, SupportedFeatures, Uri } from './ts29571.ts';

/** TS 29.573 6.1.5.3.3. `NONE` ends the relation. */
export const SecurityCapability = OpenEnum('TLS', 'PRINS', 'NONE');
const PlmnIds = Type.Array(PlmnId, { minItems: 1, maxItems: 64 });
const SnpnIds = Type.Array(PlmnIdNid, { minItems: 1, maxItems: 64 });

/** What the signalling between two PLMNs is for; the purposes are those of 6.1.5.3.9. */
const IntendedN32Purpose = Type.Object({
  usagePurpose: OpenEnum(
    'ROAMING',
    'INTER_PLMN_MOBILITY',
    'SMS_INTERCONNECT',
    'ROAMING_TEST',
    'INTER_PLMN_MOBILITY_TEST',
    'SMS_INTERCONNECT_TEST',
    'SNPN_INTERCONNECT',
    'SNPN_INTERCONNECT_TEST',
    'DISASTER_ROAMING',
    'DISASTER_ROAMING_TEST',
  ),
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

/** Identifies an N32-f context at the SEPP that made it up: 16 hexadecimal digits (6.1.5.2). */
export const N32fContextId = Type.String({ pattern: '^[A-Fa-f0-9]{16}$' });

/** TS 29.573 6.1.5.2.14: a service operation that is no request to an API, but a callback. */
export const CallbackName = Type.Object({ callbackType: Type.String({ minLength: 1, maxLength: 256 }) });
export type CallbackName = Static<typeof CallbackName>;
/** TS 29.573 6.1.5.2.9: the URI of an API, variables in braces, or the type of a callback. */
export const ApiSignature = Type.Union([Uri, CallbackName]);
export type ApiSignature = Static<typeof ApiSignature>;
export const HttpMethod = OpenEnum('GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE');
/** TS 29.573 6.1.5.3.5: what kind of data an IE holds, in the words of the data-type encryption policy. */
export const IE_TYPES = [
  'UEID',
  'LOCATION',
  'KEY_MATERIAL',
  'AUTHENTICATION_MATERIAL',
  'AUTHORIZATION_TOKEN',
  'OTHER',
  'NONSENSITIVE',
] as const;
export const IeType = OpenEnum(...IE_TYPES);
/** TS 29.573 6.1.5.3.6. */
export const IE_LOCATIONS = ['URI_PARAM', 'HEADER', 'BODY', 'MULTIPART_BINARY'] as const;
export const IeLocation = OpenEnum(...IE_LOCATIONS);

const IeName = Type.String({ maxLength: 1024 });
/** TS 29.573 6.1.5.2.8: one IE of an operation, in the request, the response or both. */
export const IeInfo = Type.Object({
  ieLoc: IeLocation,
  ieType: IeType,
  reqIe: Type.Optional(IeName),
  rspIe: Type.Optional(IeName),
  isModifiable: Type.Optional(Type.Boolean()),
  isModifiableByIpx: Type.Optional(Type.Record(Type.String(), Type.Boolean(), { minProperties: 1 })),
});
export type IeInfo = Static<typeof IeInfo>;

/** TS 29.573 6.1.5.2.7. */
export const ApiIeMapping = Type.Object({
  apiSignature: ApiSignature,
  apiMethod: HttpMethod,
  IeList: Type.Array(IeInfo, { minItems: 1, maxItems: 256 }),
});
export type ApiIeMapping = Static<typeof ApiIeMapping>;

/** TS 29.573 6.1.5.2.6. */
export const ProtectionPolicy = Type.Object({
  apiIeMappingList: Type.Array(ApiIeMapping, { minItems: 1, maxItems: 1024 }),
  dataTypeEncPolicy: Type.Optional(Type.Array(IeType, { minItems: 1, maxItems: 16 })),
});
export type ProtectionPolicy = Static<typeof ProtectionPolicy>;

const Keys = Type.Array(Type.String({ minLength: 1, maxLength: 8192 }), { minItems: 1, maxItems: 16 });
/** TS 29.573 6.1.5.2.15: with what an IPX provider signs. */
export const IpxProviderSecInfo = Type.Object({
  ipxProviderId: Fqdn,
  rawPublicKeyList: Type.Optional(Keys),
  certificateList: Type.Optional(Keys),
});
export type IpxProviderSecInfo = Static<typeof IpxProviderSecInfo>;

const CipherSuites = Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 16 });
const IpxProviders = Type.Array(IpxProviderSecInfo, { minItems: 1, maxItems: 16 });
/** TS 29.573 6.1.5.2.4. */
export const SecParamExchReqData = Type.Object({
  n32fContextId: N32fContextId,
  jweCipherSuiteList: Type.Optional(CipherSuites),
  jwsCipherSuiteList: Type.Optional(CipherSuites),
  protectionPolicyInfo: Type.Optional(ProtectionPolicy),
  ipxProviderSecInfoList: Type.Optional(IpxProviders),
  sender: Type.Optional(Fqdn),
});
export type SecParamExchReqData = Static<typeof SecParamExchReqData>;

/** TS 29.573 6.1.5.2.5. */
export const SecParamExchRspData = Type.Object({
  n32fContextId: N32fContextId,
  selectedJweCipherSuite: Type.Optional(Type.String({ maxLength: 64 })),
  selectedJwsCipherSuite: Type.Optional(Type.String({ maxLength: 64 })),
  selProtectionPolicyInfo: Type.Optional(ProtectionPolicy),
  ipxProviderSecInfoList: Type.Optional(IpxProviders),
  sender: Type.Optional(Fqdn),
});
export type SecParamExchRspData = Static<typeof SecParamExchRspData>;

/** TS 29.573 6.1.5.2.10. */
export const N32fContextInfo = Type.Object({ n32fContextId: N32fContextId });
export type N32fContextInfo = Static<typeof N32fContextInfo>;

/** TS 29.573 6.1.5.3.7. */
export const N32F_ERROR_TYPES = [
  'INTEGRITY_CHECK_FAILED',
  'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED',
  'MODIFICATIONS_INSTRUCTIONS_FAILED',
  'DECIPHERING_FAILED',
  'MESSAGE_RECONSTRUCTION_FAILED',
  'CONTEXT_NOT_FOUND',
  'INTEGRITY_KEY_EXPIRED',
  'ENCRYPTION_KEY_EXPIRED',
  'POLICY_MISMATCH',
] as const;
export const N32fErrorType = OpenEnum(...N32F_ERROR_TYPES);
/** TS 29.573 6.1.5.3.8. */
export const FAILURE_REASONS = [
  'INVALID_JSON_POINTER',
  'INVALID_INDEX_TO_ENCRYPTED_BLOCK',
  'INVALID_HTTP_HEADER',
] as const;
export const FailureReason = OpenEnum(...FAILURE_REASONS);
/** TS 29.573 6.1.5.2.12. */
export const FailedModificationInfo = Type.Object({ ipxId: Fqdn, n32fErrorType: N32fErrorType });
export type FailedModificationInfo = Static<typeof FailedModificationInfo>;
/** TS 29.573 6.1.5.2.13. */
export const N32fErrorDetail = Type.Object({
  attribute: Type.String({ maxLength: 1024 }),
  msgReconstructFailReason: FailureReason,
});
export type N32fErrorDetail = Static<typeof N32fErrorDetail>;
/** TS 29.573 6.1.5.2.11. */
export const N32fErrorInfo = Type.Object({
  n32fMessageId: Type.String({ maxLength: 64 }),
  n32fErrorType: N32fErrorType,
  n32fContextId: Type.Optional(N32fContextId),
  failedModificationList: Type.Optional(Type.Array(FailedModificationInfo, { minItems: 1, maxItems: 16 })),
  errorDetailsList: Type.Optional(Type.Array(N32fErrorDetail, { minItems: 1, maxItems: 64 })),
});
export type N32fErrorInfo = Static<typeof N32fErrorInfo>;

const JoseHeader = Type.Record(Type.String(), Type.Unknown());
/** TS 29.573 6.2.5.2.11: flattened JWE JSON serialization (RFC 7516 7.2.2). */
export const FlatJweJson = Type.Object({
  protected: Type.Optional(Type.String()),
  unprotected: Type.Optional(JoseHeader),
  header: Type.Optional(JoseHeader),
  encrypted_key: Type.Optional(Type.String()),
  aad: Type.Optional(Type.String()),
  iv: Type.Optional(Type.String()),
  ciphertext: Type.String(),
  tag: Type.Optional(Type.String()),
});
export type FlatJweJson = Static<typeof FlatJweJson>;
/** TS 29.573 6.2.5.2.12: flattened JWS JSON serialization (RFC 7515 7.2.2). */
export const FlatJwsJson = Type.Object({
  payload: Type.String(),
  protected: Type.Optional(Type.String()),
  header: Type.Optional(JoseHeader),
  signature: Type.String(),
});
export type FlatJwsJson = Static<typeof FlatJwsJson>;

const ReformattedMessage = {
  reformattedData: FlatJweJson,
  modificationsBlock: Type.Optional(Type.Array(FlatJwsJson, { minItems: 1, maxItems: 16 })),
};
/** TS 29.573 6.2.5.2.2. */
export const N32fReformattedReqMsg = Type.Object(ReformattedMessage);
export type N32fReformattedReqMsg = Static<typeof N32fReformattedReqMsg>;
/** TS 29.573 6.2.5.2.3. */
export const N32fReformattedRspMsg = Type.Object(ReformattedMessage);
export type N32fReformattedRspMsg = Static<typeof N32fReformattedRspMsg>;

/** TS 29.573 6.2.5.2.4: the plaintext of the JWE. */
export const DataToIntegrityProtectAndCipherBlock = Type.Object({
  dataToEncrypt: Type.Array(Type.Unknown(), { minItems: 1 }),
});
export type DataToIntegrityProtectAndCipherBlock = Static<typeof DataToIntegrityProtectAndCipherBlock>;
/** TS 29.573 6.2.5.2.13: stands where a value of `dataToEncrypt` was. */
export const IndexToEncryptedValue = Type.Object({ encBlockIndex: Type.Integer({ minimum: 0 }) });
export type IndexToEncryptedValue = Static<typeof IndexToEncryptedValue>;
/** TS 29.573 6.2.5.2.14. */
export const EncodedHttpHeaderValue = Type.Union([Type.String(), IndexToEncryptedValue]);
export type EncodedHttpHeaderValue = Static<typeof EncodedHttpHeaderValue>;
/** TS 29.573 6.2.5.2.6. */
export const RequestLine = Type.Object({
  method: HttpMethod,
  scheme: OpenEnum('http', 'https'),
  authority: Type.String(),
  path: Type.String(),
  protocolVersion: Type.String(),
  queryFragment: Type.Optional(Type.String()),
});
export type RequestLine = Static<typeof RequestLine>;
/** TS 29.573 6.2.5.2.7. */
export const HttpHeader = Type.Object({ header: Type.String(), value: EncodedHttpHeaderValue });
export type HttpHeader = Static<typeof HttpHeader>;
/**
 * TS 29.573 6.2.5.2.8. The OpenAPI calls `value` an object and Annex B.2 puts the value of the IE there, which may be any JSON
 * value; the IE as it is loses nothing, so that is what is meant here.
 */
export const HttpPayload = Type.Object({ iePath: IeName, ieValueLocation: IeLocation, value: Type.Unknown() });
export type HttpPayload = Static<typeof HttpPayload>;
/** TS 29.573 6.2.5.2.9; `authorizedIpxId` is the text NULL when no IPX may modify. */
export const MetaData = Type.Object({
  n32fContextId: N32fContextId,
  messageId: Type.String({ minLength: 1, maxLength: 64 }),
  authorizedIpxId: Type.String({ minLength: 1, maxLength: 253 }),
});
export type MetaData = Static<typeof MetaData>;
/** TS 29.573 6.2.5.2.5: what the JWE only protects from change, its additional authenticated data. */
export const DataToIntegrityProtectBlock = Type.Object({
  metaData: Type.Optional(MetaData),
  requestLine: Type.Optional(RequestLine),
  statusLine: Type.Optional(Type.String()),
  headers: Type.Optional(Type.Array(HttpHeader, { minItems: 1 })),
  payload: Type.Optional(Type.Array(HttpPayload, { minItems: 1 })),
});
export type DataToIntegrityProtectBlock = Static<typeof DataToIntegrityProtectBlock>;
/** TS 29.573 6.2.5.2.10: what an IPX signs. Without `operations`, or with null (TS 33.501 13.2.4.5.1), it changes nothing. */
export const Modifications = Type.Object({
  identity: Fqdn,
  operations: Type.Optional(Type.Union([Type.Array(PatchItem, { minItems: 1, maxItems: 256 }), Type.Null()])),
  tag: Type.Optional(Type.String()),
});
export type Modifications = Static<typeof Modifications>;
