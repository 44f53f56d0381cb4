/** The two blocks become the message of an NF again (TS 29.573 5.3.2.5, TS 33.501 13.2.4.7). */
import type { DataToIntegrityProtectBlock, IndexToEncryptedValue, RequestLine } from '@twincore/model';
import { encodeBody, fromPayload, type Ies } from './body.ts';
import { N32fError, reconstructionFailure } from './errors.ts';
import { hasMember, isContainer, pointerToken } from './json.ts';
import { headerOf, isCarried, type SbiRequest, type SbiResponse } from './messages.ts';
import { descend, type MessageRules, type PointerNode, pathSegments } from './policies.ts';
import { formatQuery, isReference, parseQuery, references, uriReferenceIndex } from './references.ts';

/**
 * The values of `dataToEncrypt`. Throws N32fError DECIPHERING_FAILED when the plaintext, whose tag has verified, has none.
 */
export function decryptedValues(parsed: unknown): readonly unknown[] {
  const values = (parsed as { dataToEncrypt?: unknown } | null | undefined)?.dataToEncrypt;
  if (!Array.isArray(values) || values.length === 0) {
    throw new N32fError('DECIPHERING_FAILED', 'the plaintext is no DataToIntegrityProtectAndCipherBlock');
  }
  return values;
}

/**
 * Every value has exactly one reference, else two places would show it, or none.
 * @throws N32fError MESSAGE_RECONSTRUCTION_FAILED, INVALID_INDEX_TO_ENCRYPTED_BLOCK
 */
export function checkReferences(block: DataToIntegrityProtectBlock, values: readonly unknown[]): void {
  const seen = new Set<number>();
  for (const [place, index] of references(block)) {
    if (index < 0 || index >= values.length) throw badIndex(place, 'refers to no encrypted value');
    if (seen.has(index)) throw badIndex(place, 'refers to a value that is referred to elsewhere');
    seen.add(index);
  }
  // A message without anything to encrypt has one null, since the list cannot be empty.
  const unused = values.findIndex((value, i) => !seen.has(i) && value !== null);
  if (unused >= 0) throw badIndex(`/dataToEncrypt/${unused}`, 'nothing refers to it');
}

/** The path as it was before encryption, by which the operation is found. */
export function clearPath({ path }: RequestLine, values: readonly unknown[]): string {
  const segments = pathSegments(path).map((segment) => clearText(segment, values, 'path'));
  return `/${segments.join('/')}`;
}

export function toRequest(block: DataToIntegrityProtectBlock, values: readonly unknown[]): SbiRequest {
  const line = block.requestLine;
  if (!line) throw reconstructionFailure('INVALID_HTTP_HEADER', '/requestLine', 'is missing');
  const query = parseQuery(line.queryFragment).map(({ name, value }) => ({
    name,
    value: value === undefined ? value : clearText(value, values, `query parameter ${name}`),
  }));
  const path = `${clearPath(line, values)}${query.length > 0 ? `?${formatQuery(query)}` : ''}`;
  const { method, scheme, authority } = line;
  for (const [attribute, text, form] of [
    ['/requestLine/method', method, /^[A-Z]{1,16}$/],
    ['/requestLine/scheme', scheme, /^https?$/],
    ['/requestLine/authority', authority, /^[A-Za-z0-9._-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/],
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    ['/requestLine/path', path, /^\/[^\u0000-\u0020\u007f#]*$/],
  ] as const) {
    if (!form.test(text)) throw reconstructionFailure('INVALID_HTTP_HEADER', attribute, 'is malformed');
  }
  return { method, scheme, authority, path, ...content(block, values) };
}

export function toResponse(block: DataToIntegrityProtectBlock, values: readonly unknown[]): SbiResponse {
  // HTTP/2 has a code only; a peer may write the version before it and a phrase after.
  const code = /^(?:HTTP\/[\d.]+ )?([1-5]\d\d)(?: |$)/.exec(block.statusLine ?? '')?.[1];
  if (code === undefined) throw reconstructionFailure('INVALID_HTTP_HEADER', '/statusLine', 'is malformed');
  return { status: Number(code), ...content(block, values) };
}

function content(block: DataToIntegrityProtectBlock, values: readonly unknown[]): Pick<SbiRequest, 'headers' | 'body'> {
  const headers = (block.headers ?? []).map(({ header, value }): readonly [string, string] => {
    const name = header.toLowerCase();
    const text = typeof value === 'string' ? value : resolve(value, values);
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) || !isCarried(name)) throw badHeader(name, 'no header to be carried');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (typeof text !== 'string' || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) throw badHeader(name, 'no text');
    return [name, text];
  });
  const ies = fromPayload(block.payload);
  const body = encodeBody(headerOf(headers, 'content-type'), {
    json: resolveAll(ies.json, values),
    binary: new Map([...ies.binary].map(([place, value]) => [place, resolveAll(value, values)])),
  });
  return body === undefined ? { headers } : { headers, body };
}

/**
 * Whether everything that policy wants encrypted came encrypted.
 * @throws N32fError POLICY_MISMATCH naming the first IE that did not
 */
export function checkEncrypted(block: DataToIntegrityProtectBlock, rules: MessageRules, offset: number): void {
  const open = inTheClear(block, rules, offset);
  if (open !== undefined) throw new N32fError('POLICY_MISMATCH', `${open} is not encrypted`);
}

function inTheClear(block: DataToIntegrityProtectBlock, rules: MessageRules, offset: number): string | undefined {
  if (block.requestLine) {
    const segments = pathSegments(block.requestLine.path);
    for (const [position, { encrypt }] of rules.segments) {
      const segment = segments[offset + position];
      if (encrypt && segment !== undefined && uriReferenceIndex(segment) === undefined)
        return `path segment ${position}`;
    }
    if (rules.query.size > 0) {
      for (const { name, value } of parseQuery(block.requestLine.queryFragment)) {
        const clear = value !== undefined && uriReferenceIndex(value) === undefined;
        if (clear && rules.query.get(name)?.encrypt) return `query parameter ${name}`;
      }
    }
  }
  for (const { header, value } of block.headers ?? []) {
    if (typeof value === 'string' && rules.headers.get(header.toLowerCase())?.encrypt) return `header ${header}`;
  }
  const ies: Ies = fromPayload(block.payload);
  const place = ies.json === undefined ? undefined : clearIe(ies.json, [rules.body], '');
  if (place !== undefined) return `body IE ${place || '/'}`;
  for (const [pointer, value] of ies.binary) {
    const nodes = pointer.slice(1).split('/').reduce(descend, [rules.binary]);
    if (!isReference(value) && nodes.some(({ rule }) => rule?.encrypt)) return `binary part ${pointer}`;
  }
  return undefined;
}

function clearIe(value: unknown, nodes: readonly PointerNode[], place: string): string | undefined {
  if (isReference(value)) return undefined;
  if (nodes.some(({ rule }) => rule?.encrypt)) return place;
  if (!isContainer(value)) return undefined;
  const names = nodes.some(({ any }) => any) ? Object.keys(value) : nodes.flatMap(({ members }) => [...members.keys()]);
  for (const name of names) {
    if (!hasMember(value, name)) continue;
    const found = clearIe(value[name], descend(nodes, name), `${place}/${pointerToken(name)}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function clearText(text: string, values: readonly unknown[], place: string): string {
  const index = uriReferenceIndex(text);
  if (index === undefined) return text;
  const value = values[index];
  if (typeof value !== 'string') throw badIndex(place, 'refers to no text');
  return value;
}

const resolve = (reference: IndexToEncryptedValue, values: readonly unknown[]) => values[reference.encBlockIndex];

/** Replaces references in place. What was encrypted is a value and nothing to resolve further. */
function resolveAll(value: unknown, values: readonly unknown[]): unknown {
  if (!isContainer(value)) return value;
  if (isReference(value)) return resolve(value, values);
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (typeof member === 'object') value[name] = resolveAll(member, values);
  }
  return value;
}

const badIndex = (place: string, what: string) =>
  reconstructionFailure('INVALID_INDEX_TO_ENCRYPTED_BLOCK', place, what);
const badHeader = (name: string, what: string) => reconstructionFailure('INVALID_HTTP_HEADER', `header ${name}`, what);
