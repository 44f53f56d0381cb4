/** `twincore trace`: what a run recorded, as a sequence, as a list, as it comes, or in the forms of other tools. */
import { writeFileSync } from 'node:fs';
import {
  DEFAULT_DIR,
  findRun,
  followTrace,
  isControl,
  LabError,
  PROCEDURES,
  partyName,
  proceduresOf,
  readTrace,
  recordMatcher,
  type TraceFilter,
  type TraceSummary,
  toHar,
  toMermaid,
  traceList,
} from '@twincore/lab';
import type { TraceRecord } from '@twincore/sbi';
import { type Command, Option } from 'commander';
import { integer } from '../arguments.ts';
import { paint, print, table } from '../output.ts';
import { abortOnSignals } from '../process.ts';
import { renderTrace, type TraceViewOptions } from '../trace-view.ts';

interface TraceOptions {
  readonly dir?: string;
  readonly run?: string;
  readonly procedure?: string;
  readonly traceId?: string;
  readonly nf?: string;
  readonly operation?: string;
  readonly failed?: boolean;
  readonly token?: boolean;
  readonly body?: boolean;
  readonly n32?: boolean;
  readonly json?: boolean;
  readonly width?: number;
}

interface Terminal {
  readonly columns?: number;
  readonly isTTY?: boolean;
}

export function traceCommand(program: Command): void {
  const trace = filterOptions(program.command('trace').enablePositionalOptions())
    .description('print what the last run recorded, one line per message')
    .option('--trace-id <id>', 'only what belongs to this trace; its first digits are enough');
  viewOptions(trace).action((options: TraceOptions) => {
    for (const line of traceLines(options, process.stdout)) console.log(line);
  });

  runOptions(trace.command('list'))
    .description('one line for each thing that happened, with its trace id')
    .option('--all', 'also what no UE began: registrations at the NRF, heartbeats, N32 handshakes')
    .action((_options: unknown, command: Command) => {
      const options: TraceOptions & { all?: boolean } = command.optsWithGlobals();
      const found = traceList(readTrace(runOf(options).trace)).filter(({ procedure }) => options.all || procedure);
      print(options.json, found, () => listLines(found));
    });

  viewOptions(runOptions(trace.command('show').argument('<id>', 'trace id, or its first digits')))
    .description('every message of one trace')
    .action((id: string, _options: unknown, command: Command) => {
      const options: TraceOptions = { ...command.optsWithGlobals(), traceId: id };
      for (const line of traceLines(options, process.stdout, { steps: true })) console.log(line);
    });

  viewOptions(filterOptions(trace.command('follow')))
    .description('print each message as it is recorded, until Ctrl-C')
    .action((_options: unknown, command: Command) => follow(command.optsWithGlobals()));

  filterOptions(trace.command('export'))
    .description('write what was recorded for other tools')
    .addOption(
      new Option('--format <format>', 'mermaid: a sequence diagram; har: HTTP Archive 1.2; ndjson: the records')
        .choices(Object.keys(EXPORTS))
        .makeOptionMandatory(),
    )
    .option('--trace-id <id>', 'only what belongs to this trace; its first digits are enough')
    .option('--token', 'mermaid: note where a token was verified or refused')
    .option('-o, --output <file>', 'default: standard output')
    .action((_options: unknown, command: Command) => {
      const options: TraceOptions & { format: keyof typeof EXPORTS; output?: string } = command.optsWithGlobals();
      const lines = EXPORTS[options.format](groupsOf(options), options);
      if (options.output === undefined) for (const line of lines) console.log(line);
      else writeFileSync(options.output, `${lines.join('\n')}\n`, { mode: 0o600 });
    });
}

function runOptions(command: Command): Command {
  return command
    .option('--run <id>', 'another run than the last one')
    .option('--dir <directory>', 'the lab directory (default: .twincore)')
    .option('--json', 'print JSON, for programs: one record a line');
}

function filterOptions(command: Command): Command {
  return runOptions(command)
    .addOption(new Option('--procedure <name>', 'only this procedure, with its steps').choices(PROCEDURES))
    .option('--nf <nf>', 'only what an NF sends or gets: AUSF(001-01), or a type: AUSF')
    .option('--operation <text>', 'only operations and NAS messages with this in their name')
    .option('--failed', 'only what was refused or not answered');
}

function viewOptions(command: Command): Command {
  return command
    .option('--token', 'add the claims of access tokens')
    .option('--body', 'add the bodies')
    .option(
      '--n32',
      'add what PRINS did to a message: what was clear, what was encrypted, who changed what, what came out',
    )
    .option('--width <columns>', 'fit lines into this many columns', integer);
}

const DEFAULT_WIDTH = 160;

/** The lines to print. Throws a {@link LabError} when there is no such run, or nothing in it that was asked for. */
export function traceLines(options: TraceOptions, terminal: Terminal, { steps = false } = {}): string[] {
  const groups = groupsOf(options);
  if (options.json) return EXPORTS.ndjson(groups);
  const view = viewOf(options, terminal, steps || options.procedure !== undefined);
  return groups.flatMap(({ title, records }) => [title, ...renderTrace(records, view), '']).slice(0, -1);
}

function viewOf(options: TraceOptions, terminal: Terminal, steps: boolean): TraceViewOptions {
  return {
    width: options.width ?? terminal.columns ?? DEFAULT_WIDTH,
    color: terminal.isTTY === true && process.env.NO_COLOR === undefined,
    token: options.token === true,
    body: options.body === true,
    n32: options.n32 === true,
    steps,
  };
}

const runOf = ({ dir = DEFAULT_DIR, run }: TraceOptions) => findRun(dir, run);

interface Group {
  readonly title: string;
  readonly records: readonly TraceRecord[];
}

/** A diagram is of the network, not of what drives it. */
const withoutControl = (records: readonly TraceRecord[]) => records.filter((record) => !isControl(record));

const EXPORTS = {
  mermaid: (groups: readonly Group[], { token }: TraceOptions) =>
    toMermaid(
      groups.map(({ title, records }) => ({ title, records: withoutControl(records) })),
      { token: token === true },
    ),
  har: (groups: readonly Group[]) => [JSON.stringify(toHar(groups.flatMap(({ records }) => records)), null, 2)],
  ndjson: (groups: readonly Group[]) =>
    groups.flatMap(({ records }) => records.map((record) => JSON.stringify(record))),
} as const;

function groupsOf(options: TraceOptions): Group[] {
  const records = readTrace(runOf(options).trace);
  const { procedure } = options;
  const traceId = fullTraceId(records, options.traceId);
  const matches = recordMatcher(filterOf(options, traceId));
  if (procedure !== undefined) {
    const found = proceduresOf(records, procedure)
      .map((one) => ({ ...one, records: one.records.filter(matches) }))
      .filter((one) => one.records.length > 0);
    if (found.length > 0) {
      return found.map((one, index) => ({
        title: titleOf(`${procedure} ${index + 1}`, one.records),
        records: one.records,
      }));
    }
    throw new LabError(
      `this run recorded no ${procedure}`,
      'Let a UE do one (npm start), or look at all of it without --procedure.',
    );
  }
  const chosen = records.filter(matches);
  if (chosen.length > 0) return [{ title: titleOf(traceId ? 'one trace' : 'whole run', chosen), records: chosen }];
  if (records.length === 0) throw new LabError('this run recorded nothing', 'Start the lab: npm start');
  throw new LabError('nothing that was recorded is so', 'Ask for less: leave an option out.');
}

function filterOf({ nf, operation, failed }: TraceOptions, traceId?: string): Omit<TraceFilter, 'procedure'> {
  return {
    ...(traceId === undefined ? {} : { traceId }),
    ...(nf === undefined ? {} : { nf }),
    ...(operation === undefined ? {} : { operation }),
    ...(failed ? { failed } : {}),
  };
}

/** The trace id that begins so. Throws a {@link LabError} where none does, or several do. */
function fullTraceId(records: readonly TraceRecord[], start: string | undefined): string | undefined {
  if (start === undefined) return undefined;
  const found = new Set(records.flatMap(({ traceId }) => (traceId.startsWith(start.toLowerCase()) ? [traceId] : [])));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new LabError(
    only === undefined ? `this run has no trace ${start}` : `${found.size} traces begin with ${start}`,
    'See which there are: npm run twincore -- trace list',
    { reason: 'usage' },
  );
}

async function follow(options: TraceOptions): Promise<void> {
  const matches = recordMatcher(filterOf(options));
  const { procedure } = options;
  // Of a procedure one knows only by its first message that it is one.
  const following = new Set<string>();
  for await (const record of followTrace(runOf(options).trace, abortOnSignals())) {
    if (procedure !== undefined) {
      if (proceduresOf([record], procedure).length > 0) following.add(record.traceId);
      if (!following.has(record.traceId)) continue;
    }
    if (!matches(record)) continue;
    if (options.json) console.log(JSON.stringify(record));
    else
      for (const line of renderTrace([record], viewOf(options, process.stdout, true)))
        console.log(liveLine(record, line));
  }
}

/** A single record has no time of its own in the picture; the clock's is put in place of it. */
function liveLine({ at }: TraceRecord, line: string): string {
  return line.replace(/^ +0\.0 ms/, new Date(at).toISOString().slice(11, 23));
}

function listLines(found: readonly TraceSummary[]): string[] {
  if (found.length === 0) return ['nothing that a UE began; --all shows the rest'];
  return table(
    ['trace', 'time', 'what', 'between', 'took', 'NAS', 'SBI', 'N32', ''],
    found.map(({ traceId, at, what, between, durationMs, nasMessages, sbiRequests, n32, failed }) => [
      traceId.slice(0, 8),
      new Date(at).toISOString().slice(11, 23),
      what,
      between,
      `${durationMs.toFixed(0)} ms`,
      `${nasMessages}`,
      `${sbiRequests}`,
      n32 ? 'yes' : '',
      failed ? paint('red', 'refusals in it') : '',
    ]),
  );
}

/** `registration 2 · 2026-… · UE → AMF(999-70) · trace 3f…`. */
function titleOf(what: string, records: readonly TraceRecord[]): string {
  const [first] = records;
  const nas = records.find((record) => record.kind === 'nas');
  const ids = new Set(records.map((record) => record.traceId));
  const parts = [
    what,
    new Date(first?.at ?? 0).toISOString(),
    nas && `${partyName(nas.from)} → ${partyName(nas.to)}`,
    ids.size === 1 ? `trace ${first?.traceId}` : `${records.length} messages`,
  ];
  return parts.filter(Boolean).join(' · ');
}
