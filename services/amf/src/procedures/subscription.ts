/** Registration of this AMF at the UDM and what the UE is subscribed to (TS 23.502 4.2.2.2.2 step 14). */
import { FIVE_GMM_CAUSE } from '@twincore/nas';
import { HomeFailure } from '../clients/home-failure.ts';
import { RegistrationRejected } from './causes.ts';
import { type Environment, quietly } from './environment.ts';
import type { SecuredUe } from './registration.ts';
import { type Slices, slicesFor } from './slices.ts';

/** Makes this AMF the UE's serving one (step 14a). Throws HomeFailure. */
export async function registerAtHome(
  { contexts, udm, callbackUri }: Pick<Environment, 'contexts' | 'udm' | 'callbackUri'>,
  { ue, initial }: SecuredUe,
): Promise<void> {
  const callbackId = await contexts.renewCallback(ue);
  await udm.register(ue.homePlmn, ue.supi, {
    deregCallbackUri: callbackUri(callbackId),
    ...(initial.registrationType.type === 'INITIAL' ? { initialRegistrationInd: true } : {}),
    ...(ue.pei === undefined ? {} : { pei: ue.pei }),
  });
}

/** The home has no proof any more that the UE is here (TS 33.501 6.1.4). */
export function demandsAuthentication(error: unknown): boolean {
  return error instanceof HomeFailure && error.reason === 'REAUTHENTICATION_REQUIRED';
}

/**
 * The UE's slices (step 14b). Where the registration cannot go on, the home hears that this AMF does not serve the UE.
 * @throws RegistrationRejected #62 when no slice is left, HomeFailure
 */
export async function subscribedSlices(
  environment: Pick<Environment, 'config' | 'udm' | 'warn'>,
  { ue, initial }: SecuredUe,
): Promise<Slices> {
  const { config, udm } = environment;
  const { supi, homePlmn } = ue;
  try {
    // SMF selection data are of no use before there are sessions, but that they can be had is part of this step.
    const [amData] = await Promise.all([udm.amData(homePlmn, supi), udm.smfSelectData(homePlmn, supi)]);
    const slices = slicesFor(initial.requestedNssai ?? [], amData?.nssai ?? undefined, config.sNssais);
    if (slices.allowed.length > 0) return slices;
    const ies = slices.rejected.length > 0 ? { rejectedNssai: slices.rejected } : {};
    throw new RegistrationRejected(FIVE_GMM_CAUSE.NO_NETWORK_SLICES_AVAILABLE, 'no slice is left', ies);
  } catch (error) {
    await quietly(environment, 'purge', udm.purge(homePlmn, supi));
    throw error;
  }
}
