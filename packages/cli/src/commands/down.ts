/** `twincore down`: ends a lab, from whatever terminal. */
import type { Command } from 'commander';
import { type LabOptions, labOptions, withLab } from '../lab.ts';
import { print } from '../output.ts';

export function downCommand(program: Command): void {
  labOptions(program.command('down'))
    .description('end the running lab; what it recorded and its state stay')
    .action((options: LabOptions) =>
      withLab(options, async (lab) => {
        await lab.stop();
        print(options.json, { stopped: lab.info.dir }, () => [`The lab in ${lab.info.dir} is stopped.`]);
      }),
    );
}
