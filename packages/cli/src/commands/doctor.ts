/** `twincore doctor`: what is wrong on this machine and in the lab directory, and what to do about it. */
import { join, resolve } from 'node:path';
import { DEFAULT_DIR, PROJECT_ROOT } from '@twincore/lab';
import type { Command } from 'commander';
import { integer } from '../arguments.ts';
import type { Check, Finding } from '../doctor/finding.ts';
import { deployment, directory, latestRun, pki, ports, running, state } from '../doctor/lab-directory.ts';
import { disk, docker, installation, memory, node, runs } from '../doctor/machine.ts';
import { EXIT } from '../exit-codes.ts';
import { type LabOptions, labOptions } from '../lab.ts';
import { paint, print, table } from '../output.ts';

interface DoctorOptions extends LabOptions {
  readonly deploy?: string;
  readonly portOffset?: number;
}

/** In the order in which they are told. */
const CHECKS: readonly Check[] = [
  node,
  installation,
  directory,
  running,
  deployment,
  ports,
  pki,
  state,
  latestRun,
  runs,
  disk,
  memory,
  docker,
];

export function doctorCommand(program: Command): void {
  labOptions(program.command('doctor'))
    .description('look for what is in the way of a lab on this machine, and say what to do; status 1 on a problem')
    .option('--deploy <directory>', 'topology, subscribers and UEs (default: deploy)')
    .option('--port-offset <n>', 'that the lab is to be started with', integer)
    .action(async (options: DoctorOptions) => {
      const patient = {
        dir: resolve(options.dir ?? DEFAULT_DIR),
        deploy: resolve(options.deploy ?? join(PROJECT_ROOT, 'deploy')),
        portOffset: options.portOffset ?? 0,
      };
      const findings: Finding[] = [];
      for (const check of CHECKS) findings.push(...(await check(patient)));
      print(options.json, findings, () => rendered(findings));
      if (findings.some(({ level }) => level === 'problem')) process.exitCode = EXIT.failed;
    });
}

const MARKS = {
  ok: () => paint('green', '✓'),
  warning: () => paint('yellow', '!'),
  problem: () => paint('red', '✗'),
} as const;

function rendered(findings: readonly Finding[]): string[] {
  const rows = findings.flatMap(({ level, what, found, advice }) => [
    ...found.split('\n').map((line, index) => (index === 0 ? [MARKS[level](), what, line] : ['', '', line])),
    ...(advice === undefined ? [] : [['', '', `→ ${advice}`]]),
  ]);
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const problems = count('problem');
  const verdict =
    problems > 0
      ? `${problems} ${problems === 1 ? 'problem' : 'problems'}: the lab will not work as it should.`
      : `Nothing is in the way of a lab${count('warning') > 0 ? ', but see the warnings' : ''}.`;
  return [...table(['', '', ''], rows).slice(1), '', verdict];
}
