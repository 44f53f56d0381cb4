/** The callback that the AMF gives the UDM (TS 29.503 6.2.5.2). */
import { DeregistrationData, type PlmnId } from '@twincore/model';
import type { PeerRule, SbiServer } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

const PATH = '/namf-callback/v1/registrations/:callbackId/deregistration';
const Params = Type.Object({ callbackId: Type.String({ format: 'uuid' }) });
/** A UDM of the own network, or the SEPP for one of another. */
const sbi: PeerRule = {
  access: 'peer',
  operation: 'Nudm_UECM_DeregistrationNotification',
  peers: ['UDM', 'SEPP'],
};

/** Path of the callback of one registration; the id, which only the UE's home gets to know, is all that it says of the UE. */
export const callbackPath = (callbackId: string) => PATH.replace(':callbackId', callbackId);

/** Registers the route. `notified` hears which PLMN the notification comes from. */
export function deregNotification(
  server: SbiServer,
  notified: (caller: PlmnId, callbackId: string, data: DeregistrationData) => Promise<void>,
): void {
  server.post<{ Params: Static<typeof Params>; Body: DeregistrationData }>(
    PATH,
    { config: { sbi }, schema: { params: Params, body: DeregistrationData } },
    async ({ sbi: { consumer }, params, body }, reply) => {
      if (!consumer) throw new Error('a route without guard');
      await notified(consumer.plmnId, params.callbackId, body);
      return reply.code(204).send();
    },
  );
}
