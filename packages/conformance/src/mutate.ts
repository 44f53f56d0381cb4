/** One violation of a schema in an otherwise valid value. */
import { isRecord, type Location } from './pointer.ts';
import type { Random } from './random.ts';
import type { Schemas } from './schemas.ts';

export interface Mutation {
  readonly value: unknown;
  /** Where the value was changed, as a path of names and indexes. */
  readonly path: readonly (string | number)[];
  readonly what: string;
  /**
   * Whether the place is mandatory, and each that contains it: only then must a receiver refuse the value; an optional IE
   * that is wrong may be ignored (TS 29.500 5.2.7.2, OPTIONAL_IE_INCORRECT).
   */
  readonly mandatory: boolean;
}

type Path = readonly (string | number)[];
const MAX_TRIES = 12;

/** A value that `location` does not accept, made from `valid` by a change in one place; undefined when none was found. */
export function mutate(schemas: Schemas, location: Location, valid: unknown, random: Random): Mutation | undefined {
  const places = placesIn(valid);
  const accepts = (value: unknown) => schemas.accepts(location, value, 'request');
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const path = random.pick(places);
    const change = random.pick(path.length > 0 ? [REMOVE, ...CHANGES] : CHANGES);
    const value = changed(valid, path, change, random);
    if (value === UNCHANGED || accepts(value)) continue;
    return { value, path, what: change.what, mandatory: isMandatory(valid, path, accepts) };
  }
  return undefined;
}

interface Change {
  readonly what: string;
  /** What takes the place of a value; UNCHANGED where the change makes no sense. */
  apply(value: unknown, random: Random): unknown;
}

const UNCHANGED = Symbol('unchanged');
const REMOVED = Symbol('removed');
const REMOVE: Change = { what: 'absent', apply: () => REMOVED };

const onText = (work: (text: string, random: Random) => unknown) => (value: unknown, random: Random) =>
  typeof value === 'string' ? work(value, random) : UNCHANGED;
const onNumber = (work: (number: number, random: Random) => unknown) => (value: unknown, random: Random) =>
  typeof value === 'number' ? work(value, random) : UNCHANGED;

const CHANGES: readonly Change[] = [
  { what: 'null', apply: (value) => (value === null ? UNCHANGED : null) },
  {
    what: 'another type',
    apply: (value, random) => random.pick(OTHER_TYPES.filter((one) => kindOf(one) !== kindOf(value))),
  },
  { what: 'wrapped in a list', apply: (value) => (Array.isArray(value) ? UNCHANGED : [value]) },
  { what: 'empty text', apply: onText(() => '') },
  { what: 'too long a text', apply: onText((text, random) => text + random.word(random.pick([1, 40, 300]))) },
  { what: 'truncated text', apply: onText((text) => text.slice(0, -1)) },
  { what: 'a foreign character', apply: onText((text, random) => spliced(text, random.pick(FOREIGN), random)) },
  { what: 'a number in a text', apply: onText((_, random) => random.integer(0, 99_999)) },
  { what: 'a negative number', apply: onNumber((number) => -Math.abs(number) - 1) },
  { what: 'a fraction', apply: onNumber((number) => number + 0.5) },
  { what: 'a huge number', apply: onNumber((_, random) => random.pick([2 ** 31, 2 ** 53, 1e300])) },
  { what: 'a number as text', apply: onNumber(String) },
  { what: 'a truth value as text', apply: (value) => (typeof value === 'boolean' ? String(value) : UNCHANGED) },
  { what: 'an empty list', apply: (value) => (Array.isArray(value) && value.length > 0 ? [] : UNCHANGED) },
  { what: 'an empty object', apply: (value) => (isRecord(value) && Object.keys(value).length > 0 ? {} : UNCHANGED) },
];

const OTHER_TYPES: readonly unknown[] = [true, 0, 'x', [], {}, [null], { a: 1 }];
const FOREIGN = ['\u0000', '\n', 'é', '€', '😀', '\ud800', '"', '\\', '/', '{', '%00', ' ', "'", '<'];

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

function spliced(text: string, piece: string, random: Random): string {
  const at = random.integer(0, text.length);
  return text.slice(0, at) + piece + text.slice(at);
}

/** Every place in a value, the whole first. */
function placesIn(value: unknown, path: Path = []): Path[] {
  const inside = Array.isArray(value) ? [...value.entries()] : isRecord(value) ? Object.entries(value) : [];
  return [path, ...inside.flatMap(([name, member]) => placesIn(member, [...path, name]))];
}

function changed(root: unknown, path: Path, change: Change, random: Random): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return change.apply(root, random);
  const member = (root as Record<string | number, unknown>)[name];
  const value = changed(member, rest, change, random);
  if (value === UNCHANGED) return UNCHANGED;
  return withMember(root, name, value);
}

/** A copy of `container` with another member, or without it; nothing else is copied. */
function withMember(container: unknown, name: string | number, value: unknown): unknown {
  if (Array.isArray(container)) {
    const index = Number(name);
    return value === REMOVED ? container.toSpliced(index, 1) : container.with(index, value);
  }
  const copy: Record<string, unknown> = { ...(container as Record<string, unknown>) };
  if (value === REMOVED) delete copy[name];
  else copy[name] = value;
  return copy;
}

/** An item of a list is as mandatory as its list. */
function isMandatory(valid: unknown, path: Path, accepts: (value: unknown) => boolean): boolean {
  const prefixes = path
    .map((_, index) => path.slice(0, index + 1))
    .filter((prefix) => typeof prefix.at(-1) === 'string');
  return prefixes.every((prefix) => !accepts(without(valid, prefix)));
}

function without(root: unknown, [name = '', ...rest]: Path): unknown {
  if (rest.length === 0) return withMember(root, name, REMOVED);
  return withMember(root, name, without((root as Record<string | number, unknown>)[name], rest));
}
