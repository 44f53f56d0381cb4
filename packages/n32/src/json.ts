/** JSON that comes out as it went in, and JSON Pointers (RFC 6901). */

/** A number with enough digits that a double may not hold it; only then is every number looked at, which takes five times as long. */
const LONG_NUMBER = /(?:^|[:,[\s])-?\d[\d.eE+-]{15}/;

interface RawNumber {
  readonly rawJSON: string;
}
interface LosslessJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}
// Newer than the library types of this TypeScript.
const json = JSON as unknown as LosslessJson;

/**
 * JSON.parse, but for numbers that would change (Uint64 is a 3GPP type): they stay as their text, which JSON.stringify writes.
 * Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source && !sameNumber(value, source)
      ? json.rawJSON(source)
      : value,
  );
}

/** Whether `source` is just another way to write `value`: few enough digits, so that nothing was rounded. */
function sameNumber(value: number, source: string): boolean {
  return (
    Number.isFinite(value) &&
    source
      .replace(/[eE].*$/, '')
      .replace(/\D/g, '')
      .replace(/^0+/, '').length <= 15
  );
}

const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/gs;

/**
 * Whether an object in valid JSON text has a member twice. Parsers differ in which one they take (RFC 8259 4), so that two
 * receivers could read two messages out of one.
 */
export function hasDuplicateMembers(text: string, parsed: unknown): boolean {
  let names = 0;
  for (const match of text.matchAll(STRINGS)) if (match[1] !== undefined) names++;
  return names !== countMembers(parsed);
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members = Object.values(value);
  let count = Array.isArray(value) ? 0 : members.length;
  for (const member of members) count += countMembers(member);
  return count;
}

/** An object or a list; a number kept as its text is neither, though JavaScript sees an object. */
export function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !json.isRawJSON(value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return isContainer(value) && !Array.isArray(value);
}

/** Whether a JSON value has that member or element; `length` of a list is none. */
export function hasMember(container: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(container, name);
}

/** The tokens of a JSON Pointer; undefined when it is none, or names what means something to JavaScript and no IE. */
export function pointerTokens(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  const escaped = pointer.slice(1).split('/');
  const tokens = pointer.includes('~') ? escaped.map((t) => t.replace(/~1/g, '/').replace(/~0/g, '~')) : escaped;
  return tokens.includes('__proto__') ? undefined : tokens;
}

export function pointerToken(name: string | number): string {
  return String(name).replace(/~/g, '~0').replace(/\//g, '~1');
}

/**
 * Puts `value` where `tokens` (at least one) point in `root`, with the containers that are missing on the way. `made` has those that
 * were made before: nothing is put into a value that was put. False when it cannot be.
 */
export function setAt(root: object, tokens: readonly string[], value: unknown, made: WeakSet<object>): boolean {
  let at = root as Record<string, unknown>;
  for (const [i, token] of tokens.slice(0, -1).entries()) {
    if (!hasMember(at, token)) {
      if (!mayAdd(at, token)) return false;
      // Whether a list or an object was there, only its first member can tell.
      const container = tokens[i + 1] === '0' ? [] : {};
      made.add(container);
      at[token] = container;
    }
    const next = at[token];
    if (typeof next !== 'object' || next === null || !made.has(next)) return false;
    at = next as Record<string, unknown>;
  }
  const last = tokens[tokens.length - 1] as string;
  if (hasMember(at, last) || !mayAdd(at, last)) return false;
  at[last] = value;
  return true;
}

/** A list grows at its end only. */
function mayAdd(container: object, token: string): boolean {
  return !Array.isArray(container) || token === String(container.length);
}
