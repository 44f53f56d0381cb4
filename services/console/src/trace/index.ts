/**
 * The messages of a run in memory: a summary of each, and where its record is on disk. It never holds more than it was told:
 * beyond that the oldest go, and are counted.
 */
import type { TraceRecord } from '@twincore/sbi';
import type { CallPulse, Counts, MessagePage, MessageSummary, ProcedurePage, ProcedureSummary } from '../wire.ts';
import { type MessageFilter, messageMatcher, type ProcedureFilter, procedureMatcher } from './filter.ts';
import type { Place, TraceSink } from './follow.ts';
import { Procedure } from './procedures.ts';
import { parseRecord, summaryOf } from './summary.ts';

/** So much of the index goes at once when it is full: one by one would sort it for each record. */
const SHARE_TO_FORGET = 0.1;

export interface Page {
  readonly from: number;
  readonly limit: number;
}

export class TraceIndex implements TraceSink {
  readonly #capacity: number;
  readonly #onRecord: (record: TraceRecord, summary: MessageSummary) => void;
  #run = '';
  #messages: MessageSummary[] = [];
  #sorted = true;
  #places = new Map<number, Place>();
  #procedures = new Map<string, Procedure>();
  #names = new Map<string, string>();
  #pulses = new Map<string, { from: string; to: string; count: number; failed: number }>();
  #nextId = 1;
  #failed = 0;
  #forgotten = 0;
  #unreadable = 0;
  #revision = 0;

  /** `capacity`: messages that are kept at most. `onRecord` sees every record once. */
  constructor(capacity: number, onRecord: (record: TraceRecord, summary: MessageSummary) => void = () => {}) {
    this.#capacity = capacity;
    this.#onRecord = onRecord;
  }

  get run(): string {
    return this.#run;
  }
  get revision(): number {
    return this.#revision;
  }

  reset(run: string): void {
    this.#run = run;
    this.#messages = [];
    this.#sorted = true;
    this.#places.clear();
    this.#procedures.clear();
    this.#names.clear();
    this.#pulses.clear();
    this.#failed = 0;
    this.#forgotten = 0;
    this.#unreadable = 0;
    this.#revision += 1;
  }

  add(line: string, place: Place): void {
    const record = parseRecord(line);
    if (!record) {
      this.skip();
      return;
    }
    const message = summaryOf(record, this.#nextId);
    this.#nextId += 1;
    const last = this.#messages.at(-1);
    if (last && last.at > message.at) this.#sorted = false;
    this.#messages.push(message);
    this.#places.set(message.id, place);
    if (message.failed) this.#failed += 1;
    this.#procedureOf(message.traceId).add(message, record);
    for (const { nfInstanceId, nfType, plmn } of [record.from, record.to]) {
      if (typeof nfInstanceId === 'string') this.#names.set(nfInstanceId, plmn ? `${nfType} ${plmn}` : `${nfType}`);
    }
    this.#pulse(message);
    this.#revision += 1;
    this.#onRecord(record, message);
    if (this.#messages.length > this.#capacity) this.#forgetOldest();
  }

  skip(): void {
    this.#unreadable += 1;
    this.#revision += 1;
  }

  caughtUp(): void {}

  counts(): Counts {
    return {
      messages: this.#messages.length,
      failed: this.#failed,
      procedures: this.#procedures.size,
      forgotten: this.#forgotten,
      unreadable: this.#unreadable,
      revision: this.#revision,
    };
  }

  /** Calls since this was asked last. */
  takePulses(): CallPulse[] {
    const pulses = [...this.#pulses.values()];
    this.#pulses.clear();
    return pulses;
  }

  /** By time. */
  messages(filter: MessageFilter, { from, limit }: Page): MessagePage {
    const source =
      filter.traceId === undefined ? this.#ordered() : (this.#procedures.get(filter.traceId)?.ordered() ?? []);
    const found = source.filter(messageMatcher(filter));
    return { items: found.slice(from, from + limit), from, total: found.length, revision: this.#revision };
  }

  /** The last first. */
  procedures(filter: ProcedureFilter, { from, limit }: Page): ProcedurePage {
    const matches = procedureMatcher(filter);
    const found = [...this.#procedures.values()]
      .flatMap((procedure) => procedure.summary() ?? [])
      .filter(matches)
      .sort((a, b) => b.at - a.at);
    return { items: found.slice(from, from + limit), from, total: found.length, revision: this.#revision };
  }

  procedure(
    traceId: string,
  ): { readonly summary: ProcedureSummary; readonly messages: readonly MessageSummary[] } | undefined {
    const procedure = this.#procedures.get(traceId);
    const summary = procedure?.summary();
    return procedure && summary ? { summary, messages: procedure.ordered() } : undefined;
  }

  /** Messages with an error that began between two times. */
  errorsBetween(from: number, to: number): MessageSummary[] {
    return this.#ordered().filter(({ at, failed, control }) => failed && !control && at >= from && at <= to);
  }

  message(id: number): { readonly summary: MessageSummary; readonly place: Place } | undefined {
    const place = this.#places.get(id);
    const summary = this.#ordered().find((message) => message.id === id);
    return place && summary ? { summary, place } : undefined;
  }

  /** Whose instance id it is, as far as the records tell: `AMF 001-01`. */
  nameOf(nfInstanceId: string): string | undefined {
    return this.#names.get(nfInstanceId);
  }

  #procedureOf(traceId: string): Procedure {
    const known = this.#procedures.get(traceId);
    if (known) return known;
    const procedure = new Procedure(traceId);
    this.#procedures.set(traceId, procedure);
    return procedure;
  }

  #pulse({ from, to, failed }: MessageSummary): void {
    const key = `${from}\n${to}`;
    const pulse = this.#pulses.get(key) ?? { from, to, count: 0, failed: 0 };
    pulse.count += 1;
    if (failed) pulse.failed += 1;
    this.#pulses.set(key, pulse);
  }

  #ordered(): readonly MessageSummary[] {
    if (!this.#sorted) {
      this.#messages.sort((a, b) => a.at - b.at || a.id - b.id);
      this.#sorted = true;
    }
    return this.#messages;
  }

  /** Whole procedures go, the ones that began first. */
  #forgetOldest(): void {
    this.#ordered();
    const target = Math.floor(this.#capacity * (1 - SHARE_TO_FORGET));
    const gone = new Set(this.#messages.slice(0, this.#messages.length - target).map(({ traceId }) => traceId));
    const kept = this.#messages.filter(({ traceId }) => !gone.has(traceId));
    // One procedure that is larger than all the room loses its own beginning.
    const messages = kept.length > 0 ? kept : this.#messages.slice(-target);
    const ids = new Set(messages.map(({ id }) => id));
    for (const { id } of this.#messages) if (!ids.has(id)) this.#places.delete(id);
    this.#forgotten += this.#messages.length - messages.length;
    this.#messages = messages as MessageSummary[];
    this.#failed = messages.filter(({ failed }) => failed).length;
    const traces = new Set(messages.map(({ traceId }) => traceId));
    for (const [traceId, procedure] of this.#procedures) {
      if (!traces.has(traceId)) this.#procedures.delete(traceId);
      else if (gone.has(traceId)) procedure.keep(ids);
    }
  }
}
