/** The end of a registration: 5G-GUTI, registration area, slices, and the gNB's context (TS 24.501 5.5.1.2.4). */
import { isDeepStrictEqual } from 'node:util';
import { deriveKgnb } from '@twincore/crypto';
import type { NasMessageOf } from '@twincore/nas';
import type { Environment } from './environment.ts';
import type { SecuredUe } from './registration.ts';
import type { Slices } from './slices.ts';
import type { UeSession } from './ue-session.ts';

/** TAIs that a TAI list holds (TS 24.501 9.11.3.9). */
const MAX_TAIS = 16;

/** Accepts. The UE is registered, durably, before the message leaves; its former GUTIs are free when it has completed. */
export async function acceptRegistration(
  session: UeSession,
  { config, contexts }: Pick<Environment, 'config' | 'contexts'>,
  { ue, count }: SecuredUe,
  { allowed, rejected }: Slices,
): Promise<void> {
  const { connection } = session;
  const message: NasMessageOf<'REGISTRATION ACCEPT'> = {
    messageType: 'REGISTRATION ACCEPT',
    registrationResult: { access: '3GPP' },
    guti: await contexts.addGuti(ue),
    taiList: [connection.tai, ...config.taiList.filter((tai) => !isDeepStrictEqual(tai, connection.tai))].slice(
      0,
      MAX_TAIS,
    ),
    allowedNssai: allowed,
    ...(rejected.length > 0 ? { rejectedNssai: rejected } : {}),
    t3512: config.t3512,
  };
  Object.assign(ue, { registered: true, allowedNssai: allowed });
  const kgnb = deriveKgnb(ue.kamf, count);
  await session.exchange<'REGISTRATION COMPLETE'>({
    event: 'accept',
    message,
    timer: config.timers.t3550,
    // TS 33.501 6.8.1.2.2: KgNB from the COUNT of the message that brought the keys into use.
    ...(connection.hasContext
      ? {}
      : {
          // For the recorded exchange, which hides it.
          detail: { keys: { kgnb: kgnb.toString('hex') } },
          first: (nasPdu) =>
            connection.setUpContext({
              kgnb,
              ueSecurityCapability: ue.ueSecurityCapability,
              allowedNssai: allowed,
              nasPdu,
            }),
        }),
  });
  await contexts.confirmGuti(ue);
}
