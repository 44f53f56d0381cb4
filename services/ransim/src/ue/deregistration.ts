/** Deregistration, by the UE (TS 24.501 5.5.2.2) and by the network (5.5.2.3). */
import { type NasMessageOf, NO_KEY_AVAILABLE, parseGuti } from '@twincore/nas';
import { suciOf } from './identification.ts';
import type { Deregistration } from './procedure.ts';
import type { ProcedureContext } from './procedure-context.ts';
import { forgetNetwork, forgetsNetwork } from './rejections.ts';

/** Sends DEREGISTRATION REQUEST, on a new connection as its first message. */
export async function requestDeregistration(
  ue: ProcedureContext,
  deregistration: Deregistration,
  { switchOff, initial }: { readonly switchOff: boolean; readonly initial: boolean },
): Promise<void> {
  const { record, session } = ue;
  const guti = record.network && parseGuti(record.network.guti);
  const message: NasMessageOf<'DEREGISTRATION REQUEST UE ORIGINATING'> = {
    messageType: 'DEREGISTRATION REQUEST UE ORIGINATING',
    deregistrationType: { switchOff, reRegistrationRequired: false, access: '3GPP' },
    ngKsi: session.security?.nas.ngKsi ?? { tsc: 'NATIVE', ksi: NO_KEY_AVAILABLE },
    mobileIdentity: guti ? { type: '5G-GUTI', guti } : { type: 'SUCI', suci: suciOf(ue) },
  };
  deregistration.sent += 1;
  if (!switchOff) ue.startProcedureTimer();
  if (initial) await session.sendInitial(message, guti);
  else await session.send(message);
  // A UE that is switched off hears no answer (5.5.2.2.2).
  if (switchOff) await ue.endDeregistration('deregistered');
}

/** DEREGISTRATION ACCEPT (5.5.2.2.3). */
export async function onDeregistrationAccept(ue: ProcedureContext): Promise<void> {
  await ue.endDeregistration('deregistered');
}

/** DEREGISTRATION REQUEST of the network (5.5.2.3.2). Registering again, if it is asked for, is left to the operator. */
export async function onDeregistrationRequest(
  ue: ProcedureContext,
  { fiveGmmCause }: NasMessageOf<'DEREGISTRATION REQUEST UE TERMINATED'>,
): Promise<void> {
  const { record, session } = ue;
  await session.send({ messageType: 'DEREGISTRATION ACCEPT UE TERMINATED' });
  if (fiveGmmCause !== undefined && forgetsNetwork(fiveGmmCause)) {
    session.security = undefined;
    forgetNetwork(record);
  }
  await ue.deregisteredByNetwork(fiveGmmCause);
}
