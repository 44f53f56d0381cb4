/** Primary authentication, the UE's side of 5G AKA (TS 24.501 5.4.1.3, TS 33.501 6.1.3.2). */
import { randomBytes } from 'node:crypto';
import { deriveKamf, deriveKausf, deriveKseaf, deriveResStar, fingerprint, servingNetworkName } from '@twincore/crypto';
import { FIVE_GMM_CAUSE, type NasMessageOf } from '@twincore/nas';
import type { ProcedureContext } from './procedure-context.ts';
import { forgetNetwork } from './rejections.ts';
import { authenticate } from './usim.ts';

type AuthenticationRequest = NasMessageOf<'AUTHENTICATION REQUEST'>;

/** So many failures in a row, and the network is no true one (5.4.1.3.7). */
const MAX_FAILURES = 3;

export async function onAuthenticationRequest(ue: ProcedureContext, message: AuthenticationRequest): Promise<void> {
  const { session } = ue;
  const { rand, autn, abba, ngKsi } = message;
  if (!rand || !autn) {
    // Only EAP can be meant, which ransim does not speak.
    const fiveGmmCause = FIVE_GMM_CAUSE.MESSAGE_TYPE_NON_EXISTENT;
    await session.send({ messageType: '5GMM STATUS', fiveGmmCause });
    return;
  }
  const { challenge } = session;
  if (challenge?.resStar && challenge.rand?.equals(rand)) {
    await respond(ue, challenge.resStar);
    return;
  }
  const inUse = session.security?.nas.ngKsi;
  if (inUse && inUse.tsc === ngKsi.tsc && inUse.ksi === ngKsi.ksi) {
    await fail(ue, FIVE_GMM_CAUSE.NGKSI_ALREADY_IN_USE);
    return;
  }
  await answer(ue, { rand, autn, abba, ngKsi });
}

async function answer(
  ue: ProcedureContext,
  { rand, autn, abba, ngKsi }: Required<Pick<AuthenticationRequest, 'abba' | 'ngKsi'>> & { rand: Buffer; autn: Buffer },
): Promise<void> {
  const { record, session, procedure } = ue;
  const faults = procedure?.kind === 'registration' ? procedure.faults : {};
  const alreadyRejected = session.challenge?.failures ?? 0;
  const outcome = authenticate(
    record,
    { rand, autn },
    { ...faults, rejectSqn: faults.rejectSqn === true && alreadyRejected === 0 },
  );
  if (outcome.result === 'mac-failure') {
    await fail(ue, FIVE_GMM_CAUSE.MAC_FAILURE);
    return;
  }
  if (outcome.result === 'sync-failure') {
    await fail(ue, FIVE_GMM_CAUSE.SYNCH_FAILURE, outcome.auts);
    return;
  }
  // The SQN is used, whatever comes of the challenge.
  await ue.save();
  if (!outcome.amfSeparationBit) {
    await fail(ue, FIVE_GMM_CAUSE.NON_5G_AUTHENTICATION_UNACCEPTABLE);
    return;
  }
  const { res, ck, ik, sqnXorAk } = outcome;
  const network = servingNetworkName(session.plmnId);
  const kausf = deriveKausf({ ck, ik, servingNetworkName: network, sqnXorAk });
  const kseaf = deriveKseaf({ kausf, servingNetworkName: network });
  const kamf = deriveKamf({ kseaf, supi: record.supi, abba });
  session.partial = { ngKsi, kamf };
  const resStar = faults.wrongResStar
    ? randomBytes(16)
    : deriveResStar({ ck, ik, servingNetworkName: network, rand, res });
  session.challenge = { failures: 0, rand, resStar };
  if (procedure?.kind === 'registration') {
    procedure.kamfFingerprint = fingerprint(kamf);
    const { k, opc } = record.card;
    procedure.used({ k, opc, ck, ik, kausf, kseaf, kamf });
  }
  if (ue.timers.running('T3520')) {
    ue.timers.stop('T3520');
    ue.startProcedureTimer();
  }
  await respond(ue, resStar);
}

async function respond({ session }: ProcedureContext, resStar: Buffer): Promise<void> {
  await session.send({ messageType: 'AUTHENTICATION RESPONSE', resStar });
}

/** AUTHENTICATION FAILURE; the network has until T3520 to do better, and not more than three tries (5.4.1.3.7). */
async function fail(ue: ProcedureContext, fiveGmmCause: number, auts?: Buffer): Promise<void> {
  const { session, timers, procedure } = ue;
  const failures = (session.challenge?.failures ?? 0) + 1;
  session.challenge = { failures };
  session.partial = undefined;
  if (procedure?.kind === 'registration') procedure.lastCause = fiveGmmCause;
  await session.send({ messageType: 'AUTHENTICATION FAILURE', fiveGmmCause, ...(auts ? { auts } : {}) });
  if (failures >= MAX_FAILURES) {
    await notAuthentic(ue, `${MAX_FAILURES} challenges in a row failed`);
    return;
  }
  timers.stop('T3510', 'T3521');
  ue.startTimer('T3520', () => notAuthentic(ue, 'T3520 expired'));
}

/** The network failed the authentication check: the UE leaves its cell (5.4.1.3.7). */
async function notAuthentic(ue: ProcedureContext, reason: string): Promise<void> {
  ue.session.leave();
  await ue.endRegistration({ result: 'rejected', rejectedBy: 'UE', reason });
}

/**
 * AUTHENTICATION REJECT (5.4.1.3.5). Unprotected it counts only while an answer to a challenge is out (T3516 or T3520 runs);
 * else anybody could deregister a UE with it.
 */
export async function onAuthenticationReject(
  ue: ProcedureContext,
  _message: NasMessageOf<'AUTHENTICATION REJECT'>,
): Promise<void> {
  if (!ue.session.secured && !ue.session.challenge) return;
  ue.session.security = undefined;
  forgetNetwork(ue.record);
  await ue.save();
  const rejected = { result: 'rejected', rejectedBy: 'AMF', reason: 'Authentication reject' } as const;
  if (ue.procedure?.kind === 'registration') await ue.endRegistration(rejected);
  else await ue.deregisteredByNetwork(undefined);
}
