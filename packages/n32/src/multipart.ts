/** multipart/related as TS 29.500 6.1.2.4 uses it: a JSON part first, binary parts that it refers to by Content-Id. */
import { UnprotectableMessage } from './errors.ts';

export interface BinaryPart {
  readonly contentId: string;
  readonly contentType: string;
  readonly data: Buffer;
}
export interface Multipart {
  readonly json: string;
  readonly parts: readonly BinaryPart[];
}

const MAX_PARTS = 16;
const CRLF = '\r\n';

/** A parameter of a media type, e.g. `boundary`; undefined when it is missing. */
export function mediaTypeParameter(contentType: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, 'i').exec(contentType);
  return match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2];
}

/** Throws UnprotectableMessage for what is not of that form: an unknown part could not be put together again. */
export function parseMultipart(contentType: string, body: Buffer): Multipart {
  const boundary = mediaTypeParameter(contentType, 'boundary');
  if (!boundary) throw malformed('no boundary');
  const sections = split(body, `--${boundary}`);
  const [root, ...rest] = sections.map(parsePart);
  if (!root || !/[/+]json\b/i.test(root.contentType)) throw malformed('the first part is not JSON');
  const parts = rest.map(({ contentId, ...part }) => {
    if (contentId === undefined) throw malformed('a binary part without Content-Id');
    return { contentId, ...part };
  });
  return { json: root.data.toString('utf8'), parts };
}

/** Inverse of parseMultipart. Undefined when there is no boundary, or one within a part: more parts would come out than went in. */
export function formatMultipart(contentType: string, { json, parts }: Multipart): Buffer | undefined {
  const boundary = mediaTypeParameter(contentType, 'boundary');
  if (!boundary || parts.some(({ data }) => hasDelimiter(data, boundary))) return undefined;
  const start = mediaTypeParameter(contentType, 'start');
  const chunks: Buffer[] = [];
  const add = (type: string, id: string | undefined, data: Buffer) => {
    const head = [`--${boundary}`, `Content-Type: ${type}`, ...(id === undefined ? [] : [`Content-Id: ${id}`]), '', ''];
    chunks.push(Buffer.from(head.join(CRLF), 'utf8'), data, Buffer.from(CRLF));
  };
  add('application/json', start, Buffer.from(json, 'utf8'));
  for (const { contentType: type, contentId, data } of parts) add(type, contentId, data);
  chunks.push(Buffer.from(`--${boundary}--${CRLF}`));
  return Buffer.concat(chunks);
}

/** The octets between delimiters (RFC 2046 5.1.1): after the line break of one, before the line break of the next. */
function split(body: Buffer, delimiter: string): Buffer[] {
  const sections: Buffer[] = [];
  let at = body.indexOf(delimiter);
  if (at < 0 || (at > 0 && body.toString('latin1', at - 2, at) !== CRLF)) throw malformed('no delimiter');
  for (;;) {
    const after = at + delimiter.length;
    if (body.toString('latin1', after, after + 2) === '--') return sections;
    const begin = body.indexOf(CRLF, after);
    const end = nextDelimiter(body, `${CRLF}${delimiter}`, begin);
    if (begin < 0 || end < 0 || sections.length > MAX_PARTS) throw malformed('a part without end, or too many');
    sections.push(body.subarray(begin + 2, end));
    at = end + 2;
  }
}

function hasDelimiter(data: Buffer, boundary: string): boolean {
  const lines = Buffer.concat([Buffer.from(CRLF), data, Buffer.from(CRLF)]);
  return nextDelimiter(lines, `${CRLF}--${boundary}`, -1) >= 0;
}

/** A line that only begins like the delimiter is none. */
function nextDelimiter(body: Buffer, delimiter: string, from: number): number {
  let at = from;
  do {
    at = body.indexOf(delimiter, at + 1);
  } while (
    at >= 0 &&
    !/^(--|[ \t]*\r\n)/.test(body.toString('latin1', at + delimiter.length, at + delimiter.length + 80))
  );
  return at;
}

function parsePart(section: Buffer): { contentType: string; contentId: string | undefined; data: Buffer } {
  const blank = section.indexOf(CRLF + CRLF);
  if (blank < 0) throw malformed('a part without headers');
  const headers = new Map<string, string>();
  for (const line of section.toString('utf8', 0, blank).split(CRLF)) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (name !== 'content-type' && name !== 'content-id') throw malformed('a part with an unexpected header');
    headers.set(name, match?.[2]?.trim() ?? '');
  }
  const contentType = headers.get('content-type');
  if (contentType === undefined) throw malformed('a part without Content-Type');
  return { contentType, contentId: headers.get('content-id'), data: section.subarray(blank + 4) };
}

const malformed = (what: string) => new UnprotectableMessage('malformed', `multipart body: ${what}`);
