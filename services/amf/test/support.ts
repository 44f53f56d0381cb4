/** A live AMF with a gNB on real N2, and stand-ins for the home networks behind it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { deriveHresStar, deriveKseaf, generate5gHeAv, nextSqn, verifyAuts } from '@twincore/crypto';
import { type Guami, type Nssai, type PlmnId, servingNetworkNameOf } from '@twincore/model';
import { connectN2, type N2Association, type N2Message, type N2MessageOf } from '@twincore/n2';
import { freePort, type StartedNf, type TestPlmn } from '@twincore/testkit';
import type { HomeAuthentication } from '../src/clients/ausf.ts';
import { HomeFailure } from '../src/clients/home-failure.ts';
import type { Registration, SubscriberData } from '../src/clients/udm.ts';
import type { AmfConfig } from '../src/config.ts';
import { amfOver } from '../src/nf.ts';
import { TestUe } from './ue.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
export const TAI = { plmnId: HOME, tac: '000001' };
export const SLICE = { sst: 1, sd: '000001' };
export const GUAMI: Guami = { plmnId: HOME, amfId: '010041' };
const K = Buffer.from('465b5ce8b199b49faa5f0a2ee238a6bc', 'hex');
const OPC = Buffer.from('cd63cb71954a9f4e48a5994e37a02baf', 'hex');

let lastSubscriber = 0;
/** A UE of `home` that nobody else in the test has. */
export function newUe(home: PlmnId = HOME): TestUe {
  lastSubscriber += 1;
  const supi = `imsi-${home.mcc}${home.mnc}${String(lastSubscriber).padStart(10, '0')}`;
  return new TestUe({ supi, k: K, opc: OPC, servingPlmn: HOME });
}

/** A home network of everybody: what it was asked, and what it shall say instead of the right thing. */
export class FakeHome implements HomeAuthentication, SubscriberData {
  readonly calls: { readonly operation: string; readonly home: PlmnId; readonly about: unknown }[] = [];
  readonly registrations = new Map<string, Registration & { purged?: boolean }>();
  readonly results = new Map<string, { supi: string; resStar: string | null; success: boolean }>();
  sqn = 0n;
  failures: Partial<Record<keyof HomeAuthentication | keyof SubscriberData, HomeFailure>> = {};
  nssai: Nssai = { defaultSingleNssais: [SLICE], singleNssais: [SLICE] };
  /** How long each answer takes. */
  delayMs = 0;
  readonly #pending = new Map<string, { supi: string; xresStar: string; kausf: Buffer }>();
  readonly #servingNetworkName = servingNetworkNameOf(HOME);

  async #asked(operation: keyof FakeHome['failures'], home: PlmnId, about: unknown): Promise<void> {
    this.calls.push({ operation, home, about });
    await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const failure = this.failures[operation];
    if (failure) throw failure;
  }

  async authenticate(home: PlmnId, request: Parameters<HomeAuthentication['authenticate']>[1]) {
    await this.#asked('authenticate', home, request);
    const { supiOrSuci, resynchronizationInfo } = request;
    if (resynchronizationInfo) {
      const rand = Buffer.from(resynchronizationInfo.rand, 'hex');
      const sqn = verifyAuts({ k: K, opc: OPC, rand, auts: Buffer.from(resynchronizationInfo.auts, 'hex') });
      if (sqn === undefined) throw new HomeFailure('AUSF', 'AUTHENTICATION_REJECTED', 'AUTS');
      this.sqn = sqn;
    }
    this.sqn = nextSqn(this.sqn);
    const servingNetworkName = this.#servingNetworkName;
    const { rand, autn, xresStar, kausf } = generate5gHeAv({
      k: K,
      opc: OPC,
      sqn: this.sqn,
      amf: Buffer.from('8000', 'hex'),
      servingNetworkName,
    });
    const confirmation = `https://ausf.5gc.mnc001.mcc001.3gppnetwork.org/${randomUUID()}`;
    const supi = supiOrSuci.replace(/^suci-0-(\d+)-(\d+)-0000-0-0-(\d+)$/, 'imsi-$1$2$3');
    this.#pending.set(confirmation, { supi, xresStar: xresStar.toString('hex'), kausf });
    const hxresStar = deriveHresStar({ rand, resStar: xresStar }).toString('hex');
    return { vector: { rand: rand.toString('hex'), autn: autn.toString('hex'), hxresStar }, confirmation };
  }

  async confirm(home: PlmnId, confirmation: string, resStar: string | null) {
    await this.#asked('confirm', home, { confirmation, resStar });
    const pending = this.#pending.get(confirmation);
    if (!pending) throw new HomeFailure('AUSF', 'CONTEXT_NOT_FOUND', 'confirmation');
    const success = resStar === pending.xresStar;
    this.results.set(confirmation, { supi: pending.supi, resStar, success });
    if (!success) return { authResult: 'AUTHENTICATION_FAILURE' as const };
    const kseaf = deriveKseaf({ kausf: pending.kausf, servingNetworkName: this.#servingNetworkName });
    return { authResult: 'AUTHENTICATION_SUCCESS' as const, supi: pending.supi, kseaf: kseaf.toString('hex') };
  }

  async removeResult(home: PlmnId, confirmation: string) {
    await this.#asked('removeResult', home, confirmation);
    this.results.delete(confirmation);
  }

  async register(home: PlmnId, supi: string, registration: Registration) {
    await this.#asked('register', home, supi);
    const proven = [...this.results.values()].some((result) => result.supi === supi && result.success);
    if (!proven) throw new HomeFailure('UDM', 'REAUTHENTICATION_REQUIRED', 'home control');
    this.registrations.set(supi, registration);
  }

  async purge(home: PlmnId, supi: string) {
    await this.#asked('purge', home, supi);
    const registration = this.registrations.get(supi);
    if (registration) this.registrations.set(supi, { ...registration, purged: true });
  }

  async amData(home: PlmnId, supi: string) {
    await this.#asked('amData', home, supi);
    return { nssai: this.nssai };
  }

  async smfSelectData(home: PlmnId, supi: string) {
    await this.#asked('smfSelectData', home, supi);
    return undefined;
  }

  operations(): string[] {
    return this.calls.map(({ operation }) => operation);
  }
}

export const TIMERS = { t3550: 5, t3560: 5, t3570: 5, t3522: 5, retransmissions: 1 };

/** An AMF on free ports; `changes` replace members of its configuration. */
export async function startAmf(
  plmn: TestPlmn,
  home: FakeHome,
  changes: Record<string, unknown> = {},
): Promise<StartedNf<AmfConfig>> {
  const definition = amfOver(() => ({ ausf: home, udm: home }));
  return plmn.start(definition, {
    nfType: 'AMF',
    amfName: 'amf.test',
    amfId: GUAMI.amfId,
    taiList: [TAI],
    sNssais: [SLICE],
    n2: { host: '127.0.0.1', port: await freePort() },
    timers: TIMERS,
    ...changes,
  });
}

const LOCATION = { nrCgi: { plmnId: HOME, nrCellId: '000101001' }, tai: TAI };
const WAIT_MS = 8_000;

/** A gNB whose UEs answer by themselves. */
export class TestGnb {
  readonly association: N2Association;
  /** Messages that belong to no UE, and all error indications. */
  readonly heard: N2Message[] = [];
  readonly #events = new EventEmitter();
  readonly #ues = new Map<number, Attachment>();
  #lastId = 0;
  closed = false;

  private constructor(association: N2Association) {
    this.association = association;
    this.#events.setMaxListeners(0);
  }

  /** Connects; `setUp: false` leaves NG setup out. */
  static async connect({ n2 }: AmfConfig, { setUp = true } = {}): Promise<TestGnb> {
    let gnb: TestGnb | undefined;
    const association = await connectN2({ host: n2.host, port: n2.port }, () => ({
      onMessage: ({ message, traceparent }) => gnb?.onMessage(message, traceparent),
      onClose: () => gnb?.onClose(),
    }));
    gnb = new TestGnb(association);
    if (setUp) {
      gnb.association.send(ngSetupRequest());
      await gnb.until(() => gnb?.heard.some(({ message }) => message === 'NGSetupResponse'));
    }
    return gnb;
  }

  onClose(): void {
    this.closed = true;
    this.#events.emit('change');
  }

  onMessage(message: N2Message, traceparent: string | undefined): void {
    const ids = message.message === 'UEContextReleaseCommand' ? message.ueNgapIds : message;
    const ranUeNgapId = 'ranUeNgapId' in ids ? ids.ranUeNgapId : undefined;
    const attachment = ranUeNgapId === undefined ? undefined : this.#ues.get(ranUeNgapId);
    attachment?.take(message, traceparent);
    if (!attachment || message.message === 'ErrorIndication') this.heard.push(message);
    this.#events.emit('change');
  }

  /** Brings a UE's first message to the AMF. */
  attach(
    ue: TestUe,
    nasPdu: Buffer,
    { traceparent, answers = true }: { traceparent?: string; answers?: boolean } = {},
  ) {
    this.#lastId += 1;
    const attachment = new Attachment(this, ue, this.#lastId, { answers, ...(traceparent ? { traceparent } : {}) });
    this.#ues.set(this.#lastId, attachment);
    const message: N2MessageOf<'InitialUEMessage'> = {
      message: 'InitialUEMessage',
      ranUeNgapId: this.#lastId,
      nasPdu: nasPdu.toString('hex'),
      userLocationInformation: LOCATION,
      rrcEstablishmentCause: 'mo-Signalling',
    };
    this.association.send(message, traceparent);
    return attachment;
  }

  /** Registers; the UE has completed when this resolves. */
  async register(ue: TestUe, options: { traceparent?: string } = {}): Promise<Attachment> {
    const attachment = this.attach(ue, ue.registrationRequest(), options);
    await this.until(() => ue.accepted || attachment.released);
    assert.ok(ue.accepted, `not accepted: ${JSON.stringify(ue.heard.at(-1))}`);
    return attachment;
  }

  /** Resolves when `done` is true, which is looked at after each message. */
  async until(done: () => unknown): Promise<void> {
    const signal = AbortSignal.timeout(WAIT_MS);
    while (!done()) await once(this.#events, 'change', { signal });
  }

  close(): void {
    this.association.close();
  }
}

/** A UE's connection at the gNB. */
export class Attachment {
  readonly messages: N2Message[] = [];
  readonly traceparents: (string | undefined)[] = [];
  released: N2MessageOf<'UEContextReleaseCommand'> | undefined;
  amfUeNgapId = -1;
  readonly ranUeNgapId: number;
  readonly #gnb: TestGnb;
  readonly #ue: TestUe;
  readonly #options: { traceparent?: string; answers: boolean };

  constructor(gnb: TestGnb, ue: TestUe, ranUeNgapId: number, options: { traceparent?: string; answers: boolean }) {
    this.#gnb = gnb;
    this.#ue = ue;
    this.ranUeNgapId = ranUeNgapId;
    this.#options = options;
  }

  get ids() {
    return { amfUeNgapId: this.amfUeNgapId, ranUeNgapId: this.ranUeNgapId };
  }

  take(message: N2Message, traceparent: string | undefined): void {
    this.messages.push(message);
    this.traceparents.push(traceparent);
    if ('amfUeNgapId' in message && message.amfUeNgapId !== undefined) this.amfUeNgapId = message.amfUeNgapId;
    if (message.message === 'UEContextReleaseCommand') {
      this.released = message;
      this.send({ message: 'UEContextReleaseComplete', ...message.ueNgapIds });
    }
    if (message.message === 'InitialContextSetupRequest') {
      this.send({ message: 'InitialContextSetupResponse', ...this.ids });
    }
    const nasPdu = 'nasPdu' in message ? message.nasPdu : undefined;
    if (nasPdu === undefined || !this.#options.answers) return;
    const answer = this.#ue.hear(Buffer.from(nasPdu, 'hex'));
    if (answer) this.uplink(answer);
  }

  uplink(nasPdu: Buffer): void {
    this.send({
      message: 'UplinkNASTransport',
      ...this.ids,
      nasPdu: nasPdu.toString('hex'),
      userLocationInformation: LOCATION,
    });
  }

  send(message: N2Message): void {
    this.#gnb.association.send(message, this.#options.traceparent);
  }
}

export function ngSetupRequest(plmnId: PlmnId = HOME, tac = TAI.tac): N2MessageOf<'NGSetupRequest'> {
  return {
    message: 'NGSetupRequest',
    globalRanNodeId: { plmnId, gnbId: '000101' },
    ranNodeName: 'gnb-test',
    supportedTaList: [{ tac, broadcastPlmnList: [{ plmnId, taiSliceSupportList: [SLICE] }] }],
  };
}
