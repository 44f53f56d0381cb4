/** Identification (TS 24.501 5.4.3). */
import type { MobileIdentity, NasMessageOf } from '@twincore/nas';
import type { ProcedureContext } from './procedure-context.ts';
import { concealedIdentity, imeisvOf } from './usim.ts';

type IdentityRequest = NasMessageOf<'IDENTITY REQUEST'>;

/** The UE tells a SUCI to anybody, its IMEISV only where the request was protected (4.4.4.2 sees to that), nothing else. */
const IDENTITIES: { readonly [T in IdentityRequest['identityType']]?: (ue: ProcedureContext) => MobileIdentity } = {
  SUCI: (ue) => ({ type: 'SUCI', suci: suciOf(ue) }),
  IMEISV: ({ record }) => ({ type: 'IMEISV', imeisv: imeisvOf(record) }),
};

export async function onIdentityRequest(ue: ProcedureContext, { identityType }: IdentityRequest): Promise<void> {
  const mobileIdentity = IDENTITIES[identityType]?.(ue) ?? ({ type: 'NO IDENTITY' } as const);
  await ue.session.send({ messageType: 'IDENTITY RESPONSE', mobileIdentity });
}

/** One SUCI for a whole registration: T3519 forbids a fresh one within a minute (5.4.3.3). */
export function suciOf({ record, procedure }: Pick<ProcedureContext, 'record' | 'procedure'>): string {
  if (procedure?.kind !== 'registration') return concealedIdentity(record);
  procedure.suci ??= concealedIdentity(record);
  return procedure.suci;
}
