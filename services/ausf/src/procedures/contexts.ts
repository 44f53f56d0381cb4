/** What the AUSF remembers: authentications under way, their results, and the KAUSF of each UE. */
import { problem } from '@twincore/sbi';
import type { Collection, Store } from '@twincore/store';

interface ContextBase {
  /** The AMF that asked; nobody else may go on with this context. */
  readonly consumer: string;
  readonly supi: string;
  readonly servingNetworkName: string;
}
/** Between challenge and confirmation. Octet strings are hexadecimal. */
export interface PendingContext extends ContextBase {
  readonly state: 'pending';
  readonly xresStar: string;
  readonly kausf: string;
}
/** After a success; kept so that the AMF can have the result removed. */
export interface ConfirmedContext extends ContextBase {
  readonly state: 'confirmed';
  /** URI of the event at the UDM. */
  readonly authEvent: string;
}
export type AuthenticationContext = PendingContext | ConfirmedContext;

/** What later procedures of the home (SoR, UPU, AKMA) derive from. */
export interface SecurityContext {
  readonly kausf: string;
  readonly servingNetworkName: string;
  /** The confirmed context that it stems from. */
  readonly authCtxId: string;
}

export interface Contexts {
  /** By authCtxId. */
  readonly authentications: Collection<AuthenticationContext>;
  /** By SUPI; the last success counts. */
  readonly security: Collection<SecurityContext>;
}

export function openContexts(store: Store): Contexts {
  return { authentications: store.collection('authentication'), security: store.collection('security') };
}

/** Also the answer to somebody else's context: that it exists is nobody's business. */
export const contextNotFound = () => problem(404, 'CONTEXT_NOT_FOUND');

/** Takes a pending context out of the store, so that of several confirmations one has it. Throws 404 CONTEXT_NOT_FOUND. */
export async function takePending(
  { authentications }: Pick<Contexts, 'authentications'>,
  consumer: string,
  authCtxId: string,
): Promise<PendingContext> {
  let taken: PendingContext | undefined;
  await authentications.update(authCtxId, (current) => {
    if (current?.state !== 'pending' || current.consumer !== consumer) throw contextNotFound();
    taken = current;
    return undefined;
  });
  if (!taken) throw contextNotFound();
  return taken;
}

/** Keeps a success in place of the UE's former one. */
export async function keepConfirmed(
  { authentications, security }: Contexts,
  authCtxId: string,
  context: ConfirmedContext,
  kausf: string,
): Promise<void> {
  const { supi, servingNetworkName } = context;
  let former: SecurityContext | undefined;
  await Promise.all([
    authentications.put(authCtxId, context),
    security.update(supi, (current) => {
      former = current;
      return { kausf, servingNetworkName, authCtxId };
    }),
  ]);
  if (former) await authentications.delete(former.authCtxId);
}
