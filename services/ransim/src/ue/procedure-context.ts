/** What the UE's procedures work on. */

import type { Cell } from '../radio.ts';
import type { NasSession } from './nas-session.ts';
import type { Deregistration, DeregistrationOutcome, Registration, RegistrationOutcome } from './procedure.ts';
import type { UeRecord } from './record.ts';
import type { Timers } from './timers.ts';

export interface ProcedureContext {
  readonly record: UeRecord;
  readonly session: NasSession;
  readonly cell: Cell;
  readonly timers: Timers;
  readonly procedure: Registration | Deregistration | undefined;
  save(): Promise<void>;
  /** Starts T3510 or T3521, whichever the running procedure has; or starts it again. */
  startProcedureTimer(): void;
  /** Runs `work` when the timer has expired, after everything that came before. */
  startTimer(name: 'T3520' | 'T3540', work: () => void | Promise<void>): void;
  endRegistration(result: Omit<RegistrationOutcome, 'durationMs' | 'steps' | 'keys'>): Promise<void>;
  endDeregistration(result: DeregistrationOutcome['result']): Promise<void>;
  /** The network has deregistered the UE. */
  deregisteredByNetwork(cause: number | undefined): Promise<void>;
}
