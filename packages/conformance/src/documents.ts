/** A directory of OpenAPI 3.0 documents, each parsed when it is first needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { mend } from './errata.ts';
import { below, formatLocation, isRecord, type Location, valueAt } from './pointer.ts';

/** The directory or a document in it cannot be used. */
export class SpecsError extends Error {}

/** A document that says where its paths are served. */
export interface ServiceDocument {
  readonly file: string;
  /** What comes after the apiRoot, e.g. `/nudm-sdm/v2`; empty for the few documents that have no servers. */
  readonly basePath: string;
}

export class Documents {
  readonly dir: string;
  readonly files: readonly string[];
  readonly #texts = new Map<string, string>();
  readonly #parsed = new Map<string, Record<string, unknown>>();
  #services: readonly ServiceDocument[] | undefined;

  /** Throws a {@link SpecsError} when there is no such directory or no document in it. */
  constructor(dir: string) {
    this.dir = dir;
    try {
      this.files = readdirSync(dir)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort();
    } catch (error) {
      throw new SpecsError(`the directory of OpenAPI documents cannot be read: ${(error as Error).message}`);
    }
    if (this.files.length === 0) throw new SpecsError(`there is no OpenAPI document (*.yaml) in ${dir}`);
  }

  #text(file: string): string {
    let text = this.#texts.get(file);
    if (text === undefined) {
      text = mend(file, readFileSync(join(this.dir, file), 'utf8'));
      this.#texts.set(file, text);
    }
    return text;
  }

  /** Throws a {@link SpecsError} when `file` is not in the directory or is not YAML. */
  document(file: string): Record<string, unknown> {
    const known = this.#parsed.get(file);
    if (known) return known;
    if (!this.files.includes(file))
      throw new SpecsError(`${file} is not in ${this.dir}, but another document refers to it`);
    let document: unknown;
    try {
      document = parse(this.#text(file), { logLevel: 'error' });
    } catch (error) {
      throw new SpecsError(`${file} is not YAML: ${(error as Error).message}`);
    }
    if (!isRecord(document)) throw new SpecsError(`${file} is not an OpenAPI document`);
    this.#parsed.set(file, document);
    return document;
  }

  /** What `reference` means when it stands in `file`. */
  target(file: string, reference: string): Location {
    const [name, fragment = ''] = reference.split('#', 2);
    return { file: name || file, pointer: decodeURIComponent(fragment) };
  }

  /** The value at a place and its own place, behind any number of `$ref`s. Throws a {@link SpecsError} for a dead one. */
  resolve(location: Location): Location & { value: Record<string, unknown> } {
    let here = location;
    for (let hops = 0; hops < 32; hops += 1) {
      const value = valueAt(this.document(here.file), here.pointer);
      if (!isRecord(value)) throw new SpecsError(`nothing is at ${formatLocation(here)}`);
      if (typeof value.$ref !== 'string') return { ...here, value };
      here = this.target(here.file, value.$ref);
    }
    throw new SpecsError(`${formatLocation(location)} refers to itself`);
  }

  /** Every document that describes resources of its own; those that only lend path items to another are not among them. */
  services(): readonly ServiceDocument[] {
    this.#services ??= this.#findServices();
    return this.#services;
  }

  // Looks at the texts alone: parsing all of them takes seconds, and a run needs few.
  #findServices(): ServiceDocument[] {
    const lent = new Set<string>();
    for (const file of this.files) {
      for (const match of this.#text(file).matchAll(/([\w.-]+\.ya?ml)#\/paths\//g)) {
        if (match[1] && match[1] !== file) lent.add(match[1]);
      }
    }
    return this.files.flatMap((file) => {
      const text = this.#text(file);
      if (!/^paths:[ \t]*(#.*)?$/m.test(text)) return [];
      const servers = parse(/^servers:.*\n(?:[ \t#-].*\n|\n)*/m.exec(text)?.[0] ?? '') as { servers?: unknown } | null;
      const url = valueAt(servers, '/servers/0/url');
      if (typeof url !== 'string') return lent.has(file) ? [] : [{ file, basePath: '' }];
      return [{ file, basePath: url.replace(/^\{[^}]*\}|^https?:\/\/[^/]+/, '').replace(/\/$/, '') }];
    });
  }

  /** The members of the mapping at `location` (behind references), each with its place. */
  members(location: Location): [string, Location][] {
    const found = this.resolve(location);
    return Object.keys(found.value).map((name) => [name, below(found, name)]);
  }
}
