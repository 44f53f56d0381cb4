/** The N2 side of one UE's connection: its two ids, and the messages that carry what procedures send. */
import type { Guami, Tai } from '@twincore/model';
import type { N2Message } from '@twincore/n2';
import type { Cause, UeConnection, UeContextSetup } from '../procedures/ue-connection.ts';

export interface GnbUeOptions {
  readonly amfUeNgapId: number;
  readonly ranUeNgapId: number;
  readonly tai: Tai;
  readonly guami: Guami;
  readonly send: (message: N2Message) => void;
}

export class GnbUe implements UeConnection {
  readonly ids: { readonly amfUeNgapId: number; readonly ranUeNgapId: number };
  readonly tai: Tai;
  #hasContext = false;
  readonly #guami: Guami;
  readonly #send: (message: N2Message) => void;

  constructor({ amfUeNgapId, ranUeNgapId, tai, guami, send }: GnbUeOptions) {
    this.ids = { amfUeNgapId, ranUeNgapId };
    this.tai = tai;
    this.#guami = guami;
    this.#send = send;
  }

  get id(): number {
    return this.ids.amfUeNgapId;
  }

  get hasContext(): boolean {
    return this.#hasContext;
  }

  downlink(nasPdu: Buffer): string {
    return this.#transmit({ message: 'DownlinkNASTransport', ...this.ids, nasPdu: nasPdu.toString('hex') });
  }

  setUpContext({ kgnb, ueSecurityCapability, allowedNssai, nasPdu }: UeContextSetup): string {
    this.#hasContext = true;
    const [nea = 0, nia = 0, eea = 0, eia = 0] = ueSecurityCapability;
    return this.#transmit({
      message: 'InitialContextSetupRequest',
      ...this.ids,
      guami: this.#guami,
      allowedNssai: [...allowedNssai],
      ueSecurityCapabilities: {
        nrEncryptionAlgorithms: bitmap(nea),
        nrIntegrityProtectionAlgorithms: bitmap(nia),
        eutraEncryptionAlgorithms: bitmap(eea),
        eutraIntegrityProtectionAlgorithms: bitmap(eia),
      },
      securityKey: kgnb.toString('hex'),
      nasPdu: nasPdu.toString('hex'),
    });
  }

  release(cause: Cause): void {
    this.#transmit({ message: 'UEContextReleaseCommand', ueNgapIds: this.ids, cause });
  }

  #transmit(message: N2Message): string {
    this.#send(message);
    return message.message;
  }
}

/** 16 bits of which the first is algorithm 1 (TS 38.413 9.3.1.86); in NAS the first bit is algorithm 0, the null algorithm. */
function bitmap(nasOctet: number): string {
  return Buffer.from([(nasOctet << 1) & 0xff, 0]).toString('hex');
}
