/** The clear part of a message in words, for a trace: what everybody on the way can read, and where something is hidden. */
import { isObject } from './json.ts';
import { REFERENCE_MEMBER } from './references.ts';

export interface BlockDescription {
  /** DataToIntegrityProtectBlock. */
  readonly clear: unknown;
  /** Places of what only the SEPPs can read: `URI`, `header <name>`, `body <pointer>`. */
  readonly encrypted: readonly string[];
}

/** Describes a DataToIntegrityProtectBlock, or the JSON text of one. */
export function describeBlock(source: unknown): BlockDescription {
  const clear: unknown = typeof source === 'string' ? JSON.parse(source) : source;
  const { requestLine, headers, payload } = isObject(clear) ? clear : {};
  const encrypted = [
    ...(refers(requestLine) ? ['URI'] : []),
    ...hidden(headers).map(({ header }) => `header ${header}`),
    ...hidden(payload).map(({ iePath }) => `body ${iePath}`),
  ];
  return { clear, encrypted };
}

function hidden(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isObject).filter(({ value }) => refers(value)) : [];
}

const refers = (value: unknown) => JSON.stringify(value ?? null).includes(REFERENCE_MEMBER);
