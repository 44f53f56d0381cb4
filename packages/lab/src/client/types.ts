/** What one can ask of a running lab: the same for the command line, the console and the catalogue of attacks. */
import type { AccessTokenClaims, PlmnId, Snssai, Subscriber } from '@twincore/model';
import type { Defence, TraceRecord } from '@twincore/sbi';
import type { LabInfo, NfInfo } from '../lab-info.ts';
import type { LogLine } from '../log-files.ts';
import type { Operator } from '../operator.ts';
import type { TraceFilter } from '../trace-query.ts';
import type { Ue } from '../ue.ts';
import type { TokenCheck } from './token-checks.ts';

/** `starting`: its process runs, but it does not answer /healthz yet. `down`: there is no process, or it does not answer. */
export type NfHealth = 'up' | 'starting' | 'down';

export interface NfStatus {
  /** `AUSF(001-01)`. */
  readonly label: string;
  readonly site: string;
  /** `001-01`. */
  readonly plmn: string;
  readonly nfType: string;
  readonly nfInstanceId: string;
  readonly apiRoot: string;
  readonly state: NfHealth;
  /** Percent, as its own meter says (TS 29.500 6.3); undefined while it is not up. */
  readonly load: number | undefined;
  readonly pid: number | undefined;
  /** How often it was started again in this run. */
  readonly restarts: number;
  /** Milliseconds since 1970; undefined while there is no process. */
  readonly startedAt: number | undefined;
  /** Defences that are switched off. */
  readonly insecure: readonly Defence[];
}

export interface LabStatus {
  readonly dir: string;
  readonly run: string;
  /** Of the launcher. */
  /** Of the launcher; undefined where the NFs are containers. */
  readonly pid: number | undefined;
  readonly startedAt: number;
  readonly nfs: readonly NfStatus[];
}

export interface UeView {
  readonly supi: string;
  readonly plmn: string;
  /** 5GMM state (TS 24.501 5.1.3.2.1.2) in ransim; `no USIM inserted` for a UE of deploy/ues.yaml that ransim was not given yet. */
  readonly state: string;
  /** `999-70` while it is registered. */
  readonly registeredIn: string | undefined;
  /** All that ransim tells of it: SQN, GUTI, NAS security, no key. */
  readonly detail: unknown;
}

/** A UE to add: its USIM for ransim, and unless `subscriber` is false its subscription for the UDR of its home network. */
export interface NewUe {
  readonly supi: string;
  /** Hexadecimal, 16 octets; random when absent. */
  readonly k?: string;
  readonly opc?: string;
  readonly protectionScheme?: 0 | 1 | 2;
  readonly requestedNssai?: readonly Snssai[];
  /** False where the network knows the subscriber already; then `k` and `opc` have to be its. */
  readonly subscriber?: boolean;
}

export interface SubscriberView {
  readonly supi: string;
  readonly plmn: string;
  readonly gpsis: readonly string[];
  readonly slices: readonly Snssai[];
  readonly authenticationMethod: string;
  /** Next one, hexadecimal. */
  readonly sqn: string;
}

export interface ImportResult {
  readonly added: number;
  readonly replaced: number;
  readonly failed: readonly { readonly supi: string; readonly reason: string }[];
}

/** What a token is asked for (TS 29.510 6.3.5.2.2). */
export interface TokenRequest {
  /** Label of the NF in whose name the NRF is asked. */
  readonly as: string;
  /** Service, and scopes of resource or operation, separated by spaces. */
  readonly scope: string;
  /** NF type of the producer, or the label of one producer. */
  readonly target: string;
  /** The producer's network where it is another than the requester's. */
  readonly targetPlmn?: PlmnId;
  readonly sNssais?: readonly Snssai[];
}
export interface TokenAnswer {
  readonly status: number;
  readonly token: string | undefined;
  readonly claims: AccessTokenClaims | undefined;
  /** Seconds. */
  readonly expiresIn: number | undefined;
  /** What the NRF said instead (RFC 6749 5.2). */
  readonly error: string | undefined;
  readonly description: string | undefined;
  readonly traceId: string;
}

/** What a token is held against; what is left out is not checked, or taken from the token. */
export interface TokenVerification {
  /** Label of the producer; without it one that the audience names. */
  readonly producer?: string;
  readonly service?: string;
  /** Scope of the operation, beside the service's. */
  readonly operationScope?: string;
  /** Label of the NF that sends it. */
  readonly consumer?: string;
}
export interface TokenReport {
  /** Every check passed or does not apply. */
  readonly valid: boolean;
  readonly producer: string | undefined;
  readonly header: unknown;
  readonly claims: unknown;
  readonly checks: readonly TokenCheck[];
}

export interface LabClient {
  readonly info: LabInfo;
  /** Operators have a certificate of the network whose NFs they drive. */
  operator(plmn?: string): Promise<Operator>;
  /** An NF by label (`AUSF(001-01)`), by `home/ausf`, or by name alone where only one has it; whatever the case. */
  nf(name: string): NfInfo;

  status(): Promise<LabStatus>;
  /** Resolves when it listens and is registered again. */
  restart(nf: string): Promise<void>;
  /** SIGKILL, and nothing starts it again until `restart`. */
  kill(nf: string): Promise<void>;
  /**
   * Changes the configuration by a JSON Merge Patch (RFC 7396) and restarts the NF. It holds until `resetConfig` or the end of the lab.
   * Where the NF does not start with it, the one before is put back.
   */
  setConfig(nf: string, changes: Readonly<Record<string, unknown>>): Promise<void>;
  /** Back to what the topology says, and restarts the NF if that is a change. */
  resetConfig(nf: string): Promise<void>;
  /** The configuration that it runs with. */
  config(nf: string): Promise<Record<string, unknown>>;
  /** Its profile as its NRF has it; undefined where the NRF knows none. */
  profile(nf: string): Promise<unknown>;
  /** Ends the lab, its launcher included; resolves when nothing of it is left. */
  stop(): Promise<void>;

  /** Registers, deregisters, tells its state. A UE of deploy/ues.yaml gets its USIM when it is first used. */
  ue(supi: string): Ue;
  readonly ues: {
    list(): Promise<UeView[]>;
    /** `onDone` is told after each how many are done. Keys that are made here are told to nobody but USIM and UDR. */
    add(ues: readonly NewUe[], onDone?: (done: number) => void): Promise<void>;
    get(supi: string): Promise<UeView>;
    /** The USIM, and unless `subscriber` is false what the UDR knows of it. */
    remove(supi: string, options?: { subscriber?: boolean }): Promise<void>;
  };
  readonly subscribers: {
    list(): Promise<SubscriberView[]>;
    /** `replaced` where there was one: its SQN is kept while K and OPc are the same. */
    add(entry: Subscriber): Promise<'added' | 'replaced'>;
    import(entries: readonly Subscriber[], onDone?: (done: number) => void): Promise<ImportResult>;
    remove(supi: string): Promise<void>;
  };

  /** The records of this run that `filter` chooses, by time. */
  trace(filter?: TraceFilter): Promise<TraceRecord[]>;
  /** New records as they are written, until `signal` aborts. */
  follow(signal: AbortSignal, filter?: TraceFilter): AsyncIterable<TraceRecord>;
  /** The log of an NF so far. */
  logs(nf: string): Promise<LogLine[]>;

  requestToken(request: TokenRequest): Promise<TokenAnswer>;
  /** Holds a token against every check that a producer makes of it (TS 33.501 13.4.1), each apart. */
  verifyToken(jwt: string, against?: TokenVerification): Promise<TokenReport>;
  close(): Promise<void>;
}
