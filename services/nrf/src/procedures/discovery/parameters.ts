/** All query parameters of NF discovery (TS 29.510 6.2.3.2.3.1), and how a query is read. */
import type { Atom, ComplexQuery } from '@twincore/model';
import { commonProblem, type Insecure, queryParam, SECURE } from '@twincore/sbi';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { EXPOSURE } from './exposure-parameters.ts';
import { GENERAL } from './general-parameters.ts';
import type { Filter, Parameter, Query, Style } from './parameter.ts';
import { PREFERENCES } from './preferences.ts';
import { SESSIONS } from './session-parameters.ts';
import { SUBSCRIBERS } from './subscriber-parameters.ts';

export const PARAMETERS: ReadonlyMap<string, Parameter> = new Map(
  Object.entries({ ...GENERAL, ...SUBSCRIBERS, ...SESSIONS, ...EXPOSURE, ...PREFERENCES }),
);
const MANDATORY = ['target-nf-type', 'requester-nf-type'] as const;
/** The OpenAPI has about 130, and no request has a use for half of them. */
const MAX_PARAMETERS = 64;
const MAX_LENGTH = 4_096;

const NOTHING = Symbol('nothing');
const READERS: Readonly<Record<Style, (text: string) => unknown>> = {
  text: (text) => text,
  integer: (text) => (/^-?\d{1,15}$/.test(text) ? Number(text) : NOTHING),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : NOTHING),
  list: (text) => text.split(','),
  json: (text) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return NOTHING;
    }
  },
};

const validators = new Map<TSchema, Validator>();
function isValid({ schema }: Parameter, value: unknown): boolean {
  let validator = validators.get(schema);
  if (!validator) {
    validator = Compile(schema);
    validators.set(schema, validator);
  }
  return validator.Check(value);
}

/**
 * Reads a query. Parameters that are not known are ignored (TS 29.510 5.3.2.2.2): the answer then has more than was asked for.
 * @param given as the server split it; a parameter that comes twice is a list
 * @throws SbiProblem 400 MANDATORY_QUERY_PARAM_MISSING, MANDATORY_QUERY_PARAM_INCORRECT, OPTIONAL_QUERY_PARAM_INCORRECT,
 * INVALID_QUERY_PARAM for too many
 */
export function readQuery(
  given: Readonly<Record<string, unknown>>,
  insecure: Pick<Insecure, 'withoutSchemas'> = SECURE,
): Query {
  const names = Object.keys(given);
  if (names.length > MAX_PARAMETERS && !insecure.withoutSchemas)
    throw commonProblem('INVALID_QUERY_PARAM', `more than ${MAX_PARAMETERS} parameters`);
  const missing = MANDATORY.filter((name) => given[name] === undefined);
  if (missing.length > 0) {
    const params = missing.map((param) => ({ param, reason: 'is missing' }));
    throw commonProblem('MANDATORY_QUERY_PARAM_MISSING', undefined, params);
  }
  const query: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const name of names) {
    const parameter = PARAMETERS.get(name);
    if (!parameter) continue;
    const text = given[name];
    const value = typeof text === 'string' && text.length <= MAX_LENGTH ? READERS[parameter.style](text) : NOTHING;
    if (value !== NOTHING && isValid(parameter, value)) query[name] = value;
    else wrong.push(name);
  }
  const complex = query['complex-query'] as ComplexQuery | undefined;
  const unknown = complex && atomsOf(complex).find((atom) => conditionOf(atom) === undefined);
  if (unknown) wrong.push('complex-query');
  if (wrong.length === 0 || insecure.withoutSchemas) return query;
  const cause = MANDATORY.some((name) => wrong.includes(name))
    ? 'MANDATORY_QUERY_PARAM_INCORRECT'
    : 'OPTIONAL_QUERY_PARAM_INCORRECT';
  const reasons = (name: string) => {
    if (name === 'complex-query' && unknown) return `${unknown.attr} is no condition, or not with this value`;
    return `is no valid value (${PARAMETERS.get(name)?.style})`;
  };
  throw commonProblem(
    cause,
    undefined,
    wrong.map((name) => ({ param: queryParam(name), reason: reasons(name) })),
  );
}

export interface Condition {
  readonly name: string;
  readonly filter: Filter;
  readonly value: unknown;
}

/** The filters of a query. */
export function conditionsOf(query: Query): Condition[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const parameter = PARAMETERS.get(name);
    return parameter && isFilter(parameter) ? [{ name, filter: parameter, value }] : [];
  });
}

/** What an atom of a complex query demands; undefined when it names no filter, or gives it no value that it could have. */
export function conditionOf({ attr, value }: Atom): Condition | undefined {
  const parameter = PARAMETERS.get(attr);
  if (!parameter || !isFilter(parameter)) return undefined;
  // An atom is JSON; some write values in it as they do in a URI.
  const readings = typeof value === 'string' ? [value, READERS[parameter.style](value)] : [value];
  const fitting = readings.find((reading) => reading !== NOTHING && isValid(parameter, reading));
  return fitting === undefined ? undefined : { name: attr, filter: parameter, value: fitting };
}

export function atomsOf(query: ComplexQuery): Atom[] {
  return 'cnfUnits' in query
    ? query.cnfUnits.flatMap(({ cnfUnit }) => cnfUnit)
    : query.dnfUnits.flatMap(({ dnfUnit }) => dnfUnit);
}

function isFilter(parameter: Parameter): parameter is Filter {
  return parameter.on !== 'request' && parameter.on !== 'preference';
}
