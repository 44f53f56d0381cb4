/** A trace as text: one line for each message, indented below the message that caused it. */
import { type InspectColor, styleText } from 'node:util';
import { claimsIn, instanceNames, isControl, partyName, stepOf } from '@twincore/lab';
import {
  LCI,
  OCI,
  type PrinsMessageDetail,
  parseLci,
  parseOci,
  type SbiTraceRecord,
  type Scope,
  type TraceRecord,
} from '@twincore/sbi';

export interface TraceViewOptions {
  /** Columns; longer lines lose the middle of their URI. */
  readonly width: number;
  readonly color: boolean;
  /** Adds the claims of access tokens. */
  readonly token: boolean;
  /** Adds the bodies. */
  readonly body: boolean;
  /** Adds what PRINS did to a message. */
  readonly n32: boolean;
  /** Adds clause and step of the procedure. */
  readonly steps: boolean;
}

type Style = (format: InspectColor, text: string) => string;

/** Clocks of two processes agree only so far; a request is not before the one that caused it. */
const CLOCK_TOLERANCE_MS = 2;
const DETAIL_INDENT = ' '.repeat(14);

/** Lines for records that are in the order of time. Times count from the first of them. */
export function renderTrace(records: readonly TraceRecord[], options: TraceViewOptions): string[] {
  const style: Style = options.color
    ? (format, text) => styleText(format, text, { validateStream: false })
    : (_, text) => text;
  const names = instanceNames(records);
  const start = records[0]?.at ?? 0;
  const depthOf = depthCounter();
  return records.flatMap((record) => {
    const time = `${(record.at - start).toFixed(1).padStart(9)} ms  `;
    const indent = '  '.repeat(depthOf(record));
    const head = `${time}${indent}`;
    return [
      record.kind === 'nas' ? nasLine(head, record, style) : sbiLine(head, record, options.width, style),
      ...details(record, names, options).map((line) => style('dim', `${DETAIL_INDENT}${indent}${line}`)),
    ];
  });
}

function nasLine(head: string, record: TraceRecord & { kind: 'nas' }, style: Style): string {
  const arrow = `${partyName(record.from)} → ${partyName(record.to)}`;
  return `${head}${arrow}  ${style('cyan', `NAS ${record.message}`)}  in ${record.n2}  ${style('dim', record.security)}`;
}

function sbiLine(head: string, record: SbiTraceRecord, width: number, style: Style): string {
  const arrow = `${partyName(record.from)} → ${partyName(record.to)}  `;
  const operation = `${record.operation}  `;
  const answered = record.status === 0 ? `no answer: ${record.failure}` : String(record.status);
  const tail = [
    '',
    answered,
    `${record.durationMs.toFixed(1)} ms`,
    tokenMark(record),
    n32Mark(record),
    scpMark(record),
    loadMark(record),
  ].filter(Boolean);
  const ending = `  ${tail.join('  ')}`;
  const room = width - head.length - arrow.length - operation.length - record.method.length - 1 - ending.length;
  const request = `${record.method} ${shorten(readableUri(record.uri), Math.max(room, 24))}`;
  const healthy = record.status >= 200 && record.status < 400;
  return `${head}${arrow}${style('bold', record.operation)}  ${request}${healthy ? ending : style('red', ending)}`;
}

function tokenMark({ token }: SbiTraceRecord): string {
  if (!token) return '';
  if (token.verdict === 'refused') return `token ✗ ${token.reason}`;
  return token.cached ? 'token ✓ (seen before)' : 'token ✓';
}

const N32_ROLES = {
  cSEPP: { does: 'c-SEPP, sends on over', way: 'to' },
  pSEPP: { does: 'p-SEPP, received over', way: 'from' },
  IPX: { does: 'IPX, between SEPPs on', way: 'from' },
} as const;

function n32Mark({ n32 }: SbiTraceRecord): string {
  if (!n32) return '';
  const { does, way } = N32_ROLES[n32.role];
  const encrypted = new Set([...(n32.prins?.request.encrypted ?? []), ...(n32.prins?.response?.encrypted ?? [])]).size;
  return `${does} N32-f/${n32.security} ${way} ${n32.peerPlmn}${n32.prins ? `, ${encrypted} IEs encrypted` : ''}`;
}

/** What PRINS did to a request and its answer: at the SEPP that sends, what came in; behind it, what was on the wire. */
function n32Lines({ n32, method, uri, requestBody }: SbiTraceRecord): string[] {
  if (!n32?.prins) return [];
  const { messageId, request, response } = n32.prins;
  const plain = { request: `${method} ${uri}`, ...(requestBody === undefined ? {} : { body: requestBody }) };
  const before = n32.role === 'cSEPP' ? json('plain ', plain) : jweLines(requestBody);
  const told = (what: string, { clear, encrypted, modifications = [], reconstructed }: PrinsMessageDetail) => [
    `${what} ${messageId}: encrypted ${encrypted.join(', ') || 'nothing'}`,
    ...json('  clear ', clear),
    ...modifications.map(({ signer, operations }) => `  signed by ${signer}: ${JSON.stringify(operations)}`),
    ...(reconstructed === undefined ? [] : json('  goes on as ', reconstructed)),
  ];
  return [...before, ...told('request', request), ...(response ? told('answer', response) : [])];
}

/** The JWE of a reformatted message, as far as it can be read without a key. */
function jweLines(message: unknown): string[] {
  const { reformattedData } = Object(message) as { reformattedData?: Record<string, string> };
  if (!reformattedData) return [];
  const { protected: header = '', ciphertext = '', iv = '', tag = '' } = reformattedData;
  const { alg, enc } = JSON.parse(Buffer.from(header, 'base64url').toString() || '{}') as Record<string, string>;
  const octets = Buffer.from(ciphertext, 'base64url').length;
  return [`JWE alg ${alg} enc ${enc} iv ${iv} tag ${tag}, ${octets} octets of ciphertext`];
}

function scpMark({ scp }: SbiTraceRecord): string {
  if (!scp) return '';
  const { mode, targetApiRoot, producer, toSepp, failed = [], token } = scp;
  return [
    `SCP, model ${mode}`,
    targetApiRoot && `${producer ? 'chose' : 'to'} ${hostOf(targetApiRoot)}${toSepp ? ' abroad' : ''}`,
    failed.length > 0 && `after ${failed.map(hostOf).join(', ')} failed`,
    token && (token === 'requested' ? 'asked the NRF for a token' : 'had a token'),
  ]
    .filter(Boolean)
    .join(', ');
}

const hostOf = (apiRoot: string) => apiRoot.replace(/^https?:\/\//, '').split('.', 1)[0] ?? apiRoot;

/** What the receiver announces of itself with its answer; what a proxy passes on stands at the producer. */
function loadMark({ to, responseHeaders }: SbiTraceRecord): string {
  const isOwn = ({ scope }: { scope: Scope }) =>
    scope === `NF-Instance:${to.nfInstanceId}` || scope.startsWith(`${to.nfType}-FQDN:`);
  const loads = parseLci(headerIn(responseHeaders, LCI)).filter(isOwn);
  const overloads = parseOci(headerIn(responseHeaders, OCI)).filter(isOwn);
  return [
    ...loads.map(({ load }) => `load ${load} %`),
    ...overloads.map(({ reduction }) =>
      reduction > 0 ? `overloaded, wants ${reduction} % fewer requests` : 'overloaded no more',
    ),
  ].join(', ');
}

function headerIn(headers: Readonly<Record<string, unknown>>, name: string): string | undefined {
  return typeof headers[name] === 'string' ? headers[name] : undefined;
}

/** Tells of each record, in the order of time, how many open exchanges it is inside of. */
function depthCounter(): (record: TraceRecord) => number {
  const open = new Map<string, { readonly outer: SbiTraceRecord; readonly depth: number }[]>();
  return (record) => {
    const candidates = (open.get(record.traceId) ?? []).filter(
      ({ outer }) => record.at <= outer.at + outer.durationMs + CLOCK_TOLERANCE_MS,
    );
    const cause = candidates.findLast(({ outer }) => partyName(outer.to) === partyName(record.from));
    const depth = cause ? cause.depth + 1 : 0;
    // What ransim's control API waits for is the procedure, not a consequence of one request.
    if (record.kind === 'sbi' && !isControl(record)) candidates.push({ outer: record, depth });
    open.set(record.traceId, candidates);
    return depth;
  };
}

/** JSON in a query, as people write it. */
function readableUri(uri: string): string {
  try {
    return decodeURIComponent(uri.replaceAll('+', ' '));
  } catch {
    return uri;
  }
}

/** `/nudm-uea…/generate-auth-data`: the ends of a URI say most. */
function shorten(uri: string, room: number): string {
  if (uri.length <= room) return uri;
  const end = Math.ceil((room - 1) / 2);
  return `${uri.slice(0, room - 1 - end)}…${uri.slice(uri.length - end)}`;
}

function details(record: TraceRecord, names: ReadonlyMap<string, string>, options: TraceViewOptions): string[] {
  const step = options.steps ? stepOf(record) : undefined;
  const lines = step ? [`[${step}]`] : [];
  if (record.kind === 'nas') {
    if (options.body && record.detail !== undefined) lines.push(...json('', record.detail));
    return lines;
  }
  if (options.token) {
    if (record.token?.claims) lines.push(claimsLine('token', record.token.claims, names));
    const issued = claimsIn(record.responseBody);
    if (issued) lines.push(claimsLine('answers with a token', issued, names));
  }
  if (options.n32) lines.push(...n32Lines(record));
  if (options.body) {
    if (record.requestBody !== undefined) lines.push(...json('> ', record.requestBody));
    if (record.responseBody !== undefined) lines.push(...json('< ', record.responseBody));
  }
  return lines;
}

function json(prefix: string, value: unknown): string[] {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `${prefix}${line}`);
}

function claimsLine(
  what: string,
  claims: Readonly<Record<string, unknown>>,
  names: ReadonlyMap<string, string>,
): string {
  const shown = Object.entries(claims).map(([name, value]) => `${name} ${claimText(name, value, names)}`);
  return `${what}: ${shown.join(' · ')}`;
}

function claimText(name: string, value: unknown, names: ReadonlyMap<string, string>): string {
  if (name === 'exp' || name === 'iat') return new Date(Number(value) * 1000).toISOString().slice(11, 19);
  if (Array.isArray(value)) return value.map((item) => claimText('', item, names)).join(', ');
  if (typeof value === 'string') return names.get(value) ?? value;
  const { mcc, mnc } = Object(value) as Record<string, unknown>;
  return mcc && mnc ? `${mcc}-${mnc}` : JSON.stringify(value);
}
