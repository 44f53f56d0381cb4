/** Slices, and ranges of them (Snssai and ExtSnssai of TS 29.571 5.4.4.2 and 5.4.4.61). */
import { type ExtSnssai, type PlmnId, type PlmnSnssai, samePlmn } from '@twincore/model';

/** Whether two lists have a slice in common. */
export function shareSlice(some: readonly ExtSnssai[], others: readonly ExtSnssai[]): boolean {
  return some.some((slice) => others.some((other) => overlap(slice, other)));
}

/** Whether two entries stand for a common slice. */
export function overlap(a: ExtSnssai, b: ExtSnssai): boolean {
  if (a.sst !== b.sst) return false;
  return differentiators(a).some(([from, to]) =>
    differentiators(b).some(([first, last]) => from <= last && first <= to),
  );
}

/** The slice differentiators that an entry covers, as ranges of numbers; no differentiator is one of its own. */
function differentiators({ sd, sdRanges, wildcardSd }: ExtSnssai): (readonly [number, number])[] {
  if (wildcardSd) return [[NO_SD, 0xffffff]];
  const ranges = (sdRanges ?? []).map(({ start = '000000', end = 'ffffff' }) => [hex(start), hex(end)] as const);
  return sdRanges ? ranges : [[hex(sd), hex(sd)]];
}

const NO_SD = -1;
const hex = (sd: string | undefined) => (sd === undefined ? NO_SD : Number.parseInt(sd, 16));

/** The slices of a profile, a service or a requester in one of these PLMNs; undefined where it is not restricted to some. */
export function slicesIn(
  { sNssais, perPlmnSnssaiList }: { sNssais?: ExtSnssai[]; perPlmnSnssaiList?: PlmnSnssai[] },
  plmnIds: readonly PlmnId[],
): readonly ExtSnssai[] | undefined {
  if (!perPlmnSnssaiList) return sNssais;
  const here = perPlmnSnssaiList.filter(({ plmnId }) => plmnIds.some((candidate) => samePlmn(candidate, plmnId)));
  return [...(sNssais ?? []), ...here.flatMap(({ sNssaiList }) => sNssaiList)];
}
