/** What the console's service answers and its page reads: types only, shared by both. */
import type { TraceRecord } from '@twincore/sbi';

/** One message of the run, as lists and diagrams need it. */
export interface MessageSummary {
  /** Grows in the order in which the console read the records; unique in a run. */
  readonly id: number;
  readonly kind: 'sbi' | 'nas';
  /** Start of the exchange, milliseconds since 1970. */
  readonly at: number;
  /** 0 for NAS messages. */
  readonly durationMs: number;
  readonly traceId: string;
  /** Party keys, see {@link Party}. */
  readonly from: string;
  readonly to: string;
  /** Service operation, or the NAS message's name. */
  readonly title: string;
  readonly method: string;
  readonly uri: string;
  /** HTTP status; 0 where there was no answer, or for NAS. */
  readonly status: number;
  /** An error status, no answer, or a NAS rejection. */
  readonly failed: boolean;
  readonly token?: 'verified' | 'refused';
  readonly n32?: 'TLS' | 'PRINS';
  /** NAS: its protection. SBI: why there was no answer, or why the token was refused. */
  readonly note?: string;
  /** Clause and step of the procedure. */
  readonly step?: string;
  /** A request to the lab's own tools, which no 3GPP procedure has. */
  readonly control: boolean;
}

/** Somebody who sends or receives; the key is `AMF 001-01`, `UE`, `SEPP 999-70`. */
export interface Party {
  readonly key: string;
  readonly nfType: string;
  readonly plmn?: string;
}

export interface MessagePage {
  readonly items: readonly MessageSummary[];
  /** Of the first item among all that fit the filter. */
  readonly from: number;
  /** How many fit the filter. */
  readonly total: number;
  /** Grows with every record; equal revisions, equal answers. */
  readonly revision: number;
}

export interface ProcedureSummary {
  readonly traceId: string;
  /** `registration`, `deregistration`, or `other` for what NFs do among themselves. */
  readonly kind: ProcedureKind;
  readonly title: string;
  readonly at: number;
  readonly durationMs: number;
  readonly messages: number;
  readonly failures: number;
  readonly supi?: string;
  /** The serving network. */
  readonly plmn?: string;
  readonly outcome: 'succeeded' | 'failed' | 'running';
}
export type ProcedureKind = 'registration' | 'deregistration' | 'other';

export interface ProcedurePage {
  readonly items: readonly ProcedureSummary[];
  readonly from: number;
  readonly total: number;
  readonly revision: number;
}

export interface ProcedureDetail {
  readonly procedure: ProcedureSummary;
  /** In the order of a diagram, from the UE to the UDR. */
  readonly parties: readonly Party[];
  /** By time, at most so many as one page has. */
  readonly messages: readonly MessageSummary[];
  readonly total: number;
}

export interface SchemaVerdict {
  readonly state: 'conforms' | 'deviates' | 'not-3gpp' | 'no-documents';
  /** operationId of the OpenAPI document. */
  readonly operation?: string;
  readonly document?: string;
  readonly deviations: readonly {
    readonly side: string;
    readonly part: string;
    readonly instance: string;
    readonly message: string;
  }[];
  readonly unchecked: readonly string[];
}

/** One check that a producer makes of an access token. */
export interface CheckResult {
  readonly name: string;
  readonly clause: string;
  readonly result: 'passed' | 'failed' | 'not reached' | 'not applicable' | 'not checked';
  readonly detail?: string;
}

export interface MessageDetail {
  readonly summary: MessageSummary;
  readonly record: TraceRecord;
  readonly checks?: readonly CheckResult[];
  /** Instance ids in the record, and whose they are. */
  readonly names: Readonly<Record<string, string>>;
}

export interface KeyHolding {
  /** First 8 hexadecimal digits of SHA-256: equal fingerprints, equal keys. */
  readonly fingerprint: string;
  /** Only in a lab that shows secrets. */
  readonly value?: string;
  /** Whose record tells it. */
  readonly seenAt: string;
}
export interface KeyNode {
  readonly id: string;
  readonly label: string;
  /** The key that it is derived of. */
  readonly parent?: string;
  readonly derivation: string;
  readonly clause: string;
  readonly ue: { readonly holder: string; readonly key?: KeyHolding };
  readonly network: { readonly holder: string; readonly key?: KeyHolding };
  readonly agreement: 'same' | 'different' | 'unknown';
}
export interface KeyTree {
  readonly procedure: ProcedureSummary;
  readonly keys: readonly KeyNode[];
}

export interface NfView {
  /** `001-01/amf`. */
  readonly key: string;
  /** `home`, `visited`, `ran`. */
  readonly site: string;
  readonly name: string;
  readonly nfType: string;
  readonly plmn: string;
  readonly label: string;
  readonly nfInstanceId: string;
  readonly fqdn: string;
  readonly address: string;
  readonly state: 'up' | 'down' | 'unknown';
  /** Milliseconds since 1970, of the last change of `state`. */
  readonly since: number;
  /** Percent, as the NF announced it last (3gpp-Sbi-Lci). */
  readonly load?: number;
  /** Defences of this NF that are switched off. */
  readonly insecure: readonly string[];
}

export interface LabView {
  readonly run: string;
  readonly dir: string;
  readonly showSecrets: boolean;
  /** The lab lets NFs be restarted, UEs be moved and so on. */
  readonly canDrive: boolean;
  readonly nfs: readonly NfView[];
  readonly counts: Counts;
}

export interface Counts {
  readonly messages: number;
  readonly failed: number;
  readonly procedures: number;
  /** Records that the bound on memory has pushed out. */
  readonly forgotten: number;
  /** Lines of the trace that were no records. */
  readonly unreadable: number;
  readonly revision: number;
}

/** Calls since the last such event, by the pair of parties. */
export interface CallPulse {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly failed: number;
}

export interface Problem {
  readonly title: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface UeRow {
  readonly supi: string;
  readonly plmn: string;
  /** 5GMM state, or that ransim has no such USIM yet. */
  readonly state: string;
  readonly registeredIn?: string;
}
export interface SubscriberRow {
  readonly supi: string;
  readonly plmn: string;
  readonly gpsis: readonly string[];
  readonly slices: readonly string[];
  readonly authenticationMethod: string;
  readonly sqn: string;
}
export interface ProcedureOutcome {
  readonly result: string;
  readonly detail?: string;
  readonly traceId: string;
}

export interface TokenReply {
  readonly token?: string;
  readonly claims?: unknown;
  readonly error?: string;
  readonly traceId: string;
}
export interface TokenReportView {
  readonly valid: boolean;
  readonly producer?: string;
  readonly header: unknown;
  readonly claims: unknown;
  readonly checks: readonly CheckResult[];
}

/** An attack of the catalogue, as a lesson. */
export interface AttackView {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** A few sentences, one after the other. */
  readonly story: readonly string[];
  /** What the attacker has to begin with. */
  readonly attacker: string;
  readonly gain: string;
  readonly clause: string;
  readonly references: readonly string[];
  /** The NF that is attacked. */
  readonly target: string;
  /** The switch of the defence, and what it means to be without it. */
  readonly defence: string;
  readonly withoutDefence: string;
  /** Where the defence is. */
  readonly file: string;
  /** The command that switches it off in a running lab. */
  readonly switchOff: string;
  /** How it is refused. */
  readonly refusal: string;
  readonly steps: readonly string[];
  /** By hand: commands for a terminal. */
  readonly byHand: readonly string[];
}

export interface AttackRun {
  readonly id: string;
  readonly attack: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly startedAt: number;
  readonly endedAt?: number;
  /** What was done, in order. */
  readonly progress: readonly string[];
  /** With every defence on, and without the one against it. */
  readonly withDefence?: { readonly outcome: string; readonly asExpected: boolean };
  readonly withoutDefence?: { readonly outcome: string; readonly asExpected: boolean };
  /** The NF goes on serving after both. */
  readonly serving?: boolean;
  readonly error?: string;
  readonly advice?: string;
  /** Where it was stopped: the messages of the run that were refused. */
  readonly stoppedAt: readonly MessageSummary[];
}
