/** `twincore prepare`: what containers need before they can start. docker-compose.yml runs it once at every start. */
import { MODES, prepareContainers } from '@twincore/lab';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { print } from '../output.ts';

interface PrepareCommandOptions {
  readonly dir?: string;
  readonly deploy?: string;
  readonly net: string;
  readonly profiles?: readonly string[];
  readonly communication?: (typeof MODES)[number];
  readonly owner?: { uid: number; gid: number };
  readonly json?: boolean;
}

/** The addresses of docker-compose.yml: of the block for benchmarks (RFC 2544), which nobody has in a network of theirs. */
const DEFAULT_NET = '198.18';

export function prepareCommand(program: Command): void {
  program
    .command('prepare')
    .description('make the PKI and a directory for each NF, for a lab whose NFs are containers (docs/docker.md)')
    .option('--dir <directory>', 'the lab directory (default: .twincore)')
    .option('--deploy <directory>', 'topology, subscribers and UEs (default: deploy)')
    .option('--net <a.b>', 'first two numbers of every address', netOf, DEFAULT_NET)
    .option('--profiles <names>', 'profiles of docker-compose.yml, with commas between', namesOf)
    .addOption(
      new Option('--communication <mode>', 'how NFs communicate (default: as the topology says; D with scp)').choices(
        MODES,
      ),
    )
    .option('--owner <uid:gid>', 'whom everything is given to in the end; needs root', ownerOf)
    .option('--json', 'print JSON, for programs')
    .action(async (options: PrepareCommandOptions) => {
      const { info, isContinued } = await prepareContainers(options);
      print(options.json, info, () => [
        `${info.nfs.length} NFs are prepared in ${info.dir}; run ${info.run}${isContinued ? ' goes on' : ''}.`,
      ]);
    });
}

function netOf(text: string): string {
  const numbers = text.split('.');
  if (numbers.length === 2 && numbers.every((number) => /^\d{1,3}$/.test(number) && Number(number) <= 255)) return text;
  throw new InvalidArgumentError('Two numbers of an IPv4 address: 198.18.');
}

const namesOf = (text: string) => text.split(',').filter(Boolean);

function ownerOf(text: string): { uid: number; gid: number } {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  throw new InvalidArgumentError('A user and a group: 1000:1000.');
}
