/** Values that a schema of the documents accepts. */
import type { Schema } from './dialect.ts';
import { matchingText } from './matching-text.ts';
import type { Location } from './pointer.ts';
import type { Random } from './random.ts';
import type { Schemas } from './schemas.ts';
import { both, type Shape, Shapes } from './shape.ts';

/** How likely an optional member is, attempt by attempt: what is not there cannot contradict anything. */
const DENSITIES = [0.3, 0.15, 0.05, 0, 0, 0, 0, 0, 0.02, 0.05, 0.1, 0];
/** Where nesting ends but for what is required. */
const MAX_DEPTH = 5;
/** How likely the first of several alternatives is: in these documents it is the one with known values. */
const FIRST_CHOICE = 0.7;

export class Values {
  readonly #schemas: Schemas;
  readonly #shapes: Shapes;

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
    this.#shapes = new Shapes(schemas.dialect);
  }

  /** A value that is valid in a request; undefined when none was found, which is as determined by `random` as a value. */
  valid(location: Location, random: Random): { value: unknown } | undefined {
    const schema = this.#schemas.schemaAt(location);
    for (const density of DENSITIES) {
      const value = new Attempt(this.#shapes, random, density).value([schema], 0);
      if (this.#schemas.accepts(location, value, 'request')) return { value };
    }
    return undefined;
  }
}

/** One try; it may contradict a `not`, or a oneOf of which two fit. */
class Attempt {
  readonly #shapes: Shapes;
  readonly #random: Random;
  readonly #density: number;

  constructor(shapes: Shapes, random: Random, density: number) {
    this.#shapes = shapes;
    this.#random = random;
    this.#density = density;
  }

  value(schemas: readonly Schema[], depth: number): unknown {
    const shape = this.#chosen(this.#shapes.ofAll(schemas));
    if (shape.enum && shape.enum.length > 0) return this.#random.pick(shape.enum);
    switch (this.#typeOf(shape)) {
      case 'object':
        return this.#object(shape, depth);
      case 'array':
        return this.#array(shape, depth);
      case 'integer':
        return Math.round(this.#number(shape, 1));
      case 'number':
        return this.#number(shape, 0);
      case 'boolean':
        return this.#random.chance(0.5);
      case 'null':
        return null;
      default:
        return this.#string(shape);
    }
  }

  /** `shape` with one alternative of each choice, and so on for what these bring. */
  #chosen(shape: Shape): Shape {
    let chosen = shape;
    for (let rounds = 0; chosen.choices.length > 0 && rounds < 8; rounds += 1) {
      const { choices, ...rest } = chosen;
      chosen = choices.reduce<Shape>(
        (sum, list) => {
          const schema = this.#random.chance(FIRST_CHOICE) ? list[0] : this.#random.pick(list);
          return schema ? both(sum, this.#shapes.of(schema)) : sum;
        },
        { ...rest, choices: [] },
      );
    }
    return chosen;
  }

  #typeOf(shape: Shape): string {
    if (shape.types && shape.types.length > 0) {
      const [first = 'string'] = shape.types;
      return shape.types.length > 1 && this.#random.chance(0.1) ? this.#random.pick(shape.types) : first;
    }
    if (shape.properties.size > 0 || shape.required.size > 0 || shape.additional) return 'object';
    if (shape.items) return 'array';
    return 'string';
  }

  #object(shape: Shape, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const { minProperties = 0 } = shape.bounds;
    const density = depth >= MAX_DEPTH ? 0 : this.#density / (depth + 1);
    for (const name of shape.required.union(new Set(shape.properties.keys()))) {
      if (!shape.required.has(name) && !this.#random.chance(density)) continue;
      object[name] = this.value(shape.properties.get(name) ?? [shape.additional ?? {}], depth + 1);
    }
    if (shape.additional && depth < MAX_DEPTH && this.#random.chance(0.5)) {
      object[this.#random.word(8)] = this.value([shape.additional], depth + 1);
    }
    const optional = [...shape.properties.keys()].filter((name) => !(name in object));
    for (let missing = minProperties - Object.keys(object).length; missing > 0; missing -= 1) {
      const name = optional.length > 0 ? this.#random.pick(optional) : this.#random.word(8);
      object[name] = this.value(shape.properties.get(name) ?? [shape.additional ?? {}], depth + 1);
    }
    return object;
  }

  #array(shape: Shape, depth: number): unknown[] {
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = shape.bounds;
    // An empty list cannot be told from an absent parameter.
    const least = Math.max(minItems, depth === 0 ? 1 : 0);
    const length = Math.min(maxItems, least + (depth < MAX_DEPTH ? this.#random.integer(0, 2) : 0));
    return Array.from({ length }, () => this.value([shape.items ?? {}], depth + 1));
  }

  #number({ bounds }: Shape, step: number): number {
    const low = Math.max(
      bounds.minimum ?? Number.NEGATIVE_INFINITY,
      (bounds.exclusiveMinimum ?? Number.NEGATIVE_INFINITY) + step,
    );
    const high = Math.min(
      bounds.maximum ?? Number.POSITIVE_INFINITY,
      (bounds.exclusiveMaximum ?? Number.POSITIVE_INFINITY) - step,
    );
    const from = Number.isFinite(low) ? low : Math.min(0, Number.isFinite(high) ? high : 0);
    const to = Number.isFinite(high) ? high : from + 1000;
    const value = this.#random.chance(0.2)
      ? this.#random.pick([from, to])
      : from + this.#random.fraction() * (to - from);
    return bounds.multipleOf ? Math.round(value / bounds.multipleOf) * bounds.multipleOf : value;
  }

  #string({ patterns, format, bounds, example }: Shape): string {
    const { minLength = 1, maxLength = 64 } = bounds;
    if (patterns.length > 0) {
      const expressions = patterns.map((pattern) => new RegExp(pattern));
      for (let tries = 0; tries < 8; tries += 1) {
        const text = matchingText(this.#random.pick(patterns), this.#random);
        const fits = text.length >= (bounds.minLength ?? 0) && text.length <= maxLength;
        if (fits && expressions.every((expression) => expression.test(text))) return text;
      }
      if (typeof example === 'string') return example;
    }
    const make = FORMATS[format ?? ''];
    if (make) return make(this.#random);
    return this.#random.word(this.#random.integer(minLength, Math.max(minLength, Math.min(maxLength, minLength + 12))));
  }
}

const FORMATS: Readonly<Record<string, (random: Random) => string>> = {
  uuid: (random) => `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`,
  'date-time': (random) => new Date(random.integer(1_700_000_000, 2_000_000_000) * 1000).toISOString(),
  date: (random) => new Date(random.integer(1_700_000_000, 2_000_000_000) * 1000).toISOString().slice(0, 10),
  uri: (random) => `https://${random.word(6)}.example/${random.word(4)}`,
  'uri-reference': (random) => `/${random.word(6)}`,
  byte: (random) => Buffer.from(random.bytes(random.integer(1, 12))).toString('base64'),
};
