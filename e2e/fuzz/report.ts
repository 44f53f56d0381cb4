/** A fuzz run in lines for a terminal. */
import type { Failure, FuzzReport } from './fuzz.ts';
import { RUNAWAY } from './memory.ts';

const MAX_GROUPS = 40;
const MAX_TEXT = 1_500;

export function renderFuzz(report: FuzzReport): string[] {
  return [...renderFailures(report), ...renderTable(report), '', ...renderMemory(report), '', ...renderEnd(report)];
}

function renderTable({ rows }: FuzzReport): string[] {
  const lines = rows
    .filter(({ isThere }) => isThere)
    .map(({ nf, operation, statuses }) => [nf, operation, countsOf(statuses)]);
  const absent = [
    ...Map.groupBy(
      rows.filter(({ isThere }) => !isThere),
      ({ nf }) => nf,
    ),
  ].map(([nf, group]) => [
    nf,
    `${group.length} operations that it does not have`,
    countsOf(sum(group.map(({ statuses }) => statuses))),
  ]);
  return table([['NF', 'operation', 'answers'], ...lines, ...absent]);
}

function renderMemory({ memory }: FuzzReport): string[] {
  const mib = (octets: number) => (octets / 2 ** 20).toFixed(1);
  return [
    `memory in MiB after the warm-up and at the end (runaway: heap +${mib(RUNAWAY.heap)} or RSS +${mib(RUNAWAY.rss)})`,
    ...table([
      ['NF', 'heap', '', 'RSS', ''],
      ...memory.map(({ nf, before, after, isRunaway }) => [
        nf + (isRunaway ? ' RUNAWAY' : ''),
        mib(before.heap),
        mib(after.heap),
        mib(before.rss),
        mib(after.rss),
      ]),
    ]),
  ];
}

function renderEnd({ illnesses, failures, memory, seed, sent, seconds }: FuzzReport): string[] {
  const runaway = memory.filter(({ isRunaway }) => isRunaway).length;
  const rate = Math.round(sent / seconds);
  return [
    ...illnesses,
    `${sent} requests in ${seconds.toFixed(1)} s (${rate}/s), seed ${seed}: ${failures.length} wrong answers, ` +
      `${illnesses.length} complaints, ${runaway} NFs with runaway memory`,
  ];
}

function renderFailures({ failures, seed }: FuzzReport): string[] {
  const groups = [
    ...Map.groupBy(failures, ({ request, what }) => JSON.stringify([request.operation, shapeOf(what)])).values(),
  ];
  const lines = groups.slice(0, MAX_GROUPS).flatMap((group) => {
    const [first] = group;
    return first ? renderFailure(first, group.length - 1, seed) : [];
  });
  return groups.length > MAX_GROUPS ? [...lines, `${groups.length - MAX_GROUPS} more kinds of failures`, ''] : lines;
}

/** Failures are alike when they differ in numbers and names only. */
const shapeOf = (what: readonly string[]) => what.map((text) => text.replaceAll(/[0-9a-f-]{8,}|\d+/g, '#'));

function renderFailure({ request, answer, what }: Failure, more: number, seed: string): string[] {
  const { target, operation, index, kind, violation } = request;
  const again = `npm run fuzz -- --seed ${seed} --nf '${target.nf}' --operation '${operation}' --index ${index}`;
  return [
    `${target.nf}: ${operation}, request ${index} (${kind}${violation ? `, ${violation}` : ''}) → ${answer.failure ?? answer.status}`,
    ...what.map((text) => `  ${text}`),
    `  ${curlOf(request)}`,
    `  answer: ${shorten(JSON.stringify(answer.body ?? ''))}`,
    ...(more > 0 ? [`  and ${more} more alike`] : []),
    `  again: ${again}`,
    '',
  ];
}

/** The request as somebody would type it. The token is left out. */
function curlOf({ target, method, uri, headers, body }: Failure['request']): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const given = Object.entries(headers).map(([name, value]) =>
    quote(`${name}: ${name === 'authorization' ? 'Bearer $TOKEN' : shorten(value)}`),
  );
  const text = typeof body === 'string' ? body : body && `base64:${Buffer.from(body).toString('base64')}`;
  return [
    `curl --http2 -X ${method} ${quote(target.url + shorten(uri))}`,
    `--key ${target.tls.key} --cert ${target.tls.cert} --cacert ${target.tls.ca}`,
    ...given.map((header) => `-H ${header}`),
    ...(text === undefined ? [] : [`--data-binary ${quote(shorten(text))}`]),
  ].join(' ');
}

const shorten = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…(${text.length})` : text);

function countsOf(statuses: ReadonlyMap<string, number>): string {
  return [...statuses]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([status, count]) => `${status}×${count}`)
    .join(' ');
}

function sum(all: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const [status, count] of all.flatMap((one) => [...one])) total.set(status, (total.get(status) ?? 0) + count);
  return total;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
