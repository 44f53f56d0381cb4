/** `twincore subscriber`: whom the networks know. */
import { readFileSync } from 'node:fs';
import { computeOpc } from '@twincore/crypto';
import {
  defaultSubscription,
  FORMATS,
  homeOf,
  type LabClient,
  LabError,
  parseSubscribers,
  type SubscriberFormat,
} from '@twincore/lab';
import type { PlmnId, Snssai } from '@twincore/model';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { key, plmn, slices, supi as supiArgument } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { type LabOptions, labOptions, withLab } from '../lab.ts';
import { print, progress, table } from '../output.ts';

interface AddOptions extends LabOptions {
  readonly k: string;
  readonly opc?: string;
  readonly op?: string;
  readonly sqn: string;
  readonly gpsi?: string;
  readonly slice?: Snssai[];
}
interface ImportOptions extends LabOptions {
  readonly format?: SubscriberFormat;
  readonly plmn?: PlmnId;
  readonly usims?: boolean;
  readonly dryRun?: boolean;
}

export function subscriberCommand(program: Command): void {
  const subscriber = program.command('subscriber').description('list, add, import, remove subscribers');

  labOptions(subscriber.command('list'))
    .description('whom the UDRs know, without keys')
    .action((options: LabOptions) =>
      withLab(options, async (lab) => {
        const all = await lab.subscribers.list();
        print(options.json, all, () =>
          table(
            ['SUPI', 'home', 'GPSI', 'slices', 'method', 'SQN'],
            all.map(({ supi, plmn: home, gpsis, slices: own, authenticationMethod, sqn }) => [
              supi,
              home,
              gpsis.join(', ') || '-',
              own.map(({ sst, sd }) => (sd === undefined ? `${sst}` : `${sst}-${sd}`)).join(', '),
              authenticationMethod,
              sqn,
            ]),
          ),
        );
      }),
    );

  labOptions(subscriber.command('add').argument('<supi>', 'imsi-001010000000001', supiArgument))
    .description('make a subscriber with the keys of a USIM that you have; "ue add" makes both')
    .requiredOption('--k <hex>', '16 octets', key)
    .option('--opc <hex>', '16 octets', key)
    .option('--op <hex>', '16 octets, in place of OPc', key)
    .option('--sqn <hex>', '6 octets', sqn, '000000000000')
    .option('--gpsi <gpsi>', 'msisdn-88210000001')
    .option('--slice <sst-sd>', 'a slice that it may use; may come several times (default: all of its network)', slices)
    .action((supi: string, options: AddOptions) => withLab(options, (lab) => add(lab, supi, options)));

  labOptions(subscriber.command('import').argument('<file>', 'JSON, YAML or CSV; - is standard input'))
    .description('read subscribers of Open5GS (mongoexport), free5GC (web console), of a CSV, or of twincore itself')
    .addOption(new Option('--format <format>', 'default: recognized').choices(FORMATS))
    .option('--plmn <mcc-mnc>', 'make them subscribers of this network: MCC and MNC of each IMSI are replaced', plmn)
    .option('--usims', 'give ransim their USIMs as well, so that "ue register" works')
    .option('--dry-run', 'only say what would be done')
    .action((file: string, options: ImportOptions) => withLab(options, (lab) => importFile(lab, file, options)));

  labOptions(subscriber.command('remove').argument('<supi>', 'imsi-001010000000001', supiArgument))
    .description('take a subscriber away; its USIM in ransim stays ("ue remove" takes both)')
    .action((supi: string, options: LabOptions) =>
      withLab(options, async (lab) => {
        await lab.subscribers.remove(supi);
        print(options.json, { removed: supi }, () => [`${supi} is no subscriber any more.`]);
      }),
    );
}

function sqn(text: string): string {
  if (/^[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('12 hexadecimal digits are needed.');
}

async function add(lab: LabClient, supi: string, options: AddOptions): Promise<void> {
  const { k, op, gpsi } = options;
  const opc = options.opc ?? (op && computeOpc(Buffer.from(k, 'hex'), Buffer.from(op, 'hex')).toString('hex'));
  if (opc === undefined) throw new LabError('OPc or OP is needed', 'Add --opc HEX, or --op HEX.', { reason: 'usage' });
  const result = await lab.subscribers.add({
    supi,
    ...(gpsi === undefined ? {} : { gpsi }),
    authenticationSubscription: {
      authenticationMethod: '5G_AKA',
      k,
      opc,
      authenticationManagementField: '8000',
      sqn: options.sqn,
    },
    ...defaultSubscription(options.slice ?? homeOf(lab.info, supi).sNssais),
  });
  print(options.json, { supi, result }, () => [`${supi} ${result}.`]);
}

const SHOWN_FAILURES = 10;

async function importFile(lab: LabClient, file: string, options: ImportOptions): Promise<void> {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8');
  const { format, subscribers, wrong } = parseSubscribers(text, {
    ...(options.format ? { format: options.format } : {}),
    ...(options.plmn ? { moveTo: options.plmn } : {}),
    defaults: (supi) => defaultSubscription(sNssaisOf(lab, supi)),
  });
  const shown = progress('imported', subscribers.length);
  const done = options.dryRun
    ? { added: 0, replaced: 0, failed: [] }
    : await lab.subscribers.import(subscribers, shown.at).finally(shown.end);
  const failedSupis = new Set(done.failed.map(({ supi }) => supi));
  const good = subscribers.filter(({ supi }) => !failedSupis.has(supi));
  if (options.usims && !options.dryRun) {
    await lab.ues.add(
      good.map(({ supi, authenticationSubscription: { k, opc } }) => ({ supi, k, opc, subscriber: false })),
    );
  }
  const refused = [...wrong.map(({ entry, reason }) => ({ supi: entry, reason })), ...done.failed];
  const report = {
    format,
    found: subscribers.length + wrong.length,
    added: done.added,
    replaced: done.replaced,
    refused,
  };
  print(options.json, report, () => [
    `${report.found} found (${format}), ${options.dryRun ? `${good.length} would be imported` : `${done.added} added, ${done.replaced} replaced`}, ${refused.length} refused`,
    ...refused.slice(0, SHOWN_FAILURES).map(({ supi, reason }) => `  ${supi}: ${reason}`),
    ...(refused.length > SHOWN_FAILURES ? [`  and ${refused.length - SHOWN_FAILURES} more`] : []),
  ]);
  if (refused.length > 0 || report.found === 0) process.exitCode = EXIT.failed;
}

/** Of a SUPI that is at home nowhere the UDR will say so. */
function sNssaisOf(lab: LabClient, supi: string): readonly Snssai[] {
  try {
    return homeOf(lab.info, supi).sNssais;
  } catch {
    return lab.info.sites[0]?.sNssais ?? [];
  }
}
