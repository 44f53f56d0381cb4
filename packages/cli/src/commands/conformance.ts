/** `twincore conformance`: recorded exchanges, or the answers of an NF, against the 3GPP OpenAPI documents. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  Checker,
  checkRecords,
  createSender,
  type Operation,
  probe,
  renderProbe,
  renderReport,
  SpecsError,
  type Target,
} from '@twincore/conformance';
import { DEFAULT_DIR, findRun, LabError, PROJECT_ROOT, readTrace } from '@twincore/lab';
import type { Command } from 'commander';
import { integer } from '../arguments.ts';

export interface ConformanceOptions extends Partial<Target> {
  readonly specs?: string;
  readonly trace?: string;
  readonly run?: string;
  readonly dir?: string;
  readonly allowRefused?: boolean;
  readonly json?: boolean;
  readonly operation?: string;
  readonly count?: number;
  readonly seed?: string;
  /** `name=value`. */
  readonly with?: readonly string[];
}

export interface CommandOutput {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

export function conformanceCommand(program: Command): void {
  program
    .command('conformance')
    .description(
      'check what a run recorded, or with --url the answers of an NF, against the 3GPP OpenAPI documents; status 1 on any deviation',
    )
    .option('--specs <directory>', '3GPP OpenAPI files (default: TWINCORE_SPECS or ../shared/3gpp-openapi)')
    .option('--trace <path>', 'an NDJSON file or a directory of such instead of a run')
    .option('--run <id>', 'another run than the last one')
    .option(
      '--allow-refused',
      'let requests deviate that were refused with 4xx: for runs that send bad input on purpose',
    )
    .option('--json', 'print the report as JSON')
    .option('--dir <directory>', 'the lab directory (default: .twincore)')
    .option('--url <apiRoot>', 'send generated requests, valid and invalid, to the NF there and judge its answers')
    .option('--operation <name>', "operationId or 'METHOD /path' of the operation to ask for")
    .option('--cert <file>', 'client certificate (PEM)')
    .option('--key <file>', 'key of the client certificate (PEM)')
    .option('--ca <file>', 'whose certificates to believe (PEM)')
    .option('--token <jwt>', 'access token')
    .option('--address <ip>', 'connect there when the name in the URL does not resolve')
    .option('--with <name=value...>', 'values for parameters and top-level members of bodies')
    .option('--count <n>', 'how many requests (default: 300)', integer)
    .option('--seed <seed>', 'make the requests of an earlier run again')
    .action(async (options: ConformanceOptions) => {
      const { lines, exitCode } = await conformance(options);
      for (const line of lines) console.log(line);
      process.exitCode = exitCode;
    });
}

const DEFAULT_COUNT = 300;

/** Checks a recorded run, or with `url` an NF. Throws a {@link LabError} when there is nothing to check or to check it against. */
export async function conformance(options: ConformanceOptions): Promise<CommandOutput> {
  const specs = resolve(options.specs ?? process.env.TWINCORE_SPECS ?? resolve(PROJECT_ROOT, '../shared/3gpp-openapi'));
  try {
    const { url } = options;
    return url === undefined ? checkTrace(specs, options) : await probeNf(specs, { ...options, url });
  } catch (error) {
    if (!(error instanceof SpecsError)) throw error;
    throw new LabError(
      error.message,
      'Name the directory with the 3GPP Release 17 OpenAPI files: --specs DIR, or TWINCORE_SPECS=DIR.',
    );
  }
}

function checkTrace(specs: string, options: ConformanceOptions): CommandOutput {
  const source = options.trace ?? findRun(options.dir ?? DEFAULT_DIR, options.run).trace;
  if (!existsSync(source)) throw new LabError(`there is no ${source}`, 'Name an NDJSON file or a directory of such.');
  const records = readTrace(source).filter((record) => record.kind === 'sbi');
  if (records.length === 0) throw new LabError(`${source} has no recorded SBI exchange`, 'Start the lab: npm start');
  const report = checkRecords(specs, records, { allowRefused: options.allowRefused === true });
  return {
    lines: options.json ? [JSON.stringify(report)] : renderReport(report),
    exitCode: report.deviants.length === 0 ? 0 : 1,
  };
}

async function probeNf(specs: string, options: ConformanceOptions & Target): Promise<CommandOutput> {
  const checker = new Checker(specs);
  const operation = operationNamed(checker, options.operation);
  const sender = createSender(options);
  try {
    const report = await probe(checker, operation, sender, {
      seed: options.seed ?? randomInt(2 ** 32),
      count: options.count ?? DEFAULT_COUNT,
      fixed: Object.fromEntries((options.with ?? []).map(pairOf)),
    });
    return {
      lines: options.json ? [JSON.stringify(report)] : renderProbe(report),
      exitCode: report.faults.length === 0 && report.requests > 0 ? 0 : 1,
    };
  } finally {
    await sender.close();
  }
}

function operationNamed(checker: Checker, name: string | undefined): Operation {
  if (name === undefined) {
    throw new LabError(
      'which operation?',
      "Add --operation OPERATIONID or --operation 'METHOD /path' as the document writes it.",
    );
  }
  const [operation, ...others] = checker.operations.named(name);
  if (operation && others.length === 0) return operation;
  const known = [operation, ...others]
    .filter((one) => one !== undefined)
    .map(({ method, path }) => `${method} ${path}`);
  throw new LabError(
    operation ? `${name} is the name of several operations` : `no document has an operation ${name}`,
    operation ? `Say which: ${known.join(', ')}` : "Name it by its operationId or as 'METHOD /path'; case matters.",
  );
}

function pairOf(text: string): [string, string] {
  const [name = '', ...value] = text.split('=');
  if (name === '' || value.length === 0)
    throw new LabError(`${text} is not NAME=VALUE`, 'For example: --with supi=imsi-001010000000001');
  return [name, value.join('=')];
}
