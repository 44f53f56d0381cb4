/**
 * Requests made from the documents: valid ones, ones with a single violation, and garbage. A seed and an index determine each
 * of them, so that any request of a run can be made again alone, and a run over all operations repeats exactly.
 */
import type { Checker } from './checker.ts';
import { GARBAGE } from './garbage.ts';
import { mutate } from './mutate.ts';
import type { Media, Operation, Parameter } from './operations.ts';
import { isRecord } from './pointer.ts';
import { Random } from './random.ts';
import { checkText } from './text-values.ts';
import { Values } from './values.ts';

export type RequestKind = 'valid' | 'nearly valid' | 'garbage';
export const REQUEST_KINDS: readonly RequestKind[] = ['valid', 'nearly valid', 'garbage'];

export interface GeneratedRequest {
  readonly kind: RequestKind;
  readonly operation: Operation;
  readonly index: number;
  readonly method: string;
  /** Path and query, after the apiRoot. */
  readonly uri: string;
  /** In lower case; without `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** What is wrong: `body /plmnId/mcc: absent`. */
  readonly violation?: string;
  /**
   * `refusal`: only a 4xx is right. `no failure`: the receiver may ignore what is wrong, or be asked for what it does not
   * have; anything but an undocumented failure is right.
   */
  readonly expected: 'documented answer' | 'refusal' | 'no failure';
}

export interface GeneratorOptions {
  readonly seed: number | string;
  /** Values for parameters, and top-level members of bodies, with these names: e.g. a SUPI that exists; objects and lists as JSON text. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** How often each kind comes, relative to the others. */
  readonly mix?: Readonly<Partial<Record<RequestKind, number>>>;
}

const EVEN_MIX = { valid: 1, 'nearly valid': 1, garbage: 1 };
/** Attempts at a violation. */
const MAX_TRIES = 10;

/** A request before it is written as text. */
export interface Draft {
  readonly operation: Operation;
  method: string;
  path: string;
  query: [string, string][];
  headers: Record<string, string>;
  media?: Media;
  /** What the body says; `text` takes precedence. */
  value?: unknown;
  text?: string | Uint8Array;
}

interface Violation {
  readonly what: string;
  readonly expected: 'refusal' | 'no failure';
}

export class RequestGenerator {
  readonly #checker: Checker;
  readonly #values: Values;
  readonly #seed: string;
  readonly #fixed: Readonly<Record<string, string>>;
  readonly #mix: Readonly<Record<RequestKind, number>>;

  constructor(checker: Checker, { seed, fixed = {}, mix }: GeneratorOptions) {
    this.#checker = checker;
    this.#values = new Values(checker.schemas);
    this.#seed = String(seed);
    this.#fixed = fixed;
    this.#mix = mix ? { valid: 0, 'nearly valid': 0, garbage: 0, ...mix } : EVEN_MIX;
  }

  /**
   * The request number `index` for an operation. Undefined when no valid request to start from was found; none can be for
   * an operation that takes multipart bodies only.
   */
  request(operation: Operation, index: number): GeneratedRequest | undefined {
    const random = new Random(`${this.#seed} ${index} ${operation.method} ${operation.path}`);
    const kind = this.#kind(random);
    const draft = this.#draft(operation, random);
    if (!draft) return undefined;
    if (kind === 'valid') return written(draft, index, kind);
    const violation = kind === 'nearly valid' ? this.#violate(draft, random) : undefined;
    if (violation) return written(draft, index, kind, violation);
    // Little can be violated in some operations; what nobody foresees fits all of them.
    return written(draft, index, 'garbage', random.pick(GARBAGE)(draft, random));
  }

  #kind(random: Random): RequestKind {
    const total = REQUEST_KINDS.reduce((sum, kind) => sum + this.#mix[kind], 0);
    let rest = random.fraction() * total;
    for (const kind of REQUEST_KINDS) {
      rest -= this.#mix[kind];
      if (rest < 0) return kind;
    }
    return 'garbage';
  }

  #draft(operation: Operation, random: Random): Draft | undefined {
    const draft: Draft = { operation, method: operation.method, path: operation.path, query: [], headers: {} };
    for (const parameter of operation.parameters) {
      const given = this.#fixed[parameter.name];
      const wanted = parameter.required || given !== undefined || random.chance(0.15);
      if (!wanted) continue;
      const texts = given === undefined ? this.#texts(parameter, random) : [given];
      if (texts) put(draft, parameter, texts);
      else if (parameter.required) return undefined;
    }
    const { body } = operation;
    if (body && body.media.length > 0 && (body.required || random.chance(0.9))) {
      const usable = body.media.filter(({ type, schema }) => schema && isWritable(type));
      if (usable.length === 0) return undefined;
      const media = random.pick(usable);
      const found = media.schema && this.#values.valid(media.schema, random);
      if (!found) return undefined;
      draft.media = media;
      draft.value = isRecord(found.value) ? this.#withFixed(found.value) : found.value;
      draft.headers['content-type'] = media.type;
    }
    return draft;
  }

  #withFixed(body: Record<string, unknown>): Record<string, unknown> {
    const known = Object.entries(this.#fixed).flatMap(([name, text]): [string, unknown][] => {
      if (typeof body[name] === 'string') return [[name, text]];
      const isSame = text.startsWith('[') ? Array.isArray(body[name]) : isRecord(body[name]) && text.startsWith('{');
      return isSame ? [[name, JSON.parse(text)]] : [];
    });
    return { ...body, ...Object.fromEntries(known) };
  }

  #texts(parameter: Parameter, random: Random): string[] | undefined {
    const found = this.#values.valid(parameter.schema, random);
    if (!found) return undefined;
    const isStructured = [found.value].flat().some((item) => typeof item === 'object' && item !== null);
    if (parameter.json || isStructured) return [JSON.stringify(found.value)];
    if (!Array.isArray(found.value)) return [String(found.value)];
    return parameter.explode && parameter.in === 'query'
      ? found.value.map(String)
      : [found.value.map(String).join(',')];
  }

  #violate(draft: Draft, random: Random): Violation | undefined {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      // Most of what can be wrong is in the body, where there is one.
      const inBody = draft.media !== undefined && random.chance(0.6);
      const violation = inBody ? this.#violateBody(draft, random) : this.#violateMessage(draft, random);
      if (violation) return violation;
    }
    return undefined;
  }

  #violateBody(draft: Draft, random: Random): Violation | undefined {
    const { schema } = draft.media ?? {};
    const mutation = schema && mutate(this.#checker.schemas, schema, draft.value, random);
    if (!mutation) return undefined;
    // A form cannot tell null from absent, a number from its text, or an empty list from none.
    if (isForm(draft.media) && !(mutation.what === 'absent' && mutation.path.length === 1)) return undefined;
    draft.value = mutation.value;
    const where = mutation.path.map((name) => `/${name}`).join('');
    return { what: `body ${where}: ${mutation.what}`, expected: mutation.mandatory ? 'refusal' : 'no failure' };
  }

  #violateMessage(draft: Draft, random: Random): Violation | undefined {
    const { operation } = draft;
    const candidates: (() => Violation | undefined)[] = operation.parameters.flatMap((parameter) => [
      () => this.#violateParameter(draft, parameter, random),
      () => omitParameter(draft, parameter),
    ]);
    candidates.push(() => this.#violateMethod(draft, random));
    if (draft.media && operation.body?.required) candidates.push(() => omitBody(draft));
    if (draft.media) {
      candidates.push(
        () => changeMedia(draft, random),
        () => truncateBody(draft, random),
      );
    }
    return random.pick(candidates)();
  }

  #violateParameter(draft: Draft, parameter: Parameter, random: Random): Violation | undefined {
    const { schemas } = this.#checker;
    const found = this.#values.valid(parameter.schema, random);
    if (!found) return undefined;
    const expected = parameter.required ? 'refusal' : 'no failure';
    const what = (change: string): Violation => ({
      what: `${parameter.in} parameter ${parameter.name}: ${change}`,
      expected,
    });
    if (parameter.json) {
      const mutation = mutate(schemas, parameter.schema, found.value, random);
      if (!mutation) return undefined;
      put(draft, parameter, [JSON.stringify(mutation.value)]);
      return what(mutation.what);
    }
    const valid = [found.value].flat().map(String).join(',');
    const text = random.pick(TEXT_CHANGES)(valid, random);
    if (text === '' && parameter.in !== 'query') return undefined; // another path, or no header at all
    if (checkText(schemas, parameter.schema, text, 'request').length === 0) return undefined;
    if (checkText(schemas, parameter.schema, valid, 'request').length > 0) return undefined; // a list: no longer one violation
    put(draft, parameter, [text]);
    return what(JSON.stringify(text.slice(0, 60)));
  }

  #violateMethod(draft: Draft, random: Random): Violation | undefined {
    const method = random.pick(['GET', 'PUT', 'POST', 'DELETE', 'PATCH']);
    // Of a callback's path the documents know nothing, so its own method has to be ruled out by itself.
    if (method === draft.operation.method) return undefined;
    if (this.#checker.operations.route(method, draft.path).found === 'operation') return undefined;
    draft.method = method;
    return { what: `method ${method}`, expected: 'refusal' };
  }
}

const TEXT_CHANGES: readonly ((text: string, random: Random) => string)[] = [
  () => '',
  (text) => text.slice(0, -1),
  (text, random) => text + random.word(random.pick([1, 20, 200])),
  (text, random) => random.word(Math.max(1, text.length)),
  (text) => `-${text}`,
  (text) => `${text} `,
  (text) => `${text},${text}`,
  (text, random) => `${text}${random.pick(['é', '%', '/', '"', '{', '<', '~'])}`,
];

const isForm = (media: Media | undefined) => media?.type === 'application/x-www-form-urlencoded';
const isWritable = (type: string) => /[/+]json$/.test(type) || type === 'application/x-www-form-urlencoded';

/** Sets a parameter, in place of what it was. */
function put(draft: Draft, { name, in: where }: Parameter, texts: readonly string[]): void {
  const [first = ''] = texts;
  if (where === 'path') {
    const { operation, path } = draft;
    // Every other parameter keeps the value that it has in the path.
    const template = operation.path.split('/');
    const own = template.findIndex((segment) => segment.includes(`{${name}}`));
    draft.path = path
      .split('/')
      .map((segment, index) => (index === own ? (template[index] ?? '').replace(`{${name}}`, encode(first)) : segment))
      .join('/');
  } else if (where === 'query') {
    draft.query = [
      ...draft.query.filter(([other]) => other !== name),
      ...texts.map((text): [string, string] => [name, text]),
    ];
  } else {
    draft.headers[name.toLowerCase()] = first.replaceAll(/[^\x20-\x7e]/g, '?');
  }
}

/** Percent-encodes; a lone surrogate, which has no UTF-8, becomes U+FFFD. */
const encode = (text: string) => encodeURIComponent(text.toWellFormed());

function omitParameter(draft: Draft, { name, in: where, required }: Parameter): Violation | undefined {
  if (!required || where === 'path') return undefined;
  if (where === 'query') draft.query = draft.query.filter(([other]) => other !== name);
  else delete draft.headers[name.toLowerCase()];
  return { what: `${where} parameter ${name}: absent`, expected: 'refusal' };
}

function omitBody(draft: Draft): Violation {
  delete draft.media;
  delete draft.value;
  delete draft.headers['content-type'];
  return { what: 'body: absent', expected: 'refusal' };
}

function changeMedia(draft: Draft, random: Random): Violation | undefined {
  const type = random.pick(['text/plain', 'application/xml', 'application/octet-stream', 'application/json', 'json']);
  if (draft.operation.body?.media.some((media) => media.type === type)) return undefined;
  draft.headers['content-type'] = type;
  return { what: `media type ${type}`, expected: 'refusal' };
}

function truncateBody(draft: Draft, random: Random): Violation | undefined {
  const text = bodyText(draft);
  if (isForm(draft.media) || typeof text !== 'string' || !/^[{["]/.test(text)) return undefined;
  draft.text = text.slice(0, random.integer(1, text.length - 1));
  return { what: 'body: truncated', expected: 'refusal' };
}

export function bodyText({ text, value, media }: Draft): string | Uint8Array | undefined {
  if (text !== undefined) return text;
  if (!media) return undefined;
  if (!isForm(media)) return JSON.stringify(value);
  const pairs = Object.entries(isRecord(value) ? value : {}).flatMap(([name, member]): [string, string][] => {
    if (media.jsonMembers.includes(name)) return [[name, JSON.stringify(member)]];
    return [member].flat().map((one) => [name, String(one)]);
  });
  return new URLSearchParams(pairs).toString();
}

function written(draft: Draft, index: number, kind: RequestKind, violation?: Violation): GeneratedRequest {
  const { operation, method, path, query, headers } = draft;
  const body = bodyText(draft);
  const pairs = query.map(([name, text]) => `${encode(name)}=${encode(text)}`);
  return {
    kind,
    operation,
    index,
    method,
    uri: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(violation ? { violation: violation.what } : {}),
    expected: violation?.expected ?? 'documented answer',
  };
}
