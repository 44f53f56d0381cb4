import type { Condition, MandatoryIe, MessageRow, OptionalIe, Receiver } from './descriptor.ts';
import { IeError, NasError } from './errors.ts';
import { MESSAGE_ROWS, type NasMessage, type NasMessageType } from './messages.ts';
import { EPD_5GMM, MAX_MESSAGE_OCTETS, peekHeader, SECURITY_HEADER } from './security-header.ts';

const BY_CODE = new Map<number, MessageRow>(MESSAGE_ROWS.map((row) => [row.code, row]));
const BY_NAME = new Map<string, MessageRow>(MESSAGE_ROWS.map((row) => [row.name, row]));
const HEADER_OCTETS = 3;
const LENGTH_OCTETS = { 'V1/2': 0, V: 0, LV: 1, 'LV-E': 2, 'TV1/2': 0, TV: 0, TLV: 1, 'TLV-E': 2 } as const;
/** Messages that a NAS message container may hold (TS 24.501 9.11.3.33): the initial NAS messages that have one. */
const CONTAINED: readonly string[] = ['REGISTRATION REQUEST', 'SERVICE REQUEST'];

/**
 * Encodes a plain 5GMM message (TS 24.501 8.2). Throws NasError `malformed-value` when a value does not fit its IE or the
 * message would be longer than 9000 octets.
 */
export function encodeMessage(message: NasMessage): Buffer {
  const row = BY_NAME.get(message.messageType);
  if (row === undefined) throw new IeError('no such message');
  const values = message as Readonly<Record<string, unknown>>;
  const parts = [Buffer.from([EPD_5GMM, SECURITY_HEADER.plain, row.code]), ...encodeMandatory(row, values)];
  for (const [field, ie] of Object.entries(row.optional)) {
    const value = values[field];
    if (value !== undefined) parts.push(encodeOptional(ie, value, field));
  }
  const encoded = Buffer.concat(parts);
  if (encoded.length > MAX_MESSAGE_OCTETS) throw new IeError('message longer than 9000 octets');
  return encoded;
}

/**
 * Decodes a plain 5GMM message and does the checks of TS 24.501 clause 7. With `receiver`, a message type that is not
 * sent in that direction is unknown (7.4). Throws NasError, nothing else. Containers stay octets: see decodeContainer.
 */
export function decodeMessage(bytes: Uint8Array, options: { readonly receiver?: Receiver } = {}): NasMessage {
  const header = peekHeader(bytes);
  if (header.securityHeaderType !== SECURITY_HEADER.plain) {
    throw new NasError('unexpected-protection', 'message is security protected');
  }
  const row = BY_CODE.get(header.messageCode);
  const { receiver } = options;
  if (row === undefined || (receiver !== undefined && !row.receivers.includes(receiver))) {
    throw new NasError('unknown-message-type', `type 0x${header.messageCode.toString(16)}`);
  }
  const input = new Input(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), HEADER_OCTETS);
  const values: Record<string, unknown> = { messageType: row.name };
  decodeMandatory(row, input, values);
  decodeOptionals(row, input, values);
  for (const condition of row.conditions ?? []) checkCondition(condition, values, row.name);
  return values as unknown as NasMessage;
}

/**
 * Decodes the message in a NAS message container (TS 24.501 4.4.6, 9.11.3.33): a plain initial NAS message that has no
 * container itself. Throws NasError; `semantic-error` (#95) for any other message or a container in the container.
 */
export function decodeContainer(container: Uint8Array): NasMessage {
  const message = decodeMessage(container, { receiver: 'network' });
  if (!CONTAINED.includes(message.messageType)) {
    throw new NasError('semantic-error', `container holds ${message.messageType}`, message.messageType);
  }
  if ('nasMessageContainer' in message) {
    throw new NasError('semantic-error', 'container in a container', message.messageType);
  }
  return message;
}

/** Name of a message type octet, undefined when it is not implemented. */
export function messageTypeOf(code: number): NasMessageType | undefined {
  return BY_CODE.get(code)?.name as NasMessageType | undefined;
}

/** Octets still to read. Every read is checked; `undefined` says that the message ends before. */
class Input {
  readonly #octets: Buffer;
  #at: number;

  constructor(octets: Buffer, at: number) {
    this.#octets = octets;
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.#octets.length;
  }

  take(length: number): Buffer | undefined {
    const end = this.#at + length;
    if (end > this.#octets.length) return undefined;
    const taken = this.#octets.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A value behind a length field of 0 octets (then `fixed` long), 1 or 2; all that is left is used up when it is cut short. */
  takeValue(lengthOctets: 0 | 1 | 2, fixed: number): Buffer | undefined {
    const field = this.take(lengthOctets);
    const length = lengthOctets === 0 ? fixed : field?.readUIntBE(0, lengthOctets);
    const value = length === undefined ? undefined : this.take(length);
    if (value === undefined) this.#at = this.#octets.length;
    return value;
  }
}

function encodeMandatory(row: MessageRow, values: Readonly<Record<string, unknown>>): Buffer[] {
  const parts: Buffer[] = [];
  let lowHalf: Buffer | undefined;
  for (const [field, ie] of Object.entries(row.mandatory)) {
    const value = values[field];
    if (value === undefined) throw new IeError(`${row.name} needs ${field}`);
    const octets = encodeValue(ie, value, field);
    if (ie.format !== 'V1/2') {
      parts.push(lengthField(LENGTH_OCTETS[ie.format], octets.length), octets);
      lowHalf = undefined;
    } else if (lowHalf === undefined) {
      lowHalf = octets;
      parts.push(lowHalf);
    } else {
      lowHalf.writeUInt8(lowHalf.readUInt8(0) | (octets.readUInt8(0) << 4));
      lowHalf = undefined;
    }
  }
  return parts;
}

function encodeOptional(ie: OptionalIe<unknown>, value: unknown, field: string): Buffer {
  const octets = encodeValue(ie, value, field);
  if (ie.format === 'TV1/2') return Buffer.from([(ie.iei << 4) | octets.readUInt8(0)]);
  return Buffer.concat([Buffer.from([ie.iei]), lengthField(LENGTH_OCTETS[ie.format], octets.length), octets]);
}

function encodeValue(ie: MandatoryIe<unknown> | OptionalIe<unknown>, value: unknown, field: string): Buffer {
  const octets = ie.codec.encode(value);
  if (octets.length < ie.min || octets.length > ie.max) throw new IeError(`${field} has ${octets.length} octets`);
  return octets;
}

function lengthField(lengthOctets: 0 | 1 | 2, length: number): Buffer {
  const field = Buffer.alloc(lengthOctets);
  if (length >= 256 ** lengthOctets && lengthOctets > 0)
    throw new IeError('value longer than its length field can say');
  if (lengthOctets > 0) field.writeUIntBE(length, 0, lengthOctets);
  return field;
}

function decodeMandatory(row: MessageRow, input: Input, values: Record<string, unknown>): void {
  let highHalf: Buffer | undefined;
  for (const [field, ie] of Object.entries(row.mandatory)) {
    let octets: Buffer | undefined;
    if (ie.format === 'V1/2' && highHalf !== undefined) {
      octets = highHalf;
      highHalf = undefined;
    } else {
      octets = input.takeValue(LENGTH_OCTETS[ie.format], ie.max);
      highHalf = undefined;
      if (ie.format === 'V1/2' && octets !== undefined) {
        const octet = octets.readUInt8(0);
        octets = Buffer.from([octet & 0x0f]);
        highHalf = Buffer.from([octet >> 4]);
      }
    }
    if (octets === undefined) throw new NasError('missing-mandatory-ie', field, row.name);
    const value = decodeValue(ie, octets);
    if (value === undefined) throw new NasError('invalid-mandatory-ie', field, row.name);
    values[field] = value;
  }
}

/**
 * The non-imperative part (TS 24.501 7.6, 7.7.1; TS 24.007 11.2.4): known IEs in table order, unknown ones skipped by the
 * format that their tag implies, repeated and out-of-sequence ones ignored, syntactically wrong ones taken as absent.
 */
function decodeOptionals(row: MessageRow, input: Input, values: Record<string, unknown>): void {
  const ies = Object.entries(row.optional);
  let next = 0;
  while (!input.done) {
    const tag = input.take(1)?.readUInt8(0) ?? 0;
    const index = ies.findIndex(([, ie]) => (ie.format === 'TV1/2' ? ie.iei === tag >> 4 : ie.iei === tag));
    const [field, ie] = ies[index] ?? [];
    const inSequence = index >= next;
    if (!inSequence && (tag & 0xf0) === 0) throw new NasError('comprehension-required', `IEI ${tag}`, row.name);
    const octets = takeOptional(input, tag, ie);
    if (!inSequence || field === undefined || ie === undefined) continue;
    next = index + 1;
    const value = octets === undefined ? undefined : decodeValue(ie, octets);
    if (value !== undefined) values[field] = value;
  }
}

function takeOptional(input: Input, tag: number, ie: OptionalIe<unknown> | undefined): Buffer | undefined {
  if (ie?.format === 'TV1/2') return Buffer.from([tag & 0x0f]);
  if (ie !== undefined) return input.takeValue(LENGTH_OCTETS[ie.format], ie.max);
  if (tag >= 0x80) return undefined;
  return input.takeValue((tag & 0xf0) === 0x70 ? 2 : 1, 0);
}

/** `undefined` for a syntactically incorrect value. One longer than the TS allows is cut to its maximum (TS 24.007 11.4.2). */
function decodeValue(ie: MandatoryIe<unknown> | OptionalIe<unknown>, octets: Buffer): unknown {
  if (octets.length < ie.min) return undefined;
  try {
    return ie.codec.decode(octets.subarray(0, ie.max));
  } catch (error) {
    if (error instanceof IeError) return undefined;
    throw error;
  }
}

function checkCondition({ when, oneOf }: Condition, values: Readonly<Record<string, unknown>>, name: string): void {
  if (when !== undefined && values[when[0]] !== when[1]) return;
  if (oneOf.some((fields) => fields.every((field) => values[field] !== undefined))) return;
  throw new NasError('conditional-ie', oneOf.map((fields) => fields.join(' and ')).join(' or '), name);
}
