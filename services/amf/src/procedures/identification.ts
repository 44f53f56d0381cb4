/** Whose subscriber a UE is: the identification procedure (TS 24.501 5.4.3), and what identities say by themselves. */
import type { PlmnId } from '@twincore/model';
import { FIVE_GMM_CAUSE } from '@twincore/nas';
import { RegistrationRejected } from './causes.ts';
import type { Environment } from './environment.ts';
import type { UeSession } from './ue-session.ts';

/** What a UE is authenticated as. */
export interface Identity {
  readonly supiOrSuci: string;
  readonly homePlmn: PlmnId;
}

/** The identity that a SUCI conceals, as far as anybody but its home can tell (TS 23.003 2.2B). */
export function identityOfSuci(suci: string): Identity {
  const [, , mcc = '', mnc = ''] = suci.split('-');
  return { supiOrSuci: suci, homePlmn: { mcc, mnc } };
}

/** Asks the UE for its SUCI. Throws {@link RegistrationRejected} #9 when it has none. */
export async function identify(session: UeSession, { config }: Pick<Environment, 'config'>): Promise<Identity> {
  const { message } = await session.exchange<'IDENTITY RESPONSE'>({
    event: 'identify',
    message: { messageType: 'IDENTITY REQUEST', identityType: 'SUCI' },
    timer: config.timers.t3570,
  });
  const { mobileIdentity } = message;
  if (mobileIdentity.type !== 'SUCI') {
    throw new RegistrationRejected(FIVE_GMM_CAUSE.UE_IDENTITY_CANNOT_BE_DERIVED, 'the UE gave no SUCI');
  }
  return identityOfSuci(mobileIdentity.suci);
}
