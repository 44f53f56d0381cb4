/** The command line as a tree of commands, before it is asked for anything. */
import tab from '@bomb.sh/tab/commander';
import { DEFAULT_DIR, findRun, readLabInfo } from '@twincore/lab';
import { Command } from 'commander';
import { attackCommand } from './commands/attack.ts';
import { conformanceCommand } from './commands/conformance.ts';
import { doctorCommand } from './commands/doctor.ts';
import { downCommand } from './commands/down.ts';
import { logsCommand } from './commands/logs.ts';
import { nfCommand } from './commands/nf.ts';
import { nrfCommand } from './commands/nrf.ts';
import { prepareCommand } from './commands/prepare.ts';
import { statusCommand } from './commands/status.ts';
import { subscriberCommand } from './commands/subscriber.ts';
import { tokenCommand } from './commands/token.ts';
import { traceCommand } from './commands/trace.ts';
import { ueCommand } from './commands/ue.ts';
import { upCommand } from './commands/up.ts';

/** One line for each command, in the order of the help. Each registers itself at the program. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  upCommand,
  downCommand,
  statusCommand,
  logsCommand,
  ueCommand,
  subscriberCommand,
  traceCommand,
  tokenCommand,
  nfCommand,
  nrfCommand,
  attackCommand,
  conformanceCommand,
  doctorCommand,
  prepareCommand,
];

/** Throws a CommanderError, instead of ending the process, when it is called wrongly or asked for help. */
export function createProgram(): Command {
  const program = new Command('twincore')
    .description('two 5G core networks in a box')
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('\nThe command with --help tells what there is.')
    .addHelpText('after', '\nRun it as: npm run twincore -- <command>. docs/cli.md has examples of each.');
  for (const register of COMMANDS) register(program);
  completeNfs(tab(program, { completionCommandName: 'completion' }));
  return program;
}

/** Arguments and options that name an NF are completed with those of the last run. */
function completeNfs({ commands }: ReturnType<typeof tab>): void {
  for (const { arguments: given, options } of commands.values()) {
    for (const place of [...given.values(), ...NF_OPTIONS.flatMap((name) => options.get(name) ?? [])]) {
      if ('name' in place && place.name !== 'nf') continue;
      place.handler = (complete) => {
        for (const { label, site, name } of lastNfs()) complete(`${site}/${name}`, label);
      };
    }
  }
}

const NF_OPTIONS = ['as', 'producer', 'consumer'];

function lastNfs() {
  try {
    return readLabInfo(findRun(DEFAULT_DIR)).nfs;
  } catch {
    // There is no run yet, and an error would stand in the middle of what somebody types.
    return [];
  }
}
