/** Sends valid and invalid requests of one operation to an NF and judges its answers. */
import { checkAnswer, type Deviation, type Exchange } from './check.ts';
import type { Checker } from './checker.ts';
import { type GeneratedRequest, type GeneratorOptions, RequestGenerator, type RequestKind } from './generate.ts';
import { type Operation, titleOf } from './operations.ts';
import { formatLocation } from './pointer.ts';
import type { GivenAnswer, Sender } from './send.ts';

/** A request whose answer was wrong. */
export interface Fault {
  readonly index: number;
  readonly kind: RequestKind;
  readonly method: string;
  readonly uri: string;
  readonly violation?: string;
  readonly status: number;
  readonly deviations: readonly Deviation[];
}

export interface ProbeReport {
  readonly operation: string;
  readonly document: string;
  readonly seed: string;
  readonly requests: number;
  readonly faults: readonly Fault[];
  /** By kind of request and what was expected: how often each status was answered. */
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface ProbeOptions extends GeneratorOptions {
  readonly count: number;
}

const CONCURRENCY = 8;

export async function probe(
  checker: Checker,
  operation: Operation,
  sender: Sender,
  options: ProbeOptions,
): Promise<ProbeReport> {
  const generator = new RequestGenerator(checker, options);
  const faults: Fault[] = [];
  const statuses: Record<string, Record<string, number>> = {};
  let requests = 0;
  for (let first = 0; first < options.count; first += CONCURRENCY) {
    const batch = Array.from({ length: Math.min(CONCURRENCY, options.count - first) }, (_, offset) =>
      generator.request(operation, first + offset),
    ).filter((request) => request !== undefined);
    const answers = await Promise.all(batch.map((request) => sender.send(request)));
    for (const [index, request] of batch.entries()) {
      const answer = answers[index] as GivenAnswer;
      requests += 1;
      const group = `${request.kind}, ${request.expected}`;
      const status = String(answer.failure ?? answer.status);
      statuses[group] = { ...statuses[group], [status]: (statuses[group]?.[status] ?? 0) + 1 };
      const deviations = judge(checker, request, answer);
      if (deviations.length > 0) faults.push(faultOf(request, answer, deviations));
    }
  }
  return {
    operation: titleOf(operation),
    document: operation.place.file,
    seed: String(options.seed),
    requests,
    faults,
    statuses,
  };
}

function faultOf(request: GeneratedRequest, { status }: GivenAnswer, deviations: readonly Deviation[]): Fault {
  const { index, kind, method, uri, violation } = request;
  return { index, kind, method, uri, ...(violation === undefined ? {} : { violation }), status, deviations };
}

/** Refusals that HTTP itself has for what is wrong with a message, whatever the operation is (RFC 9110 15.5, RFC 6585). */
const HTTP_REFUSALS = new Set([400, 404, 405, 406, 411, 413, 414, 415, 431]);

/**
 * What is wrong with an answer: a valid request gets a documented status; one that must be refused gets 4xx; nothing gets a
 * failure that is not documented; and what is answered is as the document says.
 */
export function judge(checker: Checker, request: GeneratedRequest, answer: GivenAnswer): Deviation[] {
  const { operation, expected } = request;
  const { status } = answer;
  const wrong = (message: string): Deviation => ({
    side: 'answer',
    part: 'status',
    instance: '',
    message,
    schema: formatLocation(operation.place),
  });
  if (status === 0) return [wrong(`there is no answer: ${answer.failure}`)];
  const deviations = answerDeviations(checker, request, answer);
  if (expected === 'refusal' && (status < 400 || status >= 500)) {
    return [wrong(`${status} instead of a refusal with 4xx`), ...deviations];
  }
  if (expected === 'no failure' && status === 500)
    return [wrong('500: what was asked may be refused, but must not fail')];
  return deviations;
}

function answerDeviations(checker: Checker, request: GeneratedRequest, answer: GivenAnswer): Deviation[] {
  const { operation, method, uri, headers } = request;
  const exchange: Exchange = {
    method,
    authority: '',
    uri,
    requestHeaders: headers,
    status: answer.status,
    responseHeaders: answer.headers,
    ...('body' in answer ? { responseBody: answer.body } : {}),
  };
  // A strange path or method may be another operation, or none: then only what HTTP refuses with can be expected. Where a
  // callback goes to is its receiver's own affair.
  const route = checker.operations.route(method, uri.split('?', 1)[0] ?? '');
  const isCallback = operation.callbackOf !== undefined && method === operation.method;
  const nothing = isCallback ? operation : { ...operation, answers: new Map() };
  const asked = route.found === 'operation' ? route.operation : nothing;
  const isHttpRefusal = request.expected !== 'documented answer' && HTTP_REFUSALS.has(answer.status);
  const described =
    isHttpRefusal && !asked.answers.has(String(answer.status)) ? { ...asked, answers: anyRefusal(operation) } : asked;
  return checkAnswer(checker.schemas, described, exchange).deviations;
}

const anyRefusal = ({ place }: Operation): Operation['answers'] =>
  new Map([['4XX', { media: [], headers: [], place }]]);

/** The report in lines for a terminal. */
export function renderProbe(report: ProbeReport): string[] {
  const lines = [
    ...Map.groupBy(report.faults, (fault) => JSON.stringify([fault.kind, fault.status, fault.deviations])).values(),
  ].flatMap(([first, ...more]) => (first ? renderFault(first, more.length) : []));
  for (const [group, counts] of Object.entries(report.statuses)) {
    const list = Object.entries(counts).map(([status, count]) => `${count} × ${status}`);
    lines.push(`${group}: ${list.join(', ')}`);
  }
  const statuses = Object.values(report.statuses).flatMap((counts) => Object.keys(counts));
  if (statuses.length > 0 && statuses.every((status) => status === '401' || status === '403')) {
    lines.push(
      'Every request was refused for want of authorization: give --token, and --cert and --key of an NF that may ask.',
    );
  }
  lines.push(
    `${report.requests} requests to ${report.operation} (${report.document}), seed ${report.seed}: ` +
      (report.faults.length === 0 ? 'every answer was right' : `${report.faults.length} wrong answers`),
  );
  return lines;
}

function renderFault({ index, kind, method, uri, violation, status, deviations }: Fault, more: number): string[] {
  const shown = uri.length > 160 ? `${uri.slice(0, 160)}…` : uri;
  return [
    `request ${index} (${kind}${violation ? `, ${violation}` : ''})  ${method} ${shown} → ${status || 'no answer'}`,
    ...(more > 0 ? [`  and ${more} more alike`] : []),
    ...deviations.flatMap(({ side, part, instance, message, schema }) => [
      `  ${side} ${part}${instance && ` ${instance}`}: ${message}`,
      `    ${schema}`,
    ]),
    '',
  ];
}
