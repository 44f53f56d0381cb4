/** NAS security mode control (TS 24.501 5.4.2, TS 33.501 6.7.2). */
import {
  type CipheringAlgorithm,
  FIVE_GMM_CAUSE,
  NasError,
  type NasMessageOf,
  NasSecurityContext,
  type NgKsi,
} from '@twincore/nas';
import type { NasSession, SecurityContext } from './nas-session.ts';
import type { ProcedureContext } from './procedure-context.ts';
import { UE_SECURITY_CAPABILITY } from './registration-request.ts';
import { imeisvOf } from './usim.ts';

type SecurityModeCommand = NasMessageOf<'SECURITY MODE COMMAND'>;

const INTEGRITY = 2;
const CIPHERING: readonly number[] = [0, 2];

/** `unverified` is the message as it came: nothing of it is believed before its MAC is verified with the keys it selects. */
export async function onSecurityModeCommand(
  ue: ProcedureContext,
  command: SecurityModeCommand,
  unverified: Buffer,
): Promise<void> {
  const { session, procedure } = ue;
  const selected = select(session, command, unverified);
  if (!('context' in selected)) {
    if (procedure?.kind === 'registration') procedure.lastCause = selected.fiveGmmCause;
    await session.send({ messageType: 'SECURITY MODE REJECT', fiveGmmCause: selected.fiveGmmCause });
    return;
  }
  const { additionalSecurityInformation: asked, imeisvRequested } = command;
  const registration = procedure?.kind === 'registration' ? procedure : undefined;
  // What went out in clear, or in a container that the AMF could not read, is said again under protection.
  const repeat = registration?.clearOnly || asked?.retransmitInitialNasMessage;
  await session.completeSecurityMode(selected.context, {
    messageType: 'SECURITY MODE COMPLETE',
    imeisv: imeisvRequested ? imeisvOf(ue.record) : undefined,
    nasMessageContainer: repeat ? registration?.request : undefined,
  });
}

/** The context that the command takes into use, verified; or why it cannot be accepted (5.4.2.5). */
function select(
  session: NasSession,
  command: SecurityModeCommand,
  unverified: Buffer,
): { readonly context: SecurityContext } | { readonly fiveGmmCause: number } {
  const unspecified = { fiveGmmCause: FIVE_GMM_CAUSE.SECURITY_MODE_REJECTED };
  const { ciphering, integrity } = command.selectedAlgorithms;
  // NIA0 among them: it would take any message for genuine.
  if (integrity !== INTEGRITY || !CIPHERING.includes(ciphering)) return unspecified;
  if (command.additionalSecurityInformation?.horizontalDerivation) return unspecified;
  const context = contextFor(session, command.ngKsi, ciphering as CipheringAlgorithm);
  if (!context) return unspecified;
  try {
    context.nas.unprotect(unverified);
  } catch (error) {
    if (error instanceof NasError) return unspecified;
    throw error;
  }
  if (!UE_SECURITY_CAPABILITY.equals(command.replayedUeSecurityCapability)) {
    return { fiveGmmCause: FIVE_GMM_CAUSE.UE_SECURITY_CAPABILITIES_MISMATCH };
  }
  return { context };
}

/**
 * The context of an ngKSI with these algorithms: out of the authentication just done, both COUNTs at 0, or the one in use,
 * whose COUNTs go on.
 */
function contextFor(
  { plmnId, partial, security }: NasSession,
  ngKsi: NgKsi,
  cipheringAlgorithm: CipheringAlgorithm,
): SecurityContext | undefined {
  const names = (other: NgKsi | undefined) => other?.tsc === ngKsi.tsc && other.ksi === ngKsi.ksi;
  const algorithms = { role: 'ue', ngKsi, integrityAlgorithm: INTEGRITY, cipheringAlgorithm } as const;
  if (partial && names(partial.ngKsi)) {
    const { kamf } = partial;
    return { plmnId, kamf, nas: NasSecurityContext.fromKamf({ ...algorithms, kamf }) };
  }
  if (!security || !names(security.nas.ngKsi)) return undefined;
  const { kamf, nas } = security;
  const { ulCount, dlCount } = nas;
  const fresh = NasSecurityContext.fromKamf({ ...algorithms, kamf }).toStored();
  return { plmnId: security.plmnId, kamf, nas: NasSecurityContext.fromStored({ ...fresh, ulCount, dlCount }) };
}
