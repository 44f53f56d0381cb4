/** Which slices a UE may use (TS 23.501 5.15.5.2.1, TS 24.501 5.5.1.2.4). */
import type { Nssai, Snssai } from '@twincore/model';
import type { Snssai as NasSnssai, RejectedSnssai } from '@twincore/nas';

export interface Slices {
  readonly allowed: Snssai[];
  readonly rejected: RejectedSnssai[];
}

/** As many as an allowed NSSAI holds (TS 24.501 9.11.3.37), and a rejected NSSAI (9.11.3.46). */
const MAX_SLICES = 8;

/**
 * What the UE asks for, as far as it is subscribed and served here; the default ones where nothing of that is left, or the UE
 * asks for nothing. Nothing allowed means that the UE cannot register.
 */
export function slicesFor(
  requested: readonly NasSnssai[],
  subscribed: Nssai | undefined,
  supported: readonly Snssai[],
): Slices {
  const defaults = subscribed?.defaultSingleNssais ?? [];
  const all = [...defaults, ...(subscribed?.singleNssais ?? [])];
  const asked = distinct(requested);
  const granted = asked.filter((slice) => includes(all, slice) && includes(supported, slice));
  const allowed = granted.length > 0 ? granted : distinct(defaults).filter((slice) => includes(supported, slice));
  const rejected = asked
    .filter((slice) => !includes(allowed, slice))
    .map((slice) => ({ ...slice, cause: 'PLMN' as const }));
  return { allowed: allowed.slice(0, MAX_SLICES), rejected: rejected.slice(0, MAX_SLICES) };
}

const keyOf = ({ sst, sd }: Pick<RejectedSnssai, 'sst' | 'sd'>) => `${sst}-${(sd ?? '').toLowerCase()}`;

function includes(slices: readonly Snssai[], slice: Snssai): boolean {
  return slices.some((one) => keyOf(one) === keyOf(slice));
}

/** Each slice once, without what it is mapped to. */
function distinct(slices: readonly NasSnssai[]): Snssai[] {
  const bare = slices.map(({ sst, sd }) => ({ sst, ...(sd === undefined ? {} : { sd }) }));
  return [...new Map(bare.map((slice) => [keyOf(slice), slice])).values()];
}
