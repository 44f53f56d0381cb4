/** Ids that only answers tell: the generator leaves a placeholder in the path, and the last id that was given takes its place. */
import type { Operation } from '@twincore/conformance';
import { placeholder } from './targets.ts';

/** What an id that nobody has been given yet looks like. */
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const PLACEHOLDER = new RegExp(`${placeholder('')}([A-Za-z]+)`, 'g');

export class Resources {
  readonly #ids = new Map<string, string>();
  readonly #patterns: readonly { readonly name: string; readonly pattern: RegExp }[];

  constructor(operations: readonly Operation[]) {
    const prefixes = new Set(
      operations.flatMap(({ path }) =>
        [...path.matchAll(/\{[^}]+\}/g)].map((at) => path.slice(0, at.index + at[0].length)),
      ),
    );
    this.#patterns = [...prefixes].map((prefix) => ({
      name: prefix.slice(prefix.lastIndexOf('{') + 1, -1),
      pattern: new RegExp(
        `${prefix
          .split(/\{[^}]+\}/)
          .map((part) => RegExp.escape(part))
          .join('([^/]+)')}$`,
      ),
    }));
  }

  set(name: string, id: string | undefined): void {
    if (id !== undefined) this.#ids.set(name, id);
  }

  /** Takes the id out of the `Location` of a resource that was created. */
  learn(location: string): void {
    const path = URL.canParse(location) ? new URL(location).pathname : location;
    for (const { name, pattern } of this.#patterns) {
      const id = pattern.exec(path)?.at(-1);
      if (id !== undefined) this.#ids.set(name, id);
    }
  }

  fillIn(uri: string): string {
    return uri.replaceAll(PLACEHOLDER, (_, name: string) => this.#ids.get(name) ?? UNKNOWN);
  }
}
