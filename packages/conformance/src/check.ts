/** Checks one exchange against one operation: parameters, headers, bodies, status and media types. */
import { isCommonError } from './common-errors.ts';
import { type Answer, type Media, mediaType, type Operation, type Parameter } from './operations.ts';
import { formatLocation, isRecord, type Location } from './pointer.ts';
import { type Direction, type Finding, isRedacted, type Schemas } from './schemas.ts';
import { checkText, checkTexts } from './text-values.ts';

/** What of a request and its answer is checked; a recorded exchange is one. */
export interface Exchange {
  readonly method: string;
  readonly authority: string;
  /** Path and query. */
  readonly uri: string;
  readonly requestHeaders: Readonly<Record<string, unknown>>;
  readonly requestBody?: unknown;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly responseHeaders: Readonly<Record<string, unknown>>;
  readonly responseBody?: unknown;
  /** What the receiver calls the service operation; helps to tell callbacks. */
  readonly operation?: string;
}

export interface Deviation extends Finding {
  readonly side: 'request' | 'answer';
  /** `body`, `status`, `media type`, `query parameter supi`, `header location`, … */
  readonly part: string;
}

export interface OperationCheck {
  readonly deviations: Deviation[];
  /** Redacted values, which were taken as right. */
  readonly unknownValues: number;
  /** What cannot be checked, e.g. a multipart body. */
  readonly unchecked: string[];
}

const PROBLEM_MEDIA: Media = {
  type: 'application/problem+json',
  schema: { file: 'TS29571_CommonData.yaml', pointer: '/components/schemas/ProblemDetails' },
  jsonMembers: [],
};

export function checkOperation(
  schemas: Schemas,
  operation: Operation,
  exchange: Exchange,
  pathParameters: ReadonlyMap<string, string>,
): OperationCheck {
  const request = checkRequest(schemas, operation, exchange, pathParameters);
  const answer = checkAnswer(schemas, operation, exchange);
  return {
    deviations: [...request.deviations, ...answer.deviations],
    unknownValues: countRedacted(exchange.requestBody) + countRedacted(exchange.responseBody),
    unchecked: [...request.unchecked, ...answer.unchecked],
  };
}

type SideCheck = Pick<OperationCheck, 'deviations' | 'unchecked'>;

export function checkRequest(
  schemas: Schemas,
  operation: Operation,
  exchange: Exchange,
  pathParameters: ReadonlyMap<string, string>,
): SideCheck {
  const request = new Part(schemas, 'request');
  checkParameters(request, operation, exchange, pathParameters);
  checkRequestBody(request, operation, exchange);
  return request;
}

/** Finds nothing where there was no answer. */
export function checkAnswer(schemas: Schemas, operation: Operation, exchange: Exchange): SideCheck {
  const answer = new Part(schemas, 'answer');
  if (exchange.status !== 0) checkGivenAnswer(answer, operation, exchange);
  // TS 29.501 5.2.9: who asks for some members only does not get the others, mandatory or not.
  if (operation.method === 'GET' && exchange.status === 200 && queryOf(exchange.uri).has('fields')) {
    return { ...answer, deviations: answer.deviations.filter(({ schema }) => !schema.endsWith('/required')) };
  }
  return answer;
}

/** One side of an exchange and what was found in it. */
class Part {
  readonly schemas: Schemas;
  readonly side: Direction;
  readonly deviations: Deviation[] = [];
  readonly unchecked: string[] = [];
  constructor(schemas: Schemas, side: Direction) {
    this.schemas = schemas;
    this.side = side;
  }
  add(part: string, message: string, place: Location, instance = ''): void {
    this.deviations.push({ side: this.side, part, instance, message, schema: formatLocation(place) });
  }
  addAll(part: string, findings: readonly Finding[]): void {
    this.deviations.push(...findings.map((finding) => ({ side: this.side, part, ...finding })));
  }
}

function checkParameters(
  request: Part,
  operation: Operation,
  exchange: Exchange,
  pathParameters: ReadonlyMap<string, string>,
): void {
  const query = queryOf(exchange.uri);
  for (const parameter of operation.parameters) {
    const part = `${parameter.in} parameter ${parameter.name}`;
    const texts = textsOf(parameter, exchange, pathParameters, query);
    if (texts === undefined) {
      if (parameter.required) request.add(part, 'is required', parameter.place);
    } else if (texts.includes(undefined)) {
      request.add(part, 'is not percent-encoded UTF-8', parameter.place);
    } else {
      request.addAll(part, checkParameter(request.schemas, parameter, texts as string[]));
    }
  }
  // A callback's URI is its receiver's own: its query means nothing to anybody else.
  if (operation.callbackOf !== undefined) return;
  const known = new Set(operation.parameters.filter((one) => one.in === 'query').map(({ name }) => name));
  for (const name of query.keys()) {
    if (!known.has(name))
      request.add(`query parameter ${name}`, 'is not a parameter of this operation', operation.place);
  }
}

/** The texts that a parameter has in a request; undefined when it is absent, an undefined item where its encoding is broken. */
function textsOf(
  { name, in: where }: Parameter,
  exchange: Exchange,
  pathParameters: ReadonlyMap<string, string>,
  query: ReadonlyMap<string, readonly (string | undefined)[]>,
): readonly (string | undefined)[] | undefined {
  if (where === 'query') return query.get(name);
  if (where === 'header') return headerOf(exchange.requestHeaders, name);
  const value = pathParameters.get(name);
  return value === undefined ? undefined : [decode(value)];
}

function checkParameter(schemas: Schemas, parameter: Parameter, texts: readonly string[]): Finding[] {
  const { schema } = parameter;
  if (parameter.json) {
    const [text = ''] = texts;
    if (texts.length > 1)
      return [{ instance: '', message: 'occurs more than once', schema: formatLocation(parameter.place) }];
    const value = parseJson(text);
    return value === undefined
      ? [{ instance: '', message: 'is not JSON', schema: formatLocation(parameter.place) }]
      : schemas.check(schema, value.json, 'request');
  }
  if (!isList(schemas, schema)) {
    if (texts.length > 1)
      return [{ instance: '', message: 'occurs more than once', schema: formatLocation(parameter.place) }];
    return checkText(schemas, schema, texts[0] ?? '', 'request');
  }
  const [only = ''] = texts;
  if (texts.length === 1 && only.startsWith('[') && checkText(schemas, schema, only, 'request').length === 0) return [];
  const items = parameter.explode && parameter.in === 'query' ? texts : texts.flatMap((text) => text.split(','));
  return checkTexts(
    schemas,
    schema,
    items.map((item) => (parameter.in === 'header' ? item.trim() : item)),
    'request',
  );
}

/** Whether a list is among what the schema permits. */
function isList(schemas: Schemas, location: Location): boolean {
  const schema = schemas.schemaAt(location);
  const branches = [
    schema,
    ...[schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (Array.isArray(list) ? list : [])),
  ];
  return branches.some((branch) => (branch.$ref ? schemas.dialect.byId(branch.$ref) : branch).type === 'array');
}

function checkRequestBody(request: Part, { body, place }: Operation, exchange: Exchange): void {
  const { requestHeaders, requestBody, status } = exchange;
  if (!body || body.media.length === 0) {
    if (requestBody !== undefined) request.add('body', 'this operation has none', place);
  } else if (requestBody !== undefined) {
    // A request that got no answer is recorded by its sender, without the headers that the client adds.
    const assumed = status === 0 ? body.media[0]?.type : undefined;
    checkBody(request, body.media, contentType(requestHeaders) || assumed || '', requestBody, body.place);
  } else if (status >= 400 && Number(headerOf(requestHeaders, 'content-length')?.[0] ?? 0) > 0) {
    request.unchecked.push('request body that was refused unread');
  } else if (body.required) {
    request.add('body', 'is required', body.place);
  }
}

function checkGivenAnswer(answer: Part, operation: Operation, exchange: Exchange): void {
  const { status, responseHeaders, responseBody, method } = exchange;
  const described = describedAnswer(operation, method, status);
  if (!described) {
    const known = [...operation.answers.keys()].join(', ');
    answer.add('status', `${status} is not among those of this operation: ${known}`, operation.place);
    return;
  }
  checkAnswerHeaders(answer, described, responseHeaders);
  const types = described.media.map((media) => media.type).join(' or ');
  if (responseBody !== undefined) {
    if (described.media.length === 0) answer.add('body', `${status} has none`, described.place);
    else checkBody(answer, described.media, contentType(responseHeaders), responseBody, described.place);
  } else if (status >= 200 && status < 300 && method !== 'HEAD' && described.media.length > 0) {
    // An error may do without a body (TS 29.500 5.2.7.1), and so may a redirection.
    answer.add('body', `is missing, ${types} expected`, described.place);
  }
}

/** What the document says about a status; an error of which it says too little carries ProblemDetails (TS 29.500 5.2.7.1). */
function describedAnswer(operation: Operation, method: string, status: number): Answer | undefined {
  const { answers, place } = operation;
  const found =
    answers.get(String(status)) ??
    answers.get(`${Math.floor(status / 100)}XX`) ??
    answers.get('default') ??
    (isCommonError(method, status) ? { media: [], headers: [], place } : undefined);
  return found && found.media.length === 0 && status >= 400 ? { ...found, media: [PROBLEM_MEDIA] } : found;
}

function checkAnswerHeaders(answer: Part, described: Answer, headers: Exchange['responseHeaders']): void {
  for (const header of described.headers) {
    const texts = headerOf(headers, header.name);
    if (texts === undefined) {
      if (header.required) answer.add(`header ${header.name}`, 'is required', header.place);
    } else if (header.schema) {
      const items = isList(answer.schemas, header.schema)
        ? texts.flatMap((text) => text.split(','))
        : [texts.join(', ')];
      answer.addAll(
        `header ${header.name}`,
        checkTexts(
          answer.schemas,
          header.schema,
          items.map((item) => item.trim()),
          'answer',
        ),
      );
    }
  }
}

function checkBody(side: Part, media: readonly Media[], type: string, body: unknown, place: Location): void {
  const found = media.find((one) => one.type === type) ?? media.find((one) => one.type === '*/*');
  if (!found) {
    side.add('media type', `${type || 'none'} instead of ${media.map((one) => one.type).join(' or ')}`, place);
    return;
  }
  if (!found.schema) return;
  if (type === 'application/x-www-form-urlencoded') {
    side.addAll('body', checkForm(side, found, found.schema, body));
  } else if (!/[/+]json$/.test(type)) {
    side.unchecked.push(`${side.side} body of type ${type}`);
  } else {
    const value = typeof body === 'string' ? readJson(side, found.schema, body) : { json: body };
    if (value) side.addAll('body', side.schemas.check(found.schema, value.json, side.side));
    else side.add('body', 'is not JSON', place);
  }
}

/** A body that is recorded as text: a JSON string, JSON that its sender wrote, or what nobody could parse. */
function readJson(side: Part, schema: Location, text: string): { json: unknown } | undefined {
  return side.schemas.accepts(schema, text, side.side) ? { json: text } : parseJson(text);
}

/** A form: each member is text, JSON where the document says so; lists are repeated members. */
function checkForm(side: Part, media: Media, schema: Location, body: unknown): Finding[] {
  const form = isRecord(body) ? body : Object.fromEntries(formEntries(String(body)));
  const findings: Finding[] = [];
  const value: Record<string, unknown> = {};
  const properties = (side.schemas.schemaAt(schema).properties ?? {}) as Record<string, Record<string, unknown>>;
  for (const [name, member] of Object.entries(form)) {
    if (media.jsonMembers.includes(name) && typeof member === 'string') {
      const parsed = parseJson(member);
      if (parsed === undefined)
        findings.push({ instance: `/${name}`, message: 'is not JSON', schema: formatLocation(schema) });
      else value[name] = parsed.json;
    } else {
      value[name] = typeof member === 'string' ? formValue(properties[name]?.type, member) : member;
    }
  }
  return [...findings, ...side.schemas.check(schema, value, side.side)];
}

function formValue(type: unknown, text: string): unknown {
  if (type === 'array') return [text];
  if ((type === 'integer' || type === 'number') && text.trim() !== '' && Number.isFinite(Number(text)))
    return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function formEntries(text: string): [string, string | string[]][] {
  const values = new URLSearchParams(text);
  return [...new Set(values.keys())].map((name) => {
    const all = values.getAll(name);
    return [name, all.length === 1 ? (all[0] ?? '') : all];
  });
}

function queryOf(uri: string): Map<string, (string | undefined)[]> {
  const start = uri.indexOf('?');
  const query = new Map<string, (string | undefined)[]>();
  if (start < 0) return query;
  for (const pair of uri.slice(start + 1).split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=');
    const key = decode(name) ?? name;
    query.set(key, [...(query.get(key) ?? []), decode(value.join('='))]);
  }
  return query;
}

/** Percent-decodes; undefined when that is impossible. `+` stands for a space, as `URLSearchParams` writes it. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function headerOf(headers: Readonly<Record<string, unknown>>, name: string): string[] | undefined {
  const wanted = name.toLowerCase();
  const key = Object.keys(headers).find((one) => one.toLowerCase() === wanted);
  const value = key === undefined ? undefined : headers[key];
  return value === undefined ? undefined : [value].flat().map(String);
}

const contentType = (headers: Readonly<Record<string, unknown>>) =>
  mediaType(headerOf(headers, 'content-type')?.[0] ?? '');

function parseJson(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function countRedacted(value: unknown): number {
  if (isRedacted(value)) return 1;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, member) => sum + countRedacted(member), 0);
}
