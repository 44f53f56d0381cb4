/** A UE with a USIM for tests: it answers as TS 24.501 wants, or as a test tells it to. */
import {
  concealSupi,
  deriveKamf,
  deriveKausf,
  deriveKseaf,
  deriveResStar,
  fingerprint,
  UsimSqn,
  usimAuthenticate,
} from '@twincore/crypto';
import { servingNetworkNameOf } from '@twincore/model';
import {
  decodeMessage,
  encodeMessage,
  encodeUeSecurityCapability,
  type FiveGGuti,
  type MobileIdentity,
  NasError,
  type NasMessage,
  type NasMessageOf,
  NasSecurityContext,
  NO_KEY_AVAILABLE,
  peekHeader,
  SECURITY_HEADER,
  type Snssai,
} from '@twincore/nas';

type Request = NasMessageOf<'REGISTRATION REQUEST'>;

/** What to do instead of the right thing. */
export interface Faults {
  wrongK?: boolean;
  wrongResStar?: boolean;
  /** 5GMM cause of AUTHENTICATION FAILURE, once. */
  failWith?: number;
  rejectSecurityMode?: number;
  /** Does not look whether its security capability came back as it was. */
  trusting?: boolean;
  /** Octets of the NAS message container in SECURITY MODE COMPLETE; none at all with `null`. */
  container?: Buffer | null;
  silent?: ReadonlySet<string>;
}

export interface UeOptions {
  readonly supi: string;
  readonly k: Buffer;
  readonly opc: Buffer;
  readonly servingPlmn: { mcc: string; mnc: string };
}

export class TestUe {
  readonly supi: string;
  readonly suci: string;
  capability = encodeUeSecurityCapability({ nea: [0, 1, 2], nia: [0, 1, 2], eea: [0, 2], eia: [2] });
  requestedNssai: readonly Snssai[] = [{ sst: 1, sd: '000001' }];
  faults: Faults = {};
  guti: FiveGGuti | undefined;
  security: NasSecurityContext | undefined;
  kamf: Buffer | undefined;
  accepted: NasMessageOf<'REGISTRATION ACCEPT'> | undefined;
  sqn = new UsimSqn();
  /** What came from the network, in order. */
  readonly heard: NasMessage[] = [];
  /** What was sent last, as it was sent. */
  sent: Buffer[] = [];
  readonly #options: UeOptions;
  /** Whether secure exchange has begun on this connection: ciphering begins with it (TS 24.501 4.4.5). */
  #secure = false;
  #next: { kamf: Buffer; ksi: number } | undefined;
  #request: Request | undefined;

  constructor(options: UeOptions) {
    this.#options = options;
    this.supi = options.supi;
    const usim = { mncLength: 2, routingIndicator: '0000', scheme: 0, homeNetworkPublicKeyId: 0 } as const;
    this.suci = concealSupi({ supi: options.supi, ...usim });
  }

  get kamfFingerprint(): string {
    return this.kamf ? fingerprint(this.kamf) : '';
  }

  /** REGISTRATION REQUEST as it leaves: the clear part alone, protected if there are keys (TS 24.501 4.4.6). */
  registrationRequest(changes: Partial<Request> = {}): Buffer {
    const mobileIdentity: MobileIdentity = this.guti
      ? { type: '5G-GUTI', guti: this.guti }
      : { type: 'SUCI', suci: this.suci };
    const clear: Request = {
      messageType: 'REGISTRATION REQUEST',
      registrationType: { type: 'INITIAL', followOnRequest: false },
      ngKsi: this.security?.ngKsi ?? { tsc: 'NATIVE', ksi: NO_KEY_AVAILABLE },
      mobileIdentity,
      ueSecurityCapability: this.capability,
      ...changes,
    };
    const whole: Request = { ...clear, requestedNssai: this.requestedNssai };
    this.#request = whole;
    this.#secure = false;
    if (!this.security) return this.#keep(encodeMessage(clear));
    const nasMessageContainer = this.security.cipherContainer(encodeMessage(whole), this.security.ulCount);
    return this.#keep(
      this.security.protect(encodeMessage({ ...clear, nasMessageContainer }), SECURITY_HEADER.integrityProtected),
    );
  }

  deregistrationRequest(switchOff = false, header: 1 | 2 = 2): Buffer {
    if (!this.security || !this.guti) throw new Error('not registered');
    const message = encodeMessage({
      messageType: 'DEREGISTRATION REQUEST UE ORIGINATING',
      deregistrationType: { switchOff, reRegistrationRequired: false, access: '3GPP' },
      ngKsi: this.security.ngKsi,
      mobileIdentity: { type: '5G-GUTI', guti: this.guti },
    });
    return this.#keep(this.security.protect(message, header));
  }

  /** What the UE answers to a NAS PDU, if anything. What does not verify is dropped. */
  hear(pdu: Buffer): Buffer | undefined {
    try {
      return this.#answer(pdu);
    } catch (error) {
      if (error instanceof NasError) return undefined;
      throw error;
    }
  }

  #answer(pdu: Buffer): Buffer | undefined {
    const message = this.#read(pdu);
    this.heard.push(message);
    if (this.faults.silent?.has(message.messageType)) return undefined;
    switch (message.messageType) {
      case 'IDENTITY REQUEST':
        return this.protect({ messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'SUCI', suci: this.suci } });
      case 'AUTHENTICATION REQUEST':
        return this.protect(this.#answerChallenge(message));
      case 'SECURITY MODE COMMAND':
        return this.#answerCommand(message, pdu);
      case 'REGISTRATION ACCEPT':
        this.accepted = message;
        this.guti = message.guti ?? this.guti;
        return this.protect({ messageType: 'REGISTRATION COMPLETE' });
      case 'DEREGISTRATION REQUEST UE TERMINATED':
        return this.protect({ messageType: 'DEREGISTRATION ACCEPT UE TERMINATED' });
      default:
        return undefined;
    }
  }

  /** A message in the protection that the UE has at this moment. */
  protect(message: NasMessage): Buffer {
    const plain = encodeMessage(message);
    const { integrityProtected, integrityProtectedAndCiphered } = SECURITY_HEADER;
    const header = this.#secure ? integrityProtectedAndCiphered : integrityProtected;
    return this.#keep(this.security ? this.security.protect(plain, header) : plain);
  }

  #keep(pdu: Buffer): Buffer {
    this.sent.push(pdu);
    return pdu;
  }

  #read(pdu: Buffer): NasMessage {
    const header = peekHeader(pdu);
    if (header.securityHeaderType === SECURITY_HEADER.plain) {
      if (this.#secure) throw new NasError('unexpected-protection', 'plain after secure exchange began');
      return decodeMessage(pdu, { receiver: 'ue' });
    }
    if (header.securityHeaderType !== SECURITY_HEADER.integrityProtectedWithNewContext) {
      if (!this.security) throw new Error('a protected message without keys');
      this.#secure = true;
      return decodeMessage(this.security.unprotect(pdu).message, { receiver: 'ue' });
    }
    return decodeMessage(header.payload, { receiver: 'ue' });
  }

  #answerChallenge({ rand, autn, abba, ngKsi }: NasMessageOf<'AUTHENTICATION REQUEST'>): NasMessage {
    const { k, opc, servingPlmn } = this.#options;
    const failure = (fiveGmmCause: number, auts?: Buffer): NasMessage => ({
      messageType: 'AUTHENTICATION FAILURE',
      fiveGmmCause,
      ...(auts ? { auts } : {}),
    });
    if (!rand || !autn) return failure(111);
    if (this.faults.failWith !== undefined) {
      const { failWith } = this.faults;
      delete this.faults.failWith;
      return failure(failWith);
    }
    const key = this.faults.wrongK ? Buffer.alloc(16, 7) : k;
    const answer = usimAuthenticate({ k: key, opc, rand, autn, sqnState: this.sqn });
    if (answer.result === 'mac-failure') return failure(20);
    if (answer.result === 'sync-failure') return failure(21, answer.auts);
    const servingNetworkName = servingNetworkNameOf(servingPlmn);
    const kseaf = deriveKseaf({ kausf: deriveKausf({ ...answer, servingNetworkName }), servingNetworkName });
    this.#next = { kamf: deriveKamf({ kseaf, supi: this.supi, abba }), ksi: ngKsi.ksi };
    const resStar = deriveResStar({ ...answer, servingNetworkName, rand });
    return {
      messageType: 'AUTHENTICATION RESPONSE',
      resStar: this.faults.wrongResStar ? (resStar.map((octet) => octet ^ 1) as Buffer) : resStar,
    };
  }

  #answerCommand(command: NasMessageOf<'SECURITY MODE COMMAND'>, pdu: Buffer): Buffer {
    const { rejectSecurityMode, container } = this.faults;
    if (rejectSecurityMode !== undefined) {
      return this.protect({ messageType: 'SECURITY MODE REJECT', fiveGmmCause: rejectSecurityMode });
    }
    const { trusting = false } = this.faults;
    if (!this.#next || !(trusting || command.replayedUeSecurityCapability.equals(this.capability))) {
      return this.protect({ messageType: 'SECURITY MODE REJECT', fiveGmmCause: 23 });
    }
    const { ciphering, integrity } = command.selectedAlgorithms;
    this.kamf = this.#next.kamf;
    this.security = NasSecurityContext.fromKamf({
      role: 'ue',
      ngKsi: command.ngKsi,
      kamf: this.kamf,
      integrityAlgorithm: integrity as 2,
      cipheringAlgorithm: ciphering as 0 | 2,
    });
    // The command itself can only be verified now; with a wrong MAC this throws.
    this.security.unprotect(pdu);
    this.#secure = true;
    const wanted = command.additionalSecurityInformation?.retransmitInitialNasMessage;
    const copy = container === null || !this.#request ? undefined : (container ?? encodeMessage(this.#request));
    const complete = encodeMessage({
      messageType: 'SECURITY MODE COMPLETE',
      ...(command.imeisvRequested ? { imeisv: '1234567890123456' } : {}),
      ...(wanted && copy ? { nasMessageContainer: copy } : {}),
    });
    return this.#keep(this.security.protect(complete, SECURITY_HEADER.integrityProtectedAndCipheredWithNewContext));
  }
}
