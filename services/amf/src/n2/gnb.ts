/** One gNB: its association, and the UEs that it has brought here (TS 38.413 clause 8). */
import type { Tai } from '@twincore/model';
import type { Frame, N2Association, N2Handler, N2Message, N2MessageName, N2MessageOf } from '@twincore/n2';
import { currentTrace, formatTraceparent, newTrace, parseTraceparent, type TraceContext } from '@twincore/sbi';
import type { FastifyBaseLogger } from 'fastify';
import type { Cause, UeConnection } from '../procedures/ue-connection.ts';
import type { UeSession } from '../procedures/ue-session.ts';
import { GnbUe } from './gnb-ue.ts';
import { type AmfIdentity, answerNgSetup, commonTais, sameTai } from './ng-setup.ts';

export interface GnbEnvironment {
  readonly amf: AmfIdentity;
  readonly maxUes: number;
  readonly log: FastifyBaseLogger;
  /** An AMF UE NGAP ID that nobody has. */
  readonly nextId: () => number;
  readonly openSession: (connection: UeConnection, onEnd: () => void) => UeSession;
}

/** A UE from its INITIAL UE MESSAGE to its UE CONTEXT RELEASE COMPLETE. */
interface Ue {
  readonly connection: GnbUe;
  readonly session: UeSession;
  /** Runs from UE CONTEXT RELEASE COMMAND; the ids are free when it ends, with or without an answer. */
  released?: NodeJS.Timeout;
}

type UplinkMessage = Extract<
  N2MessageName,
  | 'NGSetupRequest'
  | 'InitialUEMessage'
  | 'UplinkNASTransport'
  | 'InitialContextSetupResponse'
  | 'InitialContextSetupFailure'
  | 'UEContextReleaseRequest'
  | 'UEContextReleaseComplete'
  | 'ErrorIndication'
>;
type Handlers = { readonly [N in UplinkMessage]: (message: N2MessageOf<N>, trace: TraceContext) => void };

const WRONG_STATE: Cause = { group: 'protocol', value: 'message-not-compatible-with-receiver-state' };
const SEMANTIC_ERROR: Cause = { group: 'protocol', value: 'semantic-error' };
const OVERLOAD: Cause = { group: 'misc', value: 'control-processing-overload' };
const UNKNOWN_AMF_ID: Cause = { group: 'radioNetwork', value: 'unknown-local-UE-NGAP-ID' };
const WRONG_RAN_ID: Cause = { group: 'radioNetwork', value: 'inconsistent-remote-UE-NGAP-ID' };
const UNSPECIFIED: Cause = { group: 'nas', value: 'unspecified' };
const RELEASE_GUARD_MS = 5_000;

export class Gnb implements N2Handler {
  readonly #association: N2Association;
  readonly #environment: GnbEnvironment;
  /** Empty until NG setup has succeeded. */
  #tais: readonly Tai[] = [];
  /** By AMF UE NGAP ID. */
  readonly #ues = new Map<number, Ue>();
  /** AMF UE NGAP ID by RAN UE NGAP ID. */
  readonly #amfIds = new Map<number, number>();

  constructor(association: N2Association, environment: GnbEnvironment) {
    this.#association = association;
    this.#environment = environment;
  }

  onMessage({ message, traceparent }: Frame): void {
    const handler = this.#handlers[message.message as UplinkMessage] as
      | ((message: N2Message, trace: TraceContext) => void)
      | undefined;
    if (!handler || (this.#tais.length === 0 && message.message !== 'NGSetupRequest')) this.#indicate(WRONG_STATE);
    else handler(message, parseTraceparent(traceparent) ?? newTrace());
  }

  onClose(): void {
    this.#endAll();
  }

  readonly #handlers: Handlers = {
    NGSetupRequest: (request) => {
      // A second one begins everything anew (8.7.1.1).
      this.#endAll();
      const answer = answerNgSetup(request, this.#environment.amf);
      this.#tais = answer.message === 'NGSetupResponse' ? commonTais(request, this.#environment.amf) : [];
      this.#environment.log.info({ gnb: request.ranNodeName, peer: this.#association.peer }, answer.message);
      this.#association.send(answer);
    },

    InitialUEMessage: ({ ranUeNgapId, nasPdu, userLocationInformation }, trace) => {
      const tai = this.#tais.find((one) => sameTai(one, userLocationInformation.tai));
      if (!tai) return this.#indicate(SEMANTIC_ERROR, { ranUeNgapId });
      // The gNB has given the id to another UE, so the former one is gone (TS 38.413 8.6.1.2).
      const former = this.#amfIds.get(ranUeNgapId);
      if (former !== undefined) this.#forget(former);
      if (this.#ues.size >= this.#environment.maxUes) return this.#indicate(OVERLOAD, { ranUeNgapId });
      const { session } = this.#open(ranUeNgapId, tai);
      this.#handOver(session, nasPdu, 'InitialUEMessage', trace).then(() => {
        // What it sent came to nothing: it need not stay connected.
        if (session.idle && session.state === 'DEREGISTERED') session.release(UNSPECIFIED);
      });
    },

    UplinkNASTransport: (message, trace) => {
      const ue = this.#find(message);
      if (ue) this.#handOver(ue.session, message.nasPdu, 'UplinkNASTransport', trace);
    },

    InitialContextSetupResponse: (message) => void this.#find(message),

    InitialContextSetupFailure: (message) => this.#find(message)?.session.release(message.cause),

    UEContextReleaseRequest: (message) => this.#find(message)?.session.release(message.cause),

    UEContextReleaseComplete: (message) => {
      if (this.#find(message)) this.#forget(message.amfUeNgapId);
    },

    ErrorIndication: ({ amfUeNgapId, cause }) => {
      this.#environment.log.warn({ cause, peer: this.#association.peer }, 'the gNB indicates an error');
      if (amfUeNgapId !== undefined) this.#forget(amfUeNgapId);
    },
  };

  #open(ranUeNgapId: number, tai: Tai): Ue {
    const { amf, nextId, openSession } = this.#environment;
    const amfUeNgapId = nextId();
    const connection = new GnbUe({
      amfUeNgapId,
      ranUeNgapId,
      tai,
      guami: amf.guami,
      send: (message) => this.#send(message),
    });
    const session = openSession(connection, () => this.#guardRelease(amfUeNgapId));
    const ue: Ue = { connection, session };
    this.#ues.set(amfUeNgapId, ue);
    this.#amfIds.set(ranUeNgapId, amfUeNgapId);
    return ue;
  }

  async #handOver(session: UeSession, nasPdu: string, n2: string, trace: TraceContext): Promise<void> {
    try {
      await session.receive(Buffer.from(nasPdu, 'hex'), n2, trace);
    } catch (error) {
      this.#environment.log.error({ err: error }, 'a NAS message could not be handled');
      session.release(UNSPECIFIED);
    }
  }

  /** The UE of both ids, or undefined after an ERROR INDICATION about the one that is wrong (TS 38.413 10.6). */
  #find(ids: { readonly amfUeNgapId: number; readonly ranUeNgapId: number }): Ue | undefined {
    const { amfUeNgapId, ranUeNgapId } = ids;
    const ue = this.#ues.get(amfUeNgapId);
    if (!ue) this.#indicate(UNKNOWN_AMF_ID, { amfUeNgapId, ranUeNgapId });
    else if (ue.connection.ids.ranUeNgapId !== ranUeNgapId) this.#indicate(WRONG_RAN_ID, { amfUeNgapId, ranUeNgapId });
    else return ue;
    return undefined;
  }

  #indicate(cause: Cause, ids: { amfUeNgapId?: number; ranUeNgapId?: number } = {}): void {
    this.#send({ message: 'ErrorIndication', ...ids, cause });
  }

  #send(message: N2Message): void {
    const trace = currentTrace();
    this.#association.send(message, trace && formatTraceparent(trace));
  }

  #guardRelease(amfUeNgapId: number): void {
    const ue = this.#ues.get(amfUeNgapId);
    if (!ue) return;
    ue.released = setTimeout(() => this.#forget(amfUeNgapId), RELEASE_GUARD_MS);
    ue.released.unref();
  }

  /** The ids are free from now on. */
  #forget(amfUeNgapId: number): void {
    const ue = this.#ues.get(amfUeNgapId);
    if (!ue) return;
    clearTimeout(ue.released);
    this.#ues.delete(amfUeNgapId);
    this.#amfIds.delete(ue.connection.ids.ranUeNgapId);
    ue.session.end();
  }

  #endAll(): void {
    for (const amfUeNgapId of [...this.#ues.keys()]) this.#forget(amfUeNgapId);
  }
}
