/** `twincore token`: access tokens, asked for, looked into, held against every check. */
import { text } from 'node:stream/consumers';
import { LabError, type TokenCheck, type TokenReport } from '@twincore/lab';
import type { PlmnId, Snssai } from '@twincore/model';
import type { Command } from 'commander';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { plmn, slices } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { type LabOptions, labOptions, withLab } from '../lab.ts';
import { paint, print, table } from '../output.ts';

interface RequestOptions extends LabOptions {
  readonly as: string;
  readonly target: string;
  readonly scope: string;
  readonly plmn?: PlmnId;
  readonly slice?: Snssai[];
}
interface VerifyOptions extends LabOptions {
  readonly producer?: string;
  readonly service?: string;
  readonly operationScope?: string;
  readonly consumer?: string;
}

const JWT = 'the token; standard input when it is left out or -';

export function tokenCommand(program: Command): void {
  const token = program.command('token').description('request, decode, verify access tokens (TS 33.501 13.4.1)');

  labOptions(token.command('request'))
    .description('ask the NRF for a token in the name of an NF; prints the token alone, status 1 when it is refused')
    .requiredOption('--as <nf>', 'who asks: AUSF(001-01) or home/ausf')
    .requiredOption('--target <type|nf>', 'for whom it is: an NF type (UDM) or one NF (home/udm)')
    .requiredOption(
      '--scope <scope>',
      'service, and scopes of operations: "nudm-uecm nudm-uecm:amf-registration:write"',
    )
    .option('--plmn <mcc-mnc>', 'the network of the producer, where it is another', plmn)
    .option('--slice <sst-sd>', 'only for this slice; may come several times', slices)
    .action((options: RequestOptions) =>
      withLab(options, async (lab) => {
        const { as, target, scope, plmn: targetPlmn, slice } = options;
        const answer = await lab.requestToken({
          as,
          target,
          scope,
          ...(targetPlmn ? { targetPlmn } : {}),
          ...(slice ? { sNssais: slice } : {}),
        });
        if (answer.token === undefined) process.exitCode = EXIT.failed;
        const refused = `the NRF refused (${answer.status} ${answer.error}): ${answer.description}`;
        if (answer.token === undefined && !options.json) console.error(refused);
        else print(options.json, answer, () => [answer.token ?? '']);
      }),
    );

  token
    .command('decode')
    .argument('[jwt]', JWT)
    .description('show what is in a token; nothing is checked, no lab is needed')
    .option('--json', 'print JSON, for programs')
    .action(async (jwt: string | undefined, { json }: { json?: boolean }) => {
      const decoded = decodedOf(await tokenOf(jwt));
      print(json, decoded, () =>
        Object.entries(decoded).flatMap(([part, members]) =>
          Object.entries(members).map(([name, value]) => `${part}  ${name.padEnd(22)} ${claimText(name, value)}`),
        ),
      );
    });

  labOptions(token.command('verify').argument('[jwt]', JWT))
    .description('hold a token against each check that a producer makes, with its clause; status 1 when one fails')
    .option('--producer <nf>', 'who is to accept it (default: one that its audience names)')
    .option('--service <name>', 'for which service: nudm-uecm')
    .option('--operation-scope <scope>', 'and for which operation: nudm-uecm:amf-registration:write')
    .option('--consumer <nf>', 'who sends it')
    .action((jwt: string | undefined, options: VerifyOptions) =>
      withLab(options, async (lab) => {
        const { dir: _dir, json: _json, ...against } = options;
        const report = await lab.verifyToken(await tokenOf(jwt), against);
        print(options.json, report, () => renderReport(report));
        if (!report.valid) process.exitCode = EXIT.failed;
      }),
    );
}

async function tokenOf(jwt = '-'): Promise<string> {
  if (jwt !== '-') return jwt.trim();
  if (process.stdin.isTTY) throw new LabError('which token?', 'Name it, or pipe it in.', { reason: 'usage' });
  // By the stream: of a pipe that another process has made non-blocking, as npm does, a read at once fails with EAGAIN.
  return (await text(process.stdin)).trim();
}

function decodedOf(jwt: string): { header: object; claims: object } {
  try {
    return { header: decodeProtectedHeader(jwt), claims: decodeJwt(jwt) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError(`that is no JWT: ${reason}`, 'A token has three parts with dots between them: eyJ….eyJ….…', {
      reason: 'usage',
    });
  }
}

function claimText(name: string, value: unknown): string {
  if (['exp', 'iat', 'nbf'].includes(name)) return `${value} (${new Date(Number(value) * 1000).toISOString()})`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const MARKS: Readonly<Record<TokenCheck['result'], string>> = {
  passed: paint('green', '✓ passed'),
  failed: paint('red', '✗ failed'),
  'not applicable': '- not applicable',
  'not checked': '? not checked',
  'not reached': '· not reached',
};

/** What would have to be said to have a check made. */
const NOT_CHECKED = '? is checked with --service, --operation-scope and --consumer.';

function renderReport({ valid, producer, checks }: TokenReport): string[] {
  const failed = checks.filter(({ result }) => result === 'failed');
  const verdict = valid
    ? paint('green', 'No check fails.')
    : paint('red', `${failed.length} ${failed.length === 1 ? 'check fails' : 'checks fail'}: a producer refuses it.`);
  return [
    `Held against ${producer ?? 'no producer: its audience names none of this lab'}`,
    '',
    ...table(
      ['', 'check', 'clause', 'what the token says'],
      checks.map(({ name, clause, result, detail = '' }) => [MARKS[result], name, clause, detail]),
    ),
    '',
    verdict,
    ...(checks.some(({ result }) => result === 'not checked') ? [NOT_CHECKED] : []),
  ];
}
