/** Nudm_UECM_DeregistrationNotification (TS 29.503 5.3.2.3): the home says that this AMF serves a UE no more. */
import { type DeregistrationData, type PlmnId, samePlmn } from '@twincore/model';
import { problem } from '@twincore/sbi';
import { DEREGISTERED, deregisterByNetwork } from './deregistration.ts';
import { type Environment, quietly } from './environment.ts';
import type { UeSession } from './ue-session.ts';

/** Reasons for which the UE itself is told; in the other cases it has registered elsewhere and knows (TS 23.502 4.2.2.3.3). */
const TOLD: Readonly<Record<string, { readonly reRegistrationRequired: boolean }>> = {
  SUBSCRIPTION_WITHDRAWN: { reRegistrationRequired: false },
  REREGISTRATION_REQUIRED: { reRegistrationRequired: true },
};

/**
 * Forgets the UE; a connected one is told first where it cannot know, and loses its connection.
 * @param caller the PLMN that the notification comes from, as the guard knows it
 * @throws SbiProblem 404 CONTEXT_NOT_FOUND for no registration that is still valid, also when it is not of the caller's
 * subscriber
 */
export async function deregisteredByHome(
  environment: Environment,
  sessionOf: (supi: string) => UeSession | undefined,
  caller: PlmnId,
  callbackId: string,
  { deregReason, accessType }: DeregistrationData,
): Promise<void> {
  const { contexts } = environment;
  const ue = await contexts.byCallback(callbackId);
  if (ue) contexts.release(ue);
  if (!ue || !samePlmn(ue.homePlmn, caller)) throw problem(404, 'CONTEXT_NOT_FOUND');
  if (accessType === 'NON_3GPP_ACCESS') return;
  const session = sessionOf(ue.supi);
  const told = TOLD[deregReason];
  if (session && told) {
    const tell = async () => {
      await deregisterByNetwork(session, environment, told.reRegistrationRequired);
      session.release(DEREGISTERED);
      await contexts.remove(ue);
    };
    session.runForNetwork('deregister', () => quietly(environment, 'deregistration by the network', tell()));
    return;
  }
  session?.release(DEREGISTERED);
  await contexts.remove(ue);
}
