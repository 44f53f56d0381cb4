/** `twincore attack`: the catalogue of attacks, to read, to run, and to follow by hand. */
import {
  type Attack,
  type AttackDescription,
  type AttackResult,
  CATALOGUE,
  createAssertion,
  describeAttack,
  findAttack,
  forgeTokenBy,
  nearAttacks,
  plainResult,
  resultLines,
  runAttacks,
  SIGNERS,
  type Signer,
  takenOver,
  withOwnLab,
} from '@twincore/attacks';
import { commandLine, DEFAULT_DIR, LabError } from '@twincore/lab';
import type { PlmnId } from '@twincore/model';
import { type Command, Option } from 'commander';
import type { JWTPayload } from 'jose';
import { plmn } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { type LabOptions, labOptions } from '../lab.ts';
import { paint, print, table } from '../output.ts';

/** A token that is made by hand lives so many seconds, unless its claims say otherwise. */
const LIFETIME_S = 300;
const HOME: PlmnId = { mcc: '001', mnc: '01' };

export function attackCommand(program: Command): void {
  const attack = program.command('attack').description('attacks that worked on 5G cores, as lessons');

  attack
    .command('list')
    .description('every attack of the catalogue')
    .option('--json', 'print JSON, for programs')
    .action(({ json }: { json?: boolean }) => {
      const rows = CATALOGUE.map(({ id, title, target, defence }) => ({ id, title, target, defence }));
      print(json, rows, () =>
        table(
          ['id', 'attack', 'target', 'defence'],
          rows.map(({ id, title, target, defence }) => [id, title, target, defence]),
        ),
      );
    });

  labOptions(attack.command('show <id>'))
    .description('the story of one, its clause, the defence, and how to follow it by hand with curl')
    .action(async (id: string, { dir = DEFAULT_DIR, json }: LabOptions) => {
      const described = await describeAttack(known(id), dir);
      print(json, described, () => lesson(described));
    });

  attack
    .command('run [ids...]')
    .description(
      'run attacks in a lab of their own: with every defence on, and without the one against them; status 1 unless all are as expected',
    )
    .option('--all', 'every attack of the catalogue')
    .option('--json', 'print JSON, for programs')
    .action(async (ids: string[], { all, json }: { all?: boolean; json?: boolean }) => {
      if ((all === true) === ids.length > 0) {
        throw new LabError(
          'which attacks?',
          `Name some, or all of them with --all: ${commandLine('attack run A4 N1')}`,
          {
            reason: 'usage',
          },
        );
      }
      const results = await run(all ? CATALOGUE : ids.map(known));
      print(json, results.map(plainResult), () => resultLines(results));
      if (!results.every(({ ok }) => ok)) process.exitCode = EXIT.failed;
    });

  labOptions(attack.command('nf <type>'))
    .description('by hand: make the certificate of an NF that the attacker has taken over')
    .addOption(new Option('--plmn <mcc-mnc>', 'its network').argParser(plmn).default(HOME, '001-01'))
    .option('--name <name>', 'to tell several of a type apart')
    .action(async (type: string, options: LabOptions & { plmn: PlmnId; name?: string }) => {
      const nf = await takenOver(options.dir ?? DEFAULT_DIR, options.plmn, type.toUpperCase(), options.name);
      print(options.json, nf, () => [`${nf.nfType}-${nf.nfInstanceId}`, `  ${nf.tls.cert}`, `  ${nf.tls.key}`]);
    });

  labOptions(attack.command('token <claims>'))
    .description('by hand: sign claims (JSON) that no NRF would sign, with the key of the lab')
    .addOption(new Option('--signed-by <who>', 'whose signature').choices(SIGNERS).default('001-01'))
    .action(async (text: string, options: LabOptions & { signedBy: Signer }) => {
      const claims = { exp: Math.floor(Date.now() / 1000) + LIFETIME_S, ...claimsOf(text) };
      const token = await forgeTokenBy({ dir: options.dir ?? DEFAULT_DIR }, options.signedBy, claims);
      print(options.json, { token }, () => [token]);
    });

  labOptions(attack.command('assertion <type>'))
    .description('by hand: client credentials (TS 33.501 13.3.8) of an NF by a CA that nobody trusts')
    .option('--name <name>', 'to tell several of a type apart')
    .requiredOption('--audience <types>', 'NF types that they are for, with commas')
    .action(async (type: string, options: LabOptions & { name?: string; audience: string }) => {
      const assertion = await createAssertion(type.toUpperCase(), options.name, options.audience.split(','));
      print(options.json, { assertion }, () => [assertion]);
    });
}

function known(id: string): Attack {
  const attack = findAttack(id);
  if (attack) return attack;
  const near = nearAttacks(id);
  throw new LabError(
    `there is no attack ${id}`,
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : `All of them: ${commandLine('attack list')}`,
    { reason: 'usage' },
  );
}

function claimsOf(text: string): JWTPayload {
  try {
    const claims: unknown = JSON.parse(text);
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as JWTPayload;
  } catch {
    // Said below.
  }
  throw new LabError('the claims are no JSON object', `For example: ${commandLine(`attack token '{"aud":"AUSF"}'`)}`, {
    reason: 'usage',
  });
}

async function run(attacks: readonly Attack[]): Promise<AttackResult[]> {
  const { stderr } = process;
  const show = (text: string) => {
    if (stderr.isTTY) stderr.write(`\r\x1b[2K${text}`);
  };
  const stopping = new AbortController();
  const interrupted = () => stopping.abort();
  process.once('SIGINT', interrupted);
  try {
    show('starting a lab ...');
    return await withOwnLab(stopping.signal, (lab) => runAttacks(lab, attacks, show));
  } finally {
    process.off('SIGINT', interrupted);
    show('');
  }
}

function lesson(attack: AttackDescription): string[] {
  const { id, title, story, clause, references, target, defence, withoutDefence, file, switchOff, refusal, byHand } =
    attack;
  const facts = [
    ['attacked', target],
    ['clause', clause],
    ['seen in', references.join(', ')],
    ['defence', `${file} (${defence}: ${withoutDefence})`],
    ['refusal', refusal],
    ['switch it off', switchOff],
  ];
  return [
    paint('bold', `${id} ${title}`),
    '',
    ...story,
    '',
    ...facts.filter(([, value]) => value).map(([name = '', value = '']) => `${name.padEnd(14)} ${value}`),
    '',
    paint('bold', 'By hand, while a lab runs:'),
    ...byHand,
  ];
}
