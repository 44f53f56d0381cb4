/** One UE: what happens to it, one thing after the other, and what it is busy with (TS 24.501 clause 5). */
import { timingSafeEqual } from 'node:crypto';
import { fingerprint, sqnToBuffer, UsimSqn } from '@twincore/crypto';
import { type PlmnId, plmnToString } from '@twincore/model';
import type { FastifyBaseLogger } from 'fastify';
import type { UeTimers } from '../config.ts';
import { RansimError } from '../errors.ts';
import { type Cell, type RadioUe, type ReleasedBy, securityModeMacI } from '../radio.ts';
import { requestDeregistration } from './deregistration.ts';
import { dispatch } from './dispatch.ts';
import { fromStored, NasSession, type SecurityContext, toStored } from './nas-session.ts';
import {
  Deregistration,
  type DeregistrationOutcome,
  type Faults,
  Registration,
  type RegistrationOutcome,
} from './procedure.ts';
import type { ProcedureContext } from './procedure-context.ts';
import type { Card, StoredSecurity, UeRecord, UeRecords } from './record.ts';
import { requestRegistration } from './registration.ts';
import { gutiFor, type WantedIdentity } from './registration-request.ts';
import { type FiveGmmEvent, type FiveGmmState, nextState } from './states.ts';
import { Timers } from './timers.ts';

export interface UeOptions {
  readonly record: UeRecord;
  readonly records: UeRecords;
  readonly timers: UeTimers;
  readonly log: FastifyBaseLogger;
}

export interface RegistrationOptions {
  readonly identity?: WantedIdentity;
  readonly faults?: Faults;
  readonly traceparent: string;
}

/** Requests of a deregistration before it is given up (5.5.2.2.6). */
const MAX_DEREGISTRATION_REQUESTS = 5;

/** One RRC connection with the NAS session on it. */
interface Connection {
  readonly cell: Cell;
  readonly session: NasSession;
}

export class Ue {
  readonly #record: UeRecord;
  readonly #records: UeRecords;
  readonly #log: FastifyBaseLogger;
  readonly #timers: Timers;
  #state: FiveGmmState;
  #connection: Connection | undefined;
  #procedure: Registration | Deregistration | undefined;
  #discarded = false;
  /** What happens to a UE happens in order: each thing waits for the ones before it. */
  #queue: Promise<void> = Promise.resolve();

  constructor({ record, records, timers, log }: UeOptions) {
    this.#record = record;
    this.#records = records;
    this.#log = log;
    this.#timers = new Timers(timers);
    this.#state = record.registeredIn === undefined ? '5GMM-DEREGISTERED' : '5GMM-REGISTERED';
  }

  /** The PLMN that the UE is registered in. */
  get registeredIn(): PlmnId | undefined {
    return this.#record.registeredIn;
  }

  /** Puts another card in; what the UE has learned stays. Throws a {@link RansimError} when it is busy. */
  async provision(card: Card): Promise<void> {
    this.#mustBeIdle();
    this.#record.card = card;
    await this.#save();
  }

  /** Registers in the cell's PLMN; resolves with the outcome, also when it is a rejection. Throws a {@link RansimError}. */
  async register(
    cell: Cell,
    { identity, faults = {}, traceparent }: RegistrationOptions,
  ): Promise<RegistrationOutcome> {
    nextState(this.#state, 'registration-requested');
    gutiFor(this.#record, identity);
    await mustBeReady(cell);
    this.#mustExist();
    this.#move('registration-requested');
    const registration = new Registration(faults);
    this.#procedure = registration;
    this.#enqueue(async () => {
      const guti = gutiFor(this.#record, identity);
      const connection = this.#connect(cell, guti?.security, traceparent);
      await requestRegistration(this.#contextOf(connection), registration, guti);
    });
    return registration.outcome;
  }

  /** Deregisters in `cell`, which is of the PLMN that the UE is registered in. Throws a {@link RansimError}. */
  async deregister(cell: Cell, switchOff: boolean, traceparent: string): Promise<DeregistrationOutcome> {
    nextState(this.#state, 'deregistration-requested');
    await mustBeReady(cell);
    this.#mustExist();
    this.#move('deregistration-requested');
    const deregistration = new Deregistration();
    this.#procedure = deregistration;
    this.#enqueue(async () => {
      const { security } = this.#record;
      const current = this.#connection?.session.alive ? this.#connection : undefined;
      const connection = current ?? this.#connect(cell, security && fromStored(security), traceparent);
      connection.session.traceparent = traceparent;
      await requestDeregistration(this.#contextOf(connection), deregistration, { switchOff, initial: !current });
    });
    return deregistration.outcome;
  }

  /** Ends the UE: it leaves its cell and is forgotten. Throws a {@link RansimError} when it is busy. */
  async discard(): Promise<void> {
    this.#mustBeIdle();
    this.#discarded = true;
    await this.close();
    await this.#records.remove(this.#record.supi);
  }

  /** Leaves the cell, without a word to the network; resolves when nothing more will be stored. */
  async close(): Promise<void> {
    this.#leave();
    await this.#queue;
  }

  /** What the operator may see: no key. */
  view() {
    const { supi, card, sqn, registeredIn, network, security } = this.#record;
    return {
      supi,
      plmnId: card.plmnId,
      state: this.#state,
      ...(registeredIn ? { registeredIn } : {}),
      connected: this.#connection?.session.alive ?? false,
      /** SQN_MS of TS 33.102 6.3.3. */
      sqnMs: sqnToBuffer(UsimSqn.from(sqn).highest()).toString('hex'),
      ...(network ? { network } : {}),
      ...(security ? { security: viewOf(security) } : {}),
    };
  }

  #leave(): void {
    this.#timers.stopAll();
    this.#connection?.session.leave();
  }

  #mustExist(): void {
    if (this.#discarded) throw new RansimError('UE_NOT_FOUND', 'the UE was deleted');
  }

  #mustBeIdle(): void {
    this.#mustExist();
    if (this.#procedure) throw new RansimError('UE_BUSY', `the UE is in ${this.#state}`);
  }

  #move(event: FiveGmmEvent): void {
    this.#state = nextState(this.#state, event);
  }

  async #save(): Promise<void> {
    if (this.#discarded) return;
    const security = this.#connection?.session.security;
    if (security) this.#record.security = toStored(security);
    await this.#records.save(this.#record);
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error) => this.#giveUp(error));
  }

  /** Something that nobody foresaw, such as a store that cannot write: the UE must not hang in its procedure. */
  #giveUp(error: unknown): void {
    this.#log.error({ err: error }, 'a UE failed');
    this.#leave();
    const procedure = this.#procedure;
    this.#procedure = undefined;
    if (!procedure) return;
    this.#record.registeredIn = undefined;
    this.#move(procedure.kind === 'registration' ? 'registration-failed' : 'deregistered');
    procedure.fail(error);
  }

  #connect(cell: Cell, security: SecurityContext | undefined, traceparent: string): Connection {
    this.#leave();
    // The cell needs the UE and the session needs the cell's connection.
    const ue: RadioUe = {
      onNas: (nasPdu) => this.#on(connection, () => this.#receive(connection, nasPdu)),
      onSecurityModeCommand: (macI) =>
        new Promise((resolve) => {
          this.#on(connection, async () => resolve(await this.#activateSecurity(connection, macI)));
          // A connection that ended meanwhile answers nothing; the gNB has to know that.
          this.#enqueue(async () => resolve(false));
        }),
      onReleased: (by) => this.#on(connection, () => this.#released(connection, by)),
    };
    const session = new NasSession({
      plmnId: cell.plmnId,
      radio: cell.connect(ue),
      traceparent,
      security,
      save: () => this.#save(),
      onStep: (...step) => this.#procedure?.step(...step),
      onDiscard: (why) => this.#log.debug({ why }, 'a NAS message ignored'),
    });
    const connection: Connection = { cell, session };
    this.#connection = connection;
    return connection;
  }

  /** What comes from a connection that has ended meanwhile concerns nobody. */
  #on(connection: Connection, work: () => Promise<void>): void {
    this.#enqueue(async () => {
      if (connection.session.alive) await work();
    });
  }

  async #receive(connection: Connection, nasPdu: Buffer): Promise<void> {
    const received = await connection.session.receive(nasPdu);
    if (received) await dispatch(this.#contextOf(connection), this.#state, received);
  }

  async #activateSecurity({ session }: Connection, macI: Buffer): Promise<boolean> {
    const kgnb = session.kgnb();
    const matches = kgnb !== undefined && timingSafeEqual(securityModeMacI(kgnb), macI);
    if (this.#procedure?.kind === 'registration') {
      this.#procedure.kgnbMatches = matches;
      if (kgnb) this.#procedure.used({ kgnb });
    }
    if (!matches) {
      session.leave();
      await this.#endRegistration({ result: 'rejected', rejectedBy: 'UE', reason: 'KgNB of UE and AMF differ' });
    }
    return matches;
  }

  async #released({ session }: Connection, by: ReleasedBy): Promise<void> {
    session.alive = false;
    this.#timers.stop('T3540');
    const reason = by === 'AMF' ? 'the AMF released the UE context' : 'the gNB lost its AMF';
    await this.#endRegistration({ result: 'rejected', ...(by === 'AMF' ? { rejectedBy: by } : {}), reason });
    await this.#endDeregistration('deregistered-locally');
  }

  #startProcedureTimer(): void {
    if (this.#procedure?.kind === 'registration') this.#startTimer('T3510', () => this.#registrationTimedOut());
    if (this.#procedure?.kind === 'deregistration') this.#startTimer('T3521', () => this.#deregistrationTimedOut());
  }

  #startTimer(name: 'T3510' | 'T3520' | 'T3521' | 'T3540', work: () => void | Promise<void>): void {
    this.#timers.start(name, () => this.#enqueue(async () => work()));
  }

  async #registrationTimedOut(): Promise<void> {
    this.#connection?.session.leave();
    await this.#endRegistration({ result: 'rejected', reason: 'T3510 expired' });
  }

  async #deregistrationTimedOut(): Promise<void> {
    const connection = this.#connection;
    const procedure = this.#procedure;
    if (!connection || procedure?.kind !== 'deregistration') return;
    if (procedure.sent >= MAX_DEREGISTRATION_REQUESTS) {
      connection.session.leave();
      await this.#endDeregistration('deregistered-locally');
      return;
    }
    await requestDeregistration(this.#contextOf(connection), procedure, { switchOff: false, initial: false });
  }

  /** Does nothing when no registration is running. */
  async #endRegistration(result: Omit<RegistrationOutcome, 'durationMs' | 'steps' | 'keys'>): Promise<void> {
    const registration = this.#procedure;
    if (registration?.kind !== 'registration') return;
    this.#timers.stopAll();
    if (result.result === 'registered') {
      this.#move('registration-accepted');
    } else {
      this.#record.registeredIn = undefined;
      await this.#save();
      this.#move('registration-failed');
      this.#awaitRelease();
    }
    this.#procedure = undefined;
    const { lastCause, kamfFingerprint, kgnbMatches } = registration;
    const security = this.#connection?.session.security;
    if (security) {
      const { kNasInt, kNasEnc } = security.nas.toStored();
      registration.used({ kamf: security.kamf, knasint: kNasInt, knasenc: kNasEnc });
    }
    registration.end({
      ...result,
      ...(result.result === 'registered' || lastCause === undefined ? {} : { fiveGmmCause: lastCause }),
      ...(kamfFingerprint === undefined ? {} : { kamfFingerprint }),
      ...(kgnbMatches === undefined ? {} : { kgnbMatches }),
      keys: registration.keys,
    });
  }

  /** Does nothing when no deregistration is running. */
  async #endDeregistration(result: DeregistrationOutcome['result']): Promise<void> {
    const deregistration = this.#procedure;
    if (deregistration?.kind !== 'deregistration') return;
    this.#timers.stopAll();
    this.#record.registeredIn = undefined;
    await this.#save();
    this.#move('deregistered');
    this.#procedure = undefined;
    this.#awaitRelease();
    deregistration.end({ result });
  }

  async #deregisteredByNetwork(cause: number | undefined): Promise<void> {
    const { kind } = this.#procedure ?? {};
    if (this.#procedure?.kind === 'registration') this.#procedure.lastCause = cause ?? this.#procedure.lastCause;
    await this.#endRegistration({ result: 'rejected', rejectedBy: 'AMF', reason: 'deregistered by the network' });
    await this.#endDeregistration('deregistered');
    if (kind !== undefined) return;
    this.#record.registeredIn = undefined;
    await this.#save();
    if (this.#state !== '5GMM-DEREGISTERED') this.#move('deregistered-by-network');
    this.#awaitRelease();
  }

  /** The network releases the connection, or the UE leaves it when T3540 expires (5.3.1.3). */
  #awaitRelease(): void {
    const session = this.#connection?.session;
    if (session?.alive) this.#startTimer('T3540', () => session.leave());
  }

  #contextOf({ cell, session }: Connection): ProcedureContext {
    return {
      record: this.#record,
      session,
      cell,
      timers: this.#timers,
      procedure: this.#procedure,
      save: () => this.#save(),
      startProcedureTimer: () => this.#startProcedureTimer(),
      startTimer: (name, work) => this.#startTimer(name, work),
      endRegistration: (result) => this.#endRegistration(result),
      endDeregistration: (result) => this.#endDeregistration(result),
      deregisteredByNetwork: (cause) => this.#deregisteredByNetwork(cause),
    };
  }
}

async function mustBeReady(cell: Cell): Promise<void> {
  if (await cell.ready()) return;
  throw new RansimError('AMF_NOT_REACHABLE', `the gNB of ${plmnToString(cell.plmnId)} has no AMF`);
}

function viewOf({ plmnId, nas, kamf }: StoredSecurity) {
  const { ngKsi, integrityAlgorithm, cipheringAlgorithm, ulCount, dlCount } = nas;
  const kamfFingerprint = fingerprint(Buffer.from(kamf, 'hex'));
  return { plmnId, ngKsi, integrityAlgorithm, cipheringAlgorithm, ulCount, dlCount, kamfFingerprint };
}
