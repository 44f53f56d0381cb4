/** `twincore status`: every NF of the running lab, and how it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabStatus, NfStatus } from '@twincore/lab';
import type { Command } from 'commander';
import { positive } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { type LabOptions, labOptions, withLab } from '../lab.ts';
import { duration, paint, print, table } from '../output.ts';
import { abortOnSignals } from '../process.ts';

interface StatusOptions extends LabOptions {
  readonly watch?: number | boolean;
}

const DEFAULT_SECONDS = 1;
const CLEAR = '\x1b[H\x1b[2J';

export function statusCommand(program: Command): void {
  labOptions(program.command('status'))
    .description('show every NF of the running lab and how it is; status 1 when one is not up')
    .option('-w, --watch [seconds]', 'again and again, until Ctrl-C', positive)
    .action((options: StatusOptions) =>
      withLab(options, async (lab) => {
        const { watch, json } = options;
        const signal = watch === undefined ? undefined : abortOnSignals();
        for (;;) {
          const status = await lab.status();
          if (signal && process.stdout.isTTY && !json) process.stdout.write(CLEAR);
          print(json, status, () => renderStatus(status));
          process.exitCode = status.nfs.every(({ state }) => state === 'up') ? EXIT.ok : EXIT.failed;
          if (!signal) return;
          await sleep((typeof watch === 'number' ? watch : DEFAULT_SECONDS) * 1000, undefined, { signal }).catch(
            () => {},
          );
          if (signal.aborted) return;
        }
      }),
    );
}

function renderStatus({ dir, run, pid, startedAt, nfs }: LabStatus): string[] {
  const up = nfs.filter(({ state }) => state === 'up').length;
  return [
    `${up} of ${nfs.length} NFs are up · ${dir} · run ${run} · ${pid === undefined ? 'containers' : `launcher ${pid}`}, for ${duration(Date.now() - startedAt)}`,
    '',
    ...table(
      ['NF', 'PLMN', 'instance', 'state', 'load', 'process', 'for', 'restarts', 'off'],
      nfs.map((nf) => [
        nf.label,
        nf.plmn,
        nf.nfInstanceId,
        stateOf(nf),
        nf.load === undefined ? '-' : `${nf.load} %`,
        `${nf.pid ?? '-'}`,
        nf.startedAt === undefined ? '-' : duration(Date.now() - nf.startedAt),
        `${nf.restarts}`,
        nf.insecure.length === 0 ? '' : paint('yellow', nf.insecure.join(', ')),
      ]),
    ),
  ];
}

const COLORS = { up: 'green', starting: 'yellow', down: 'red' } as const;
const stateOf = ({ state }: NfStatus) => paint(COLORS[state], state);
