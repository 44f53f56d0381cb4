/** Whether an identity, an address, a place is in one of the ranges that a profile gives (TS 29.510 6.1.6.2). */
import { isIPv4 } from 'node:net';
import {
  type IdentityRange,
  type InternalGroupIdRange,
  type IpAddr,
  type Ipv4AddressRange,
  type Ipv6PrefixRange,
  type PlmnId,
  type PlmnRange,
  samePlmn,
  type Tai,
  type TaiRange,
} from '@twincore/model';
import { matchesPattern } from './linear-pattern.ts';

/**
 * A range of identities: digits from `start` to `end`, or a pattern. A pattern that cannot be run safely counts as matching: a
 * producer that does not serve the user says so itself.
 */
export function identityIn(identity: string, ranges: readonly IdentityRange[]): boolean {
  const digits = /^(?:[a-z]+-)?(\d+)$/.exec(identity)?.[1];
  return ranges.some(({ start, end, pattern }) => {
    if (pattern !== undefined && (matchesPattern(pattern, identity) ?? true)) return true;
    if (digits === undefined || start === undefined || end === undefined) return false;
    return BigInt(digits) >= BigInt(start) && BigInt(digits) <= BigInt(end);
  });
}

export function groupIn(groupId: string, ranges: readonly InternalGroupIdRange[]): boolean {
  const id = groupId.toLowerCase();
  return ranges.some(({ start, end, pattern }) => {
    if (pattern !== undefined && (matchesPattern(pattern, groupId) ?? true)) return true;
    return start !== undefined && end !== undefined && start.toLowerCase() <= id && id <= end.toLowerCase();
  });
}

/** Where an NF serves. */
export interface ServingArea {
  readonly taiList?: readonly Tai[];
  readonly taiRangeList?: readonly TaiRange[];
}

/** Whether the area has the place in it; an NF that names none serves everywhere. */
export function servesTai({ taiList, taiRangeList }: ServingArea, tai: Tai): boolean {
  if (!taiList && !taiRangeList) return true;
  return (
    taiList?.some((own) => sameTai(own, tai)) === true || taiRangeList?.some((range) => inTaiRange(tai, range)) === true
  );
}

export function sameTai(a: Tai, b: Tai): boolean {
  return samePlmn(a.plmnId, b.plmnId) && a.tac.toLowerCase() === b.tac.toLowerCase();
}

function inTaiRange({ plmnId, tac }: Tai, range: TaiRange): boolean {
  if (!samePlmn(plmnId, range.plmnId)) return false;
  const code = Number.parseInt(tac, 16);
  return range.tacRangeList.some(({ start, end, pattern }) => {
    if (pattern !== undefined && (matchesPattern(pattern, tac) ?? true)) return true;
    return (
      start !== undefined && end !== undefined && Number.parseInt(start, 16) <= code && code <= Number.parseInt(end, 16)
    );
  });
}

interface Area {
  readonly taiList?: readonly Tai[] | undefined;
  readonly taiRangeList?: readonly TaiRange[] | undefined;
}

/** Whether an NF serves a part of an area; an area of nothing is everywhere. */
export function areasOverlap(own: ServingArea, { taiList, taiRangeList }: Area): boolean {
  if (!taiList && !taiRangeList) return true;
  if (taiList?.some((tai) => servesTai(own, tai))) return true;
  if (!own.taiList && !own.taiRangeList) return true;
  return (taiRangeList ?? []).some(
    (range) =>
      own.taiList?.some((tai) => inTaiRange(tai, range)) === true ||
      own.taiRangeList?.some((other) => taiRangesOverlap(range, other)) === true,
  );
}

/** Ranges given as patterns count as overlapping: whether two patterns have a text in common is nothing to find out for each NF. */
function taiRangesOverlap(a: TaiRange, b: TaiRange): boolean {
  if (!samePlmn(a.plmnId, b.plmnId)) return false;
  return a.tacRangeList.some((one) =>
    b.tacRangeList.some((other) => {
      const ends = [one.start, one.end, other.start, other.end];
      if (ends.some((end) => end === undefined)) return true;
      const [start = 0, end = 0, first = 0, last = 0] = ends.map((tac) => Number.parseInt(tac ?? '', 16));
      return start <= last && first <= end;
    }),
  );
}

/** The same for identities. */
export function rangesOverlap(
  own: readonly IdentityRange[] | undefined,
  wanted: readonly IdentityRange[] | undefined,
): boolean {
  if (!own || !wanted) return true;
  return own.some((one) =>
    wanted.some((other) => {
      if (!one.start || !one.end || !other.start || !other.end) return true;
      return BigInt(one.start) <= BigInt(other.end) && BigInt(other.start) <= BigInt(one.end);
    }),
  );
}

export function plmnIn({ mcc, mnc }: PlmnId, ranges: readonly PlmnRange[]): boolean {
  const digits = mcc + mnc;
  return ranges.some(({ start, end, pattern }) => {
    if (pattern !== undefined && (matchesPattern(pattern, digits) ?? true)) return true;
    // An MNC of two digits and one of three are no neighbours.
    const comparable = start?.length === digits.length && end?.length === digits.length;
    return comparable && start <= digits && digits <= end;
  });
}

export function ipv4In(address: string, ranges: readonly Ipv4AddressRange[]): boolean {
  const value = ipv4Value(address);
  return ranges.some(
    ({ start, end }) =>
      start !== undefined && end !== undefined && ipv4Value(start) <= value && value <= ipv4Value(end),
  );
}

export function ipv6PrefixIn(prefix: string, ranges: readonly Ipv6PrefixRange[]): boolean {
  const value = prefixRange(prefix);
  return ranges.some(({ start, end }) => {
    if (start === undefined || end === undefined || !value) return false;
    const [first, last] = [prefixRange(start), prefixRange(end)];
    return first !== undefined && last !== undefined && first.from <= value.from && value.to <= last.to;
  });
}

export function sameIp(a: IpAddr, b: IpAddr): boolean {
  if (a.ipv4Addr !== undefined) return a.ipv4Addr === b.ipv4Addr;
  const [one, other] = [a.ipv6Addr ?? a.ipv6Prefix, b.ipv6Addr ?? b.ipv6Prefix];
  if (one === undefined || other === undefined) return false;
  const [left, right] = [prefixRange(one), prefixRange(other)];
  return left !== undefined && left.from === right?.from && left.to === right.to;
}

function ipv4Value(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

/** First and last address of an IPv6 prefix (of an address: itself twice); undefined for what is none. */
function prefixRange(text: string): { from: bigint; to: bigint } | undefined {
  const [address = '', length = '128'] = text.split('/');
  const value = ipv6Value(address);
  if (value === undefined) return undefined;
  const hostBits = 128n - BigInt(length);
  const from = (value >> hostBits) << hostBits;
  return { from, to: from + (1n << hostBits) - 1n };
}

function ipv6Value(address: string): bigint | undefined {
  const [head = '', tail] = address.split('::', 2);
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':').flatMap(withoutDots));
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 0) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** The two groups of an IPv4 address at the end of an IPv6 address. */
function withoutDots(group: string): string[] {
  if (!isIPv4(group)) return [group];
  const value = ipv4Value(group);
  return [Math.floor(value / 65536).toString(16), (value % 65536).toString(16)];
}
