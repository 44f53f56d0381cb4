/** Validates values against schemas of the documents; schemas are compiled when first used. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formatsModule from 'ajv-formats';
import { Dialect, type Schema } from './dialect.ts';
import type { Documents } from './documents.ts';
import { below, formatLocation, type Location } from './pointer.ts';

/** One thing that is wrong with a value. */
export interface Finding {
  /** JSON pointer into the value; empty for the whole of it. */
  readonly instance: string;
  readonly message: string;
  /** `file#pointer` of the assertion that fails. */
  readonly schema: string;
}

export type Direction = 'request' | 'answer';

const FINGERPRINT = /^fingerprint:[0-9a-f]{8}$/;
/** Whether a recorded value stands for a secret that was not recorded. */
export const isRedacted = (value: unknown): boolean => typeof value === 'string' && FINGERPRINT.test(value);

// ajv-formats is CommonJS whose default export TypeScript sees one level too deep.
const addFormats = formatsModule as unknown as typeof formatsModule.default;

export class Schemas {
  readonly documents: Documents;
  readonly dialect: Dialect;
  readonly #ajv: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();
  #direction: Direction = 'request';

  constructor(documents: Documents) {
    this.documents = documents;
    this.#ajv = new Ajv({
      strict: false,
      validateSchema: false,
      allErrors: true,
      verbose: true, // errors then carry the schema object, whose place the dialect knows
      logger: false,
      addUsedSchema: false,
    });
    addFormats(this.#ajv);
    this.#redefinePattern();
    this.#addRequired('requiredInRequests', 'request');
    this.#addRequired('requiredInAnswers', 'answer');
    this.dialect = new Dialect(documents, (id, schema) => this.#ajv.addSchema(schema, id));
  }

  /** Everything that is wrong with `value`; empty when it is valid. */
  check(location: Location, value: unknown, direction: Direction): Finding[] {
    const validate = this.compile(location);
    this.#direction = direction;
    return validate(value) ? [] : this.#findings(validate.errors ?? []);
  }

  /** As {@link check}, without saying what is wrong. */
  accepts(location: Location, value: unknown, direction: Direction): boolean {
    const validate = this.compile(location);
    this.#direction = direction;
    return validate(value) as boolean;
  }

  compile(location: Location): ValidateFunction {
    const key = formatLocation(location);
    let validate = this.#compiled.get(key);
    if (!validate) {
      const { id } = this.dialect.schema(location);
      validate = this.#ajv.getSchema(id);
      if (!validate) throw new Error(`no validator for ${key}`);
      this.#compiled.set(key, validate);
    }
    return validate;
  }

  /** The schema at `location`, behind references, in JSON Schema form. */
  schemaAt(location: Location): Schema {
    return this.dialect.schema(location).schema;
  }

  /** A redacted string is a value that is not known: it may match, so it does. */
  #redefinePattern(): void {
    this.#ajv.removeKeyword('pattern');
    this.#ajv.addKeyword({
      keyword: 'pattern',
      type: 'string',
      schemaType: 'string',
      compile: (pattern: string) => {
        const expression = compilePattern(pattern);
        return (value: string) => expression.test(value) || isRedacted(value);
      },
      error: { message: ({ schema }) => `must match pattern "${schema}"` },
    });
  }

  #addRequired(keyword: string, direction: Direction): void {
    this.#ajv.addKeyword({
      keyword,
      type: 'object',
      schemaType: 'array',
      validate: (names: string[], value: object) =>
        this.#direction !== direction || names.every((name) => Object.hasOwn(value, name)),
      error: { message: ({ schema }) => `must have required properties ${(schema as string[]).join(', ')}` },
    });
  }

  #findings(errors: ErrorObject[]): Finding[] {
    const findings = relevant(errors).map(({ error, alternatives }) => {
      const place = this.dialect.placeOf(error.parentSchema);
      return {
        instance: error.instancePath,
        message: alternatives.length === 0 ? messageOf(error) : `${messageOf(error)} (${alternatives.join('; ')})`,
        schema: place ? formatLocation(below(place, error.keyword)) : error.keyword,
      };
    });
    return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
  }
}

function messageOf({ keyword, message, params }: ErrorObject): string {
  const values = keyword === 'enum' ? `: ${(params.allowedValues as unknown[]).join(', ')}` : '';
  return `${message ?? keyword}${values}`;
}

/** 3GPP patterns are ECMA 262 without the `u` flag: some escape characters that `u` does not let them escape. */
export function compilePattern(pattern: string): RegExp {
  return new RegExp(pattern);
}

const depth = (pointer: string) => pointer.split('/').length;

interface Relevant {
  readonly error: ErrorObject;
  /** For a choice of which nothing fits: why not. */
  readonly alternatives: readonly string[];
}

/**
 * When no alternative of an anyOf or oneOf fits, Ajv reports what is wrong with each of them. What stands deepest in the
 * value tells most about what its sender meant; where nothing is deeper, the choice itself is reported.
 */
function relevant(errors: ErrorObject[]): Relevant[] {
  const hidden = new Set<ErrorObject>();
  const alternatives = new Map<ErrorObject, string[]>();
  for (const [index, choice] of errors.entries()) {
    const isChoice = choice.keyword === 'anyOf' || choice.keyword === 'oneOf';
    if (!isChoice || choice.params.passingSchemas) continue;
    const { instancePath } = choice;
    const inside = errors
      .slice(0, index)
      .filter((one) => one.instancePath === instancePath || one.instancePath.startsWith(`${instancePath}/`));
    const deepest = Math.max(...inside.map((error) => depth(error.instancePath)));
    const isDeeper = deepest > depth(instancePath);
    if (isDeeper) hidden.add(choice);
    else alternatives.set(choice, [...new Set(inside.filter((one) => !hidden.has(one)).map(messageOf))].slice(0, 4));
    for (const error of inside) if (!isDeeper || depth(error.instancePath) < deepest) hidden.add(error);
  }
  return errors
    .filter((error) => !hidden.has(error))
    .map((error) => ({ error, alternatives: alternatives.get(error) ?? [] }));
}
