/** The command `twincore`. */
import { reportError } from './process.ts';
import { createProgram } from './program.ts';

// `| head` closes the pipe before everything is printed; that is no error.
process.stdout.on('error', () => process.exit());
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error, { json: process.argv.includes('--json') });
}
