/**
 * One UE with an N2 connection: its state, its NAS signalling connection, and the one procedure that runs for it. Messages
 * of the UE are taken one after the other. What answers the procedure goes to it; what begins another one aborts it.
 */
import { isDeepStrictEqual } from 'node:util';
import { NasError, type NasMessage, type NasMessageOf, type NasMessageType, SECURITY_HEADER } from '@twincore/nas';
import { currentTrace, type TraceContext, withTrace } from '@twincore/sbi';
import { answerTo, NOT_COMPATIBLE } from '../nas/clause7.ts';
import { NasLink, type Received } from '../nas/link.ts';
import { describeRefused, type RecordNas } from '../nas/trace.ts';
import { isBeginning, TRANSITIONS, type UeEvent, type UeState } from './states.ts';
import type { Cause, UeConnection } from './ue-connection.ts';
import type { UeContext, UeContexts } from './ue-contexts.ts';

/** The procedure was given up: the UE began another one, or its connection is gone. */
export class Aborted extends Error {}
/** The UE did not answer, however often it was asked. */
export class Unanswered extends Error {}

/** What a downlink message waits for. */
export interface Exchange {
  readonly event: UeEvent;
  readonly message: NasMessage;
  /** Seconds until the message is sent again. */
  readonly timer: number;
  /** Sends in another way than by a DOWNLINK NAS TRANSPORT, the first time. */
  readonly first?: (pdu: Buffer) => string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface SessionEnvironment {
  readonly contexts: UeContexts;
  readonly recordNas: RecordNas;
  readonly retransmissions: number;
  /** Finds the context whose security context an initial message verifies with, and holds it. */
  readonly recognize: (pdu: Buffer) => Promise<{ readonly ue: UeContext; readonly received: Received } | undefined>;
  /** Runs the procedure that an uplink message begins, from its step in the table on. It does not reject. */
  readonly begin: (session: UeSession, received: Received) => Promise<void>;
  /** The session is now the UE's only one. */
  readonly onAdopt: (session: UeSession, ue: UeContext) => void;
  /** The session is over; what it still had under way has stopped when `settled` resolves. */
  readonly onEnd: (session: UeSession, settled: Promise<unknown>) => void;
}

/** Uplink messages of one UE that wait to be looked at; beyond them they are lost. */
const MAX_WAITING = 16;

export class UeSession {
  readonly connection: UeConnection;
  readonly link = new NasLink();
  /** The UE's context, once the UE has proved that it is its own. */
  ue: UeContext | undefined;
  readonly #environment: SessionEnvironment;
  #state: UeState = 'DEREGISTERED';
  #trace: TraceContext | undefined;
  #waiting = 0;
  #inbox: Promise<void> = Promise.resolve();
  #procedure: Promise<void> | undefined;
  #begunBy: NasMessage | undefined;
  #next: (() => Promise<void>) | undefined;
  #aborted = false;
  #over = false;
  #answer: { readonly resolve: (received: Received) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(connection: UeConnection, environment: SessionEnvironment) {
    this.connection = connection;
    this.#environment = environment;
  }

  get state(): UeState {
    return this.#state;
  }

  /** True when nothing is going on: what the UE sent last came to nothing, or everything is done. */
  get idle(): boolean {
    return this.#procedure === undefined;
  }

  /** A NAS PDU from the UE. Resolves when it has been handed to whom it concerns; never rejects for what the UE sent. */
  receive(pdu: Buffer, n2: string, trace: TraceContext): Promise<void> {
    if (this.#waiting >= MAX_WAITING) return Promise.resolve();
    this.#waiting += 1;
    const handled = this.#inbox.then(() => withTrace(trace, () => this.#take(pdu, n2, trace)));
    this.#inbox = handled.then(
      () => void this.#waiting--,
      () => void this.#waiting--,
    );
    return handled;
  }

  async #take(pdu: Buffer, n2: string, trace: TraceContext): Promise<void> {
    if (this.#over) return;
    this.#trace = trace;
    try {
      const known = n2 === 'InitialUEMessage' ? await this.#environment.recognize(pdu) : undefined;
      if (known) this.adopt(known.ue);
      const received = known?.received ?? this.link.receive(pdu);
      await this.#deliver(received, n2, trace);
    } catch (error) {
      if (error instanceof Aborted) return;
      if (!(error instanceof NasError)) throw error;
      const detail = { refused: error.reason };
      this.#environment.recordNas({ direction: 'up', n2, ...describeRefused(pdu), detail }, trace);
      const answer = answerTo(error);
      if (answer) await this.send(answer);
    }
  }

  /** Hands a message that may be processed to whom it concerns. Its COUNT is on disk by then. */
  async #deliver(received: Received, n2: string, trace: TraceContext): Promise<void> {
    const { message, securityHeaderType } = received;
    this.#environment.recordNas({ direction: 'up', message, n2, securityHeaderType }, trace);
    if (received.count !== undefined && this.ue) await this.#environment.contexts.save(this.ue);
    const type = message.messageType;
    if (type === '5GMM STATUS' || this.#over) return;
    if (!(type in TRANSITIONS[this.#state])) {
      await this.send(NOT_COMPATIBLE);
    } else if (isBeginning(type)) {
      // The same request once more, without an answer to the first one yet: the first one goes on (TS 24.501 5.5.1.2.8 e).
      if (this.#procedure && isDeepStrictEqual(message, this.#begunBy)) return;
      this.#begunBy = message;
      this.#abort();
      this.#enqueue(() => withTrace(trace, () => this.#environment.begin(this, received)));
    } else {
      this.#answer?.resolve(received);
    }
  }

  /** Runs a procedure that the network begins, after what is going on, if the UE is then in a state for it. */
  runForNetwork(event: UeEvent, procedure: () => Promise<void>): void {
    this.#enqueue(async () => {
      if (event in TRANSITIONS[this.#state]) await procedure();
    });
  }

  /** One procedure runs, at most one waits: the latest. */
  #enqueue(procedure: () => Promise<void>): void {
    if (this.#over) return;
    this.#next = procedure;
    if (!this.#procedure) this.#run();
  }

  #run(): void {
    const procedure = this.#next;
    this.#next = undefined;
    this.#aborted = this.#over;
    this.#procedure = procedure?.().finally(() => this.#run());
  }

  #abort(): void {
    this.#aborted = this.#procedure !== undefined || this.#over;
    this.#answer?.reject(new Aborted());
  }

  /** Takes a step of the procedure. Throws {@link Aborted} when it is not to go on. */
  enter(event: UeEvent): void {
    this.#check();
    const next = TRANSITIONS[this.#state][event];
    if (!next) throw new Error(`no step "${event}" in state ${this.#state}`);
    this.#state = next;
  }

  #check(): void {
    if (this.#aborted || this.#over) throw new Aborted();
  }

  /**
   * Takes over a context that is held for this session: the UE has proved that it is its own. Throws {@link Aborted}, and
   * lets the context go, when the connection has ended in the meantime.
   */
  adopt(ue: UeContext): void {
    if (this.#over) {
      this.#environment.contexts.release(ue);
      throw new Aborted();
    }
    if (this.ue) this.#environment.contexts.release(this.ue);
    this.ue = ue;
    this.link.current = ue.security;
    this.#environment.onAdopt(this, ue);
    if (this.#state === 'DEREGISTERED' && ue.registered) this.#state = 'REGISTERED';
  }

  /** Sends a message. What it does to the downlink COUNT is on disk before it leaves. */
  async send(message: NasMessage, { first, detail }: Partial<Pick<Exchange, 'first' | 'detail'>> = {}): Promise<void> {
    const { pdu, securityHeaderType } = this.link.protect(message);
    if (this.ue && securityHeaderType === SECURITY_HEADER.integrityProtectedAndCiphered) {
      await this.#environment.contexts.save(this.ue);
    }
    if (this.#over) return;
    const trace = currentTrace() ?? this.#trace;
    const n2 = first ? first(pdu) : this.connection.downlink(pdu);
    if (trace) {
      const record = { direction: 'down', message, n2, securityHeaderType, ...(detail ? { detail } : {}) } as const;
      this.#environment.recordNas(record, trace);
    }
  }

  /**
   * Sends a message and gives the UE's answer: one that the table has for the state that `event` leads to. Sends again each
   * time that the timer runs out. Throws {@link Unanswered} in the end, {@link Aborted} when something else comes up.
   */
  async exchange<T extends NasMessageType>(exchange: Exchange): Promise<Received<NasMessageOf<T>>> {
    this.enter(exchange.event);
    for (let sent = 0; sent <= this.#environment.retransmissions; sent++) {
      const { first, ...again } = exchange;
      const answered = this.#nextAnswer(exchange.timer);
      await this.send(exchange.message, sent === 0 ? exchange : again);
      const received = await answered;
      if (received) {
        this.enter(received.message.messageType as UeEvent);
        return received as Received<NasMessageOf<T>>;
      }
    }
    this.enter('unanswered');
    throw new Unanswered(exchange.message.messageType);
  }

  /** The UE's answer, or undefined after so many seconds. */
  #nextAnswer(seconds: number): Promise<Received | undefined> {
    const answered = new Promise<Received | undefined>((resolve, reject) => {
      const timer = setTimeout(() => resolve(undefined), seconds * 1000);
      this.#answer = {
        resolve: (received) => {
          clearTimeout(timer);
          this.#answer = undefined;
          resolve(received);
        },
        reject: (error) => {
          clearTimeout(timer);
          this.#answer = undefined;
          reject(error);
        },
      };
    });
    // Somebody awaits it in any case, but maybe not yet when it is rejected.
    answered.catch(() => {});
    return answered;
  }

  /** Ends the N2 connection, and the session with it. */
  release(cause: Cause): void {
    if (this.#over) return;
    this.connection.release(cause);
    this.end();
  }

  /** The N2 connection is gone. What the UE is registered as stays. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#next = undefined;
    this.#abort();
    if (this.ue) this.#environment.contexts.release(this.ue);
    this.ue = undefined;
    this.#environment.onEnd(this, Promise.allSettled([this.#inbox, this.#procedure]));
  }
}
