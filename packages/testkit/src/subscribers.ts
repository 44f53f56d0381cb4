/** Subscribers of a test: as much of each as the test cares for. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { AccessAndMobilitySubscriptionData, SmfSelectionSubscriptionData, Snssai } from '@twincore/model';

/** What is absent has a sensible value; keys are random. */
export interface SubscriberOptions {
  /** `imsi-<MCC><MNC><MSIN>`. */
  readonly supi: string;
  readonly gpsi?: string;
  /** 16 octets in hexadecimal. */
  readonly k?: string;
  readonly opc?: string;
  /** 6 octets in hexadecimal: the last SQN that was used. */
  readonly sqn?: string;
  /** The authentication management field, 2 octets in hexadecimal. */
  readonly amf?: string;
  readonly amData?: AccessAndMobilitySubscriptionData;
  readonly smfSelectionData?: SmfSelectionSubscriptionData;
}

export interface Subscriber extends SubscriberOptions {
  readonly k: string;
  readonly opc: string;
}

const key = () => randomBytes(16).toString('hex');

/** With keys for those who have none. */
export function completeSubscribers(subscribers: readonly SubscriberOptions[]): Subscriber[] {
  return subscribers.map((subscriber) => ({ k: key(), opc: key(), ...subscriber }));
}

/** Writes the file that the UDR is provisioned with (JSON is YAML). `sNssais` are those that a subscriber may use by default. */
export function writeSubscribers(file: string, subscribers: readonly Subscriber[], sNssais: readonly Snssai[]): void {
  const written = subscribers.map(({ supi, gpsi, k, opc, sqn, amf, amData, smfSelectionData }) => ({
    supi,
    ...(gpsi === undefined ? {} : { gpsi }),
    authenticationSubscription: {
      authenticationMethod: '5G_AKA',
      k,
      opc,
      authenticationManagementField: amf ?? '8000',
      sqn: sqn ?? '000000000000',
    },
    amData: amData ?? { nssai: { defaultSingleNssais: sNssais, singleNssais: sNssais } },
    ...(smfSelectionData ? { smfSelectionData } : {}),
  }));
  writeFileSync(file, JSON.stringify({ subscribers: written }), { mode: 0o600 });
}
