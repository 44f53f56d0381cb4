/** All UEs of this ransim: out of the store when they are first needed, one object for each from then on. */
import { UsimSqn } from '@twincore/crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { UeTimers } from '../config.ts';
import { RansimError } from '../errors.ts';
import type { Card, UeRecord, UeRecords } from './record.ts';
import { Ue } from './ue.ts';

export class Ues {
  readonly #records: UeRecords;
  readonly #timers: UeTimers;
  readonly #log: FastifyBaseLogger;
  readonly #known = new Map<string, Promise<Ue | undefined>>();

  constructor(records: UeRecords, timers: UeTimers, log: FastifyBaseLogger) {
    this.#records = records;
    this.#timers = timers;
    this.#log = log;
  }

  /** Throws a {@link RansimError} when there is no such UE. */
  async get(supi: string): Promise<Ue> {
    const ue = await this.#find(supi);
    if (!ue) throw new RansimError('UE_NOT_FOUND', 'no such UE: PUT its USIM first');
    return ue;
  }

  /** Makes a UE with this card, or gives a known one this card. True when it is new. */
  async put(supi: string, card: Card): Promise<boolean> {
    const known = await this.#find(supi);
    if (known) {
      await known.provision(card);
      return false;
    }
    // Another request may have made it meanwhile.
    if (this.#known.has(supi)) return this.put(supi, card);
    const record: UeRecord = { supi, card, sqn: new UsimSqn().toJSON() };
    await this.#remember(
      supi,
      this.#records.save(record).then(() => this.#ueOf(record)),
    );
    return true;
  }

  /** Throws a {@link RansimError} when there is no such UE, or it is busy. */
  async remove(supi: string): Promise<void> {
    const ue = await this.get(supi);
    await ue.discard();
    this.#known.delete(supi);
  }

  /** `limit` UEs in the order of their SUPIs, from the one after `after` on. */
  async list(limit: number, after?: string): Promise<Ue[]> {
    const supis = await this.#records.list(limit, after);
    const ues = await Promise.all(supis.map((supi) => this.#find(supi)));
    return ues.filter((ue) => ue !== undefined);
  }

  /** Every UE leaves its cell. */
  async close(): Promise<void> {
    const ues = await Promise.all(this.#known.values());
    await Promise.all(ues.map((ue) => ue?.close()));
  }

  #find(supi: string): Promise<Ue | undefined> {
    const loaded = () => this.#records.load(supi).then((record) => record && this.#ueOf(record));
    return this.#known.get(supi) ?? this.#remember(supi, loaded());
  }

  /** Keeps the UE, unless there is none: names that nobody provisioned must not fill the memory. */
  async #remember(supi: string, coming: Promise<Ue | undefined>): Promise<Ue | undefined> {
    this.#known.set(supi, coming);
    let ue: Ue | undefined;
    try {
      ue = await coming;
      return ue;
    } finally {
      if (!ue && this.#known.get(supi) === coming) this.#known.delete(supi);
    }
  }

  #ueOf(record: UeRecord): Ue {
    return new Ue({ record, records: this.#records, timers: this.#timers, log: this.#log });
  }
}
