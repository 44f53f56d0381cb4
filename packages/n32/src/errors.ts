/** What may be wrong with an N32-f message, in the words of TS 29.573 6.1.5.3.7. */
import type {
  FAILURE_REASONS,
  FailedModificationInfo,
  N32F_ERROR_TYPES,
  N32fErrorDetail,
  N32fErrorInfo,
} from '@twincore/model';

export type N32fErrorTypeName = (typeof N32F_ERROR_TYPES)[number];
export type FailureReasonName = (typeof FAILURE_REASONS)[number];

interface Context {
  readonly messageId?: string | undefined;
  readonly contextId?: string | undefined;
  readonly failedModifications?: readonly FailedModificationInfo[];
  readonly details?: readonly N32fErrorDetail[];
}

/**
 * The only error that this package throws for a received message or policy. The text says what was found and where, never a
 * value of the message: it may be logged.
 */
export class N32fError extends Error {
  override readonly name: string = 'N32fError';
  readonly errorType: N32fErrorTypeName;
  /** Filled in as soon as the message has told it; absent when the metadata could not be read. */
  messageId: string | undefined;
  contextId: string | undefined;
  readonly failedModifications: readonly FailedModificationInfo[];
  readonly details: readonly N32fErrorDetail[];

  constructor(errorType: N32fErrorTypeName, message: string, context: Context = {}) {
    super(`${errorType}: ${message}`);
    this.errorType = errorType;
    this.messageId = context.messageId;
    this.contextId = context.contextId;
    this.failedModifications = context.failedModifications ?? [];
    this.details = context.details ?? [];
  }

  /**
   * The body of an n32f-error report to the peer (TS 29.573 5.2.5). `n32fContextId` is to be the one by which the peer
   * knows the context. Undefined when the message had no id that the peer could recognise it by.
   */
  toErrorInfo(n32fContextId?: string): N32fErrorInfo | undefined {
    if (this.messageId === undefined) return undefined;
    return {
      n32fMessageId: this.messageId,
      n32fErrorType: this.errorType,
      ...(n32fContextId === undefined ? {} : { n32fContextId }),
      ...(this.failedModifications.length > 0 ? { failedModificationList: [...this.failedModifications] } : {}),
      ...(this.details.length > 0 ? { errorDetailsList: [...this.details] } : {}),
    };
  }
}

/** A message that cannot be put together again (TS 29.573 6.1.5.2.13): `attribute` is where, `reason` is why. */
export function reconstructionFailure(reason: FailureReasonName, attribute: string, message: string): N32fError {
  return new N32fError('MESSAGE_RECONSTRUCTION_FAILED', `${attribute}: ${message}`, {
    details: [{ attribute, msgReconstructFailReason: reason }],
  });
}

/** A message of an own NF that must not or cannot be sent over N32-f. Nothing of it has left. */
export class UnprotectableMessage extends Error {
  override readonly name: string = 'UnprotectableMessage';
  readonly reason: 'malformed' | 'no-policy' | 'forged-reference';

  constructor(reason: UnprotectableMessage['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
