/** The picture of the lab. */
import type { KeyboardEvent } from 'react';
import type { NfView } from '../../../src/wire.ts';
import { BUS_Y, boxOf, type Layout, NODE, nodeOf, type Placed, SIZE, wayBetween } from './layout.ts';
import type { Lit } from './pulses.ts';

export interface PictureProps {
  readonly layout: Layout;
  readonly lit: readonly Lit[];
  readonly chosen: string | undefined;
  readonly onChoose: (key: string) => void;
}

export function Picture({ layout, lit, chosen, onChoose }: PictureProps) {
  const busy = new Set(lit.flatMap(({ from, to }) => [from, to].map((key) => nodeOf(layout, key)?.nf.key)));
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG cannot be a fieldset, and with a role it needs no title
    <svg
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      className="topology"
      role="group"
      aria-label="The networks of the lab"
    >
      <Grounds layout={layout} />
      <Links layout={layout} />
      {lit.map((call) => (
        <Call key={call.id} call={call} layout={layout} />
      ))}
      {layout.all.map((placed) => (
        <Node
          key={placed.nf.key}
          placed={placed}
          isBusy={busy.has(placed.nf.key)}
          isChosen={placed.nf.key === chosen}
          onChoose={onChoose}
        />
      ))}
    </svg>
  );
}

function Grounds({ layout: { networks } }: { layout: Layout }) {
  return networks.map((network, index) => {
    const box = boxOf(network);
    const side = index < networks.length / 2 && networks.length > 1 ? 'visited' : 'home';
    return (
      <g key={network.plmn} className={`ground ${side}`}>
        <rect {...box} rx={14} />
        <text x={box.x + 18} y={box.y - 12} className="ground-title">
          {network.site} <tspan className="plmn">PLMN {network.plmn}</tspan>
        </text>
        <line x1={box.x + 18} x2={box.x + box.width - 18} y1={BUS_Y} y2={BUS_Y} className="bus" />
        <text x={box.x + box.width / 2} y={BUS_Y + 18} textAnchor="middle" className="hint">
          service-based interfaces, TLS 1.3 and tokens
        </text>
      </g>
    );
  });
}

/** What is always there: NFs on their bus, N32 between the SEPPs, N2 down to the radio. */
function Links({ layout }: { layout: Layout }) {
  const { networks, radio, all } = layout;
  const seppOf = (plmn: string) => all.find(({ nf }) => nf.nfType === 'SEPP' && nf.plmn === plmn);
  const ipxOf = (plmn: string) => all.find(({ nf }) => nf.nfType === 'IPX' && nf.plmn === plmn);
  const pairs = networks.slice(1).flatMap((right, index) => {
    const left = networks[index];
    const ends = left && [seppOf(left.plmn), ipxOf(left.plmn), ipxOf(right.plmn), seppOf(right.plmn)];
    return ends ? [ends.filter((end) => end !== undefined)] : [];
  });
  return (
    <g className="links">
      {all
        .filter(({ side }) => side === 'network')
        .map(({ nf, x, y }) => (
          <line key={nf.key} x1={x} x2={x} y1={y} y2={BUS_Y} className="link" />
        ))}
      {pairs.map((way) => (
        <g key={way.map(({ nf }) => nf.key).join()}>
          <polyline points={way.map(({ x, y }) => `${x},${y}`).join(' ')} className="link n32" />
          <text x={middle(way)} y={BUS_Y - 12} textAnchor="middle" className="hint strong">
            N32
          </text>
        </g>
      ))}
      {all
        .filter(({ nf }) => nf.nfType === 'AMF')
        .flatMap((amf) => radio.map((sim) => ({ amf, sim })))
        .map(({ amf, sim }) => (
          <g key={amf.nf.key}>
            <line x1={amf.x} y1={amf.y} x2={sim.x} y2={sim.y} className="link radio" />
            <text
              x={(amf.x * 2 + sim.x) / 3 + (amf.x < sim.x ? -34 : 34)}
              y={(amf.y * 2 + sim.y) / 3 + 14}
              className="hint"
              textAnchor="middle"
            >
              N2: NAS
            </text>
          </g>
        ))}
    </g>
  );
}

const middle = (way: readonly Placed[]) => ((way[0]?.x ?? 0) + (way.at(-1)?.x ?? 0)) / 2;

function Call({ call, layout }: { call: Lit; layout: Layout }) {
  const [from, to] = [nodeOf(layout, call.from), nodeOf(layout, call.to)];
  if (!from || !to) return null;
  const isBorder = from.nf.plmn !== to.nf.plmn && from.side === 'border';
  const look =
    call.failed > 0 ? 'failed' : from.side === 'radio' || to.side === 'radio' ? 'nas' : isBorder ? 'n32' : '';
  return <path d={wayBetween(from, to)} className={`call ${look}`} pathLength={100} />;
}

interface NodeProps {
  readonly placed: Placed;
  readonly isBusy: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (key: string) => void;
}

function Node({ placed: { nf, x, y, side }, isBusy, isChosen, onChoose }: NodeProps) {
  const width = side === 'radio' ? 190 : NODE.width;
  const title = side === 'radio' ? 'UEs and gNBs' : nf.name.toUpperCase();
  const told = nf.state === 'up' && nf.load !== undefined ? `load ${nf.load} %` : nf.state;
  const choose = () => onChoose(nf.key);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose();
  };
  const look = ['node', nf.state, side, isBusy ? 'busy' : '', isChosen ? 'chosen' : ''].join(' ');
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons inside an SVG
    <g
      role="button"
      tabIndex={0}
      aria-pressed={isChosen}
      aria-label={`${title} ${told}, ${nf.label}, ${stateText(nf)}`}
      className={`${look} plmn-${nf.plmn}`}
      data-nf={nf.key}
      data-state={nf.state}
      onClick={choose}
      onKeyDown={onKey}
    >
      <rect x={x - width / 2} y={y - NODE.height / 2} width={width} height={NODE.height} rx={9} className="body" />
      <circle cx={x - width / 2 + 12} cy={y - NODE.height / 2 + 12} r={4.5} className="lamp" />
      <text x={x} y={y + 1} textAnchor="middle" className="node-title">
        {`${title} `}
      </text>
      <text x={x} y={y + 17} textAnchor="middle" className="node-state">
        {told}
      </text>
      {nf.insecure.length > 0 && (
        <text x={x + width / 2 - 8} y={y - 11} textAnchor="end" className="node-warning">
          ⚠
        </text>
      )}
    </g>
  );
}

export function stateText({ state, insecure }: NfView): string {
  const defences = insecure.length === 0 ? '' : `, ${insecure.length} defences off`;
  return `${state}${defences}`;
}
