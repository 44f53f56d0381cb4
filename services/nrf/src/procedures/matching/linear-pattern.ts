/**
 * Regular expressions out of NF profiles. They come from other NFs and are run for each discovery, so one that backtracks
 * without end (`(a+)+b`) would stop the NRF: V8 has an engine for them whose time grows with the text only.
 */
import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--enable-experimental-regexp-engine');

/** Patterns that were seen; null is one that cannot be run in linear time, or is none. */
const compiled = new Map<string, RegExp | null>();
const MAX_COMPILED = 10_000;

/** Whether a pattern describes the text; undefined when nobody can say, and the caller decides what is safe then. */
export function matchesPattern(pattern: string, text: string): boolean | undefined {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    expression = compile(pattern);
    compiled.set(pattern, expression);
  }
  return expression?.test(text);
}

/** Whether a pattern describes all of a name: `udm` in it somewhere is not what somebody means who writes `udm`. */
export function matchesName(pattern: string, name: string): boolean | undefined {
  return matchesPattern(`^(?:${pattern})$`, name.toLowerCase());
}

function compile(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, 'l');
  } catch {
    return null;
  }
}
