/** Deregistration by the UE (TS 23.502 4.2.2.3.2, TS 24.501 5.5.2.2) and by the network (4.2.2.3.3, 5.5.2.3). */
import type { NasMessageOf } from '@twincore/nas';
import type { Received } from '../nas/link.ts';
import { type Environment, quietly } from './environment.ts';
import type { UeContext } from './ue-contexts.ts';
import { type UeSession, Unanswered } from './ue-session.ts';

export const DEREGISTERED = { group: 'nas', value: 'deregister' } as const;

/**
 * Deregisters a UE that asks for it. One whose request does not verify stays registered: the request is ignored, which TS
 * 24.501 4.4.4.3 allows, because anybody could have sent it.
 */
export async function deregister(
  session: UeSession,
  { message, count }: Received<NasMessageOf<'DEREGISTRATION REQUEST UE ORIGINATING'>>,
  environment: Environment,
): Promise<void> {
  const { ue } = session;
  if (count !== undefined && ue) {
    const wasRegistered = ue.registered;
    ue.registered = false;
    await environment.contexts.save(ue);
    if (!message.deregistrationType.switchOff) {
      await session.send({ messageType: 'DEREGISTRATION ACCEPT UE ORIGINATING' });
    }
    if (wasRegistered) await purge(environment, ue);
  }
  session.enter('done');
  session.release(DEREGISTERED);
}

/**
 * Purge of subscriber data (TS 23.502 4.5.3): the home hears that the UE is gone and that nothing rests on its
 * authentication any more (TS 29.509 5.2.2.2.5). The security context stays, for the UE's next registration.
 */
async function purge(environment: Environment, ue: UeContext): Promise<void> {
  const { udm, ausf, contexts } = environment;
  const { homePlmn, supi, confirmation } = ue;
  ue.confirmation = undefined;
  await contexts.save(ue);
  await quietly(environment, 'purge', udm.purge(homePlmn, supi));
  if (confirmation) await quietly(environment, 'authentication result', ausf.removeResult(homePlmn, confirmation));
}

/** Tells a connected UE that it is deregistered; ends the same whether the UE answers or not. Throws Aborted. */
export async function deregisterByNetwork(
  session: UeSession,
  { config }: Pick<Environment, 'config'>,
  reRegistrationRequired: boolean,
): Promise<void> {
  const answered = session.exchange<'DEREGISTRATION ACCEPT UE TERMINATED'>({
    event: 'deregister',
    message: {
      messageType: 'DEREGISTRATION REQUEST UE TERMINATED',
      deregistrationType: { switchOff: false, reRegistrationRequired, access: '3GPP' },
    },
    timer: config.timers.t3522,
  });
  await answered.catch((error: unknown) => {
    if (!(error instanceof Unanswered)) throw error;
  });
}
