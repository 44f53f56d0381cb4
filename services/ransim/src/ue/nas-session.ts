/** One N1 signalling connection as the UE's NAS layer sees it: what protects each message (TS 24.501 4.4). */
import { deriveKgnb } from '@twincore/crypto';
import type { PlmnId } from '@twincore/model';
import {
  acceptedUnprotected,
  decodeMessage,
  encodeMessage,
  type FiveGSTmsi,
  messageTypeOf,
  NasError,
  type NasMessage,
  type NasMessageOf,
  NasSecurityContext,
  type NgKsi,
  peekHeader,
  SECURITY_HEADER,
  type SecurityHeaderType,
} from '@twincore/nas';
import type { RadioConnection } from '../radio.ts';
import type { StoredSecurity } from './record.ts';

/** A full native security context, and the network that it is shared with. */
export interface SecurityContext {
  readonly plmnId: PlmnId;
  readonly nas: NasSecurityContext;
  readonly kamf: Buffer;
}

export const toStored = ({ plmnId, nas, kamf }: SecurityContext): StoredSecurity => ({
  plmnId,
  nas: nas.toStored(),
  kamf: kamf.toString('hex'),
});
export const fromStored = ({ plmnId, nas, kamf }: StoredSecurity): SecurityContext => ({
  plmnId,
  nas: NasSecurityContext.fromStored(nas),
  kamf: Buffer.from(kamf, 'hex'),
});

/** A downlink message that the UE may process. */
export interface Received {
  readonly message: NasMessage;
  readonly security: SecurityHeaderType;
  /** Of a SECURITY MODE COMMAND, whose integrity only the context that it brings can prove: the message as it came. */
  readonly unverified?: Buffer;
}

export interface SessionOptions {
  /** The serving network. */
  readonly plmnId: PlmnId;
  readonly radio: RadioConnection;
  /** Of the request that the connection serves. */
  readonly traceparent: string;
  readonly security: SecurityContext | undefined;
  /** Stores the counts; a message leaves, or is acted upon, after that. */
  readonly save: () => Promise<void>;
  readonly onStep: (direction: 'up' | 'down', message: NasMessage, security: SecurityHeaderType) => void;
  /** A message that TS 24.501 4.4.4 or clause 7 has the UE ignore. */
  readonly onDiscard: (why: string) => void;
}

export class NasSession {
  readonly plmnId: PlmnId;
  traceparent: string;
  /** The context in use; also one that the network has not proved yet to hold. */
  security: SecurityContext | undefined;
  /** The partial context that an authentication left, until a SECURITY MODE COMMAND takes it into use. */
  partial: { readonly ngKsi: NgKsi; readonly kamf: Buffer } | undefined;
  /** The last challenge's answer, to repeat it when the challenge is repeated (T3516), and the failures in a row. */
  challenge: { readonly failures: number; readonly rand?: Buffer; readonly resStar?: Buffer } | undefined;
  /** False when the connection has ended. */
  alive = true;
  readonly #options: SessionOptions;
  /** Secure exchange of NAS messages is established (4.4.2.5). */
  #secured = false;
  #kgnbCount: number | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.plmnId = options.plmnId;
    this.traceparent = options.traceparent;
    this.security = options.security;
  }

  get secured(): boolean {
    return this.#secured;
  }

  /** KgNB of this connection (TS 33.501 A.9), once there is a context for it. */
  kgnb(): Buffer | undefined {
    if (!this.security || this.#kgnbCount === undefined) return undefined;
    return deriveKgnb(this.security.kamf, this.#kgnbCount);
  }

  /** The first message of the connection: integrity protected when the UE has a context, never ciphered (4.4.4.1, 4.4.5). */
  async sendInitial(message: NasMessage, sTmsi?: FiveGSTmsi): Promise<void> {
    const plain = encodeMessage(message);
    this.#kgnbCount = this.security?.nas.ulCount;
    const type = this.security ? SECURITY_HEADER.integrityProtected : SECURITY_HEADER.plain;
    const bytes = await this.#protect(plain, type);
    this.#options.onStep('up', message, type);
    this.#options.radio.sendInitial(bytes, this.traceparent, sTmsi);
  }

  /** Any further message: integrity protected and ciphered once secure exchange is established. */
  async send(message: NasMessage): Promise<void> {
    await this.#send(message, this.#secured ? SECURITY_HEADER.integrityProtectedAndCiphered : SECURITY_HEADER.plain);
  }

  /** Takes `context` into use and says so; KgNB belongs to this message's COUNT from now on (TS 33.501 6.8.1.2.2). */
  async completeSecurityMode(context: SecurityContext, message: NasMessageOf<'SECURITY MODE COMPLETE'>): Promise<void> {
    this.security = context;
    this.partial = undefined;
    this.challenge = undefined;
    this.#secured = true;
    this.#kgnbCount = context.nas.ulCount;
    await this.#send(message, SECURITY_HEADER.integrityProtectedAndCipheredWithNewContext);
  }

  /** The message in `bytes`, or undefined when the UE has to ignore it (4.4.4.2, clause 7). */
  async receive(bytes: Buffer): Promise<Received | undefined> {
    try {
      const received = await this.#receive(bytes);
      if (received) this.#options.onStep('down', received.message, received.security);
      return received;
    } catch (error) {
      if (!(error instanceof NasError)) throw error;
      this.#options.onDiscard(error.message);
      // A 5GMM STATUS without protection would be ignored by the AMF (4.4.4.3).
      if (error.action === 'respond' && this.#secured) {
        await this.send({ messageType: '5GMM STATUS', fiveGmmCause: error.fiveGmmCause });
      }
      return undefined;
    }
  }

  /** The UE leaves the connection. */
  leave(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#options.radio.leave();
  }

  async #receive(bytes: Buffer): Promise<Received | undefined> {
    const header = peekHeader(bytes);
    const security = header.securityHeaderType;
    if (security === SECURITY_HEADER.plain) return this.#receivePlain(bytes, header.messageCode);
    if (security === SECURITY_HEADER.integrityProtectedWithNewContext) {
      const message = decodeMessage(header.payload, { receiver: 'ue' });
      if (message.messageType === 'SECURITY MODE COMMAND') return { message, security, unverified: bytes };
      return this.#discard(`${message.messageType} with a new security context`);
    }
    if (!this.security) return this.#discard('protected without a security context');
    const { message } = this.security.nas.unprotect(bytes);
    this.#secured = true;
    await this.#options.save();
    return { message: decodeMessage(message, { receiver: 'ue' }), security };
  }

  #receivePlain(bytes: Buffer, messageCode: number): Received | undefined {
    const type = messageTypeOf(messageCode);
    if (this.#secured || type === undefined || !acceptedUnprotected(type, 'ue')) {
      return this.#discard(`${type ?? 'unknown message'} without protection`);
    }
    const message = decodeMessage(bytes, { receiver: 'ue' });
    if (!acceptedUnprotected(message, 'ue')) return this.#discard(`${type} whose content needs protection`);
    return { message, security: SECURITY_HEADER.plain };
  }

  #discard(why: string): undefined {
    this.#options.onDiscard(why);
  }

  async #send(message: NasMessage, type: SecurityHeaderType): Promise<void> {
    const bytes = await this.#protect(encodeMessage(message), type);
    this.#options.onStep('up', message, type);
    this.#options.radio.send(bytes, this.traceparent);
  }

  async #protect(plain: Buffer, type: SecurityHeaderType): Promise<Buffer> {
    if (type === SECURITY_HEADER.plain) return plain;
    if (!this.security) throw new Error('no security context to protect with');
    const bytes = this.security.nas.protect(plain, type);
    await this.#options.save();
    return bytes;
  }
}
