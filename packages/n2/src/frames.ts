/**
 * The wire format that stands in for NGAP APER: frames of a 4-octet length (big endian) and that many octets of JSON,
 * `{ "traceparent": …, "message": <name>, …IEs }`.
 */
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { type Cause, N2_SCHEMAS, type N2Message } from './messages.ts';

const LENGTH_OCTETS = 4;
/** Two hexadecimal digits for each octet of the longest NAS message, and room for everything else. */
export const MAX_FRAME_OCTETS = 256 * 1024;

export interface Frame {
  readonly message: N2Message;
  /** W3C trace context of the procedure, so that the records of radio, AMF and core belong together; no part of NGAP. */
  readonly traceparent?: string;
}

/** A frame that is no N2 message: the cause to answer with (TS 38.413 clause 10.3), and what is known of the UE. */
export class N2ProtocolError extends Error {
  readonly n2Cause: Cause;
  constructor(value: string, detail: string) {
    super(detail);
    this.n2Cause = { group: 'protocol', value };
  }
}

const validators = new Map<string, Validator>();
const validatorOf = (name: string, schema: TSchema): Validator => {
  const validator = validators.get(name) ?? (Compile(schema) as Validator);
  validators.set(name, validator);
  return validator;
};

export function encodeFrame({ message, traceparent }: Frame): Buffer {
  const json = Buffer.from(JSON.stringify({ ...(traceparent === undefined ? {} : { traceparent }), ...message }));
  const head = Buffer.alloc(LENGTH_OCTETS);
  head.writeUInt32BE(json.length);
  return Buffer.concat([head, json]);
}

/** Throws {@link N2ProtocolError}: `transfer-syntax-error` for no JSON, `abstract-syntax-error-reject` for anything else. */
export function decodeFrame(json: Buffer): Frame {
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    throw new N2ProtocolError('transfer-syntax-error', 'the frame is not JSON');
  }
  if (typeof value !== 'object' || value === null) {
    throw new N2ProtocolError('transfer-syntax-error', 'the frame is not an object');
  }
  const { traceparent, ...message } = value as Record<string, unknown>;
  const name = String(message.message);
  const schema = Object.hasOwn(N2_SCHEMAS, name) ? N2_SCHEMAS[name] : undefined;
  if (!schema) throw new N2ProtocolError('abstract-syntax-error-reject', 'unknown message');
  const validator = validatorOf(name, schema);
  if (!validator.Check(message)) {
    const [first] = validator.Errors(message);
    const detail = `${name}: ${first?.instancePath ?? ''} ${first?.message ?? 'is malformed'}`;
    throw new N2ProtocolError('abstract-syntax-error-reject', detail);
  }
  return { message: message as unknown as N2Message, ...(typeof traceparent === 'string' ? { traceparent } : {}) };
}

/** Cuts a stream of octets into frames. `push` returns the frames that are complete; it throws a RangeError for one too long. */
export class FrameReader {
  #waiting: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    this.#waiting = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    const frames: Buffer[] = [];
    while (this.#waiting.length >= LENGTH_OCTETS) {
      const length = this.#waiting.readUInt32BE(0);
      if (length > MAX_FRAME_OCTETS) throw new RangeError(`a frame of ${length} octets exceeds ${MAX_FRAME_OCTETS}`);
      if (this.#waiting.length < LENGTH_OCTETS + length) break;
      frames.push(this.#waiting.subarray(LENGTH_OCTETS, LENGTH_OCTETS + length));
      this.#waiting = this.#waiting.subarray(LENGTH_OCTETS + length);
    }
    return frames;
  }
}
