/** The topology that containers get: `deploy/`, and what the chosen profiles add to it. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { LabError } from '../errors.ts';

interface Site {
  n32?: { ipx?: unknown };
  nfs: unknown[];
}
type Profile = Readonly<Record<string, Pick<Site, 'n32' | 'nfs'>>>;

/**
 * Copies the topology's YAML files from `deploy` to `target` and adds `profiles/<name>.yaml` of each profile that has such a file.
 * A network whose file names an IPX already stays as it is.
 */
export function copyDeploy(deploy: string, target: string, profiles: readonly string[]): void {
  for (const name of readdirSync(deploy).filter((file) => file.endsWith('.yaml'))) {
    cpSync(join(deploy, name), join(target, name));
  }
  for (const name of profiles) {
    const file = join(deploy, 'profiles', `${name}.yaml`);
    if (!existsSync(file)) continue;
    for (const [site, added] of Object.entries(read<Profile>(file))) add(join(target, `${site}.yaml`), added);
  }
}

function add(file: string, { n32, nfs }: Pick<Site, 'n32' | 'nfs'>): void {
  const site = read<Site>(file);
  if (site.n32?.ipx !== undefined) return;
  writeFileSync(file, stringify({ ...site, n32: { ...site.n32, ...n32 }, nfs: [...site.nfs, ...nfs] }));
}

function read<T>(file: string): T {
  try {
    return parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new LabError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, 'Mend it.');
  }
}
