/** The command `twincore`. */
import { Command } from 'commander';
import { conformanceCommand } from './commands/conformance.ts';
import { nrfCommand } from './commands/nrf.ts';
import { traceCommand } from './commands/trace.ts';
import { upCommand } from './commands/up.ts';
import { printError } from './process.ts';

/** One line for each command, in the order of the help. Each registers itself at the program. */
const COMMANDS: readonly ((program: Command) => void)[] = [upCommand, traceCommand, conformanceCommand, nrfCommand];

const program = new Command('twincore')
  .description('two 5G core networks in a box')
  .showHelpAfterError()
  .addHelpText('after', '\nRun it as: npm run twincore -- <command>');
for (const register of COMMANDS) register(program);

// `| head` closes the pipe before everything is printed; that is no error.
process.stdout.on('error', () => process.exit());
try {
  await program.parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
