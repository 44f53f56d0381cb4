/** `twincore nf`: one NF of the running lab, seen and changed. */
import { LabError } from '@twincore/lab';
import type { Command } from 'commander';
import { type LabOptions, labOptions, withLab } from '../lab.ts';
import { print } from '../output.ts';

const NF = 'AUSF(001-01), home/ausf, or ausf where only one has the name';

export function nfCommand(program: Command): void {
  const nf = program.command('nf').description('show, restart, change, kill one NF');

  labOptions(nf.command('show').argument('<nf>', NF))
    .description('its state, its configuration, and its profile as its NRF has it')
    .action((name: string, options: LabOptions) =>
      withLab(options, async (lab) => {
        const { label } = lab.nf(name);
        const [{ nfs }, config, profile] = await Promise.all([
          lab.status(),
          lab.config(name),
          profileOf(lab.profile(name)),
        ]);
        const state = nfs.find((one) => one.label === label);
        const shown = { state, files: lab.nf(name), config, profile };
        print(options.json, shown, () =>
          Object.entries(shown)
            .flatMap(([title, value]) => [`${title}:`, ...indented(value), ''])
            .slice(0, -1),
        );
      }),
    );

  labOptions(nf.command('restart').argument('<nf>', NF))
    .description('stop it (SIGTERM) and start it again; also starts one that has died')
    .action((name: string, options: LabOptions) =>
      withLab(options, async (lab) => {
        await lab.restart(name);
        done(options, lab.nf(name).label, 'is up again');
      }),
    );

  labOptions(nf.command('kill').argument('<nf>', NF))
    .description('kill it (SIGKILL) and leave it dead: what does the rest do without it?')
    .action((name: string, options: LabOptions) =>
      withLab(options, async (lab) => {
        await lab.kill(name);
        done(options, lab.nf(name).label, 'is dead; npm run twincore -- nf restart brings it back');
      }),
    );

  labOptions(nf.command('set').argument('<nf>', NF).argument('<member=value...>', 'e.g. log.level=debug'))
    .description('change its configuration and restart it; values are JSON or text, null takes a member away')
    .action((name: string, pairs: readonly string[], options: LabOptions) =>
      withLab(options, async (lab) => {
        await lab.setConfig(name, changesOf(pairs));
        done(options, lab.nf(name).label, 'runs with the change; npm run twincore -- nf reset takes it back');
      }),
    );

  labOptions(nf.command('reset').argument('<nf>', NF))
    .description('take back what "set" has changed, and restart it')
    .action((name: string, options: LabOptions) =>
      withLab(options, async (lab) => {
        await lab.resetConfig(name);
        done(options, lab.nf(name).label, 'runs as deploy/*.yaml says');
      }),
    );
}

function done({ json }: LabOptions, label: string, what: string): void {
  print(json, { nf: label }, () => [`${label} ${what}.`]);
}

/** The NRF may be the one that is dead. */
async function profileOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    return (await asked) ?? 'none: it is not registered';
  } catch (error) {
    return `unknown: ${error instanceof Error ? error.message : error}`;
  }
}

function indented(value: unknown): string[] {
  if (typeof value === 'string') return [`  ${value}`];
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${line}`);
}

/** `['limits.nesting=8']` as `{ limits: { nesting: 8 } }`. */
export function changesOf(pairs: readonly string[]): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const path = pair.slice(0, Math.max(at, 0)).split('.');
    if (at < 1 || path.some((name) => !/^[A-Za-z][\w-]*$/.test(name) || name in Object.prototype)) {
      throw new LabError(`${pair} is not MEMBER=VALUE`, 'For example: log.level=debug insecure.withoutTokens=true', {
        reason: 'usage',
      });
    }
    const last = path.pop() ?? '';
    let place = changes;
    for (const name of path) {
      const inner = place[name];
      const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
      place[name] = next;
      place = next;
    }
    place[last] = parsedValue(pair.slice(at + 1));
  }
  return changes;
}

function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
