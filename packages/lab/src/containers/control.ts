/** A lab in containers has no launcher: what that would do is the engine's affair, and this says how to ask for it. */
import { readFileSync } from 'node:fs';
import type { ControlClient } from '../control/client.ts';
import { LabError } from '../errors.ts';
import type { LabInfo } from '../lab-info.ts';

/** The service of docker-compose.yml that an NF is. */
export const serviceOf = ({ site, name }: { readonly site: string; readonly name: string }) => `${site}-${name}`;

export function containerControl(info: LabInfo): ControlClient {
  const nf = (label: string) => info.nfs.find((one) => one.label === label);
  const instead = (label: string, command: string) => async (): Promise<never> => {
    const found = nf(label);
    const service = found ? ` ${serviceOf(found)}` : '';
    throw new LabError(
      `${label || 'the lab'} is not a process of a launcher: this lab runs in containers`,
      `Outside of them: docker-compose ${command}${service}`,
      { reason: 'usage' },
    );
  };
  return {
    processes: async () => [],
    restart: (label) => instead(label, 'restart')(),
    kill: (label) => instead(label, 'kill')(),
    config: async (label) => JSON.parse(readFileSync(nf(label)?.configFile ?? '', 'utf8')),
    setConfig: (label) => instead(label, 'restart')(),
    resetConfig: (label) => instead(label, 'restart')(),
    stop: () => instead('', 'down')(),
    close: async () => {},
  };
}
