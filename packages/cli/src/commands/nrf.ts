/** `twincore nrf rotate-key`: a new key for the tokens of an NRF, without an outage. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_DIR, LabError, openPlmnPki } from '@twincore/lab';
import { plmnFromString } from '@twincore/model';
import type { Command } from 'commander';
import { integer } from '../arguments.ts';
import { labOptions } from '../lab.ts';
import { print } from '../output.ts';

export interface RotateKeyOptions {
  readonly dir?: string;
  /** `001-01`; all of the lab's when absent. */
  readonly plmn?: string;
  /** Seconds that replaced keys are kept for; no token may live longer. */
  readonly keep?: number;
}

export function nrfCommand(program: Command): void {
  const nrf = program.command('nrf').description('operate the NRFs of the lab');
  labOptions(nrf.command('rotate-key'))
    .description('sign access tokens with a new key from now on, also while the lab runs; old tokens stay good')
    .option('--plmn <mcc-mnc>', 'only the NRF of this PLMN')
    .option('--keep <seconds>', 'forget keys that were replaced longer ago (default: a day)', integer)
    .action(async (options: RotateKeyOptions & { json?: boolean }) => {
      const rotated = await rotateKey(options);
      print(options.json, rotated, () => rotated.flatMap(linesOf));
    });
}

/** A day; tokens of the lab live for a quarter of an hour. */
const KEEP_S = 86_400;

export interface RotatedKey {
  /** `001-01`. */
  readonly plmn: string;
  readonly kid: string;
  readonly replaced: string | undefined;
}

function linesOf({ plmn, kid, replaced }: RotatedKey): string[] {
  return [
    `NRF(${plmn}) signs with key ${kid}`,
    ...(replaced === undefined ? [] : [`  tokens of key ${replaced} verify until they expire`]),
  ];
}

/**
 * Gives each NRF a new signing key. A running NRF takes it within a second, and producers find it by its
 * `kid`. Throws a {@link LabError} where there is no such PLMN.
 */
export async function rotateKey({ dir = DEFAULT_DIR, plmn, keep = KEEP_S }: RotateKeyOptions): Promise<RotatedKey[]> {
  const pki = join(resolve(dir), 'pki');
  const known = existsSync(pki) ? readdirSync(pki).filter((name) => plmnFromString(name) !== undefined) : [];
  const chosen = plmn === undefined ? known : known.filter((name) => name === plmn);
  if (chosen.length === 0) {
    throw new LabError(
      plmn === undefined ? `there is no PKI in ${dir} yet` : `there is no PLMN ${plmn} in ${dir}`,
      known.length === 0 ? 'Start the lab first: npm start -- --exit' : `There are: ${known.join(', ')}`,
      { reason: known.length === 0 ? 'no-lab' : 'usage' },
    );
  }
  const rotated: RotatedKey[] = [];
  for (const name of chosen) {
    const plmnId = plmnFromString(name);
    if (!plmnId) continue;
    const key = await (await openPlmnPki(pki, plmnId)).rotateSigningKey(Date.now() - keep * 1000);
    rotated.push({ plmn: name, ...key });
  }
  return rotated;
}
