/** N32-f context termination and error reporting on N32-c (TS 29.573 5.2.4, 5.2.5), both roles. */
import { N32fContextInfo, type N32fErrorInfo } from '@twincore/model';
import { Refusal, UnexpectedAnswer } from '@twincore/sbi';
import type { N32cConnection } from '../clients/n32c.ts';
import type { Partner } from '../config.ts';
import type { N32Context, N32Contexts } from '../contexts.ts';

/**
 * Responding SEPP. The peer names the context by our id of it (TS 29.573 6.1.5.2.10), and we answer with the peer's. Throws 403 for a
 * context that is not one with this partner.
 */
export async function terminatedByPeer(
  contexts: N32Contexts,
  partner: Partner,
  { n32fContextId }: N32fContextInfo,
  checks: { readonly contextOwner: boolean },
): Promise<N32fContextInfo> {
  const found = contexts.byId(n32fContextId);
  if (!found || (checks.contextOwner && found.partner !== partner)) {
    throw new Refusal(403, 'n32-foreign-context', 'this partner has no such context', { cause: 'CONTEXT_NOT_FOUND' });
  }
  const { context } = found;
  await contexts.remove(found.partner, context);
  return { n32fContextId: context.prins?.peerContextId ?? context.contextId };
}

/** Initiating SEPP: the context is gone here, whatever the peer says. Throws when the peer neither confirms nor lacks it. */
export async function terminate(
  n32c: N32cConnection,
  contexts: N32Contexts,
  partner: Partner,
  context: N32Context,
): Promise<void> {
  await contexts.remove(partner, context);
  if (!context.prins) return;
  const { peerContextId } = context.prins;
  await n32c.call('n32f-terminate', { n32fContextId: peerContextId }, 200, N32fContextInfo).catch((error: Error) => {
    const isUnknown = error instanceof UnexpectedAnswer && error.answer.cause === 'CONTEXT_NOT_FOUND';
    if (!isUnknown) throw error;
  });
}

/** Errors after which messages in the context lead nowhere. */
const FATAL = new Set(['CONTEXT_NOT_FOUND', 'INTEGRITY_KEY_EXPIRED', 'ENCRYPTION_KEY_EXPIRED']);

/** Responding SEPP: the peer could not use a message of ours. A context that it does not know any more is of no use. */
export async function errorReported(
  contexts: N32Contexts,
  partner: Partner,
  { n32fErrorType, n32fContextId }: N32fErrorInfo,
): Promise<void> {
  const context = n32fContextId === undefined ? undefined : own(contexts, partner, n32fContextId);
  if (context && FATAL.has(n32fErrorType)) await contexts.remove(partner, context);
}

/** Initiating SEPP: tells the peer what is wrong with its message. */
export async function reportError(n32c: N32cConnection, info: N32fErrorInfo): Promise<void> {
  await n32c.call('n32f-error', info, 204);
}

function own(contexts: N32Contexts, partner: Partner, contextId: string): N32Context | undefined {
  const found = contexts.byId(contextId);
  return found?.partner === partner ? found.context : undefined;
}
