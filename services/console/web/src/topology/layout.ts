/** Where everything stands in the picture of the lab: a column for each network, the border between them, the radio below. */
import type { NfView } from '../../../src/wire.ts';

export const SIZE = { width: 1100, height: 640 };
export const NODE = { width: 80, height: 56 };

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Placed extends Point {
  readonly nf: NfView;
  readonly side: 'network' | 'border' | 'radio';
}
export interface Network {
  readonly plmn: string;
  /** `home`, `visited`. */
  readonly site: string;
  readonly x: number;
  readonly width: number;
  readonly nodes: readonly Placed[];
}
export interface Layout {
  readonly networks: readonly Network[];
  readonly radio: readonly Placed[];
  readonly all: readonly Placed[];
}

export const BUS_Y = 232;
const BOX = { top: 44, height: 410 };
const ROWS = { top: 122, bottom: 360, radio: 566 };
const GAP = 236;
const EDGE = 14;
const ORDER = ['NRF', 'AUSF', 'UDM', 'UDR', 'AMF', 'SCP', 'SEPP', 'IPX', 'RANSIM'];
/** On the service bus's lower side: what the radio, or other NFs, come through. */
const BELOW = new Set(['AMF', 'SCP', 'SMF', 'UPF', 'NEF']);

export const boxOf = ({ x, width }: Network) => ({ x, y: BOX.top, width, height: BOX.height });

const place = ({ nfType }: NfView) => (ORDER.indexOf(nfType) + ORDER.length + 1) % (ORDER.length + 1);
const inOrder = (nfs: readonly NfView[]) => nfs.toSorted((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));

/** Networks from the left: the visited ones first, so that a roaming UE's calls go from left to right. */
export function layoutOf(nfs: readonly NfView[]): Layout {
  const core = nfs.filter(({ nfType }) => nfType !== 'RANSIM');
  const plmns = [...new Set(core.map(({ plmn }) => plmn))].sort().toReversed();
  const width = (SIZE.width - 2 * EDGE - GAP * Math.max(plmns.length - 1, 0)) / Math.max(plmns.length, 1);
  const networks = plmns.map((plmn, index): Network => {
    const x = EDGE + index * (width + GAP);
    const isLeft = index < plmns.length / 2;
    return {
      plmn,
      site: core.find((nf) => nf.plmn === plmn)?.site ?? '',
      x,
      width,
      nodes: nodesOf(
        core.filter((nf) => nf.plmn === plmn),
        x,
        width,
        isLeft,
      ),
    };
  });
  const sims = nfs.filter(({ nfType }) => nfType === 'RANSIM');
  const radio = spread(sims, 0, SIZE.width, ROWS.radio, 'radio');
  return { networks, radio, all: [...networks.flatMap(({ nodes }) => nodes), ...radio] };
}

function nodesOf(nfs: readonly NfView[], x: number, width: number, isLeft: boolean): Placed[] {
  const of = (test: (nf: NfView) => boolean) => inOrder(nfs.filter(test));
  const inner = isLeft ? x + width : x;
  const outwards = isLeft ? 1 : -1;
  const atBorder = of(({ nfType }) => nfType === 'SEPP').map(
    (nf, index): Placed => ({ nf, side: 'border', x: inner, y: BUS_Y + index * (NODE.height + 12) }),
  );
  const between = of(({ nfType }) => nfType === 'IPX').map(
    (nf, index): Placed => ({
      nf,
      side: 'border',
      x: inner + outwards * 68,
      y: BUS_Y + 110 + index * (NODE.height + 12),
    }),
  );
  const isBorder = ({ nfType }: NfView) => nfType === 'SEPP' || nfType === 'IPX';
  const [from, room] = [isLeft ? x + 8 : x + 52, width - 60];
  return [
    ...spread(
      of((nf) => !isBorder(nf) && !BELOW.has(nf.nfType)),
      from,
      room,
      ROWS.top,
      'network',
    ),
    ...spread(
      of((nf) => BELOW.has(nf.nfType)),
      from,
      room,
      ROWS.bottom,
      'network',
    ),
    ...atBorder,
    ...between,
  ];
}

function spread(nfs: readonly NfView[], x: number, width: number, y: number, side: Placed['side']): Placed[] {
  const step = width / Math.max(nfs.length, 1);
  return nfs.map((nf, index) => ({ nf, side, x: x + step * (index + 0.5), y }));
}

/** The way of a call in the picture, as a path's `d`. */
export function wayBetween(from: Placed, to: Placed): string {
  const isOnBus = ({ side }: Placed) => side === 'network' || side === 'border';
  const sameNetwork = from.nf.plmn === to.nf.plmn && isOnBus(from) && isOnBus(to);
  if (!sameNetwork || from.nf.nfType === 'IPX' || to.nf.nfType === 'IPX') return `M${from.x} ${from.y}L${to.x} ${to.y}`;
  return `M${from.x} ${from.y}V${BUS_Y}H${to.x}V${to.y}`;
}

/** The node of a party's key, `AMF 001-01`; the UE and its gNBs are the radio's. */
export function nodeOf(layout: Layout, key: string): Placed | undefined {
  if (key === 'UE' || key.startsWith('GNB')) return layout.radio[0];
  return layout.all.find(({ nf }) => `${nf.nfType} ${nf.plmn}` === key);
}
