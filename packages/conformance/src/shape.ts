/** What a schema demands of a value, with references and allOf resolved: what a generator needs to know. */
import type { Dialect, Schema } from './dialect.ts';
import { isRecord } from './pointer.ts';

export interface Shape {
  readonly types: readonly string[] | undefined;
  readonly enum: readonly unknown[] | undefined;
  /** By name: the schemas that a member must satisfy all of. */
  readonly properties: ReadonlyMap<string, readonly Schema[]>;
  readonly required: ReadonlySet<string>;
  readonly additional: Schema | undefined;
  readonly items: Schema | undefined;
  readonly patterns: readonly string[];
  readonly format: string | undefined;
  readonly example: unknown;
  /** Lists of alternatives (anyOf, oneOf), of each of which one must hold. */
  readonly choices: readonly (readonly Schema[])[];
  /** `minLength`, `maximum` and so on, the tightest of each. */
  readonly bounds: Readonly<Record<string, number>>;
}

const EMPTY: Shape = {
  types: undefined,
  enum: undefined,
  properties: new Map(),
  required: new Set(),
  additional: undefined,
  items: undefined,
  patterns: [],
  format: undefined,
  example: undefined,
  choices: [],
  bounds: {},
};

export class Shapes {
  readonly #dialect: Dialect;
  readonly #known = new WeakMap<Schema, Shape>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  of(schema: Schema): Shape {
    let shape = this.#known.get(schema);
    if (!shape) {
      shape = this.#read(schema);
      this.#known.set(schema, shape);
    }
    return shape;
  }

  ofAll(schemas: readonly Schema[]): Shape {
    return schemas.map((schema) => this.of(schema)).reduce(both, EMPTY);
  }

  #read(schema: Schema): Shape {
    if (schema.$ref !== undefined) return this.of(this.#dialect.byId(schema.$ref));
    const own: Shape = {
      ...EMPTY,
      types: typesOf(schema),
      enum: Array.isArray(schema.enum) ? schema.enum : undefined,
      properties: new Map(
        Object.entries(isRecord(schema.properties) ? schema.properties : {}).map(([name, one]) => [
          name,
          [one as Schema],
        ]),
      ),
      required: new Set(
        [schema.required, schema.requiredInRequests].flatMap((names) => (Array.isArray(names) ? names : [])),
      ),
      additional: isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined,
      items: isRecord(schema.items) ? schema.items : undefined,
      patterns: typeof schema.pattern === 'string' ? [schema.pattern] : [],
      format: typeof schema.format === 'string' ? schema.format : undefined,
      example: schema.example,
      choices: [schema.anyOf, schema.oneOf].filter(Array.isArray),
      bounds: Object.fromEntries(
        BOUNDS.flatMap((name) => (typeof schema[name] === 'number' ? [[name, schema[name]]] : [])),
      ),
    };
    return both(own, this.ofAll(Array.isArray(schema.allOf) ? schema.allOf : []));
  }
}

const BOUNDS = [
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
];

function typesOf({ type, nullable }: Schema): string[] | undefined {
  if (typeof type !== 'string') return undefined;
  return nullable === true ? [type, 'null'] : [type];
}

/** What must satisfy both. */
export function both(a: Shape, b: Shape): Shape {
  if (a === EMPTY) return b;
  if (b === EMPTY) return a;
  const properties = new Map(a.properties);
  for (const [name, schemas] of b.properties) properties.set(name, [...(properties.get(name) ?? []), ...schemas]);
  return {
    types: a.types && b.types ? a.types.filter((type) => b.types?.includes(type)) : (a.types ?? b.types),
    enum: a.enum && b.enum ? a.enum.filter((value) => b.enum?.includes(value)) : (a.enum ?? b.enum),
    properties,
    required: a.required.union(b.required),
    additional: a.additional ?? b.additional,
    items: a.items ?? b.items,
    patterns: [...a.patterns, ...b.patterns],
    format: a.format ?? b.format,
    example: a.example ?? b.example,
    choices: [...a.choices, ...b.choices],
    bounds: tightest(a.bounds, b.bounds),
  };
}

function tightest(a: Shape['bounds'], b: Shape['bounds']): Shape['bounds'] {
  const bounds: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const known = bounds[name] ?? value;
    bounds[name] = /^(min|exclusiveMin)/.test(name) ? Math.max(known, value) : Math.min(known, value);
  }
  return bounds;
}
