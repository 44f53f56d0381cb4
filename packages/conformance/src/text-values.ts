/** Values that travel as text: parameters, headers and members of forms. */

import type { Location } from './pointer.ts';
import type { Direction, Finding, Schemas } from './schemas.ts';

/** What is wrong with a text that stands for a value of the schema at `location`. */
export function checkText(schemas: Schemas, location: Location, text: string, direction: Direction): Finding[] {
  return best(readings(text).map((value) => schemas.check(location, value, direction)));
}

/** As {@link checkText}, for a list: comma-separated, or one text for each item. */
export function checkTexts(
  schemas: Schemas,
  location: Location,
  texts: readonly string[],
  direction: Direction,
): Finding[] {
  const [only] = texts;
  const items = texts.map((text) => readings(text));
  const lists = [items.map((one) => one[0]), items.map((one) => one.at(-1))];
  const scalars = texts.length === 1 && only !== undefined ? readings(only) : [];
  return best([...scalars, ...lists].map((value) => schemas.check(location, value, direction)));
}

/** The JSON values that a text may stand for; which it is, the schema says. */
function readings(text: string): unknown[] {
  const values: unknown[] = [text];
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) values.push(Number(text));
  if (text === 'true' || text === 'false') values.push(text === 'true');
  // Some documents give a structured parameter a schema where it should have JSON content (TS 29.501 5.3.13).
  if (/^[{[]/.test(text)) values.push(...jsonOf(text));
  return values;
}

function jsonOf(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

/** Of the reading that comes nearest: a complaint about the type of the whole says only that it was read wrongly. */
function best(attempts: Finding[][]): Finding[] {
  const misread = (findings: Finding[]) =>
    findings.some(({ instance, schema }) => instance === '' && schema.endsWith('/type'));
  const [first = []] = attempts.toSorted((a, b) => Number(misread(a)) - Number(misread(b)) || a.length - b.length);
  return first;
}
