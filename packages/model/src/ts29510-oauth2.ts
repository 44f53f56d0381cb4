/** TS 29.510 (Release 17) 6.3: Nnrf_AccessToken data types. */
import Type, { type Static } from 'typebox';
import { NFType } from './ts29510-nf-info.ts';
import { ClosedEnum, Fqdn, NfInstanceId, NfServiceSetId, NfSetId, PlmnId, PlmnIdNid, Snssai, Uri } from './ts29571.ts';

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
  requesterSnpnList: Type.Optional(Type.Array(PlmnIdNid, { minItems: 1, maxItems: 16 })),
  targetSnpn: Type.Optional(PlmnIdNid),
  targetNsiList: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 64 }),
  ),
  targetNfSetId: Type.Optional(NfSetId),
  targetNfServiceSetId: Type.Optional(NfServiceSetId),
  hnrfAccessTokenUri: Type.Optional(Uri),
  sourceNfInstanceId: Type.Optional(NfInstanceId),
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
  consumerSnpnId: Type.Optional(PlmnIdNid),
  producerPlmnId: Type.Optional(PlmnId),
  producerSnpnId: Type.Optional(PlmnIdNid),
  producerSnssaiList: Type.Optional(Type.Array(Snssai)),
  producerNsiList: Type.Optional(Type.Array(Type.String())),
  producerNfSetId: Type.Optional(NfSetId),
  producerNfServiceSetId: Type.Optional(NfServiceSetId),
  sourceNfInstanceId: Type.Optional(NfInstanceId),
});
export type AccessTokenClaims = Static<typeof AccessTokenClaims>;
