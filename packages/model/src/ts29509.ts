/** TS 29.509 (Release 17) 6.1.6: data types of Nausf_UEAuthentication. */
import Type, { type Static } from 'typebox';
import { AuthType, Autn, Rand, ResynchronizationInfo, ServingNetworkName } from './ts29503.ts';
import { ClosedEnum, Hex, LinksValueSchema, Nullable, Pei, Supi, SupiOrSuci, SupportedFeatures } from './ts29571.ts';

export const ResStar = Hex(16);
export const HxresStar = Hex(16);
export const Kseaf = Hex(32);

/** TS 29.509 6.1.6.2.2: what the SEAF sends to have a UE authenticated. */
export const AuthenticationInfo = Type.Object({
  supiOrSuci: SupiOrSuci,
  servingNetworkName: ServingNetworkName,
  resynchronizationInfo: Type.Optional(ResynchronizationInfo),
  pei: Type.Optional(Pei),
  routingIndicator: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
  supportedFeatures: Type.Optional(SupportedFeatures),
});
export type AuthenticationInfo = Static<typeof AuthenticationInfo>;

/** TS 29.509 6.1.6.2.5: the 5G serving environment authentication vector. */
export const Av5gAka = Type.Object({ rand: Rand, hxresStar: HxresStar, autn: Autn });
export type Av5gAka = Static<typeof Av5gAka>;

/** TS 29.509 6.1.6.2.3. For 5G AKA the confirmation goes to `_links['5g-aka'].href`, an absolute URI. */
export const UEAuthenticationCtx = Type.Object({
  authType: AuthType,
  '5gAuthData': Av5gAka,
  _links: Type.Record(Type.String(), LinksValueSchema),
  servingNetworkName: Type.Optional(ServingNetworkName),
});
export type UEAuthenticationCtx = Static<typeof UEAuthenticationCtx>;

/** TS 29.509 6.1.6.2.6; `resStar` is null when the UE gave none. */
export const ConfirmationData = Type.Object({
  resStar: Nullable(ResStar),
  supportedFeatures: Type.Optional(SupportedFeatures),
});
export type ConfirmationData = Static<typeof ConfirmationData>;

export const AuthResult = ClosedEnum('AUTHENTICATION_SUCCESS', 'AUTHENTICATION_FAILURE', 'AUTHENTICATION_ONGOING');
export type AuthResult = Static<typeof AuthResult>;

/** TS 29.509 6.1.6.2.8; `supi` and `kseaf` only come with a success. */
export const ConfirmationDataResponse = Type.Object({
  authResult: AuthResult,
  supi: Type.Optional(Supi),
  kseaf: Type.Optional(Kseaf),
});
export type ConfirmationDataResponse = Static<typeof ConfirmationDataResponse>;
