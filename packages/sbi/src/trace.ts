/**
 * The recorded exchange: one NDJSON line for each SBI request (and, from the AMF, for each NAS message), written by the NF
 * that received it. `twincore trace`, the tests and later the console read these lines.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AccessTokenClaims } from '@twincore/model';
import { decodeJwt } from 'jose';
import pino from 'pino';

/** W3C Trace Context: the ids of one trace and of the exchange that is being served. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
}

export interface TraceParty {
  readonly nfType: string;
  readonly nfInstanceId?: string;
  /** `MCC-MNC`. */
  readonly plmn?: string;
}

/** What the producer's guard found in the access token of a request. */
export interface TokenVerdict {
  readonly verdict: 'verified' | 'refused';
  /** True when the same token had been verified before and only its binding to this request was checked. */
  readonly cached?: boolean;
  readonly reason?: string;
  readonly claims?: AccessTokenClaims;
}

/** One message under PRINS: what everybody on the way can read, where something is encrypted, who changed what. */
export interface PrinsMessageDetail {
  /** DataToIntegrityProtectBlock as the sending SEPP made it (TS 29.573 6.2.5.2.5). */
  readonly clear: unknown;
  /** Places of what only the SEPPs can read. */
  readonly encrypted: readonly string[];
  /** Signed modifications in their order, as far as their signers were verified; an IPX's record has its own alone. */
  readonly modifications?: readonly { readonly signer: string; readonly operations: readonly unknown[] }[];
  /** The request that goes on, at the receiving SEPP. */
  readonly reconstructed?: unknown;
}

export interface PrinsDetail {
  readonly messageId: string;
  readonly request: PrinsMessageDetail;
  response?: PrinsMessageDetail;
}

/** What a SEPP, or an IPX on the way, did with a message at the border. */
export interface N32Detail {
  readonly role: 'cSEPP' | 'pSEPP' | 'IPX';
  readonly peerPlmn: string;
  readonly peerFqdn: string;
  /** The receiver's, only with PRINS; with TLS the connection is the context. */
  readonly n32fContextId?: string;
  readonly security: 'TLS' | 'PRINS';
  readonly targetApiRoot?: string;
  prins?: PrinsDetail;
}

/** What an SCP did with a message. */
export interface ScpDetail {
  /** C: the consumer chose the producer; D: this SCP did. */
  readonly mode: 'C' | 'D';
  /** Where it went in the end, as far as it came. */
  readonly targetApiRoot?: string;
  /** Instance id of the producer that this SCP chose. */
  readonly producer?: string;
  /** The producer is in another PLMN: the next hop is the SEPP. */
  readonly toSepp?: true;
  /** Producers that did not answer or sent the request away, before that. */
  readonly failed?: readonly string[];
  /** The token was asked for by this SCP: at the NRF now, or before. */
  readonly token?: 'requested' | 'cached';
}

export interface SbiTraceRecord {
  readonly kind: 'sbi';
  /** Start of the exchange, milliseconds since 1970, with fractions. */
  readonly at: number;
  readonly durationMs: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly from: TraceParty;
  readonly to: TraceParty;
  /** Service operation in the TS's words, e.g. `Nausf_UEAuthentication_Authenticate`. */
  readonly operation: string;
  readonly method: string;
  readonly authority: string;
  readonly uri: string;
  readonly requestHeaders: Record<string, unknown>;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly responseHeaders: Record<string, unknown>;
  readonly responseBody?: unknown;
  readonly token?: TokenVerdict;
  /** Keys that the receiver derived while it served this, in hexadecimal; nobody else gets them, and the recorder hides them. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly n32?: N32Detail;
  readonly scp?: ScpDetail;
  /** Set, with status 0, when the request never got an answer: by the consumer that got none, or the producer that it left. */
  readonly failure?: string;
}

export interface NasTraceRecord {
  readonly kind: 'nas';
  readonly at: number;
  readonly traceId: string;
  readonly from: TraceParty;
  readonly to: TraceParty;
  /** NAS message name, e.g. `Registration request`. */
  readonly message: string;
  /** The N2 message that carried it. */
  readonly n2: string;
  /** Security header type as TS 24.501 9.3.1 names it. */
  readonly security: string;
  readonly detail?: unknown;
}
export type TraceRecord = SbiTraceRecord | NasTraceRecord;

const storage = new AsyncLocalStorage<TraceContext>();

/** Random digits are drawn many at a time: asking for a few cost a seventh of a small request. */
const POOL_OCTETS = 4_096;
let pool = '';
let drawn = 0;

function randomHex(octets: number): string {
  if (drawn + 2 * octets > pool.length) {
    pool = randomBytes(POOL_OCTETS).toString('hex');
    drawn = 0;
  }
  drawn += 2 * octets;
  return pool.slice(drawn - 2 * octets, drawn);
}

export function newTrace(): TraceContext {
  return { traceId: randomHex(16), spanId: randomHex(8) };
}
/** A new exchange inside `parent`'s trace. */
export function childOf(parent: TraceContext): TraceContext {
  return { traceId: parent.traceId, spanId: randomHex(8) };
}
/** Runs `work` so that requests sent by it belong to `context`. */
export function withTrace<T>(context: TraceContext, work: () => T): T {
  return storage.run(context, work);
}
export function currentTrace(): TraceContext | undefined {
  return storage.getStore();
}
export function formatTraceparent({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}
export function parseTraceparent(value: unknown): TraceContext | undefined {
  const match = typeof value === 'string' ? /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(value) : null;
  return match?.[1] && match[2] ? { traceId: match[1], spanId: match[2] } : undefined;
}

/** Members whose values are keys or let their holder impersonate somebody; never RAND or AUTN, which go over the air. */
const SECRETS = new Set([
  'kausf',
  'kseaf',
  'kamf',
  'xresstar',
  'hxresstar',
  'resstar',
  'xres',
  'ck',
  'ik',
  'knasint',
  'knasenc',
  'kgnb',
  'ckprime',
  'ikprime',
  'encpermanentkey',
  'encopckey',
  'enctopckey',
  'k',
  'opc',
  'access_token',
  'authorization',
  '3gpp-sbi-access-token',
  '3gpp-sbi-client-credentials',
]);

/** First 8 hex digits of SHA-256: enough to see that two places hold the same value, too little to use it. */
export function fingerprint(secret: string | Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 8);
}

const FINGERPRINT = /^fingerprint:[0-9a-f]{8}$/;
const OCTETS = /^(?:[0-9a-f]{2}){16,}$/i;

/** A key has one fingerprint, whoever writes it in whatever case of hexadecimal digits, or holds it as octets. */
function hidden(secret: string): string {
  if (FINGERPRINT.test(secret)) return secret;
  return `fingerprint:${fingerprint(OCTETS.test(secret) ? Buffer.from(secret, 'hex') : secret)}`;
}

/** A copy of `value` in which every secret member is a fingerprint; tokens keep their decoded claims beside it. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'string' && SECRETS.has(name.toLowerCase())) {
      copy[name] = hidden(member);
      if (name === 'access_token') copy.claims = claimsOf(member);
    } else {
      copy[name] = redact(member);
    }
  }
  return copy;
}

function claimsOf(token: string): unknown {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970 with the resolution of the monotonic clock, so that records of several processes sort well. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Appends records to one file. Writing is asynchronous: a trace explains a run, it is not the NF's memory. */
export class TraceRecorder {
  readonly #destination: ReturnType<typeof pino.destination>;
  readonly #showSecrets: boolean;

  constructor(file: string, showSecrets: boolean) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A descriptor, because with a name an NF that fails at start would end in a complaint about the file, not in its own words.
    this.#destination = pino.destination({ dest: openSync(file, 'a', 0o600), sync: false });
    this.#showSecrets = showSecrets;
  }

  write(record: TraceRecord): void {
    this.#destination.write(`${JSON.stringify(this.#showSecrets ? record : redact(record))}\n`);
  }

  close(): void {
    this.#destination.flushSync();
    this.#destination.end();
  }
}
