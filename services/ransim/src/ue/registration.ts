/** Initial registration (TS 24.501 5.5.1.2). */
import { fingerprint } from '@twincore/crypto';
import { encodeMessage, FIVE_GMM_CAUSE, formatGuti, type NasMessageOf } from '@twincore/nas';
import { suciOf } from './identification.ts';
import type { Registration } from './procedure.ts';
import type { ProcedureContext } from './procedure-context.ts';
import { type GutiInUse, registrationRequest, withContainer } from './registration-request.ts';
import { forgetNetwork, forgetsNetwork } from './rejections.ts';

/** Sends REGISTRATION REQUEST as the first message of the connection (5.5.1.2.2). */
export async function requestRegistration(
  ue: ProcedureContext,
  registration: Registration,
  guti: GutiInUse | undefined,
): Promise<void> {
  const { record, session } = ue;
  const identity = guti
    ? ({ type: '5G-GUTI', guti: guti.guti } as const)
    : ({ type: 'SUCI', suci: suciOf(ue) } as const);
  const { security } = session;
  const { complete, cleartext } = registrationRequest(record, session.plmnId, identity, security);
  registration.request = encodeMessage(complete);
  registration.clearOnly = security === undefined;
  if (security) registration.kamfFingerprint = fingerprint(security.kamf);
  ue.startProcedureTimer();
  await session.sendInitial(
    security ? withContainer(cleartext, registration.request, security) : cleartext,
    guti?.guti,
  );
}

/** REGISTRATION ACCEPT (5.5.1.2.4): what it brings is stored before it is acknowledged. */
export async function onRegistrationAccept(
  ue: ProcedureContext,
  { guti, taiList, allowedNssai }: NasMessageOf<'REGISTRATION ACCEPT'>,
): Promise<void> {
  const { record, session, cell, procedure } = ue;
  if (procedure?.kind !== 'registration') return;
  const { plmnId } = session;
  const fiveGGuti = guti ? formatGuti(guti) : record.network?.guti;
  if (fiveGGuti === undefined) {
    // Without any GUTI the UE could not be addressed.
    await session.send({ messageType: '5GMM STATUS', fiveGmmCause: FIVE_GMM_CAUSE.CONDITIONAL_IE_ERROR });
    return;
  }
  const given = { ...(taiList ? { taiList } : {}), ...(allowedNssai ? { allowedNssai } : {}) };
  record.network = { plmnId, guti: fiveGGuti, tai: cell.tai, ...given };
  record.registeredIn = plmnId;
  await ue.save();
  if (guti) await session.send({ messageType: 'REGISTRATION COMPLETE' });
  await ue.endRegistration({ result: 'registered', fiveGGuti, ...given });
}

/** REGISTRATION REJECT (5.5.1.2.5). */
export async function onRegistrationReject(
  ue: ProcedureContext,
  { fiveGmmCause }: NasMessageOf<'REGISTRATION REJECT'>,
): Promise<void> {
  const { record, session, procedure } = ue;
  if (procedure?.kind !== 'registration') return;
  procedure.lastCause = fiveGmmCause;
  if (forgetsNetwork(fiveGmmCause)) {
    session.security = undefined;
    forgetNetwork(record);
    await ue.save();
  }
  await ue.endRegistration({ result: 'rejected', rejectedBy: 'AMF', reason: 'Registration reject' });
}
