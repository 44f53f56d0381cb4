/** The USIMs of the lab: `deploy/ues.yaml`. */
import { Hex, PlmnId, Snssai, Supi } from '@twincore/model';
import Type, { type Static } from 'typebox';
import { readYaml } from './yaml-file.ts';

const Ue = Type.Object(
  {
    supi: Supi,
    /** The home network. */
    plmnId: PlmnId,
    k: Hex(16),
    opc: Hex(16),
    routingIndicator: Type.String({ pattern: '^[0-9]{1,4}$' }),
    /** TS 33.501 Annex C: 0 null scheme, 1 Profile A, 2 Profile B. */
    protectionScheme: Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]),
    homeNetworkPublicKeyId: Type.Optional(Type.Integer({ minimum: 1, maximum: 255 })),
    requestedNssai: Type.Optional(Type.Array(Snssai)),
  },
  { additionalProperties: false },
);
export type Usim = Static<typeof Ue>;
const UeFile = Type.Object({ ues: Type.Array(Ue, { minItems: 1 }) }, { additionalProperties: false });

/** Throws a LabError that names what is wrong in the file. */
export function readUes(file: string): Usim[] {
  return readYaml(UeFile, file).ues;
}
