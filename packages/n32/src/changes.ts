/** In which IEs two versions of a message differ, each with the rule that policy has for it. */
import { isDeepStrictEqual } from 'node:util';
import type { DataToIntegrityProtectBlock } from '@twincore/model';
import { fromPayload } from './body.ts';
import { isContainer, pointerToken } from './json.ts';
import { descend, type IeRule, type MessageRules, type PointerNode, pathSegments } from './policies.ts';
import { parseQuery } from './references.ts';

export interface Change {
  /** The IE, in words and without its value. */
  readonly place: string;
  /** Undefined when policy does not know the IE. */
  readonly rule: IeRule | undefined;
}

type Block = DataToIntegrityProtectBlock;

/** `offset` is how many segments the path has before those of the API's template. */
export function* changedIes(before: Block, after: Block, rules: MessageRules, offset: number): Generator<Change> {
  yield* changedFrame(before, after);
  yield* changedUri(before, after, rules, offset);
  yield* changedHeaders(before, after, rules);
  const [was, is] = [fromPayload(before.payload), fromPayload(after.payload)];
  yield* changedValues(was.json, is.json, [rules.body], 'body ');
  for (const place of new Set([...was.binary.keys(), ...is.binary.keys()])) {
    if (isDeepStrictEqual(was.binary.get(place), is.binary.get(place))) continue;
    const nodes = place.slice(1).split('/').reduce(descend, [rules.binary]);
    yield { place: `binary part ${place}`, rule: nodes.find(({ rule }) => rule)?.rule };
  }
}

/** What is no IE of the API: nobody may change it. */
function* changedFrame(before: Block, after: Block): Generator<Change> {
  const frame = ({ requestLine, headers: _h, payload: _p, ...rest }: Block) => {
    if (!requestLine) return rest;
    const { path: _path, queryFragment: _query, ...line } = requestLine;
    return { ...rest, line };
  };
  if (!isDeepStrictEqual(frame(before), frame(after))) {
    yield { place: 'metadata, request line or status line', rule: undefined };
  }
}

function* changedUri(before: Block, after: Block, rules: MessageRules, offset: number): Generator<Change> {
  const [was, is] = [before, after].map(({ requestLine }) => pathSegments(requestLine?.path ?? ''));
  for (let i = 0; i < Math.max(was?.length ?? 0, is?.length ?? 0); i++) {
    if (was?.[i] !== is?.[i]) yield { place: `path segment ${i}`, rule: rules.segments.get(i - offset) };
  }
  const queries = [before, after].map(({ requestLine }) =>
    grouped(parseQuery(requestLine?.queryFragment), ({ name }) => name),
  );
  for (const name of differing(queries)) yield { place: `query parameter ${name}`, rule: rules.query.get(name) };
}

function* changedHeaders(before: Block, after: Block, rules: MessageRules): Generator<Change> {
  const headers = [before, after].map((block) => grouped(block.headers ?? [], ({ header }) => header.toLowerCase()));
  for (const name of differing(headers)) yield { place: `header ${name}`, rule: rules.headers.get(name) };
}

/** The deepest places at which two JSON values differ, unless a rule is met on the way: it is about all that is below. */
function* changedValues(was: unknown, is: unknown, nodes: readonly PointerNode[], place: string): Generator<Change> {
  if (isDeepStrictEqual(was, is)) return;
  const rule = nodes.find((node) => node.rule)?.rule;
  const containers = isContainer(was) && isContainer(is) && Array.isArray(was) === Array.isArray(is);
  if (rule || !containers) {
    yield { place, rule };
    return;
  }
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    yield* changedValues(was[name], is[name], descend(nodes, name), `${place}/${pointerToken(name)}`);
  }
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, nameOf);
}

function differing(maps: readonly Map<string, unknown>[]): string[] {
  const [was, is] = maps;
  const names = new Set(maps.flatMap((map) => [...map.keys()]));
  return [...names].filter((name) => !isDeepStrictEqual(was?.get(name), is?.get(name)));
}
