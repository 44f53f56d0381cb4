/** `twincore ue`: the UEs of the lab. */
import {
  inParallel,
  type LabClient,
  LabError,
  type NewUe,
  type RegistrationOptions,
  type RegistrationOutcome,
  type UeView,
} from '@twincore/lab';
import { type PlmnId, plmnToString, type Snssai, samePlmn } from '@twincore/model';
import { type Command, Option } from 'commander';
import { key, plmn, positive, slices, supi as supiArgument } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { type LabOptions, labOptions, withLab } from '../lab.ts';
import { print, progress, quantile, table } from '../output.ts';
import { nextSupis } from '../supis.ts';

interface ManyOptions extends LabOptions {
  readonly count?: number;
  readonly parallel: number;
}
interface RegisterOptions extends ManyOptions {
  readonly plmn?: PlmnId;
  readonly identity?: NonNullable<RegistrationOptions['identity']>;
}
interface AddOptions extends LabOptions {
  readonly count: number;
  readonly plmn?: PlmnId;
  readonly k?: string;
  readonly opc?: string;
  readonly scheme: '0' | '1' | '2';
  readonly slice?: Snssai[];
  readonly subscriber: boolean;
}

const DEFAULT_PARALLEL = 8;
const SUPI = 'imsi-001010000000001; the first one when it is left out';

export function ueCommand(program: Command): void {
  const ue = program.command('ue').description('list, add, register, deregister UEs');

  labOptions(ue.command('list'))
    .description('every UE and where it is registered')
    .action((options: LabOptions) =>
      withLab(options, async (lab) => {
        const ues = await lab.ues.list();
        print(options.json, ues, () =>
          table(
            ['SUPI', 'home', 'state', 'registered in'],
            ues.map(({ supi, plmn: home, state, registeredIn }) => [supi, home, state, registeredIn ?? '-']),
          ),
        );
      }),
    );

  labOptions(ue.command('show').argument('<supi>', 'imsi-001010000000001', supiArgument))
    .description('all that ransim knows of a UE: SQN, GUTI, NAS security; no key')
    .action((supi: string, options: LabOptions) =>
      withLab(options, async (lab) => {
        const view = await lab.ues.get(supi);
        print(options.json, view, () => JSON.stringify(view.detail, null, 2).split('\n'));
      }),
    );

  labOptions(ue.command('add').argument('[supi]', 'its SUPI; the next free one when it is left out', supiArgument))
    .description('make a UE: a USIM in ransim and a subscriber in the UDR of its home network')
    .option('--count <n>', 'so many, with SUPIs one after the other', positive, 1)
    .option('--plmn <mcc-mnc>', 'home network when no SUPI is given (default: the first of the lab)', plmn)
    .option('--k <hex>', '16 octets (default: random, told to nobody)', key)
    .option('--opc <hex>', '16 octets (default: random, told to nobody)', key)
    .addOption(
      new Option('--scheme <n>', 'how it conceals its SUPI: 0 not at all, 1 Profile A, 2 Profile B')
        .choices(['0', '1', '2'])
        .default('1'),
    )
    .option('--slice <sst-sd>', 'a slice that it asks for; may come several times', slices)
    .option('--no-subscriber', 'only the USIM: the subscriber is there already; needs --k and --opc')
    .action((supi: string | undefined, options: AddOptions) => withLab(options, (lab) => add(lab, supi, options)));

  registerOptions(ue.command('register'))
    .description(
      'register one UE or --count of them, in the home network or that of --plmn; status 1 when one is rejected',
    )
    .action((supi: string | undefined, options: RegisterOptions) =>
      withLab(options, (lab) => register(lab, supi, options, (view) => options.plmn ?? homePlmn(lab, view))),
    );

  registerOptions(ue.command('roam'))
    .description('register in another network than the home one')
    .action((supi: string | undefined, options: RegisterOptions) =>
      withLab(options, (lab) => register(lab, supi, options, (view) => options.plmn ?? foreignPlmn(lab, view))),
    );

  manyOptions(ue.command('deregister'))
    .description('deregister one UE, or --count of those that are registered')
    .option('--switch-off', 'say that the UE is being switched off, and wait for no answer')
    .action((supi: string | undefined, options: ManyOptions & { switchOff?: boolean }) =>
      withLab(options, (lab) => deregister(lab, supi, options)),
    );

  labOptions(ue.command('remove').argument('<supi>', 'imsi-001010000000001', supiArgument))
    .description('take a UE away, its subscriber too')
    .option('--keep-subscriber', 'only the USIM')
    .action((supi: string, options: LabOptions & { keepSubscriber?: boolean }) =>
      withLab(options, async (lab) => {
        await lab.ues.remove(supi, { subscriber: options.keepSubscriber !== true });
        print(options.json, { removed: supi }, () => [`${supi} is gone.`]);
      }),
    );
}

function manyOptions(command: Command): Command {
  return labOptions(command.argument('[supi]', SUPI, supiArgument))
    .option('--count <n>', 'so many UEs, from this one on', positive)
    .option('--parallel <n>', 'so many at once', positive, DEFAULT_PARALLEL);
}

function registerOptions(command: Command): Command {
  return manyOptions(command)
    .option('--plmn <mcc-mnc>', 'the network to register in', plmn)
    .addOption(new Option('--identity <kind>', 'how the UE names itself').choices(['suci', 'guti']));
}

async function add(lab: LabClient, first: string | undefined, options: AddOptions): Promise<void> {
  const { count, k, opc, scheme, slice, subscriber } = options;
  if (count > 1 && (k !== undefined || opc !== undefined)) {
    throw new LabError('--k and --opc are of one USIM', 'Leave them out, or add one UE at a time.', {
      reason: 'usage',
    });
  }
  const home = options.plmn ?? lab.info.sites[0]?.plmnId;
  const known = await lab.ues.list();
  const supis = nextSupis({ first, count, home, known: known.map(({ supi }) => supi) });
  const ues = supis.map(
    (supi): NewUe => ({
      supi,
      protectionScheme: Number(scheme) as 0 | 1 | 2,
      subscriber,
      ...(k === undefined ? {} : { k }),
      ...(opc === undefined ? {} : { opc }),
      ...(slice ? { requestedNssai: slice } : {}),
    }),
  );
  const shown = progress('added', count);
  await lab.ues.add(ues, shown.at).finally(shown.end);
  print(options.json, { added: supis }, () => [
    count === 1 ? `${supis[0]} is there.` : `${count} UEs are there: ${supis[0]} to ${supis.at(-1)}.`,
    `Next: npm run twincore -- ue register ${supis[0]}${count === 1 ? '' : ` --count ${count}`}`,
  ]);
}

type Outcome = RegistrationOutcome & { readonly supi: string };

async function register(
  lab: LabClient,
  first: string | undefined,
  options: RegisterOptions,
  where: (ue: UeView) => PlmnId,
): Promise<void> {
  const ues = await chosen(lab, first, options.count, () => true);
  const outcomes: Outcome[] = [];
  const failures: { supi: string; reason: string }[] = [];
  const startedAt = performance.now();
  const shown = progress('registered', ues.length);
  const work = async (ue: UeView) => {
    try {
      const { identity } = options;
      const outcome = await lab.ue(ue.supi).register(where(ue), identity === undefined ? {} : { identity });
      outcomes.push({ supi: ue.supi, ...outcome });
    } catch (error) {
      // Of one UE it is the answer; of many, those that work go on.
      if (!(error instanceof LabError) || ues.length === 1) throw error;
      failures.push({ supi: ue.supi, reason: error.message });
    }
  };
  await inParallel(ues, options.parallel, work, shown.at).finally(shown.end);
  const seconds = (performance.now() - startedAt) / 1000;
  const registered = outcomes.filter(({ result }) => result === 'registered');
  const report = { ...reportOf(outcomes, failures, seconds), ...(options.count === undefined ? { outcomes } : {}) };
  print(options.json, report, () => (ues.length === 1 ? oneLine(outcomes[0], ues[0], where) : manyLines(report)));
  if (registered.length < ues.length) process.exitCode = EXIT.failed;
}

function oneLine(outcome: Outcome | undefined, ue: UeView | undefined, where: (ue: UeView) => PlmnId): string[] {
  if (!outcome || !ue) return [];
  const { supi, result, durationMs, rejectedBy, fiveGmmCause, traceId } = outcome;
  const why = [rejectedBy && `by ${rejectedBy}`, fiveGmmCause !== undefined && `5GMM cause ${fiveGmmCause}`];
  return [
    `${supi} ${result}${result === 'registered' ? '' : ` ${why.filter(Boolean).join(', ')}`} in ${plmnToString(where(ue))}, ${durationMs.toFixed(0)} ms`,
    `See it: npm run twincore -- trace show ${traceId.slice(0, 8)}`,
  ];
}

interface Report {
  readonly registered: number;
  readonly rejected: number;
  readonly failed: readonly { readonly supi: string; readonly reason: string }[];
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly causes: Readonly<Record<string, number>>;
}

function reportOf(outcomes: readonly Outcome[], failed: Report['failed'], seconds: number): Report {
  const registered = outcomes.filter(({ result }) => result === 'registered');
  const times = registered.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const causes: Record<string, number> = {};
  for (const { result, rejectedBy = 'nobody', fiveGmmCause = 'none' } of outcomes) {
    if (result === 'registered') continue;
    const cause = `by ${rejectedBy}, 5GMM cause ${fiveGmmCause}`;
    causes[cause] = (causes[cause] ?? 0) + 1;
  }
  return {
    registered: registered.length,
    rejected: outcomes.length - registered.length,
    failed,
    seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    causes,
  };
}

const SHOWN_FAILURES = 5;

function manyLines({ registered, rejected, failed, seconds, p50Ms, p99Ms, causes }: Report): string[] {
  return [
    `${registered} registered, ${rejected} rejected, ${failed.length} failed in ${seconds.toFixed(1)} s (${(registered / seconds).toFixed(1)}/s)`,
    ...(registered > 0 ? [`time of a registration: p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`] : []),
    ...Object.entries(causes).map(([cause, count]) => `${count} rejected ${cause}`),
    ...failed.slice(0, SHOWN_FAILURES).map(({ supi, reason }) => `${supi}: ${reason}`),
    ...(failed.length > SHOWN_FAILURES ? [`and ${failed.length - SHOWN_FAILURES} more`] : []),
  ];
}

async function deregister(
  lab: LabClient,
  first: string | undefined,
  options: ManyOptions & { switchOff?: boolean },
): Promise<void> {
  const ues = await chosen(lab, first, options.count, ({ registeredIn }) => registeredIn !== undefined);
  const results: { supi: string; result: string }[] = [];
  const shown = progress('deregistered', ues.length);
  const work = async ({ supi }: UeView) => {
    const { result } = await lab.ue(supi).deregister(options.switchOff ? { switchOff: true } : {});
    results.push({ supi, result });
  };
  await inParallel(ues, options.parallel, work, shown.at).finally(shown.end);
  print(options.json, results, () =>
    results.length === 1 ? results.map(({ supi, result }) => `${supi} ${result}`) : [`${results.length} deregistered`],
  );
}

/** The UE that is named, or the first that will do, and with a count those after it. */
async function chosen(
  lab: LabClient,
  first: string | undefined,
  count: number | undefined,
  willDo: (ue: UeView) => boolean,
): Promise<UeView[]> {
  const ues = await lab.ues.list();
  if (first !== undefined && !ues.some(({ supi }) => supi === first)) {
    throw new LabError(`there is no UE ${first}`, 'See which there are: npm run twincore -- ue list', {
      reason: 'usage',
    });
  }
  const candidates = ues.filter((ue) => (first === undefined || ue.supi >= first) && (ue.supi === first || willDo(ue)));
  if (candidates.length === 0) {
    throw new LabError('no UE will do for that', 'See which there are: npm run twincore -- ue list', {
      reason: 'usage',
    });
  }
  if (count !== undefined && candidates.length < count) {
    throw new LabError(
      `there are only ${candidates.length} such UEs`,
      `Add some first: npm run twincore -- ue add --count ${count - candidates.length}`,
      { reason: 'usage' },
    );
  }
  return candidates.slice(0, count ?? 1);
}

function homePlmn({ info }: LabClient, { plmn: home }: UeView): PlmnId {
  return siteOf(info, (plmnId) => plmnToString(plmnId) === home, `there is no network ${home}`);
}

function foreignPlmn(lab: LabClient, ue: UeView): PlmnId {
  const home = homePlmn(lab, ue);
  return siteOf(lab.info, (plmnId) => !samePlmn(plmnId, home), 'this lab has no other network');
}

function siteOf({ sites }: LabClient['info'], fits: (plmnId: PlmnId) => boolean, what: string): PlmnId {
  const found = sites.find(({ plmnId }) => fits(plmnId));
  if (found) return found.plmnId;
  throw new LabError(what, 'Name a network: --plmn 999-70', { reason: 'usage' });
}
