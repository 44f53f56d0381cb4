/** The UE contexts of a gNB, by RAN UE NGAP ID (TS 38.413 9.3.3.2). */
import type { RadioUe } from '../radio.ts';

export interface UeContext {
  readonly ranUeNgapId: number;
  /** Known from the AMF's first message on. */
  amfUeNgapId?: number;
  /** Undefined when the UE has left and only the AMF's release is still to come. */
  ue: RadioUe | undefined;
}

const MAX_RAN_UE_NGAP_ID = 2 ** 32 - 1;

export class UeContexts {
  readonly #contexts = new Map<number, UeContext>();
  #last = 0;

  add(ue: RadioUe): UeContext {
    do this.#last = this.#last === MAX_RAN_UE_NGAP_ID ? 1 : this.#last + 1;
    while (this.#contexts.has(this.#last));
    const context: UeContext = { ranUeNgapId: this.#last, ue };
    this.#contexts.set(context.ranUeNgapId, context);
    return context;
  }

  get(ranUeNgapId: number): UeContext | undefined {
    return this.#contexts.get(ranUeNgapId);
  }

  remove(context: UeContext): void {
    this.#contexts.delete(context.ranUeNgapId);
  }

  /** Forgets all of them and returns what they were. */
  clear(): UeContext[] {
    const all = [...this.#contexts.values()];
    this.#contexts.clear();
    return all;
  }
}
