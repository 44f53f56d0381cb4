/** `twincore conformance`: recorded exchanges, or the answers of an NF, against the 3GPP OpenAPI documents. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkRecords, renderReport, SpecsError } from '@twincore/conformance';
import { DEFAULT_DIR, findRun, PROJECT_ROOT } from './directory.ts';
import { LabError } from './errors.ts';
import { readTrace } from './trace-files.ts';

export interface ConformanceOptions {
  readonly specs?: string;
  readonly trace?: string;
  readonly run?: string;
  readonly dir?: string;
  readonly allowRefused?: boolean;
  readonly json?: boolean;
}

export interface CommandOutput {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** Checks a recorded run. Throws a {@link LabError} when there are no documents or no records. */
export function conformance(options: ConformanceOptions): CommandOutput {
  return withSpecs(options, (specs) => {
    const source = options.trace ?? findRun(options.dir ?? DEFAULT_DIR, options.run).trace;
    if (!existsSync(source)) throw new LabError(`there is no ${source}`, 'Name an NDJSON file or a directory of such.');
    const records = readTrace(source).filter((record) => record.kind === 'sbi');
    if (records.length === 0) throw new LabError(`${source} has no recorded SBI exchange`, 'Start the lab: npm start');
    const report = checkRecords(specs, records, { allowRefused: options.allowRefused === true });
    return {
      lines: options.json ? [JSON.stringify(report)] : renderReport(report),
      exitCode: report.deviants.length === 0 ? 0 : 1,
    };
  });
}

/** Where the documents are: the option, TWINCORE_SPECS, or beside the project. */
export const specsDirectory = (option?: string): string =>
  resolve(option ?? process.env.TWINCORE_SPECS ?? resolve(PROJECT_ROOT, '../shared/3gpp-openapi'));

function withSpecs<T>({ specs }: { specs?: string }, work: (dir: string) => T): T {
  try {
    return work(specsDirectory(specs));
  } catch (error) {
    if (!(error instanceof SpecsError)) throw error;
    throw new LabError(
      error.message,
      'Name the directory with the 3GPP Release 17 OpenAPI files: --specs DIR, or TWINCORE_SPECS=DIR.',
    );
  }
}
