/** An AMF, AUSF and UDM in one, on real N2 over TCP, that does what a test's script says. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  deconcealSuci,
  deriveKamf,
  deriveKgnb,
  deriveKseaf,
  fingerprint,
  generate5gHeAv,
  milenage,
  nextSqn,
  servingNetworkName,
  sqnToBuffer,
  verifyAuts,
} from '@twincore/crypto';
import type { PlmnId } from '@twincore/model';
import { listenN2, type N2Association, type N2Message, type N2MessageName, type N2MessageOf } from '@twincore/n2';
import {
  decodeContainer,
  decodeMessage,
  encodeMessage,
  type FiveGGuti,
  formatGuti,
  type NasMessage,
  type NasMessageOf,
  type NasMessageType,
  NasSecurityContext,
  peekHeader,
  SECURITY_HEADER,
  type SecurityHeaderType,
} from '@twincore/nas';

const HOST = '127.0.0.1';
const ABBA = Buffer.from('0000', 'hex');
const AMF_FIELD = Buffer.from('8000', 'hex');
const ALLOWED = [{ sst: 1, sd: '000001' }];

export interface Subscriber {
  readonly k: string;
  readonly opc: string;
  sqn: bigint;
}

/** A message of the UE with what the test may want to know about how it came. */
export interface Uplink {
  readonly message: NasMessage;
  readonly security: SecurityHeaderType;
  readonly bytes: Buffer;
}

interface KnownUe {
  readonly supi: string;
  readonly kamf: Buffer;
  readonly nas: NasSecurityContext;
}

export type Script = (ue: AmfUe, amf: ScriptedAmf) => Promise<void>;

/** Waits in both directions: what comes before it is asked for, and what is asked for before it comes. */
class Inbox<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];

  push(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  /** Throws when nothing comes, unless `patient`. */
  async take(what: string, patient = false): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#takers.push(resolve);
    if (patient) return promise;
    const timer = setTimeout(() => reject(new Error(`no ${what}`)), 10_000).unref();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** One UE context of the scripted AMF. */
export class AmfUe {
  readonly initial: N2MessageOf<'InitialUEMessage'>;
  readonly traceparent: string | undefined;
  readonly ids: { readonly amfUeNgapId: number; readonly ranUeNgapId: number };
  readonly n2 = new Inbox<N2Message>();
  supi = '';
  /** Of its REGISTRATION REQUEST. */
  ksi = 7;
  kamf: Buffer | undefined;
  nas: NasSecurityContext | undefined;
  /** Whether what comes is to be verified with `nas`. */
  secured = false;
  /** COUNT that KgNB belongs to. */
  kgnbCount = 0;
  readonly #association: N2Association;
  readonly #nas = new Inbox<Buffer>();

  constructor(
    association: N2Association,
    initial: N2MessageOf<'InitialUEMessage'>,
    amfUeNgapId: number,
    traceparent: string | undefined,
  ) {
    this.#association = association;
    this.initial = initial;
    this.traceparent = traceparent;
    this.ids = { amfUeNgapId, ranUeNgapId: initial.ranUeNgapId };
    this.#nas.push(Buffer.from(initial.nasPdu, 'hex'));
  }

  onN2(message: N2Message): void {
    if (message.message === 'UplinkNASTransport') this.#nas.push(Buffer.from(message.nasPdu, 'hex'));
    else this.n2.push(message);
  }

  sendN2(message: N2Message): void {
    this.#association.send(message);
  }

  /** Octets as they are. */
  sendOctets(bytes: Buffer): void {
    this.sendN2({ message: 'DownlinkNASTransport', ...this.ids, nasPdu: bytes.toString('hex') });
  }

  /** Protected once secure exchange is established, unless `security` says otherwise. */
  send(
    message: NasMessage,
    security: SecurityHeaderType = this.secured ? SECURITY_HEADER.integrityProtectedAndCiphered : 0,
  ): void {
    this.sendOctets(this.protect(message, security));
  }

  protect(message: NasMessage, security: SecurityHeaderType): Buffer {
    const plain = encodeMessage(message);
    if (security === SECURITY_HEADER.plain) return plain;
    assert.ok(this.nas);
    return this.nas.protect(plain, security);
  }

  /** The next NAS message, verified and deciphered when there is a context. */
  async next(patient = false): Promise<Uplink> {
    const bytes = await this.#nas.take('NAS message', patient);
    const header = peekHeader(bytes);
    const security = header.securityHeaderType;
    if (security === SECURITY_HEADER.plain) {
      return { message: decodeMessage(bytes, { receiver: 'network' }), security, bytes };
    }
    const plain = this.nas ? this.nas.unprotect(bytes).message : header.payload;
    return { message: decodeMessage(plain, { receiver: 'network' }), security, bytes };
  }

  async expect<T extends NasMessageType>(messageType: T): Promise<Uplink & { message: NasMessageOf<T> }> {
    const uplink = await this.next();
    assert.equal(uplink.message.messageType, messageType);
    return uplink as Uplink & { message: NasMessageOf<T> };
  }

  async expectN2<N extends N2MessageName>(name: N): Promise<N2MessageOf<N>> {
    const message = await this.n2.take(name);
    assert.equal(message.message, name);
    return message as N2MessageOf<N>;
  }

  async release(): Promise<void> {
    const cause = { group: 'nas', value: 'normal-release' } as const;
    this.sendN2({ message: 'UEContextReleaseCommand', ueNgapIds: this.ids, cause });
    await this.expectN2('UEContextReleaseComplete');
  }
}

export interface ScriptedAmfOptions {
  readonly plmnId: PlmnId;
  readonly port?: number;
  /** What answers NG SETUP REQUEST; a response by default. */
  readonly ngSetup?: (request: N2MessageOf<'NGSetupRequest'>) => N2Message | undefined;
}

export class ScriptedAmf {
  readonly plmnId: PlmnId;
  readonly port: number;
  readonly subscribers = new Map<string, Subscriber>();
  readonly homeNetworkKeys = new Map<string, Buffer>();
  readonly known = new Map<string, KnownUe>();
  readonly setups: N2MessageOf<'NGSetupRequest'>[] = [];
  readonly ues: AmfUe[] = [];
  /** N2 messages that belong to no UE. */
  readonly others = new Inbox<N2Message>();
  script: Script = registration();
  readonly #close: () => Promise<void>;
  #nextTmsi = 0xc0000000;
  /** Of scripts that have ended badly, for the test to see. */
  readonly failures: unknown[] = [];

  private constructor(options: ScriptedAmfOptions, port: number, close: () => Promise<void>) {
    this.plmnId = options.plmnId;
    this.port = port;
    this.#close = close;
  }

  static async start(options: ScriptedAmfOptions): Promise<ScriptedAmf> {
    const held: { amf?: ScriptedAmf } = {};
    const server = await listenN2({ host: HOST, port: options.port ?? 0 }, (association) => ({
      onMessage: ({ message, traceparent }) => held.amf?.receive(association, message, traceparent, options),
    }));
    held.amf = new ScriptedAmf(options, server.port, () => server.close());
    return held.amf;
  }

  /** Ends every association, as a kill does. */
  close(): Promise<void> {
    return this.#close();
  }

  receive(
    association: N2Association,
    message: N2Message,
    traceparent: string | undefined,
    { ngSetup = () => this.setupResponse() }: ScriptedAmfOptions,
  ): void {
    if (message.message === 'NGSetupRequest') {
      this.setups.push(message);
      const answer = ngSetup(message);
      if (answer) association.send(answer);
      return;
    }
    if (message.message === 'InitialUEMessage') {
      const ue = new AmfUe(association, message, 1_000 + this.ues.length, traceparent);
      this.ues.push(ue);
      this.script(ue, this).catch((error) => this.failures.push(error));
      return;
    }
    const ids = 'ranUeNgapId' in message ? message : undefined;
    const ue = ids && this.ues.findLast((candidate) => candidate.ids.ranUeNgapId === ids.ranUeNgapId);
    if (ue) ue.onN2(message);
    else this.others.push(message);
  }

  setupResponse(): N2Message {
    return {
      message: 'NGSetupResponse',
      amfName: 'amf.test',
      servedGuamiList: [{ guami: { plmnId: this.plmnId, amfId: '010041' } }],
      relativeAmfCapacity: 255,
      plmnSupportList: [{ plmnId: this.plmnId, sliceSupportList: ALLOWED }],
    };
  }

  supiOf(suci: string): string {
    return deconcealSuci(suci, (id, scheme) => this.homeNetworkKeys.get(`${scheme}-${id}`));
  }

  /** A vector with the next SQN. */
  vector(supi: string) {
    const subscriber = this.subscribers.get(supi);
    assert.ok(subscriber, 'no such subscriber');
    subscriber.sqn = nextSqn(subscriber.sqn);
    return generate5gHeAv({
      k: Buffer.from(subscriber.k, 'hex'),
      opc: Buffer.from(subscriber.opc, 'hex'),
      sqn: subscriber.sqn,
      amf: AMF_FIELD,
      servingNetworkName: servingNetworkName(this.plmnId),
    });
  }

  /** A vector of another system than 5G: its separation bit is 0. */
  vectorWithoutSeparationBit(supi: string): { rand: Buffer; autn: Buffer } {
    const subscriber = this.subscribers.get(supi);
    assert.ok(subscriber, 'no such subscriber');
    subscriber.sqn = nextSqn(subscriber.sqn);
    const [k, opc] = [subscriber.k, subscriber.opc].map((key) => Buffer.from(key, 'hex'));
    assert.ok(k && opc);
    const sqn = sqnToBuffer(subscriber.sqn);
    const field = Buffer.alloc(2);
    const rand = randomBytes(16);
    const { ak, macA } = milenage(k, opc, rand, sqn, field);
    const concealed = sqn.map((octet, at) => octet ^ (ak[at] ?? 0));
    return { rand, autn: Buffer.concat([concealed, field, macA]) };
  }

  resynchronise(supi: string, rand: Buffer, auts: Buffer): void {
    const subscriber = this.subscribers.get(supi);
    assert.ok(subscriber);
    const { k, opc } = subscriber;
    const sqnMs = verifyAuts({ k: Buffer.from(k, 'hex'), opc: Buffer.from(opc, 'hex'), rand, auts });
    assert.ok(sqnMs !== undefined, 'AUTS does not verify');
    subscriber.sqn = sqnMs;
  }

  nextGuti(): FiveGGuti {
    return { plmnId: this.plmnId, amfRegionId: 1, amfSetId: 1, amfPointer: 1, tmsi: this.#nextTmsi++ };
  }
}

/** What was learned of a registration, for a test to look at. */
export interface Seen {
  request?: NasMessageOf<'REGISTRATION REQUEST'>;
  requestSecurity?: SecurityHeaderType;
  /** The message in the container. */
  complete?: NasMessageOf<'REGISTRATION REQUEST'>;
  securityModeComplete?: NasMessageOf<'SECURITY MODE COMPLETE'>;
  resStarMatches?: boolean;
  failures?: number[];
  kamfFingerprint?: string;
}

export interface RegistrationScript {
  readonly seen?: Seen;
  readonly ciphering?: 0 | 2;
  readonly ksi?: number;
  readonly wrongKgnb?: boolean;
  readonly imeisv?: boolean;
  /** Authenticate although the GUTI and its context are known. */
  readonly always?: boolean;
}

/** The registration as an AMF does it, with deregistration after it. */
export function registration(options: RegistrationScript = {}): Script {
  return async (ue, amf) => {
    const first = await ue.next();
    if (first.message.messageType === 'DEREGISTRATION REQUEST UE ORIGINATING') {
      await deregister(ue, amf, first.message);
      return;
    }
    await identify(ue, amf, first, options);
    if (!ue.secured || options.always) {
      if (!(await authenticate(ue, amf, options))) return;
      await securityMode(ue, options);
    }
    await accept(ue, amf, options);
    const { message } = await ue.next(true);
    assert.equal(message.messageType, 'DEREGISTRATION REQUEST UE ORIGINATING');
    await finishDeregistration(ue, message as NasMessageOf<'DEREGISTRATION REQUEST UE ORIGINATING'>);
  };
}

export async function identify(
  ue: AmfUe,
  amf: ScriptedAmf,
  { message, security, bytes }: Uplink,
  { seen = {} }: RegistrationScript = {},
): Promise<void> {
  assert.equal(message.messageType, 'REGISTRATION REQUEST');
  seen.request = message as NasMessageOf<'REGISTRATION REQUEST'>;
  seen.requestSecurity = security;
  const { mobileIdentity, nasMessageContainer, ngKsi } = seen.request;
  ue.ksi = ngKsi.ksi;
  const known = mobileIdentity.type === '5G-GUTI' ? amf.known.get(formatGuti(mobileIdentity.guti)) : undefined;
  if (known && security === SECURITY_HEADER.integrityProtected) {
    const { count } = known.nas.unprotect(bytes);
    assert.ok(nasMessageContainer);
    seen.complete = decodeContainer(
      known.nas.cipherContainer(nasMessageContainer, count),
    ) as NasMessageOf<'REGISTRATION REQUEST'>;
    Object.assign(ue, { supi: known.supi, kamf: known.kamf, nas: known.nas, secured: true, kgnbCount: count });
    return;
  }
  if (mobileIdentity.type === 'SUCI') {
    ue.supi = amf.supiOf(mobileIdentity.suci);
    return;
  }
  ue.send({ messageType: 'IDENTITY REQUEST', identityType: 'SUCI' });
  const response = await ue.expect('IDENTITY RESPONSE');
  assert.equal(response.message.mobileIdentity.type, 'SUCI');
  if (response.message.mobileIdentity.type === 'SUCI') ue.supi = amf.supiOf(response.message.mobileIdentity.suci);
}

/** Another than the one that the UE uses. */
const freeKsi = (ue: AmfUe): number => (ue.ksi === 0 ? 1 : 0);

/** False when the UE was rejected. */
export async function authenticate(
  ue: AmfUe,
  amf: ScriptedAmf,
  { seen = {}, ksi = freeKsi(ue), ciphering = 2 }: RegistrationScript = {},
): Promise<boolean> {
  const ngKsi = { tsc: 'NATIVE', ksi } as const;
  seen.failures = [];
  for (let round = 0; round < 5; round++) {
    const vector = amf.vector(ue.supi);
    ue.send({ messageType: 'AUTHENTICATION REQUEST', ngKsi, abba: ABBA, rand: vector.rand, autn: vector.autn });
    const { message } = await ue.next();
    if (message.messageType === 'AUTHENTICATION FAILURE') {
      seen.failures.push(message.fiveGmmCause);
      if (message.fiveGmmCause !== 21 || !message.auts) break;
      amf.resynchronise(ue.supi, vector.rand, message.auts);
      continue;
    }
    assert.equal(message.messageType, 'AUTHENTICATION RESPONSE');
    const { resStar } = message as NasMessageOf<'AUTHENTICATION RESPONSE'>;
    seen.resStarMatches = resStar?.equals(vector.xresStar) ?? false;
    if (!seen.resStarMatches) break;
    const kseaf = deriveKseaf({ kausf: vector.kausf, servingNetworkName: servingNetworkName(amf.plmnId) });
    ue.kamf = deriveKamf({ kseaf, supi: ue.supi, abba: ABBA });
    seen.kamfFingerprint = fingerprint(ue.kamf);
    ue.nas = NasSecurityContext.fromKamf({
      role: 'network',
      ngKsi,
      kamf: ue.kamf,
      integrityAlgorithm: 2,
      cipheringAlgorithm: ciphering,
    });
    return true;
  }
  ue.send({ messageType: 'AUTHENTICATION REJECT' });
  await ue.release();
  return false;
}

export const securityModeCommand = (
  ue: AmfUe,
  changes: Partial<NasMessageOf<'SECURITY MODE COMMAND'>> = {},
): NasMessageOf<'SECURITY MODE COMMAND'> => {
  assert.ok(ue.nas);
  return {
    messageType: 'SECURITY MODE COMMAND',
    selectedAlgorithms: { ciphering: ue.nas.cipheringAlgorithm, integrity: 2 },
    ngKsi: ue.nas.ngKsi,
    replayedUeSecurityCapability: Buffer.from('a020', 'hex'),
    ...changes,
  };
};

export async function securityMode(ue: AmfUe, { seen = {}, imeisv = true }: RegistrationScript = {}): Promise<void> {
  const command = securityModeCommand(ue, { imeisvRequested: imeisv });
  ue.send(command, SECURITY_HEADER.integrityProtectedWithNewContext);
  const { message, security } = await ue.expect('SECURITY MODE COMPLETE');
  assert.equal(security, SECURITY_HEADER.integrityProtectedAndCipheredWithNewContext);
  ue.secured = true;
  ue.kgnbCount = 0;
  seen.securityModeComplete = message;
  if (message.nasMessageContainer) {
    seen.complete = decodeContainer(message.nasMessageContainer) as NasMessageOf<'REGISTRATION REQUEST'>;
  }
}

export async function accept(
  ue: AmfUe,
  amf: ScriptedAmf,
  { wrongKgnb = false }: RegistrationScript = {},
): Promise<void> {
  assert.ok(ue.kamf && ue.nas);
  const guti = amf.nextGuti();
  const nasPdu = ue.protect(
    {
      messageType: 'REGISTRATION ACCEPT',
      registrationResult: { access: '3GPP' },
      guti,
      taiList: [{ plmnId: amf.plmnId, tac: '000001' }],
      allowedNssai: ALLOWED,
    },
    SECURITY_HEADER.integrityProtectedAndCiphered,
  );
  ue.sendN2({
    message: 'InitialContextSetupRequest',
    ...ue.ids,
    guami: { plmnId: amf.plmnId, amfId: '010041' },
    allowedNssai: ALLOWED,
    ueSecurityCapabilities: {
      nrEncryptionAlgorithms: '4000',
      nrIntegrityProtectionAlgorithms: '4000',
      eutraEncryptionAlgorithms: '0000',
      eutraIntegrityProtectionAlgorithms: '0000',
    },
    securityKey: deriveKgnb(ue.kamf, ue.kgnbCount + (wrongKgnb ? 1 : 0)).toString('hex'),
    nasPdu: nasPdu.toString('hex'),
  });
  if (wrongKgnb) return;
  await ue.expectN2('InitialContextSetupResponse');
  await ue.expect('REGISTRATION COMPLETE');
  amf.known.set(formatGuti(guti), { supi: ue.supi, kamf: ue.kamf, nas: ue.nas });
}

async function deregister(
  ue: AmfUe,
  amf: ScriptedAmf,
  message: NasMessageOf<'DEREGISTRATION REQUEST UE ORIGINATING'>,
): Promise<void> {
  const known = message.mobileIdentity.type === '5G-GUTI' && amf.known.get(formatGuti(message.mobileIdentity.guti));
  assert.ok(known, 'a UE that this AMF does not know deregisters');
  known.nas.unprotect(Buffer.from(ue.initial.nasPdu, 'hex'));
  ue.nas = known.nas;
  ue.secured = true;
  await finishDeregistration(ue, message);
}

export async function finishDeregistration(
  ue: AmfUe,
  { deregistrationType }: NasMessageOf<'DEREGISTRATION REQUEST UE ORIGINATING'>,
): Promise<void> {
  if (!deregistrationType.switchOff) ue.send({ messageType: 'DEREGISTRATION ACCEPT UE ORIGINATING' });
  await ue.release();
}
