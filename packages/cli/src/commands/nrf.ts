/** `twincore nrf rotate-key`: a new key for the tokens of an NRF, without an outage. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_DIR, LabError, openPlmnPki } from '@twincore/lab';
import { plmnFromString } from '@twincore/model';
import type { Command } from 'commander';
import { integer } from '../arguments.ts';

export interface RotateKeyOptions {
  readonly dir?: string;
  /** `001-01`; all of the lab's when absent. */
  readonly plmn?: string;
  /** Seconds that replaced keys are kept for; no token may live longer. */
  readonly keep?: number;
}

export function nrfCommand(program: Command): void {
  program
    .command('nrf')
    .description('operate the NRFs of the lab')
    .command('rotate-key')
    .description('sign access tokens with a new key from now on, also while the lab runs; old tokens stay good')
    .option('--plmn <mcc-mnc>', 'only the NRF of this PLMN')
    .option('--keep <seconds>', 'forget keys that were replaced longer ago (default: a day)', integer)
    .option('--dir <directory>', 'the lab directory (default: .twincore)')
    .action(async (options: RotateKeyOptions) => {
      for (const line of await rotateKey(options)) console.log(line);
    });
}

/** A day; tokens of the lab live for a quarter of an hour. */
const KEEP_S = 86_400;

/**
 * Gives each NRF a new signing key and says so, a line each. A running NRF takes it within a second, and producers find it by its
 * `kid`. Throws a {@link LabError} where there is no such PLMN.
 */
export async function rotateKey({ dir = DEFAULT_DIR, plmn, keep = KEEP_S }: RotateKeyOptions): Promise<string[]> {
  const pki = join(resolve(dir), 'pki');
  const known = existsSync(pki) ? readdirSync(pki).filter((name) => plmnFromString(name) !== undefined) : [];
  const chosen = plmn === undefined ? known : known.filter((name) => name === plmn);
  if (chosen.length === 0) {
    throw new LabError(
      plmn === undefined ? `there is no PKI in ${dir} yet` : `there is no PLMN ${plmn} in ${dir}`,
      known.length === 0 ? 'Start the lab first: npm start -- --exit' : `There are: ${known.join(', ')}`,
    );
  }
  const lines: string[] = [];
  for (const name of chosen) {
    const plmnId = plmnFromString(name);
    if (!plmnId) continue;
    const { kid, replaced } = await (await openPlmnPki(pki, plmnId)).rotateSigningKey(Date.now() - keep * 1000);
    lines.push(`NRF(${name}) signs with key ${kid}`);
    if (replaced !== undefined) lines.push(`  tokens of key ${replaced} verify until they expire`);
  }
  return lines;
}
