/** `twincore trace`: what a run recorded, as a sequence. */
import { DEFAULT_DIR, findRun, LabError, PROCEDURES, partyName, proceduresOf, readTrace } from '@twincore/lab';
import type { TraceRecord } from '@twincore/sbi';
import { type Command, Option } from 'commander';
import { integer } from '../arguments.ts';
import { renderTrace, type TraceViewOptions } from '../trace-view.ts';

export interface TraceOptions {
  readonly dir?: string;
  readonly run?: string;
  readonly procedure?: string;
  readonly traceId?: string;
  readonly token?: boolean;
  readonly body?: boolean;
  readonly n32?: boolean;
  readonly json?: boolean;
  readonly width?: number;
}

export function traceCommand(program: Command): void {
  program
    .command('trace')
    .description('print what the last run recorded, one line per message')
    .option('--run <id>', 'another run than the last one')
    .addOption(new Option('--procedure <name>', 'only this procedure, with its steps').choices(PROCEDURES))
    .option('--trace-id <id>', 'only what belongs to this trace')
    .option('--token', 'add the claims of access tokens')
    .option('--body', 'add the bodies')
    .option(
      '--n32',
      'add what PRINS did to a message: what was clear, what was encrypted, who changed what, what came out',
    )
    .option('--json', 'print the records themselves, one JSON text per line')
    .option('--width <columns>', 'fit lines into this many columns', integer)
    .option('--dir <directory>', 'the lab directory (default: .twincore)')
    .action((options: TraceOptions) => {
      for (const line of trace(options, process.stdout)) console.log(line);
    });
}

const DEFAULT_WIDTH = 160;

/** The lines to print. Throws a {@link LabError} when there is no such run, or nothing in it that was asked for. */
export function trace(options: TraceOptions, terminal: { columns?: number; isTTY?: boolean }): string[] {
  const run = findRun(options.dir ?? DEFAULT_DIR, options.run);
  const groups = groupsOf(readTrace(run.trace), options);
  if (options.json) return groups.flatMap(({ records }) => records.map((record) => JSON.stringify(record)));
  const view: TraceViewOptions = {
    width: options.width ?? terminal.columns ?? DEFAULT_WIDTH,
    color: terminal.isTTY === true && process.env.NO_COLOR === undefined,
    token: options.token === true,
    body: options.body === true,
    n32: options.n32 === true,
    steps: options.procedure !== undefined,
  };
  return groups.flatMap(({ title, records }) => [title, ...renderTrace(records, view), '']).slice(0, -1);
}

interface Group {
  readonly title: string;
  readonly records: readonly TraceRecord[];
}

function groupsOf(records: readonly TraceRecord[], { procedure, traceId }: TraceOptions): Group[] {
  if (procedure !== undefined) {
    const found = proceduresOf(records, procedure);
    if (found.length === 0) {
      throw new LabError(
        `this run recorded no ${procedure}`,
        'Let a UE do one (npm start), or look at all of it without --procedure.',
      );
    }
    return found.map((one, index) => ({
      title: titleOf(`${procedure} ${index + 1}`, one.records),
      records: one.records,
    }));
  }
  const chosen = traceId === undefined ? records : records.filter((record) => record.traceId === traceId);
  if (chosen.length === 0) {
    throw new LabError(
      traceId ? `this run has no trace ${traceId}` : 'this run recorded nothing',
      'Start the lab: npm start',
    );
  }
  return [{ title: titleOf('whole run', chosen), records: chosen }];
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
