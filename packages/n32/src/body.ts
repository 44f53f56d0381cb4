/** Bodies as IEs, and IEs as bodies (TS 29.573 5.3.2.3, 6.2.5.2.8): which, the content type decides. */
import type { HttpPayload } from '@twincore/model';
import { reconstructionFailure, UnprotectableMessage } from './errors.ts';
import { isContainer, isObject, parseJson, pointerToken, pointerTokens, setAt } from './json.ts';
import { formatMultipart, parseMultipart } from './multipart.ts';
import { isReference } from './references.ts';

/** A body taken apart: a JSON value, and the binary parts that it refers to, by the pointer of the reference. */
export interface Ies {
  /** Undefined when there is no body; the text of a JSON null is null. */
  json: unknown;
  readonly binary: Map<string, unknown>;
  /** Nothing is known of its inside, so that all of it is sensitive. */
  readonly opaque?: boolean;
}

/** The value of a MULTIPART_BINARY IE; `data` is base64. */
interface BinaryValue {
  readonly contentId: string;
  readonly contentType: string;
  readonly data: string;
}

interface BodyCodec {
  readonly matches: RegExp;
  decode(contentType: string, body: Buffer): Ies;
  encode(contentType: string, ies: Ies): Buffer;
}

const single = (json: unknown): Ies => ({ json, binary: new Map() });

/** The first that matches. Whatever has no row before the last is carried whole. */
const CODECS: readonly BodyCodec[] = [
  {
    matches: /^multipart\/related\b/i,
    decode(contentType, body) {
      const { json: text, parts } = parseMultipart(contentType, body);
      const json = parseBody(text);
      const places = new Map<string, string>();
      findBinaryReferences(json, '', places);
      const binary = new Map<string, unknown>();
      for (const { contentId, contentType: type, data } of parts) {
        const place = places.get(bareId(contentId));
        if (place === undefined) throw malformed('a binary part that the JSON part does not refer to');
        binary.set(place, { contentId, contentType: type, data: data.toString('base64') } satisfies BinaryValue);
      }
      return { json, binary };
    },
    encode(contentType, { json, binary }) {
      const parts = [...binary].map(([place, value]) => {
        if (!isBinaryValue(value)) throw badPointer(place, 'is no binary part');
        return { ...value, data: Buffer.from(value.data, 'base64') };
      });
      const body = formatMultipart(contentType, { json: JSON.stringify(json), parts });
      if (!body)
        throw reconstructionFailure('INVALID_HTTP_HEADER', 'header content-type', 'its boundary does not part');
      return body;
    },
  },
  {
    matches: /^[^;]+[/+](3gppHal\+)?json\b/i,
    decode: (_contentType, body) => single(parseBody(body.toString('utf8'))),
    encode: (_contentType, { json }) => Buffer.from(JSON.stringify(json), 'utf8'),
  },
  {
    matches: /^application\/x-www-form-urlencoded\b/i,
    decode(_contentType, body) {
      const fields = new Map<string, string | string[]>();
      for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
        const before = fields.get(name);
        fields.set(name, before === undefined ? value : [before, value].flat());
      }
      return single(Object.fromEntries(fields));
    },
    encode(_contentType, { json }) {
      const form = new URLSearchParams();
      for (const [name, value] of Object.entries(isObject(json) ? json : {})) {
        for (const one of [value].flat()) form.append(name, String(one));
      }
      return Buffer.from(form.toString(), 'utf8');
    },
  },
  {
    matches: /^/,
    decode: (_contentType, body) => ({ ...single(body.toString('base64')), opaque: true }),
    encode(_contentType, { json }) {
      if (typeof json !== 'string') throw badPointer('/payload', 'is no octets');
      return Buffer.from(json, 'base64');
    },
  },
];

const codecOf = (contentType: string) => CODECS.find(({ matches }) => matches.test(contentType)) as BodyCodec;

/** Throws UnprotectableMessage for a body that is not what its content type says. */
export function decodeBody(contentType: string | undefined, body: Uint8Array | undefined): Ies {
  if (body === undefined || body.length === 0) return single(undefined);
  const octets = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return codecOf(contentType ?? '').decode(contentType ?? '', octets);
}

/** Throws N32fError MESSAGE_RECONSTRUCTION_FAILED for IEs that make no body of that content type. */
export function encodeBody(contentType: string | undefined, ies: Ies): Buffer | undefined {
  if (ies.json === undefined) return undefined;
  return codecOf(contentType ?? '').encode(contentType ?? '', ies);
}

/** One entry for each attribute of the body, one for a body that is no object, one for each binary part. */
export function toPayload({ json, binary }: Ies): HttpPayload[] {
  const payload: HttpPayload[] = [];
  if (isObject(json) && !isReference(json) && Object.keys(json).length > 0) {
    for (const [name, value] of Object.entries(json)) {
      payload.push({ iePath: `/${pointerToken(name)}`, ieValueLocation: 'BODY', value });
    }
  } else if (json !== undefined) {
    payload.push({ iePath: '', ieValueLocation: 'BODY', value: json });
  }
  for (const [iePath, value] of binary) payload.push({ iePath, ieValueLocation: 'MULTIPART_BINARY', value });
  return payload;
}

/** Inverse of toPayload, for entries at any depth. Throws N32fError MESSAGE_RECONSTRUCTION_FAILED, INVALID_JSON_POINTER. */
export function fromPayload(payload: readonly HttpPayload[] = []): Ies {
  const binary = new Map<string, unknown>();
  const attributes: { readonly tokens: readonly string[]; readonly entry: HttpPayload }[] = [];
  for (const entry of payload) {
    const { iePath, ieValueLocation, value } = entry;
    const tokens = pointerTokens(iePath);
    if (!tokens) throw badPointer(iePath, 'is no JSON Pointer');
    if (ieValueLocation === 'BODY') {
      attributes.push({ tokens, entry });
    } else {
      if (ieValueLocation !== 'MULTIPART_BINARY') throw badPointer(iePath, `is in ${ieValueLocation}, not in a body`);
      if (binary.has(iePath)) throw badPointer(iePath, 'comes twice');
      binary.set(iePath, value);
    }
  }
  const [first] = attributes;
  if (!first) return { json: undefined, binary };
  if (attributes.length === 1 && first.tokens.length === 0) return { json: first.entry.value, binary };
  const json = {};
  const made = new WeakSet<object>();
  for (const { tokens, entry } of attributes) {
    if (tokens.length === 0 || !setAt(json, tokens, entry.value, made)) {
      throw badPointer(entry.iePath, 'does not fit beside another one');
    }
  }
  return { json, binary };
}

const badPointer = (iePath: string, what: string) => reconstructionFailure('INVALID_JSON_POINTER', iePath, what);

function parseBody(text: string): unknown {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    throw malformed('is not the JSON that its content type says');
  }
  if (isObject(json) && Object.hasOwn(json, '__proto__')) throw malformed('has a member that no IE is called by');
  return json;
}

/** RefToBinaryData (TS 29.571 5.4.4.13): an object whose only member is `contentId`. */
function findBinaryReferences(value: unknown, place: string, found: Map<string, string>): void {
  if (!isContainer(value)) return;
  if (isObject(value) && typeof value.contentId === 'string') found.set(bareId(value.contentId), place);
  else
    for (const [name, member] of Object.entries(value))
      findBinaryReferences(member, `${place}/${pointerToken(name)}`, found);
}

/** A Content-Id may stand in angle brackets (RFC 2045 7), a reference to it does not. */
const bareId = (id: string) => id.replace(/^<(.*)>$/, '$1');

function isBinaryValue(value: unknown): value is BinaryValue {
  if (!isObject(value)) return false;
  const { contentId, contentType, data } = value;
  return [contentId, contentType, data].every((text) => typeof text === 'string' && !/[\r\n]/.test(text));
}

const malformed = (what: string) => new UnprotectableMessage('malformed', `the body ${what}`);
