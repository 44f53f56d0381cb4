/** Reads the lab's YAML files against a schema, so that a slip of the pen is named by file and member. */
import { readFileSync } from 'node:fs';
import { ConfigError, parseConfig } from '@twincore/sbi';
import type { Static, TSchema } from 'typebox';
import { parse } from 'yaml';
import { LabError } from './errors.ts';

/** Throws a {@link LabError} when the file cannot be read, is not YAML, or is not what `schema` says. */
export function readYaml<T extends TSchema>(schema: T, file: string): Static<T> {
  try {
    return parseConfig(schema, parse(readFileSync(file, 'utf8')), file);
  } catch (error) {
    if (error instanceof ConfigError)
      throw new LabError(error.message, `Mend these members of ${file} and start again.`, { reason: 'usage' });
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError(`${file} cannot be read: ${reason}`, 'Mend the file, or name another directory with --deploy.', {
      reason: 'usage',
    });
  }
}
