/** `twincore up`, which is `npm start`: start the lab, let a UE register at home and roam, tell what happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConsoleProcess,
  figuresOf,
  type Lab,
  LabError,
  type LabOptions,
  type LabStep,
  MODES,
  n32HandshakesOf,
  type SitePlan,
  startConsole,
  startLab,
  type UeStep,
} from '@twincore/lab';
import { plmnToString } from '@twincore/model';
import { type Command, InvalidArgumentError } from 'commander';
import { Listr, type ListrTask } from 'listr2';
import { integer } from '../arguments.ts';
import { startDetached, UP } from '../detach.ts';
import { EXIT } from '../exit-codes.ts';
import { aborted, abortOnSignals, reportError } from '../process.ts';
import { NEXT_STEPS, type Registration, renderSummary, succeeded } from '../summary.ts';

interface UpOptions {
  /** The launcher goes on in the background. */
  readonly detach?: boolean;
  readonly json?: boolean;
  /** File for the TLS secrets of every NF. */
  readonly keylog?: string;
  /** Leave when the job is done instead of waiting for Ctrl-C. */
  readonly exit?: boolean;
  readonly showSecrets?: boolean;
  readonly portOffset?: number;
  readonly dir?: string;
  readonly deploy?: string;
  readonly communication?: NonNullable<LabOptions['communication']>;
  /** False: the lab runs without the web console. */
  readonly console?: boolean;
  readonly consolePort?: number;
  readonly consoleListen?: string;
  /** `[site/]name=value`. */
  readonly external?: readonly NamedValue[];
  readonly externalCa?: readonly NamedValue[];
}

const CONSOLE_PORT = 17_400;

export function upCommand(program: Command): void {
  program
    .command('up')
    .description('start the lab, register a UE at home and roaming, stay up until Ctrl-C (what npm start does)')
    .option('--exit', 'leave when the job is done; status 0 only if both registrations succeeded')
    .option('-d, --detach', 'leave the lab in the background; npm run twincore -- down ends it')
    .option('--show-secrets', 'record keys and tokens as they are instead of as fingerprints')
    .option('--port-offset <n>', 'add n to every port', integer)
    .option(
      '--communication <mode>',
      'direct, C or D (through the SCPs) in both networks, or as in home=D,visited=C; default: as deploy/*.yaml say',
      communication,
    )
    .option('--keylog <file>', 'write the TLS secrets of every NF there, so that Wireshark decodes the SBI')
    .option(
      '--external <[site/]nf=url>',
      'do not start this NF but wait for yours, which listens there; site is home when absent; may be repeated',
      namedValue,
    )
    .option(
      '--external-ca <[site/]nf=file>',
      'its certificate is of this CA instead of one that the lab makes',
      namedValue,
    )
    .option('--json', 'print JSON, for programs, when the job is done')
    .option('--dir <directory>', 'the lab directory (default: .twincore)')
    .option('--deploy <directory>', 'topology, subscribers and UEs (default: deploy)')
    .option('--no-console', 'leave the web console out')
    .option(
      '--console-port <n>',
      `port of the web console (default: ${CONSOLE_PORT} and the port offset; 0: any)`,
      integer,
    )
    .option(
      '--console-listen <address>',
      'let the web console listen there instead of on loopback; it demands a login then',
    )
    .action(async (options: UpOptions) => {
      process.exitCode = await (options.detach && !options.exit ? startDetached(options) : up(options));
    });
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

/** The network is the home's where none is named. */
interface NamedValue {
  readonly site: string;
  readonly name: string;
  readonly value: string;
}

function namedValue(text: string, before: readonly NamedValue[] = []): NamedValue[] {
  const [, site = 'home', name, value] = /^(?:([a-z]+)\/)?([a-z][a-z0-9-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError(`write it as ausf=${text.includes('://') ? text : 'https://127.0.0.1:9443'}.`);
  return [...before, { site, name, value }];
}

/** Throws a {@link LabError} for a CA of an NF that is not external. */
function externalsOf({ external = [], externalCa = [] }: UpOptions): NonNullable<LabOptions['external']> {
  const same = (one: NamedValue) => (other: NamedValue) => one.site === other.site && one.name === other.name;
  const alone = externalCa.find((ca) => !external.some(same(ca)));
  if (alone) {
    const named = `${alone.site}/${alone.name}`;
    throw new LabError(`${named} is not external`, `Add --external ${named}=URL.`, { reason: 'usage' });
  }
  return external.map(({ site, name, value }) => {
    const ca = externalCa.find(same({ site, name, value }))?.value;
    return { site, name, url: value, ...(ca === undefined ? {} : { ca }) };
  });
}

type Say = (line: string) => void;

/**
 * Runs the command and returns the exit status: 0 when both registrations succeeded with one KAMF on both sides, 1 when
 * not, 130 when a signal came before that was known. Whatever happens, no process of the lab is left.
 */
async function up(options: UpOptions): Promise<number> {
  const signal = abortOnSignals();
  // With --json standard output is for the one answer.
  const say = options.json ? console.error : console.log;
  const registrations: Registration[] = [];
  let lab: Lab | undefined;
  let webConsole: Promise<ConsoleProcess | undefined> = Promise.resolve(undefined);
  try {
    lab = await startWithProgress(options, signal);
    // It starts while the story is told, which does not wait for it.
    if (!options.exit && options.console !== false) webConsole = consoleOf(lab, options);
    const stopped = await Promise.race([
      tellStory(lab, registrations, options).then(() => false),
      aborted(signal).then(() => true),
      lab.ended.then(() => true),
    ]);
    if (stopped) return EXIT.interrupted;
    if (options.json) console.log(JSON.stringify({ dir: lab.dir, run: lab.run.id, registrations }));
    else say(['', ...renderSummary(registrations), '', ...NEXT_STEPS].join('\n'));
    if (!options.exit) {
      say(`\n${process.send ? IN_BACKGROUND : IN_FOREGROUND}`);
      for (const line of consoleLines(await webConsole)) say(line);
      process.send?.(UP);
      await Promise.race([aborted(signal), lab.ended]);
    }
    return 0;
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    if (registrations.length > 0) say(['', ...renderSummary(registrations)].join('\n'));
    return reportError(error, options);
  } finally {
    if (lab) {
      say('\nStopping every process of the lab ...');
      await Promise.all([lab.stop(), webConsole.then((running) => running?.stop())]);
      say('Stopped.');
    }
  }
}

const IN_FOREGROUND = 'The lab is running. Ctrl-C stops it, or npm run twincore -- down.';
const IN_BACKGROUND = 'The lab is running in the background. npm run twincore -- down stops it.';

/** A console that does not start is no reason to be without the lab. */
async function consoleOf(lab: Lab, options: UpOptions): Promise<ConsoleProcess | undefined> {
  const port = options.consolePort ?? CONSOLE_PORT + (options.portOffset ?? 0);
  try {
    return await startConsole({ dir: lab.dir, run: lab.run, port, listen: options.consoleListen });
  } catch (error) {
    reportError(error);
    return undefined;
  }
}

function consoleLines(running: ConsoleProcess | undefined): string[] {
  if (!running) return [];
  const { url, password } = running;
  return [
    ...(password === undefined ? [] : [`Its password, shown only now: ${password}`]),
    `Look at it in a browser: ${url}`,
  ];
}

/** A progress display on a terminal, plain lines elsewhere. `lines` is how much of a step's output stays visible. */
async function run(
  steps: readonly { title: string; lines: number; work: (say: Say) => Promise<void> }[],
  { json }: UpOptions,
): Promise<void> {
  const tasks = steps.map(
    ({ title, lines, work }): ListrTask => ({
      title,
      rendererOptions: { persistentOutput: lines > 1, outputBar: lines },
      task: (_context, task) =>
        work((line) => {
          task.output = line;
        }),
    }),
  );
  const signals = { registerSignalListeners: false, fallbackRenderer: 'simple' } as const;
  const list = json
    ? new Listr(tasks, { ...signals, renderer: 'silent' })
    : new Listr(tasks, { ...signals, rendererOptions: { showErrorMessage: false } });
  await list.run();
}

async function startWithProgress(options: UpOptions, signal: AbortSignal): Promise<Lab> {
  let lab: Lab | undefined;
  let say: Say = () => {};
  const external = externalsOf(options);
  const onStep = (step: LabStep) => {
    if (step.kind === 'prepared') say(step.what);
    else if (step.kind === 'external') for (const line of externalLines(step)) say(line);
    else if (step.state === 'lost') console.error(`\n${step.label} ended unexpectedly: ${step.detail}`);
    else if (step.state !== 'starting') say(`${step.label} ${step.state}${step.detail ? ` (${step.detail})` : ''}`);
  };
  const work = async (tell: Say) => {
    say = tell;
    lab = await startLab({ ...options, external, onStep, signal });
    say = () => {};
  };
  await run(
    [{ title: 'Start the network functions of both networks', lines: external.length > 0 ? ALL_LINES : 1, work }],
    options,
  );
  if (!lab) throw new Error('the lab did not start');
  return lab;
}

function externalLines({ label, file, foreign }: Extract<LabStep, { kind: 'external' }>): string[] {
  const { sbi, nrf, nfInstanceId } = foreign;
  const nfm = nrf ? `, to be registered at ${nrf.apiRoot} as ${nfInstanceId}` : '';
  return [`waiting for ${label}, which is yours: on ${sbi.host}:${sbi.port}${nfm}`, `what it has to know: ${file}`];
}

const ALL_LINES = Number.POSITIVE_INFINITY;

/** The two registrations; each is appended to `registrations` as it ends. Throws a {@link LabError} at the first that fails. */
async function tellStory(lab: Lab, registrations: Registration[], options: UpOptions): Promise<void> {
  const [home, visited] = lab.sites;
  const [usim] = lab.usims;
  if (!home || !visited || !usim) throw new LabError('two networks and a UE are needed', 'Add them in deploy/.');
  const ue = lab.ue(usim.supi);
  const register = async (where: string, site: SitePlan, say: Say) => {
    const outcome = await ue.register(site.plmnId, { identity: 'suci' });
    const records = (await lab.trace()).filter(({ traceId }) => traceId === outcome.traceId);
    const registration = { where, outcome, figures: figuresOf(records) };
    registrations.push(registration);
    for (const line of nasLines(outcome.steps)) say(line);
    if (!succeeded(registration)) throw failure(registration);
  };
  const network = ({ plmnId }: SitePlan) => plmnToString(plmnId);
  await run(
    [
      { title: 'Connect the SEPPs over N32', lines: ALL_LINES, work: (say) => awaitN32(lab, say) },
      {
        title: `Give the UE its USIM (${usim.supi}; the network's side came from deploy/subscribers.yaml)`,
        lines: 1,
        work: () => ue.provision(),
      },
      {
        title: `The UE registers at home, in ${network(home)}`,
        lines: ALL_LINES,
        work: (say) => register(`at home, ${network(home)}`, home, say),
      },
      {
        title: 'The UE deregisters and leaves the country',
        lines: 1,
        work: async () => {
          await ue.deregister();
        },
      },
      {
        title: `The UE registers in ${network(visited)}, authenticated by ${network(home)} across N32`,
        lines: ALL_LINES,
        work: (say) => register(`roaming, ${network(visited)}`, visited, say),
      },
    ],
    options,
  );
}

function nasLines(steps: readonly UeStep[]): string[] {
  const time = ({ at }: UeStep) => new Date(at).getTime();
  const start = steps[0] ? time(steps[0]) : 0;
  return steps.map((step) => {
    const arrow = step.direction === 'up' ? 'UE → AMF' : 'UE ← AMF';
    return `${String(Math.round(time(step) - start)).padStart(5)} ms  ${arrow}  ${step.message} (${step.security})`;
  });
}

const N32_TIMEOUT_MS = 10_000;

/** Waits until each SEPP has answered or made an N32-c capability exchange (TS 29.573 5.2.2), which they begin by themselves. */
async function awaitN32(lab: Lab, say: Say): Promise<void> {
  const deadline = Date.now() + N32_TIMEOUT_MS;
  for (;;) {
    const handshakes = n32HandshakesOf(await lab.trace());
    for (const { from, to, security } of handshakes) say(`${from} ↔ ${to}: N32-c done, N32-f protected by ${security}`);
    if (handshakes.length > 0) return;
    if (Date.now() > deadline) {
      const advice = `See the SEPPs' logs in ${lab.run.logs}.`;
      throw new LabError(`the SEPPs did not agree on N32 within ${N32_TIMEOUT_MS / 1000} s`, advice);
    }
    await sleep(100);
  }
}

function failure({ where, outcome }: Registration): LabError {
  const show = 'npm run twincore -- trace --procedure registration';
  if (outcome.result === 'registered') {
    return new LabError(`${where}: UE and AMF do not hold the same KAMF`, `See where they part: ${show}`);
  }
  const cause = outcome.fiveGmmCause === undefined ? '' : `, 5GMM cause ${outcome.fiveGmmCause}`;
  return new LabError(
    `the registration ${where} was rejected (${outcome.rejectedBy ?? 'no answer'}${cause})`,
    `See who refused what: ${show}`,
  );
}
