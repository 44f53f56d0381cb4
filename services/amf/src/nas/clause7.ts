/** What a UE hears of a message that is in error (TS 24.501 clause 7). */
import { FIVE_GMM_CAUSE, NasError, type NasMessage } from '@twincore/nas';

/** Messages that begin a procedure get its reject; any other one gets 5GMM STATUS. */
const REJECTS: Readonly<Record<string, (fiveGmmCause: number) => NasMessage>> = {
  'REGISTRATION REQUEST': (fiveGmmCause) => ({ messageType: 'REGISTRATION REJECT', fiveGmmCause }),
  'SERVICE REQUEST': (fiveGmmCause) => ({ messageType: 'SERVICE REJECT', fiveGmmCause }),
};

/** The answer, or undefined where the message is to be ignored. */
export function answerTo(error: unknown): NasMessage | undefined {
  if (!(error instanceof NasError) || error.action === 'drop') return undefined;
  const reject = REJECTS[error.messageType ?? ''];
  return reject?.(error.fiveGmmCause) ?? { messageType: '5GMM STATUS', fiveGmmCause: error.fiveGmmCause };
}

/** A message that is right, but not now (7.4). */
export const NOT_COMPATIBLE: NasMessage = {
  messageType: '5GMM STATUS',
  fiveGmmCause: FIVE_GMM_CAUSE.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE,
};
