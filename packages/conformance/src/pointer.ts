/** A place in a document: file and JSON pointer (RFC 6901). */
export interface Location {
  readonly file: string;
  readonly pointer: string;
}

export const escapeToken = (token: string | number): string =>
  String(token).replaceAll('~', '~0').replaceAll('/', '~1');
const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

export function below(location: Location, ...tokens: (string | number)[]): Location {
  return { file: location.file, pointer: [location.pointer, ...tokens.map(escapeToken)].join('/') };
}

export const formatLocation = ({ file, pointer }: Location): string => `${file}#${pointer}`;

export const tokensOf = (pointer: string): string[] => pointer.split('/').slice(1).map(unescapeToken);

/** What `pointer` names in `root`; undefined when there is no such place. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const token of tokensOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return value;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
