/** Subscribers out of the files that users of other cores have. */
import { computeOpc } from '@twincore/crypto';
import { type PlmnId, Subscriber, type Subscription } from '@twincore/model';
import { Value } from 'typebox/value';
import { parse as parseYaml } from 'yaml';
import { LabError } from '../errors.ts';
import { fromCsv } from './csv.ts';
import { fromFree5gc, isFree5gc } from './free5gc.ts';
import { fromOpen5gs, isOpen5gs } from './open5gs.ts';

/** What a file says of one subscriber; the rest is filled in by {@link completed}. */
export interface FoundSubscriber {
  readonly supi: string;
  readonly k: string;
  /** One of both. */
  readonly opc?: string | undefined;
  readonly op?: string | undefined;
  readonly amf?: string | undefined;
  /** Hexadecimal. */
  readonly sqn?: string | undefined;
  readonly gpsi?: string | undefined;
  readonly amData?: unknown;
  readonly smfSelectionData?: unknown;
  readonly authenticationMethod?: string | undefined;
}

export const FORMATS = ['open5gs', 'free5gc', 'csv', 'twincore'] as const;
export type SubscriberFormat = (typeof FORMATS)[number];

export interface ParsedSubscribers {
  readonly format: SubscriberFormat;
  readonly subscribers: readonly Subscriber[];
  /** Entries that are none, with what is wrong with them; no value of theirs is repeated. */
  readonly wrong: readonly { readonly entry: string; readonly reason: string }[];
}

export interface ParseOptions {
  /** Recognized by itself when absent. */
  readonly format?: SubscriberFormat;
  /** MCC and MNC of every IMSI are replaced by these: for subscribers of a network that the lab does not have. */
  readonly moveTo?: PlmnId;
  /** What a subscriber gets of whom the file says nothing but keys. */
  readonly defaults: (supi: string) => Pick<Subscription, 'amData' | 'smfSelectionData'>;
}

/** Throws a {@link LabError} (`usage`) when the text is in none of the formats. */
export function parseSubscribers(text: string, { format, moveTo, defaults }: ParseOptions): ParsedSubscribers {
  const documents = documentsOf(text);
  const recognized = format ?? formatOf(documents);
  const found = recognized === 'csv' ? fromCsv(text) : documents.map(readerOf(recognized));
  const subscribers: Subscriber[] = [];
  const wrong: { entry: string; reason: string }[] = [];
  for (const [index, one] of found.entries()) {
    const entry = completed(moveTo ? moved(one, moveTo) : one, defaults);
    const reason = flawOf(entry);
    if (reason === undefined) subscribers.push(entry as Subscriber);
    else wrong.push({ entry: one.supi || `entry ${index + 1}`, reason });
  }
  return { format: recognized, subscribers, wrong };
}

/** JSON or YAML, one document or a list, or a JSON document a line; undefined for what is neither. */
function documentsOf(text: string): unknown[] {
  const [first] = text.trimStart();
  if (first === '{' || first === '[') return jsonOf(text);
  try {
    const value: unknown = parseYaml(text);
    return typeof value === 'object' && value !== null ? listOf(value) : [];
  } catch {
    return [];
  }
}

function jsonOf(text: string): unknown[] {
  try {
    return listOf(JSON.parse(text));
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    try {
      return lines.map((line) => JSON.parse(line));
    } catch {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LabError(`the file is no JSON: ${reason}`, 'Export it again.', { reason: 'usage' });
    }
  }
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const { subscribers } = Object(value) as { subscribers?: unknown };
  return Array.isArray(subscribers) ? subscribers : [value];
}

function formatOf(documents: readonly unknown[]): SubscriberFormat {
  const [first] = documents;
  if (first === undefined) return 'csv';
  if (isOpen5gs(first)) return 'open5gs';
  if (isFree5gc(first)) return 'free5gc';
  if ('authenticationSubscription' in Object(first)) return 'twincore';
  throw new LabError(
    'the file is none that is known here',
    `Known are ${FORMATS.join(', ')}; docs/cli.md shows each. Name one with --format.`,
    { reason: 'usage' },
  );
}

function readerOf(format: Exclude<SubscriberFormat, 'csv'>): (document: unknown) => FoundSubscriber {
  return { open5gs: fromOpen5gs, free5gc: fromFree5gc, twincore: fromTwincore }[format];
}

/** As deploy/subscribers.yaml has them. */
function fromTwincore(document: unknown): FoundSubscriber {
  const { supi, gpsi, authenticationSubscription, amData, smfSelectionData } = Object(document);
  const { authenticationMethod, k, opc, authenticationManagementField, sqn } = Object(authenticationSubscription);
  return {
    supi,
    gpsi,
    authenticationMethod,
    k,
    opc,
    amf: authenticationManagementField,
    sqn,
    amData,
    smfSelectionData,
  };
}

function moved(found: FoundSubscriber, { mcc, mnc }: PlmnId): FoundSubscriber {
  // Where the MNC ends no IMSI says; those that are given to test networks have two digits.
  return { ...found, supi: found.supi.replace(/^imsi-\d{5}/, `imsi-${mcc}${mnc}`).slice(0, 'imsi-'.length + 15) };
}

function completed(found: FoundSubscriber, defaults: ParseOptions['defaults']): unknown {
  const { supi, gpsi, authenticationMethod = '5G_AKA', amf = '8000', sqn = '0' } = found;
  const standard = defaults(supi);
  return {
    supi,
    ...(gpsi === undefined ? {} : { gpsi }),
    authenticationSubscription: {
      authenticationMethod,
      k: found.k,
      opc: found.opc ?? opcOf(found),
      authenticationManagementField: amf,
      sqn: sqn.padStart(12, '0'),
    },
    amData: found.amData ?? standard.amData,
    smfSelectionData: found.smfSelectionData ?? standard.smfSelectionData,
  };
}

/** OPc from OP (TS 35.206 4.1); undefined where the keys are none, which the schema then says. */
function opcOf({ k, op }: FoundSubscriber): string | undefined {
  if (op === undefined || !/^[0-9a-f]{32}$/i.test(op) || !/^[0-9a-f]{32}$/i.test(k)) return undefined;
  return computeOpc(Buffer.from(k, 'hex'), Buffer.from(op, 'hex')).toString('hex');
}

/** The first thing that is wrong with an entry, by place; its value may be a key. */
function flawOf(entry: unknown): string | undefined {
  const [flaw] = Value.Errors(Subscriber, entry);
  if (!flaw) return undefined;
  const place = flaw.instancePath.slice(1).replaceAll('/', '.') || 'the entry';
  return `${place} ${flaw.message}`;
}
