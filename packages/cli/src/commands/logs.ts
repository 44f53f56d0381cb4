/** `twincore logs`: what the NFs have to say, of one or of all, by time. */

import { existsSync } from 'node:fs';
import {
  DEFAULT_DIR,
  findNf,
  findRun,
  followLines,
  LOG_LEVELS,
  type LogLevel,
  type LogLine,
  type NfInfo,
  parseLogLine,
  readLabInfo,
  readLog,
} from '@twincore/lab';
import { type Command, Option } from 'commander';
import { integer } from '../arguments.ts';
import { type LabOptions, labOptions } from '../lab.ts';
import { paint } from '../output.ts';
import { abortOnSignals } from '../process.ts';

interface LogsOptions extends LabOptions {
  readonly follow?: boolean;
  readonly level?: LogLevel;
  readonly lines: number;
  readonly run?: string;
}

const DEFAULT_LINES = 50;

export function logsCommand(program: Command): void {
  labOptions(program.command('logs'))
    .description('print the logs of all NFs or of some, by time; also of a run that has ended')
    .argument('[nf...]', 'AUSF(001-01), home/ausf, or ausf where only one has the name')
    .option('-f, --follow', 'stay and print what comes, until Ctrl-C')
    .addOption(new Option('--level <level>', 'only from this level on').choices(Object.keys(LOG_LEVELS)))
    .option('-n, --lines <n>', 'how many of the last lines; 0 for all', integer, DEFAULT_LINES)
    .option('--run <id>', 'another run than the last one')
    .action(logs);
}

interface Told extends LogLine {
  readonly nf: string;
}

async function logs(names: readonly string[], options: LogsOptions): Promise<void> {
  const info = readLabInfo(findRun(options.dir ?? DEFAULT_DIR, options.run));
  const nfs = names.length === 0 ? info.nfs : names.map((name) => findNf(info.nfs, name));
  const least = LOG_LEVELS[options.level ?? 'trace'];
  const isWanted = ({ level }: LogLine) => LOG_LEVELS[level] >= least;
  const show = (line: Told) => console.log(options.json ? JSON.stringify(line) : rendered(line));
  const all = nfs
    .flatMap(linesOf)
    .filter(isWanted)
    .sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  for (const line of options.lines === 0 ? all : all.slice(-options.lines)) show(line);
  if (!options.follow) return;
  const byFile = new Map(nfs.map(({ logFile, label }) => [logFile, label]));
  for await (const { file, line } of followLines(() => [...byFile.keys()].filter(existsSync), abortOnSignals())) {
    const told = { nf: byFile.get(file) ?? '', ...parseLogLine(line) };
    if (isWanted(told)) show(told);
  }
}

/** What has no time belongs to the line before it. */
function linesOf({ label, logFile }: NfInfo): Told[] {
  let last = 0;
  return (existsSync(logFile) ? readLog(logFile) : []).map((line) => {
    last = line.at ?? last;
    return { nf: label, ...line, at: last };
  });
}

const COLORS = { trace: 'gray', debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red', fatal: 'red' } as const;
const LABEL_WIDTH = 14;

function rendered({ at, nf, level, message, fields }: Told): string {
  const time = at === undefined || at === 0 ? '' : new Date(at).toISOString().slice(11, 23);
  const rest = Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  return `${time.padEnd(12)} ${nf.padEnd(LABEL_WIDTH)} ${paint(COLORS[level], level.padEnd(5))} ${message}${rest ? paint('dim', ` ${rest}`) : ''}`;
}
