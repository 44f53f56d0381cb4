/** 5G AKA in the serving network: the SEAF's part of TS 33.501 6.1.3.2, and TS 24.501 5.4.1.3. */
import { timingSafeEqual } from 'node:crypto';
import { deriveHresStar, deriveKamf } from '@twincore/crypto';
import type { Av5gAka, PlmnId, ResynchronizationInfo } from '@twincore/model';
import { FIVE_GMM_CAUSE, type NasMessageOf, type NgKsi } from '@twincore/nas';
import { RegistrationRejected } from './causes.ts';
import { type Environment, quietly } from './environment.ts';
import type { Identity } from './identification.ts';
import { type UeSession, Unanswered } from './ue-session.ts';

/** A UE that its home has confirmed, and the key that UE and AMF now share. */
export interface Authenticated {
  readonly supi: string;
  readonly homePlmn: PlmnId;
  readonly kamf: Buffer;
  readonly ngKsi: NgKsi;
  /** Where the home keeps the result. */
  readonly confirmation: string;
}

/** The UE did not pass, or did not accept the network. What follows depends on the identity that was used. */
export class AuthenticationFailed extends Error {}

/** No security features depend on its value yet (TS 33.501 A.7.1). */
export const ABBA = Buffer.from('0000', 'hex');
const MAX_KSI = 6;
/** One challenge for the identity, one more after a resynchronisation (TS 24.501 5.4.1.3.7 f). */
const CHALLENGES = 2;

type Answer = NasMessageOf<'AUTHENTICATION RESPONSE'> | NasMessageOf<'AUTHENTICATION FAILURE'>;

/**
 * Authenticates a UE.
 * @param usedKsis key set identifiers that stand for other keys at the UE
 * @throws AuthenticationFailed, HomeFailure, and what {@link UeSession.exchange} throws
 */
export async function authenticate(
  session: UeSession,
  environment: Pick<Environment, 'ausf' | 'config' | 'warn'>,
  { supiOrSuci, homePlmn }: Identity,
  usedKsis: readonly number[],
): Promise<Authenticated> {
  const { ausf } = environment;
  let resynchronizationInfo: ResynchronizationInfo | undefined;
  for (let challenges = 1; ; challenges++) {
    const request = { supiOrSuci, ...(resynchronizationInfo ? { resynchronizationInfo } : {}) };
    const { vector, confirmation } = await ausf.authenticate(homePlmn, request);
    const failed = () => quietly(environment, 'failed authentication', ausf.confirm(homePlmn, confirmation, null));
    const { answer, ngKsi } = await challenge(session, environment, vector, usedKsis).catch(async (error: unknown) => {
      // A RES* that never comes is a failure that the home is told (TS 33.501 6.1.3.2.0 step 9).
      if (error instanceof Unanswered) await failed();
      throw error;
    });
    if (answer.messageType === 'AUTHENTICATION RESPONSE' && answer.resStar) {
      return { ...(await confirm(environment, homePlmn, { supiOrSuci, vector, confirmation }, answer.resStar)), ngKsi };
    }
    const auts = answer.messageType === 'AUTHENTICATION FAILURE' && isSynchFailure(answer) ? answer.auts : undefined;
    if (!auts || challenges === CHALLENGES) {
      await failed();
      throw new AuthenticationFailed('the UE does not accept the challenge');
    }
    resynchronizationInfo = { rand: vector.rand, auts: auts.toString('hex') };
  }
}

/** Sends the challenge; once more with another ngKSI when the UE uses this one for other keys (5.4.1.3.7 e). */
async function challenge(
  session: UeSession,
  { config }: Pick<Environment, 'config'>,
  vector: Av5gAka,
  usedKsis: readonly number[],
): Promise<{ answer: Answer; ngKsi: NgKsi }> {
  const first = await ask(session, config.timers.t3560, vector, freeKsi(usedKsis));
  const { answer, ngKsi } = first;
  const inUse = FIVE_GMM_CAUSE.NGKSI_ALREADY_IN_USE;
  if (answer.messageType !== 'AUTHENTICATION FAILURE' || answer.fiveGmmCause !== inUse) return first;
  return ask(session, config.timers.t3560, vector, freeKsi([...usedKsis, ngKsi.ksi]));
}

async function ask(session: UeSession, timer: number, { rand, autn }: Av5gAka, ngKsi: NgKsi) {
  const { message } = await session.exchange<Answer['messageType']>({
    event: 'challenge',
    message: {
      messageType: 'AUTHENTICATION REQUEST',
      ngKsi,
      abba: ABBA,
      rand: Buffer.from(rand, 'hex'),
      autn: Buffer.from(autn, 'hex'),
    },
    timer,
  });
  return { answer: message, ngKsi };
}

/**
 * HRES* against HXRES*, and then the home's verdict in any case: also a failure here is the home's to know (TS 33.501
 * 6.1.3.2.2). Success takes both.
 */
async function confirm(
  environment: Pick<Environment, 'ausf' | 'warn'>,
  homePlmn: PlmnId,
  started: { readonly supiOrSuci: string; readonly vector: Av5gAka; readonly confirmation: string },
  resStar: Buffer,
): Promise<Omit<Authenticated, 'ngKsi'>> {
  const { ausf } = environment;
  const { supiOrSuci, vector, confirmation } = started;
  const hresStar = deriveHresStar({ rand: Buffer.from(vector.rand, 'hex'), resStar });
  const expected = timingSafeEqual(hresStar, Buffer.from(vector.hxresStar, 'hex'));
  const { authResult, supi, kseaf } = await ausf.confirm(homePlmn, confirmation, resStar.toString('hex'));
  if (authResult !== 'AUTHENTICATION_SUCCESS') throw new AuthenticationFailed('the home does not confirm');
  if (!expected) {
    await quietly(environment, 'authentication result', ausf.removeResult(homePlmn, confirmation));
    throw new AuthenticationFailed('HRES* is not HXRES*');
  }
  const subscriber = supi ?? supiOrSuci;
  // A home vouches for its own subscribers alone.
  if (!kseaf || !subscriber.startsWith(`imsi-${homePlmn.mcc}${homePlmn.mnc}`) || !isFor(supiOrSuci, subscriber)) {
    throw new RegistrationRejected(FIVE_GMM_CAUSE.PROTOCOL_ERROR_UNSPECIFIED, 'the home confirms somebody else');
  }
  const kamf = deriveKamf({ kseaf: Buffer.from(kseaf, 'hex'), supi: subscriber, abba: ABBA });
  return { supi: subscriber, homePlmn, kamf, confirmation };
}

const isSynchFailure = ({ fiveGmmCause }: NasMessageOf<'AUTHENTICATION FAILURE'>) =>
  fiveGmmCause === FIVE_GMM_CAUSE.SYNCH_FAILURE;

const isFor = (supiOrSuci: string, supi: string) => supiOrSuci.startsWith('suci-') || supiOrSuci === supi;

function freeKsi(used: readonly number[]): NgKsi {
  const ksi = Array.from({ length: MAX_KSI + 1 }, (_, index) => index).find((index) => !used.includes(index)) ?? 0;
  return { tsc: 'NATIVE', ksi };
}
