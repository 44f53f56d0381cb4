/** What a UE keeps through a power cut: its USIM, and of the ME what TS 24.501 Annex C has it store. */
import { Hex, PlmnId, Snssai } from '@twincore/model';
import type { Snssai as NasSnssai, StoredNasSecurityContext, Tai } from '@twincore/nas';
import type { Store } from '@twincore/store';
import Type, { type Static } from 'typebox';

/** What is on the USIM and the ME's label. */
export const Card = Type.Object(
  {
    /** The home network. */
    plmnId: PlmnId,
    k: Hex(16),
    opc: Hex(16),
    routingIndicator: Type.String({ pattern: '^[0-9]{1,4}$' }),
    /** TS 33.501 Annex C: 0 null scheme, 1 Profile A, 2 Profile B. */
    protectionScheme: Type.Integer({ minimum: 0, maximum: 2 }),
    homeNetworkPublicKeyId: Type.Optional(Type.Integer({ minimum: 1, maximum: 255 })),
    /** 32 octets for Profile A, 33 for Profile B. */
    homeNetworkPublicKey: Type.Optional(Type.String({ pattern: '^([A-Fa-f0-9]{64}|[A-Fa-f0-9]{66})$' })),
    requestedNssai: Type.Optional(Type.Array(Snssai, { minItems: 1, maxItems: 8 })),
    /** Of the mobile equipment; made up out of the SUPI when absent. */
    imeisv: Type.Optional(Type.String({ pattern: '^[0-9]{16}$' })),
  },
  { additionalProperties: false },
);
export type Card = Static<typeof Card>;

/** A native 5G NAS security context (TS 33.501 6.3.2), and the network that it is shared with. */
export interface StoredSecurity {
  readonly plmnId: PlmnId;
  readonly nas: StoredNasSecurityContext;
  readonly kamf: string;
}

/** What the network gave the UE in which it registered last; the next one's replaces it (TS 31.102 4.4.11.2). */
export interface NetworkRecord {
  readonly plmnId: PlmnId;
  readonly guti: string;
  /** Last visited registered TAI. */
  readonly tai: Tai;
  readonly taiList?: readonly Tai[];
  /** With the mapped S-NSSAIs of the home network. */
  readonly allowedNssai?: readonly NasSnssai[];
}

export interface UeRecord {
  readonly supi: string;
  card: Card;
  /** The USIM's array of sequence numbers (TS 33.102 C.2), as UsimSqn.toJSON gives it. */
  sqn: readonly string[];
  /** The PLMN that the UE is registered in. */
  registeredIn?: PlmnId | undefined;
  network?: NetworkRecord | undefined;
  security?: StoredSecurity | undefined;
}

/** The records in a store. Whoever gets one owns it until it is saved. */
export interface UeRecords {
  load(supi: string): Promise<UeRecord | undefined>;
  save(record: UeRecord): Promise<void>;
  /** False when there was none. */
  remove(supi: string): Promise<boolean>;
  /** SUPIs in their order, after `after`. */
  list(limit: number, after?: string): Promise<string[]>;
}

export function ueRecords(store: Store): UeRecords {
  const ues = store.collection<UeRecord>('ues');
  return {
    load: (supi) => ues.get(supi),
    save: (record) => ues.put(record.supi, record),
    remove: (supi) => ues.delete(supi),
    list: async (limit, after) =>
      (await ues.list({ limit, ...(after === undefined ? {} : { after }) })).map(({ key }) => key),
  };
}
