/** SUPIs for new UEs. */
import { LabError } from '@twincore/lab';
import type { PlmnId } from '@twincore/model';

const MSIN_DIGITS = 10;

/**
 * `count` SUPIs one after the other, from `first` on; without it from the one after the highest that the network `home` has. Throws a
 * {@link LabError} when one of them is known already or they run out of digits.
 */
export function nextSupis(wanted: {
  readonly first?: string | undefined;
  readonly count: number;
  readonly home?: PlmnId | undefined;
  readonly known: readonly string[];
}): string[] {
  const { first, count, home, known } = wanted;
  const begin = first ?? freeIn(home, known);
  const digits = begin.slice('imsi-'.length);
  const supis = Array.from({ length: count }, (_, index) => {
    const next = String(BigInt(digits) + BigInt(index)).padStart(digits.length, '0');
    if (next.length > digits.length || next.slice(0, 5) !== digits.slice(0, 5)) {
      throw new LabError(`there are no ${count} SUPIs from ${begin} on`, 'Begin with a smaller one.', {
        reason: 'usage',
      });
    }
    return `imsi-${next}`;
  });
  const taken = supis.find((supi) => known.includes(supi));
  if (taken !== undefined) {
    throw new LabError(`${taken} is there already`, 'Name another SUPI, or none, to get the next free one.', {
      reason: 'usage',
    });
  }
  return supis;
}

function freeIn(home: PlmnId | undefined, known: readonly string[]): string {
  const prefix = `imsi-${home?.mcc}${home?.mnc}`;
  const highest = known
    .filter((supi) => supi.startsWith(prefix))
    .sort()
    .at(-1);
  const number = highest === undefined ? 0n : BigInt(highest.slice(prefix.length));
  return `${prefix}${String(number + 1n).padStart(MSIN_DIGITS, '0')}`;
}
