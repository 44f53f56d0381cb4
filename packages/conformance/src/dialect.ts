/** OpenAPI 3.0 schemas as JSON schemas that Ajv understands, and the way back from a schema to its place in a document. */
import type { Documents } from './documents.ts';
import { below, formatLocation, isRecord, type Location } from './pointer.ts';

export type Schema = Record<string, unknown>;

/** Schemas of one document set in JSON Schema form; each `$ref` is the id of another one. */
export class Dialect {
  readonly #documents: Documents;
  readonly #byPlace = new Map<string, { id: string; schema: Schema }>();
  readonly #byId = new Map<string, Schema>();
  readonly #placeOf = new WeakMap<object, Location>();
  readonly #onNew: (id: string, schema: Schema) => void;

  /** `onNew` gets every schema with its id before anybody can meet a reference to it. */
  constructor(documents: Documents, onNew: (id: string, schema: Schema) => void) {
    this.#documents = documents;
    this.#onNew = onNew;
  }

  /** The schema at a place, behind references, and everything that it refers to. */
  schema(location: Location): { id: string; schema: Schema } {
    const found = this.#documents.resolve(location);
    const key = formatLocation(found);
    const known = this.#byPlace.get(key);
    if (known) return known;
    const entry = { id: `https://schema.invalid/${this.#byPlace.size}`, schema: {} as Schema };
    this.#byId.set(entry.id, entry.schema);
    this.#byPlace.set(key, entry); // before the conversion: schemas may contain themselves
    Object.assign(entry.schema, this.#convert(found.value, found, entry.schema));
    this.#onNew(entry.id, entry.schema);
    return entry;
  }

  /** The schema that a `$ref` of a converted schema means. */
  byId(id: unknown): Schema {
    const schema = this.#byId.get(String(id));
    if (!schema) throw new Error(`no schema has the id ${id}`);
    return schema;
  }

  /** Where a (sub)schema that came from here stands. */
  placeOf(schema: unknown): Location | undefined {
    return isRecord(schema) ? this.#placeOf.get(schema) : undefined;
  }

  #convert(source: unknown, place: Location, into: Schema = {}): Schema {
    if (!isRecord(source)) return into;
    this.#placeOf.set(into, place);
    if (typeof source.$ref === 'string') {
      // What stands beside a $ref has no meaning in OpenAPI 3.0.
      into.$ref = this.schema(this.#documents.target(place.file, source.$ref)).id;
      return into;
    }
    for (const [keyword, value] of Object.entries(source)) {
      const converted = this.#keyword(keyword, value, source, place);
      if (converted !== undefined) into[keyword] = converted;
    }
    splitRequired(into, source.properties);
    // `nullable` without `type` forbids nothing and permits nothing (OpenAPI 3.0.3, 4.7.24.1).
    if (source.type === undefined) delete into.nullable;
    return into;
  }

  #keyword(keyword: string, value: unknown, source: Schema, place: Location): unknown {
    const at = (...tokens: (string | number)[]) => below(place, keyword, ...tokens);
    switch (keyword) {
      case 'properties':
        return isRecord(value)
          ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.#convert(member, at(name))]))
          : undefined;
      case 'allOf':
      case 'anyOf':
      case 'oneOf':
        return Array.isArray(value) ? value.map((member, index) => this.#convert(member, at(index))) : undefined;
      case 'items':
      case 'not':
        return this.#convert(value, at());
      case 'additionalProperties':
        return typeof value === 'boolean' ? value : this.#convert(value, at());
      case 'exclusiveMinimum':
        return value === true ? source.minimum : undefined;
      case 'exclusiveMaximum':
        return value === true ? source.maximum : undefined;
      default:
        return KEPT.has(keyword) ? value : undefined;
    }
  }
}

const KEPT = new Set([
  'type',
  'example',
  'nullable',
  'enum',
  'required',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]);

/** A required member that is readOnly is required in answers alone, a writeOnly one in requests alone. */
function splitRequired(schema: Schema, properties: unknown): void {
  if (!Array.isArray(schema.required) || !isRecord(properties)) return;
  const marked = (name: string, mark: string) => isRecord(properties[name]) && properties[name][mark] === true;
  const required = schema.required as string[];
  const parts = {
    requiredInAnswers: required.filter((name) => marked(name, 'readOnly')),
    requiredInRequests: required.filter((name) => marked(name, 'writeOnly')),
  };
  for (const [keyword, names] of Object.entries(parts)) if (names.length > 0) schema[keyword] = names;
  const rest = required.filter((name) => !Object.values(parts).flat().includes(name));
  if (rest.length > 0) schema.required = rest;
  else delete schema.required;
}
