/** TS 29.510 (Release 17) 6.4: Nnrf_Bootstrapping data types. */
import Type, { type Static } from 'typebox';
import { LinksValueSchema, NfInstanceId, NfSetId, OpenEnum, SupportedFeatures } from './ts29571.ts';

/** TS 29.510 6.4.6.2.2: where the services of an NRF are, and what they can do. */
export const BootstrappingInfo = Type.Object({
  status: Type.Optional(OpenEnum('OPERATIVE', 'NON_OPERATIVE')),
  _links: Type.Record(Type.String(), LinksValueSchema, { minProperties: 1 }),
  nrfFeatures: Type.Optional(Type.Record(Type.String(), SupportedFeatures, { minProperties: 1 })),
  oauth2Required: Type.Optional(Type.Record(Type.String(), Type.Boolean(), { minProperties: 1 })),
  nrfSetId: Type.Optional(NfSetId),
  nrfInstanceId: Type.Optional(NfInstanceId),
});
export type BootstrappingInfo = Static<typeof BootstrappingInfo>;
