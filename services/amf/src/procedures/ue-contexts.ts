/**
 * 5GMM contexts: what the AMF knows of a UE that it has authenticated, on disk. Found by SUPI, by each valid 5G-GUTI and by
 * the id in its deregistration callback. As long as somebody uses a context there is one object of it, so that a NAS COUNT is
 * not accepted twice by two copies.
 */
import { randomUUID } from 'node:crypto';
import type { Guami, PlmnId, Snssai } from '@twincore/model';
import { type FiveGGuti, formatGuti, NasSecurityContext, type StoredNasSecurityContext } from '@twincore/nas';
import type { Collection, Store } from '@twincore/store';
import { isOfGuami, randomGuti } from './guti.ts';

/** Octet strings are hexadecimal. */
interface UeRecord {
  readonly homePlmn: PlmnId;
  /** Valid ones, the newest last. */
  readonly gutis: readonly string[];
  readonly registered: boolean;
  readonly security: StoredNasSecurityContext;
  readonly kamf: string;
  readonly ueSecurityCapability: string;
  /** Where the home keeps the authentication result that this context rests on; absent after it was removed there. */
  readonly confirmation?: string;
  readonly callbackId?: string;
  readonly pei?: string;
  readonly allowedNssai?: readonly Snssai[];
}

export interface UeContext {
  readonly supi: string;
  readonly homePlmn: PlmnId;
  gutis: readonly string[];
  registered: boolean;
  security: NasSecurityContext;
  kamf: Buffer;
  ueSecurityCapability: Buffer;
  confirmation: string | undefined;
  callbackId: string | undefined;
  pei: string | undefined;
  allowedNssai: readonly Snssai[];
}

/** What a new authentication and security mode command give. */
export type Secured = Pick<UeContext, 'supi' | 'homePlmn' | 'security' | 'kamf' | 'ueSecurityCapability'> & {
  readonly confirmation: string;
};

const GUTI_ATTEMPTS = 8;
/** The one that the UE has, and those that it may have got without a REGISTRATION COMPLETE having arrived. */
const MAX_GUTIS = 4;

/** Every method that gives a context also holds it for the caller; {@link UeContexts.release} lets it go. */
export class UeContexts {
  readonly #records: Collection<UeRecord>;
  readonly #supiOfGuti: Collection<string>;
  readonly #supiOfCallback: Collection<string>;
  readonly #guami: Guami;
  readonly #live = new Map<string, { readonly context: UeContext; holders: number }>();

  constructor(store: Store, guami: Guami) {
    this.#records = store.collection('ue');
    this.#supiOfGuti = store.collection('guti');
    this.#supiOfCallback = store.collection('callback');
    this.#guami = guami;
  }

  async byGuti(guti: FiveGGuti): Promise<UeContext | undefined> {
    if (!isOfGuami(guti, this.#guami)) return undefined;
    const supi = await this.#supiOfGuti.get(formatGuti(guti));
    return supi === undefined ? undefined : this.bySupi(supi);
  }

  async byCallback(callbackId: string): Promise<UeContext | undefined> {
    const supi = await this.#supiOfCallback.get(callbackId);
    const context = supi === undefined ? undefined : await this.bySupi(supi);
    if (context?.callbackId === callbackId) return context;
    if (context) this.release(context);
    return undefined;
  }

  async bySupi(supi: string): Promise<UeContext | undefined> {
    if (this.#live.has(supi)) return this.#hold(supi);
    const record = await this.#records.get(supi);
    if (!record && !this.#live.has(supi)) return undefined;
    return this.#hold(supi, record && contextOf(supi, record));
  }

  release(context: UeContext): void {
    const live = this.#live.get(context.supi);
    if (live?.context === context && --live.holders === 0) this.#live.delete(context.supi);
  }

  /** The context of a UE that has just been secured: its former one with new keys, or a new one. Durable when this resolves. */
  async secured({ supi, homePlmn, ...keys }: Secured): Promise<UeContext> {
    const former = await this.bySupi(supi);
    const fresh = { gutis: [], registered: false, callbackId: undefined, pei: undefined, allowedNssai: [] };
    const context = former ?? this.#hold(supi, { supi, homePlmn, ...keys, ...fresh });
    Object.assign(context, keys);
    await this.save(context);
    return context;
  }

  /** Durable when this resolves. To be awaited before a message leaves that moved a COUNT, or before one is acted upon. */
  async save(context: UeContext): Promise<void> {
    await this.#records.put(context.supi, recordOf(context));
  }

  /** Adds a fresh 5G-GUTI. The ones before stay valid until {@link confirmGuti}; `save` makes it durable. */
  async addGuti(context: UeContext): Promise<FiveGGuti> {
    for (let attempt = 0; attempt < GUTI_ATTEMPTS; attempt++) {
      const guti = randomGuti(this.#guami);
      const key = formatGuti(guti);
      const owner = context.supi;
      let free = false;
      await this.#supiOfGuti.update(key, (current) => {
        free = current === undefined;
        return current ?? owner;
      });
      if (free) {
        const gutis = [...context.gutis, key];
        context.gutis = gutis.slice(-MAX_GUTIS);
        await Promise.all(gutis.slice(0, -MAX_GUTIS).map((former) => this.#supiOfGuti.delete(former)));
        return guti;
      }
    }
    throw new Error('no free 5G-TMSI found');
  }

  /** The UE has the newest GUTI: the others are free again. */
  async confirmGuti(context: UeContext): Promise<void> {
    const former = context.gutis.slice(0, -1);
    context.gutis = context.gutis.slice(-1);
    await Promise.all([this.save(context), ...former.map((guti) => this.#supiOfGuti.delete(guti))]);
  }

  /** A callback id for this registration alone, so that a late notification about an earlier one finds nothing. */
  async renewCallback(context: UeContext): Promise<string> {
    const former = context.callbackId;
    const callbackId = randomUUID();
    context.callbackId = callbackId;
    await Promise.all([
      this.save(context),
      this.#supiOfCallback.put(callbackId, context.supi),
      ...(former === undefined ? [] : [this.#supiOfCallback.delete(former)]),
    ]);
    return callbackId;
  }

  /** Forgets a UE altogether. */
  async remove(context: UeContext): Promise<void> {
    context.registered = false;
    const { supi, gutis, callbackId } = context;
    this.#live.delete(supi);
    await Promise.all([
      this.#records.delete(supi),
      ...gutis.map((guti) => this.#supiOfGuti.delete(guti)),
      ...(callbackId === undefined ? [] : [this.#supiOfCallback.delete(callbackId)]),
    ]);
  }

  /** The one object for `supi`: `context` unless somebody has been faster. */
  #hold(supi: string, context?: UeContext): UeContext {
    const live = this.#live.get(supi) ?? (context && { context, holders: 0 });
    if (!live) throw new Error('no context to hold');
    live.holders += 1;
    this.#live.set(supi, live);
    return live.context;
  }
}

function recordOf({ supi: _, security, kamf, ueSecurityCapability, ...rest }: UeContext): UeRecord {
  const { confirmation, callbackId, pei, ...members } = rest;
  return {
    ...members,
    security: security.toStored(),
    kamf: kamf.toString('hex'),
    ueSecurityCapability: ueSecurityCapability.toString('hex'),
    ...(confirmation === undefined ? {} : { confirmation }),
    ...(callbackId === undefined ? {} : { callbackId }),
    ...(pei === undefined ? {} : { pei }),
  };
}

function contextOf(supi: string, record: UeRecord): UeContext {
  const { homePlmn, gutis, registered, confirmation, callbackId, pei, allowedNssai = [] } = record;
  return {
    supi,
    homePlmn,
    gutis,
    registered,
    confirmation,
    callbackId,
    pei,
    allowedNssai,
    security: NasSecurityContext.fromStored(record.security),
    kamf: Buffer.from(record.kamf, 'hex'),
    ueSecurityCapability: Buffer.from(record.ueSecurityCapability, 'hex'),
  };
}
