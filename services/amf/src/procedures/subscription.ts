/** Registration of this AMF at the UDM and what the UE is subscribed to (TS 23.502 4.2.2.2.2 step 14). */
import { FIVE_GMM_CAUSE } from '@twincore/nas';
import { HomeFailure } from '../clients/home-failure.ts';
import { RegistrationRejected } from './causes.ts';
import { type Environment, quietly } from './environment.ts';
import type { SecuredUe } from './registration.ts';
import { type Slices, slicesFor } from './slices.ts';

/**
 * Makes this AMF the UE's serving one and finds its slices.
 * @param authenticated whether the UE was authenticated in this registration; if not, the home may demand it
 * @param authenticateNow does so
 * @throws RegistrationRejected #62 when no slice is left, HomeFailure
 */
export async function subscribe(
  environment: Environment,
  secured: SecuredUe,
  authenticated: boolean,
  authenticateNow: () => Promise<SecuredUe>,
): Promise<Slices> {
  const { udm } = environment;
  let current = secured;
  try {
    await registerAtHome(environment, current);
  } catch (error) {
    const demanded = error instanceof HomeFailure && error.reason === 'REAUTHENTICATION_REQUIRED';
    if (authenticated || !demanded) throw error;
    current = await authenticateNow();
    await registerAtHome(environment, current);
  }
  const { supi, homePlmn } = current.ue;
  try {
    // SMF selection data are of no use before there are sessions, but that they can be had is part of step 14b.
    const [amData] = await Promise.all([udm.amData(homePlmn, supi), udm.smfSelectData(homePlmn, supi)]);
    const requested = current.initial.requestedNssai ?? [];
    const slices = slicesFor(requested, amData?.nssai ?? undefined, environment.config.sNssais);
    if (slices.allowed.length === 0) {
      const rejectedNssai = slices.rejected.length > 0 ? { rejectedNssai: slices.rejected } : {};
      throw new RegistrationRejected(FIVE_GMM_CAUSE.NO_NETWORK_SLICES_AVAILABLE, 'no slice is left', rejectedNssai);
    }
    return slices;
  } catch (error) {
    await quietly(environment, 'purge', udm.purge(homePlmn, supi));
    throw error;
  }
}

async function registerAtHome({ contexts, udm, callbackUri }: Environment, { ue, initial }: SecuredUe): Promise<void> {
  const callbackId = await contexts.renewCallback(ue);
  await udm.register(ue.homePlmn, ue.supi, {
    deregCallbackUri: callbackUri(callbackId),
    ...(initial.registrationType.type === 'INITIAL' ? { initialRegistrationInd: true } : {}),
    ...(ue.pei === undefined ? {} : { pei: ue.pei }),
  });
}
