/** What a check of recorded exchanges found, and how it is told. */
import type { SbiTraceRecord } from '@twincore/sbi';
import type { Deviation } from './check.ts';
import { Checker } from './checker.ts';
import { type Operation, type Service, titleOf } from './operations.ts';
import { isRecord } from './pointer.ts';

/** An exchange with what deviates in it. */
export interface Deviant {
  readonly at: number;
  readonly traceId: string;
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly operation?: string;
  readonly deviations: readonly Deviation[];
}

/** Operations of one service that one NF type was asked for. */
export interface Coverage {
  readonly nf: string;
  /** Whether the NF offers the service, receives its callbacks, or passes its messages on (SEPP, SCP). */
  readonly as: 'producer' | 'callback receiver' | 'forwarder';
  readonly service: string;
  readonly document: string;
  readonly exchanges: number;
  /** By operation: how often. */
  readonly seen: Readonly<Record<string, number>>;
  /** How many operations the document has; for a producer only. */
  readonly total?: number;
}

export interface Report {
  readonly specs: string;
  readonly records: number;
  readonly checked: number;
  readonly deviants: readonly Deviant[];
  /** Deviating requests that were answered with 4xx, when those are allowed. */
  readonly refused: number;
  /** What belongs to no API of the documents, by receiver, method and path. */
  readonly not3gpp: Readonly<Record<string, number>>;
  /** Redacted secrets, taken as right. */
  readonly unknownValues: number;
  readonly unchecked: Readonly<Record<string, number>>;
  readonly coverage: readonly Coverage[];
}

export interface ReportOptions {
  /** Let requests deviate that were refused with 4xx: for runs that send bad input on purpose. */
  readonly allowRefused?: boolean;
}

/** Checks records (in the order of time) against the documents in `specs`. Throws a SpecsError without such. */
export function checkRecords(specs: string, records: readonly SbiTraceRecord[], options: ReportOptions = {}): Report {
  const checker = new Checker(specs);
  const coverage = new CoverageTable(checker);
  const deviants: Deviant[] = [];
  const not3gpp = new Counter();
  const unchecked = new Counter();
  // A proxy's record of a callback is older than that of the receiver, which knows its name.
  for (const record of records) checker.learn(record);
  let checked = 0;
  let refused = 0;
  let unknownValues = 0;
  for (const record of records) {
    const verdict = checker.check(record);
    if (!verdict.is3gpp) {
      not3gpp.add(`${record.to.nfType} ${record.method} ${pathOf(record.uri)}`);
      continue;
    }
    checked += 1;
    unknownValues += verdict.unknownValues;
    for (const what of verdict.unchecked) unchecked.add(what);
    if (verdict.operation) coverage.add(record, verdict.operation);
    const isRefused = options.allowRefused === true && record.status >= 400 && record.status < 500;
    const deviations = verdict.deviations.filter(({ side }) => !(isRefused && side === 'request'));
    if (deviations.length < verdict.deviations.length) refused += 1;
    if (deviations.length > 0) deviants.push(deviantOf(record, verdict.operation, deviations));
  }
  return {
    specs,
    records: records.length,
    checked,
    deviants,
    refused,
    not3gpp: not3gpp.counts(),
    unknownValues,
    unchecked: unchecked.counts(),
    coverage: coverage.rows(),
  };
}

const pathOf = (uri: string) => uri.split('?', 1)[0] ?? '';
const nameOf = ({ nfType, plmn }: SbiTraceRecord['from']) => (plmn === undefined ? nfType : `${nfType}(${plmn})`);

function deviantOf(
  record: SbiTraceRecord,
  operation: Operation | undefined,
  deviations: readonly Deviation[],
): Deviant {
  const { at, traceId, method, uri, status } = record;
  return {
    at,
    traceId,
    from: nameOf(record.from),
    to: nameOf(record.to),
    method,
    uri,
    status,
    ...(operation ? { operation: titleOf(operation) } : {}),
    deviations,
  };
}

const FORWARDERS = new Set(['SEPP', 'SCP']);
/** Services that a SEPP has of its own: N32-c, N32-f, telescopic FQDNs (TS 29.573). */
const OF_FORWARDERS = /^(n32|nsepp)/;

function roleOf({ to, n32 }: SbiTraceRecord, { service, callbackOf }: Operation): Coverage['as'] {
  if (n32 || (FORWARDERS.has(to.nfType) && !OF_FORWARDERS.test(service))) return 'forwarder';
  return callbackOf === undefined ? 'producer' : 'callback receiver';
}

class Counter {
  readonly #counts = new Map<string, number>();
  add(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }
  counts(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
  }
  get sum(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

class CoverageTable {
  readonly #checker: Checker;
  readonly #rows = new Map<string, Omit<Coverage, 'exchanges' | 'seen'> & { counter: Counter }>();

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  add(record: SbiTraceRecord, operation: Operation): void {
    const row = this.#row(record.to.nfType, roleOf(record, operation), operation.service, this.#serviceOf(operation));
    row.counter.add(titleOf(operation));
    this.#offer(record, operation);
  }

  /** An NF offers what it registers, asked for or not. */
  #offer({ requestBody, status }: SbiTraceRecord, operation: Operation): void {
    if (operation.name !== 'RegisterNFInstance' || status >= 300 || !isRecord(requestBody)) return;
    const { nfType, nfServices, nfServiceList } = requestBody;
    const services = [nfServices, isRecord(nfServiceList) ? Object.values(nfServiceList) : []].flat();
    for (const service of services) {
      if (!isRecord(service) || typeof service.serviceName !== 'string') continue;
      for (const known of this.#checker.operations.servicesNamed(service.serviceName)) {
        this.#row(String(nfType), 'producer', known.name, known);
      }
    }
  }

  #serviceOf(operation: Operation): Service | undefined {
    return this.#checker.operations
      .servicesNamed(operation.service)
      .find(({ operations }) => operations.some((one) => one === operation || one.callbacks.includes(operation)));
  }

  #row(nf: string, as: Coverage['as'], service: string, known: Service | undefined) {
    const document = known?.document.file ?? '';
    const key = [nf, as, document].join(' ');
    let row = this.#rows.get(key);
    if (!row) {
      const total = as === 'producer' && known ? { total: known.operations.length } : {};
      row = { nf, as, service, document, ...total, counter: new Counter() };
      this.#rows.set(key, row);
    }
    return row;
  }

  rows(): Coverage[] {
    return [...this.#rows.values()]
      .map(({ counter, ...row }) => ({ ...row, exchanges: counter.sum, seen: counter.counts() }))
      .sort((a, b) => a.nf.localeCompare(b.nf) || b.as.localeCompare(a.as) || a.service.localeCompare(b.service));
  }
}

/** The report in lines for a terminal. */
export function renderReport(report: Report): string[] {
  const lines = alike(report.deviants).flatMap(renderDeviants);
  lines.push(...renderCoverage(report.coverage), '');
  const listed = (title: string, counts: Readonly<Record<string, number>>) => {
    const entries = Object.entries(counts);
    if (entries.length > 0) lines.push(title, ...entries.map(([what, count]) => `  ${count} × ${what}`), '');
  };
  listed('not 3GPP (in no document of the directory, not checked):', report.not3gpp);
  listed('not checked:', report.unchecked);
  const count = report.deviants.reduce((sum, { deviations }) => sum + deviations.length, 0);
  lines.push(
    [
      `${report.checked} of ${report.records} exchanges checked`,
      count === 0 ? 'no deviation' : `${count} deviations in ${report.deviants.length} exchanges`,
      report.refused > 0 ? `${report.refused} deviating requests refused with 4xx` : '',
      report.unknownValues > 0 ? `${report.unknownValues} redacted values taken as right` : '',
    ]
      .filter(Boolean)
      .join(', '),
  );
  return lines;
}

/** Deviants that differ in time and URI alone, together. */
function alike(deviants: readonly Deviant[]): (readonly Deviant[])[] {
  const key = ({ from, to, method, status, operation, deviations }: Deviant) =>
    JSON.stringify([from, to, method, status, operation, deviations]);
  return [...Map.groupBy(deviants, key).values()];
}

function renderDeviants([first, ...more]: readonly Deviant[]): string[] {
  if (!first) return [];
  const { at, traceId, from, to, method, uri, status, operation, deviations } = first;
  const outcome = status === 0 ? 'no answer' : status;
  return [
    `${from} → ${to}  ${method} ${uri} → ${outcome}${operation ? `  [${operation}]` : ''}`,
    `  at ${new Date(at).toISOString()}, trace ${traceId}${more.length > 0 ? `, and ${more.length} more alike` : ''}`,
    ...deviations.flatMap(({ side, part, instance, message, schema }) => [
      `  ${side} ${part}${instance && ` ${instance}`}: ${message}`,
      `    ${schema}`,
    ]),
    '',
  ];
}

function renderCoverage(coverage: readonly Coverage[]): string[] {
  const rows = coverage.map(({ nf, as, service, document, exchanges, seen, total }) => [
    nf,
    as === 'producer' ? service : `${service} (${as})`,
    `${Object.keys(seen).length}${total === undefined ? '' : ` / ${total}`}`,
    String(exchanges),
    document,
  ]);
  return table([['NF', 'service', 'operations seen', 'exchanges', 'document'], ...rows]);
}

/** Columns as wide as they need. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
