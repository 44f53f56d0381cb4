/**
 * Where the NFs come from. A package imports no service: which NFs a test wants is known only when it runs, so they are looked
 * for in a directory, as the lab's launcher looks for `main.ts`, and that directory may be somebody else's.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LabError } from '@twincore/lab/parts';
import type { NfConfig, NfDefinition } from '@twincore/sbi';

const moduleOf = (servicesDir: string, name: string) => join(servicesDir, name, 'src/nf.ts');

/** Whether `<servicesDir>/<nf type in lower case>` is a service. */
export function hasService(servicesDir: string, nfType: string): boolean {
  return existsSync(moduleOf(servicesDir, nfType.toLowerCase()));
}

/**
 * The composition that `<servicesDir>/<nf type in lower case>/src/nf.ts` exports under the NF type's own name in lower case.
 * Throws a {@link LabError} that names those that there are.
 */
export async function definitionOf(servicesDir: string, nfType: string): Promise<NfDefinition<NfConfig>> {
  const name = nfType.toLowerCase();
  if (!hasService(servicesDir, nfType)) {
    const known = existsSync(servicesDir) ? readdirSync(servicesDir).filter((one) => hasService(servicesDir, one)) : [];
    throw new LabError(
      `there is no NF "${nfType}" in ${servicesDir}`,
      known.length > 0
        ? `There are: ${known.join(', ')}. A stand-in for another: plmn.registerFakeNf.`
        : 'Name the directory of the services: startPlmn({ services }).',
    );
  }
  const file = moduleOf(servicesDir, name);
  const module = (await import(pathToFileURL(file).href)) as Record<string, NfDefinition<NfConfig> | undefined>;
  const definition = module[name];
  if (!definition) throw new LabError(`${file} exports no "${name}"`, 'Export the composition of the NF by that name.');
  return definition;
}
