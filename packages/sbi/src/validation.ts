/** Schema violations as ProblemDetails: which cause of TS 29.500 Table 5.2.7.2-1, and `invalidParams` for every one. */
import type { InvalidParam } from '@twincore/model';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';
import { type CommonCause, commonProblem, type SbiProblem } from './problem.ts';

type Part = 'body' | 'querystring' | 'params' | 'headers';
/** More would only repeat the first ones. */
const MAX_INVALID_PARAMS = 20;

const CAUSES: Record<'query' | 'ie', Record<'missing' | 'mandatory' | 'optional', CommonCause>> = {
  query: {
    missing: 'MANDATORY_QUERY_PARAM_MISSING',
    mandatory: 'MANDATORY_QUERY_PARAM_INCORRECT',
    optional: 'OPTIONAL_QUERY_PARAM_INCORRECT',
  },
  ie: { missing: 'MANDATORY_IE_MISSING', mandatory: 'MANDATORY_IE_INCORRECT', optional: 'OPTIONAL_IE_INCORRECT' },
};

const options = {
  allErrors: true,
  strict: false,
  validateSchema: false,
  logger: false,
  // V8 does as well with what it is given, and for the profile of an NF the optimizer takes a third of a second.
  code: { optimize: false },
} as const;
const plain = (ajv: Ajv) => addFormats.default(ajv, ['uuid', 'date-time', 'ipv4', 'ipv6', 'uri']);
/** Bodies are taken as they are: a number in a text is wrong. */
const strict = plain(new Ajv({ ...options, coerceTypes: false }));
/** Query, path and headers are text, so numbers and booleans are read out of it. */
const coercing = plain(new Ajv({ ...options, coerceTypes: 'array' }));

/** Fastify's validator compiler for all routes. */
export const validatorCompiler: FastifySchemaCompiler<object> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? strict : coercing).compile(schema);

/** The problem for the errors of one part of a request. */
export function validationProblem(part: Part, errors: readonly ErrorObject[], schema: unknown): SbiProblem {
  const required = new Set((schema as { required?: string[] } | undefined)?.required ?? []);
  const kind = part === 'querystring' ? 'query' : 'ie';
  const first = errors[0];
  const missing = errors.find((error) => error.keyword === 'required');
  const top = first?.instancePath.split('/')[1];
  const severity = missing ? 'missing' : top === undefined || required.has(top) ? 'mandatory' : 'optional';
  const invalidParams = errors.slice(0, MAX_INVALID_PARAMS).map((error) => describe(part, error));
  return commonProblem(CAUSES[kind][severity], undefined, dedupe(invalidParams));
}

/** How TS 29.571 table 5.2.4.2-1 has InvalidParam.param name what is wrong, by where it is. */
const NAMES: Record<Exclude<Part, 'body'>, (name: string) => string> = {
  querystring: (name) => `query ${name}`,
  headers: (name) => `header ${name}`,
  params: (name) => `{${name}}`,
};

/** InvalidParam.param of a query parameter. */
export const queryParam = NAMES.querystring;

function describe(part: Part, error: ErrorObject): InvalidParam {
  const missing = error.keyword === 'required' ? `/${String(error.params.missingProperty)}` : '';
  const pointer = `${error.instancePath}${missing}` || '/';
  const param = part === 'body' ? pointer : NAMES[part](pointer.split('/')[1] ?? '');
  return { param, reason: error.message ?? error.keyword };
}

function dedupe(params: InvalidParam[]): InvalidParam[] {
  return [...new Map(params.map((param) => [param.param, param])).values()];
}
