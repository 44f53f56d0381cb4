/** A temporary `services` folder whose every service is the tiny NF, and a temporary lab directory. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const TINY_NF = pathToFileURL(join(import.meta.dirname, 'tiny-nf.ts')).href;
const TYPES = ['nrf', 'sepp', 'udr', 'udm', 'ausf', 'amf', 'ransim'];

export interface Temporary {
  readonly dir: string;
  readonly services: string;
  /** Replaces the source of one service. */
  replace(type: string, source: string): void;
  remove(): void;
}

export function temporaryLab(): Temporary {
  const root = mkdtempSync(join(tmpdir(), 'twincore-lab-'));
  const services = join(root, 'services');
  const replace = (type: string, source: string) => {
    mkdirSync(join(services, type, 'src'), { recursive: true });
    writeFileSync(join(services, type, 'src/main.ts'), source);
  };
  for (const type of TYPES) replace(type, `import '${TINY_NF}';\n`);
  return { dir: join(root, 'lab'), services, replace, remove: () => rmSync(root, { recursive: true, force: true }) };
}
