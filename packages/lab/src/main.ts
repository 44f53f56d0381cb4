/** The command `twincore`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { printError } from './commands.ts';
import { type ConformanceOptions, conformance } from './conformance-command.ts';
import { type RotateKeyOptions, rotateKey } from './nrf-command.ts';
import { PROCEDURES } from './procedures.ts';
import { MODES } from './topology.ts';
import { type TraceOptions, trace } from './trace-command.ts';
import { type UpOptions, up } from './up.ts';

const program = new Command('twincore')
  .description('two 5G core networks in a box')
  .showHelpAfterError()
  .addHelpText('after', '\nRun it as: npm run twincore -- <command>');

program
  .command('up')
  .description('start the lab, register a UE at home and roaming, stay up until Ctrl-C (what npm start does)')
  .option('--exit', 'leave when the job is done; status 0 only if both registrations succeeded')
  .option('--show-secrets', 'record keys and tokens as they are instead of as fingerprints')
  .option('--port-offset <n>', 'add n to every port', integer)
  .option(
    '--communication <mode>',
    'direct, C or D (through the SCPs) in both networks, or as in home=D,visited=C; default: as deploy/*.yaml say',
    communication,
  )
  .option('--dir <directory>', 'the lab directory (default: .twincore)')
  .option('--deploy <directory>', 'topology, subscribers and UEs (default: deploy)')
  .action(async (options: UpOptions) => {
    process.exitCode = await up(options);
  });

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

program
  .command('conformance')
  .description(
    'check what a run recorded, or with --url the answers of an NF, against the 3GPP OpenAPI documents; status 1 on any deviation',
  )
  .option('--specs <directory>', '3GPP OpenAPI files (default: TWINCORE_SPECS or ../shared/3gpp-openapi)')
  .option('--trace <path>', 'an NDJSON file or a directory of such instead of a run')
  .option('--run <id>', 'another run than the last one')
  .option('--allow-refused', 'let requests deviate that were refused with 4xx: for runs that send bad input on purpose')
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

program
  .command('nrf')
  .description('operate the NRFs of the lab')
  .command('rotate-key')
  .description('sign access tokens with a new key from now on, also while the lab runs; old tokens stay good')
  .option('--plmn <mcc-mnc>', 'only the NRF of this PLMN')
  .option('--keep <seconds>', 'forget keys that were replaced longer ago (default: a day)', integer)
  .option('--dir <directory>', 'the lab directory (default: .twincore)')
  .action(async (options: RotateKeyOptions) => {
    for (const line of await rotateKey(options)) console.log(line);
  });

// `| head` closes the pipe before everything is printed; that is no error.
process.stdout.on('error', () => process.exit());
try {
  await program.parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

function communication(text: string): NonNullable<UpOptions['communication']> {
  const modeIn = (word = '') => {
    const mode = MODES.find((candidate) => candidate === word);
    if (mode) return mode;
    throw new InvalidArgumentError(`${word} is none of ${MODES.join(', ')}.`);
  };
  if (!text.includes('=')) return modeIn(text);
  const pairs = text.split(',').map((pair) => pair.split('=', 2));
  const unknown = pairs.find(([site]) => site !== 'home' && site !== 'visited');
  if (unknown) throw new InvalidArgumentError(`there is no network ${unknown[0]}.`);
  return Object.fromEntries(pairs.map(([site, mode]) => [site, modeIn(mode)]));
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed.');
  return value;
}
