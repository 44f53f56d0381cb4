import { FIVE_GMM_CAUSE as CAUSE } from './causes.ts';

/** What the receiver does with a bad message: `respond` (5GMM STATUS, or the reject of the procedure) or `drop` it silently. */
export type NasErrorAction = 'respond' | 'drop';

interface Handling {
  readonly fiveGmmCause: number;
  readonly action: NasErrorAction;
  readonly clause: string;
}

/** One row per way in which a message can be bad: the cause to answer with and whether to answer at all. */
const HANDLING = {
  'too-short': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 7.2.1' },
  'too-long': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 7.2.2' },
  'unknown-epd': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.007 11.2.3.1A' },
  'reserved-security-header': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 9.3' },
  'unexpected-protection': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 4.4.4' },
  'unknown-message-type': { fiveGmmCause: CAUSE.MESSAGE_TYPE_NON_EXISTENT, action: 'respond', clause: '24.501 7.4' },
  'missing-mandatory-ie': {
    fiveGmmCause: CAUSE.INVALID_MANDATORY_INFORMATION,
    action: 'respond',
    clause: '24.501 7.5.1',
  },
  'invalid-mandatory-ie': {
    fiveGmmCause: CAUSE.INVALID_MANDATORY_INFORMATION,
    action: 'respond',
    clause: '24.501 7.5.1',
  },
  'comprehension-required': {
    fiveGmmCause: CAUSE.INVALID_MANDATORY_INFORMATION,
    action: 'respond',
    clause: '24.501 7.5.1',
  },
  'conditional-ie': { fiveGmmCause: CAUSE.CONDITIONAL_IE_ERROR, action: 'respond', clause: '24.501 7.7.2' },
  'semantic-error': { fiveGmmCause: CAUSE.SEMANTICALLY_INCORRECT_MESSAGE, action: 'respond', clause: '24.501 7.8' },
  'mac-failure': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 4.4.4' },
  replay: { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 4.4.3.2' },
  'count-exhausted': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 4.4.3.5' },
  'malformed-value': { fiveGmmCause: CAUSE.PROTOCOL_ERROR_UNSPECIFIED, action: 'drop', clause: '24.501 8' },
} as const satisfies Record<string, Handling>;

export type NasErrorReason = keyof typeof HANDLING;

/**
 * The only error that this package throws for bad input. `reason` says what was wrong, `fiveGmmCause` and `action` what
 * TS 24.501 clause 7 does about it, `messageType` is the name of the message where it was recognised (so that the AMF
 * can answer a REGISTRATION REQUEST with REGISTRATION REJECT instead of 5GMM STATUS).
 */
export class NasError extends Error {
  override readonly name: string = 'NasError';
  readonly reason: NasErrorReason;
  readonly fiveGmmCause: number;
  readonly action: NasErrorAction;
  readonly clause: string;
  readonly messageType: string | undefined;

  constructor(reason: NasErrorReason, detail: string, messageType?: string) {
    super(`${reason}: ${detail}`);
    const handling: Handling = HANDLING[reason];
    this.reason = reason;
    this.fiveGmmCause = handling.fiveGmmCause;
    this.action = handling.action;
    this.clause = handling.clause;
    this.messageType = messageType;
  }
}

/** A value part that breaks the rules of its IE; the message codec decides what that means (mandatory: #96, optional: IE ignored). */
export class IeError extends NasError {
  constructor(detail: string) {
    super('malformed-value', detail);
  }
}
