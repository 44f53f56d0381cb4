/** NAS security mode control (TS 33.501 6.7.2, TS 24.501 5.4.2). */
import { fingerprint } from '@twincore/crypto';
import {
  decodeContainer,
  decodeUeSecurityCapability,
  FIVE_GMM_CAUSE,
  NasError,
  type NasMessageOf,
  NasSecurityContext,
} from '@twincore/nas';
import type { Authenticated } from './authentication.ts';
import { RegistrationRejected } from './causes.ts';
import { type Environment, quietly } from './environment.ts';
import type { UeContext } from './ue-contexts.ts';
import type { UeSession } from './ue-session.ts';

type RegistrationRequest = NasMessageOf<'REGISTRATION REQUEST'>;

export interface SecurityModeResult {
  readonly ue: UeContext;
  /** Uplink NAS COUNT of the SECURITY MODE COMPLETE, of which KgNB is derived. */
  readonly count: number;
  /** The initial message out of the protected copy, when it was asked for. */
  readonly initial?: RegistrationRequest;
}

/**
 * Takes the keys of an authentication into use.
 * @param request the initial message as it came; what of it was not integrity protected is only believed out of the copy
 * @param wantCopy whether to ask for that copy (TS 24.501 5.4.2.2)
 * @throws RegistrationRejected when UE and network have no algorithms in common, the UE refuses, or the copy is wrong; what
 * {@link UeSession.exchange} throws
 */
export async function controlSecurityMode(
  session: UeSession,
  environment: Pick<Environment, 'ausf' | 'config' | 'contexts' | 'warn'>,
  { supi, homePlmn, kamf, ngKsi, confirmation }: Authenticated,
  request: RegistrationRequest,
  wantCopy: boolean,
): Promise<SecurityModeResult> {
  const { config, contexts, ausf } = environment;
  try {
    const { ueSecurityCapability } = request;
    const algorithms = chooseAlgorithms(ueSecurityCapability, config.algorithms);
    const security = NasSecurityContext.fromKamf({ role: 'network', ngKsi, kamf, ...algorithms.context });
    session.link.pending = security;
    const { message, count } = await session.exchange<'SECURITY MODE COMPLETE' | 'SECURITY MODE REJECT'>({
      event: 'secure',
      message: {
        messageType: 'SECURITY MODE COMMAND',
        selectedAlgorithms: algorithms.selected,
        ngKsi,
        replayedUeSecurityCapability: algorithms.ueSecurityCapability,
        ...(config.requestImeisv ? { imeisvRequested: true } : {}),
        ...(wantCopy
          ? { additionalSecurityInformation: { horizontalDerivation: false, retransmitInitialNasMessage: true } }
          : {}),
      },
      timer: config.timers.t3560,
      detail: { kamfFingerprint: fingerprint(kamf), keys: keysOf(kamf, security) },
    });
    if (message.messageType === 'SECURITY MODE REJECT' || count === undefined) {
      const cause = message.messageType === 'SECURITY MODE REJECT' ? message.fiveGmmCause : undefined;
      throw new RegistrationRejected(cause ?? FIVE_GMM_CAUSE.SECURITY_MODE_REJECTED, 'the UE refuses');
    }
    // The UE has changed over, so also a rejection has to come with the new keys.
    session.link.current = security;
    const initial = wantCopy ? protectedCopy(message.nasMessageContainer, request) : undefined;
    const secured = { supi, homePlmn, security, kamf, confirmation };
    const ue = await contexts.secured({ ...secured, ueSecurityCapability: algorithms.ueSecurityCapability });
    session.adopt(ue);
    if (message.imeisv) ue.pei = `imeisv-${message.imeisv}`;
    return { ue, count, ...(initial ? { initial } : {}) };
  } catch (error) {
    // A success that comes to nothing is taken back at the home (TS 29.509 5.2.2.2.5).
    await quietly(environment, 'authentication result', ausf.removeResult(homePlmn, confirmation));
    throw error;
  } finally {
    session.link.pending = undefined;
  }
}

/** For the recorded exchange, which hides them. */
function keysOf(kamf: Buffer, security: NasSecurityContext): Readonly<Record<string, string>> {
  const { kNasInt, kNasEnc } = security.toStored();
  return { kamf: kamf.toString('hex'), knasint: kNasInt, knasenc: kNasEnc };
}

/** The best algorithms that the UE has too. NIA0 cannot be chosen: there is no such value. */
function chooseAlgorithms(ueSecurityCapability: Buffer | undefined, own: Environment['config']['algorithms']) {
  if (!ueSecurityCapability) {
    throw new RegistrationRejected(FIVE_GMM_CAUSE.CONDITIONAL_IE_ERROR, 'no UE security capability');
  }
  const { nea, nia } = decodeUeSecurityCapability(ueSecurityCapability);
  const ciphering = own.ciphering.find((id) => nea.includes(id));
  const integrity = own.integrity.find((id) => nia.includes(id));
  if (ciphering === undefined || integrity === undefined) {
    const cause = FIVE_GMM_CAUSE.UE_SECURITY_CAPABILITIES_MISMATCH;
    throw new RegistrationRejected(cause, 'no NAS algorithms in common');
  }
  return {
    ueSecurityCapability,
    selected: { ciphering, integrity },
    context: { cipheringAlgorithm: ciphering, integrityAlgorithm: integrity },
  };
}

/**
 * The initial message out of SECURITY MODE COMPLETE (TS 24.501 4.4.6). It counts instead of the one that came in clear, which
 * anybody on the way could have changed; that the algorithms were chosen by the UE's true capabilities is checked here too.
 */
function protectedCopy(container: Buffer | undefined, inClear: RegistrationRequest): RegistrationRequest {
  if (!container) throw new RegistrationRejected(FIVE_GMM_CAUSE.CONDITIONAL_IE_ERROR, 'no copy of the initial message');
  const copy = open(container);
  const [ours, theirs] = [inClear.ueSecurityCapability, copy.ueSecurityCapability];
  if (!ours || !theirs?.equals(ours)) {
    const cause = FIVE_GMM_CAUSE.UE_SECURITY_CAPABILITIES_MISMATCH;
    throw new RegistrationRejected(cause, 'the security capabilities were changed on the way');
  }
  return copy;
}

/** The REGISTRATION REQUEST in a deciphered NAS message container. Throws {@link RegistrationRejected}. */
export function open(container: Buffer): RegistrationRequest {
  try {
    const message = decodeContainer(container);
    if (message.messageType === 'REGISTRATION REQUEST') return message;
  } catch (error) {
    if (!(error instanceof NasError)) throw error;
    throw new RegistrationRejected(error.fiveGmmCause, 'a NAS message container that cannot be read');
  }
  throw new RegistrationRejected(FIVE_GMM_CAUSE.SEMANTICALLY_INCORRECT_MESSAGE, 'a container of another message');
}
