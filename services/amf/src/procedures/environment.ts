/** What procedures are given to work with. */
import type { Guami, Snssai, Tai } from '@twincore/model';
import type { HomeAuthentication } from '../clients/ausf.ts';
import type { SubscriberData } from '../clients/udm.ts';
import type { AmfConfig } from '../config.ts';
import type { UeContexts } from './ue-contexts.ts';

export interface Environment {
  readonly config: Pick<
    AmfConfig,
    'algorithms' | 'authenticateKnownUes' | 'requestImeisv' | 'timers' | 't3512' | 't3346'
  > & {
    readonly sNssais: readonly Snssai[];
    readonly taiList: readonly Tai[];
  };
  readonly guami: Guami;
  readonly contexts: UeContexts;
  readonly ausf: HomeAuthentication;
  readonly udm: SubscriberData;
  /** The deregCallbackUri of a registration at the UDM. */
  readonly callbackUri: (callbackId: string) => string;
  readonly onRegistration: (outcome: 'accepted' | 'rejected' | 'unauthenticated' | 'unanswered') => void;
  /** Notes a failure that the UE does not see; without identities. */
  readonly warn: (about: string, error: unknown) => void;
}

/** Does what nobody waits for and nothing depends on: a failure is noted. */
export async function quietly(environment: Pick<Environment, 'warn'>, about: string, work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    environment.warn(about, error);
  }
}
