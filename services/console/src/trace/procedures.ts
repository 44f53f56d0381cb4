/** What belongs together: the messages of one trace, and what they amount to. */
import type { TraceRecord } from '@twincore/sbi';
import type { MessageSummary, Party, ProcedureKind, ProcedureSummary } from '../wire.ts';

const BEGINNINGS: readonly { readonly kind: ProcedureKind; readonly sign: RegExp }[] = [
  { kind: 'registration', sign: /^registration request$/i },
  { kind: 'deregistration', sign: /^deregistration request/i },
];
const ENDINGS: readonly { readonly sign: RegExp; readonly outcome: ProcedureSummary['outcome'] }[] = [
  { sign: /^registration complete$|^deregistration accept/i, outcome: 'succeeded' },
  { sign: /^(registration|authentication) reject$/i, outcome: 'failed' },
];
const TITLES: Readonly<Record<ProcedureKind, string>> = {
  registration: 'Registration',
  deregistration: 'Deregistration',
  other: '',
};
const UE_OF_CONTROL = /^\/ransim\/v1\/ues\/(imsi-[0-9]{5,15})(?:[/?]|$)/;

/** Grows as the messages of its trace come in, in whatever order. */
export class Procedure {
  readonly traceId: string;
  #messages: MessageSummary[] = [];
  #kind: ProcedureKind = 'other';
  #outcome: ProcedureSummary['outcome'] | undefined;
  #supi: string | undefined;
  #plmn: string | undefined;
  #first: MessageSummary | undefined;
  #end = 0;
  #failures = 0;
  #shown = 0;
  #sorted = true;

  constructor(traceId: string) {
    this.traceId = traceId;
  }

  add(message: MessageSummary, record: TraceRecord): void {
    const last = this.#messages.at(-1);
    if (last && last.at > message.at) this.#sorted = false;
    this.#messages.push(message);
    if (message.control) {
      this.#supi ??= UE_OF_CONTROL.exec(message.uri)?.[1];
      return;
    }
    this.#shown += 1;
    if (!this.#first || message.at < this.#first.at) this.#first = message;
    this.#end = Math.max(this.#end, message.at + message.durationMs);
    if (message.failed) this.#failures += 1;
    if (message.kind !== 'nas') return;
    this.#kind = BEGINNINGS.find(({ sign }) => sign.test(message.title))?.kind ?? this.#kind;
    this.#outcome = ENDINGS.find(({ sign }) => sign.test(message.title))?.outcome ?? this.#outcome;
    const amf = [record.from, record.to].find(({ nfType }) => nfType === 'AMF');
    if (typeof amf?.plmn === 'string') this.#plmn = amf.plmn;
  }

  /** Forgets the messages that are not among `ids`; what they amounted to stays. */
  keep(ids: ReadonlySet<number>): void {
    this.#messages = this.#messages.filter(({ id }) => ids.has(id));
  }

  /** Undefined while it has nothing but control messages. */
  summary(): ProcedureSummary | undefined {
    const first = this.#first;
    if (!first) return undefined;
    const kind = this.#kind;
    return {
      traceId: this.traceId,
      kind,
      title: TITLES[kind] || `${first.title}`,
      at: first.at,
      durationMs: this.#end - first.at,
      messages: this.#shown,
      failures: this.#failures,
      outcome: this.#outcome ?? (kind === 'other' ? (this.#failures > 0 ? 'failed' : 'succeeded') : 'running'),
      ...(this.#supi ? { supi: this.#supi } : {}),
      ...(this.#plmn ? { plmn: this.#plmn } : {}),
    };
  }

  /** By time. */
  ordered(): readonly MessageSummary[] {
    if (!this.#sorted) {
      this.#messages.sort((a, b) => a.at - b.at || a.id - b.id);
      this.#sorted = true;
    }
    return this.#messages;
  }
}

/** The order of a diagram: from the UE through the serving network and the border to the subscriber's data. */
const PLACES: readonly string[] = ['UE', 'GNB', 'AMF', 'NRF', 'SCP', 'SEPP', 'IPX', 'AUSF', 'UDM', 'UDR'];
const HOME_PLACES: readonly string[] = ['IPX', 'SEPP', 'NRF', 'SCP', 'AMF', 'AUSF', 'UDM', 'UDR'];

/** Who takes part, the serving network `plmn` on the left. */
export function partiesOf(messages: readonly MessageSummary[], plmn: string | undefined): Party[] {
  const keys = [...new Set(messages.flatMap(({ from, to }) => [from, to]))];
  const parties = keys.map((key): Party => {
    const [nfType = key, network] = key.split(' ', 2);
    return network === undefined ? { key, nfType } : { key, nfType, plmn: network };
  });
  const serving = plmn ?? parties.find((party) => party.plmn !== undefined)?.plmn;
  const place = ({ nfType, plmn: network }: Party) => {
    const isServing = network === undefined || network === serving;
    const order = isServing ? PLACES : HOME_PLACES;
    const index = order.indexOf(nfType);
    return (isServing ? 0 : 100) + (index < 0 ? order.length : index);
  };
  return parties.sort((a, b) => place(a) - place(b) || a.key.localeCompare(b.key));
}
