/** The callback of an AMF (TS 29.503 6.2.5.2). */
import type { Amf3GppAccessRegistration, DeregistrationData } from '@twincore/model';
import type { Nf } from '@twincore/sbi';

/** Tells an AMF that it no longer serves a UE. Never rejects: nobody waits for it, and a failure is logged. */
export type NotifyDeregistration = (former: Amf3GppAccessRegistration, data: DeregistrationData) => Promise<void>;

/** Nudm_UECM_DeregistrationNotification, straight to an AMF of the own PLMN, through SCP and SEPP as the network has it. */
export function deregistrationNotifier(nf: Pick<Nf, 'consumer' | 'log'>): NotifyDeregistration {
  const { log } = nf;
  return async ({ amfInstanceId, deregCallbackUri }, data) => {
    const operation = 'Nudm_UECM_DeregistrationNotification';
    try {
      const { status } = await nf.consumer.notify({ operation, nfType: 'AMF', uri: deregCallbackUri, body: data });
      if (status !== 204) log.warn({ operation, amfInstanceId, status }, 'the former AMF refused a notification');
    } catch (error) {
      log.warn({ operation, amfInstanceId, reason: (error as Error).message }, 'the former AMF was not notified');
    }
  };
}
