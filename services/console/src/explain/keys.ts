/** The key hierarchy of one registration (TS 33.501 6.2, Annex A), as UE and network have it, out of the records. */
import { createHash } from 'node:crypto';
import type { TraceRecord } from '@twincore/sbi';
import { partyKey } from '../trace/summary.ts';
import type { KeyHolding, KeyNode } from '../wire.ts';

interface Key {
  readonly id: string;
  readonly label: string;
  readonly parent?: string;
  readonly derivation: string;
  readonly clause: string;
  /** Who has it in the UE, and in the network, by NF type. */
  readonly ue: string;
  readonly network: string;
}

/** From the top of the tree to its leaves. */
const HIERARCHY: readonly Key[] = [
  {
    id: 'k',
    label: 'K',
    derivation: 'provisioned, on both sides',
    clause: 'TS 33.501 6.2.1',
    ue: 'USIM',
    network: 'UDR, UDM (ARPF)',
  },
  {
    id: 'opc',
    label: 'OPc',
    derivation: 'provisioned: MILENAGE’s operator part',
    clause: 'TS 35.205 8.2',
    ue: 'USIM',
    network: 'UDR, UDM (ARPF)',
  },
  {
    id: 'ck',
    label: 'CK',
    parent: 'k',
    derivation: 'MILENAGE f3 of K, OPc, RAND',
    clause: 'TS 35.206 4.1',
    ue: 'USIM, ME',
    network: 'UDM (ARPF)',
  },
  {
    id: 'ik',
    label: 'IK',
    parent: 'k',
    derivation: 'MILENAGE f4 of K, OPc, RAND',
    clause: 'TS 35.206 4.1',
    ue: 'USIM, ME',
    network: 'UDM (ARPF)',
  },
  {
    id: 'kausf',
    label: 'KAUSF',
    parent: 'ck',
    derivation: 'CK ‖ IK, serving network name, SQN ⊕ AK',
    clause: 'TS 33.501 A.2',
    ue: 'ME',
    network: 'UDM, AUSF',
  },
  {
    id: 'kseaf',
    label: 'KSEAF',
    parent: 'kausf',
    derivation: 'KAUSF, serving network name',
    clause: 'TS 33.501 A.6',
    ue: 'ME',
    network: 'AUSF, AMF (SEAF)',
  },
  {
    id: 'kamf',
    label: 'KAMF',
    parent: 'kseaf',
    derivation: 'KSEAF, SUPI, ABBA',
    clause: 'TS 33.501 A.7',
    ue: 'ME',
    network: 'AMF',
  },
  {
    id: 'knasint',
    label: 'KNASint',
    parent: 'kamf',
    derivation: 'KAMF, integrity algorithm',
    clause: 'TS 33.501 A.8',
    ue: 'ME',
    network: 'AMF',
  },
  {
    id: 'knasenc',
    label: 'KNASenc',
    parent: 'kamf',
    derivation: 'KAMF, ciphering algorithm',
    clause: 'TS 33.501 A.8',
    ue: 'ME',
    network: 'AMF',
  },
  {
    id: 'kgnb',
    label: 'KgNB',
    parent: 'kamf',
    derivation: 'KAMF, uplink NAS COUNT',
    clause: 'TS 33.501 A.9',
    ue: 'ME',
    network: 'AMF, gNB',
  },
];

const FINGERPRINT = /^fingerprint:([0-9a-f]{8})$/;
const HEX = /^(?:[0-9a-f]{2}){16,64}$/i;

/** A key as a record has it: hidden, or as it is in a lab that shows secrets. Anything else is none. */
function holding(value: unknown, seenAt: string): KeyHolding | undefined {
  if (typeof value !== 'string') return undefined;
  const hidden = FINGERPRINT.exec(value)?.[1];
  if (hidden !== undefined) return { fingerprint: hidden, seenAt };
  if (!HEX.test(value)) return undefined;
  const digest = createHash('sha256').update(Buffer.from(value, 'hex')).digest('hex');
  return { fingerprint: digest.slice(0, 8), value: value.toLowerCase(), seenAt };
}

const members = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

type Found = Map<string, KeyHolding>;

/** Later records replace what earlier ones told: a registration may challenge the UE twice. */
function learn(found: Found, id: string, value: unknown, seenAt: string): void {
  const known = holding(value, seenAt);
  if (known) found.set(id, known);
}

/** The tree out of the records of one registration, in the order of time. */
export function keysOf(records: readonly TraceRecord[]): KeyNode[] {
  const ue: Found = new Map();
  const network: Found = new Map();
  for (const record of records) {
    const at = partyKey(record.to);
    if (record.kind === 'nas') {
      const amf = record.from.nfType === 'AMF' ? partyKey(record.from) : at;
      for (const [id, value] of Object.entries(members(members(record.detail).keys))) learn(network, id, value, amf);
      continue;
    }
    const side = record.to.nfType === 'RANSIM' ? ue : network;
    for (const [id, value] of Object.entries(members(record.keys))) learn(side, id, value, at);
    const body = members(record.responseBody);
    learn(network, 'k', body.encPermanentKey, at);
    learn(network, 'opc', body.encOpcKey, at);
    learn(network, 'kausf', members(body.authenticationVector).kausf, at);
    learn(network, 'kseaf', body.kseaf, at);
  }
  return HIERARCHY.map(({ ue: ueHolder, network: networkHolder, ...key }): KeyNode => {
    const [mine, theirs] = [ue.get(key.id), network.get(key.id)];
    return {
      ...key,
      ue: { holder: ueHolder, ...(mine ? { key: mine } : {}) },
      network: { holder: networkHolder, ...(theirs ? { key: theirs } : {}) },
      agreement: !mine || !theirs ? 'unknown' : mine.fingerprint === theirs.fingerprint ? 'same' : 'different',
    };
  });
}
