/** References to encrypted values (IndexToEncryptedValue), where they stand in a message, and what they stand for. */
import type { DataToIntegrityProtectBlock, IndexToEncryptedValue } from '@twincore/model';
import { isContainer, isObject, pointerToken } from './json.ts';
import { pathSegments } from './policies.ts';

export const REFERENCE_MEMBER = 'encBlockIndex';

/**
 * In a URI a reference is its JSON, percent-encoded, in the place of a path segment or of a query parameter's value: text is all
 * that `path` and `queryFragment` can hold, and TS 29.501 5.3.3 puts JSON into a URI in this way.
 */
export function uriReference(index: number): string {
  return `%7B%22${REFERENCE_MEMBER}%22%3A${index}%7D`;
}
const URI_REFERENCE = new RegExp(`^%7B%22${REFERENCE_MEMBER}%22%3A(0|[1-9][0-9]{0,5})%7D$`);

export function uriReferenceIndex(text: string): number | undefined {
  const index = URI_REFERENCE.exec(text)?.[1];
  return index === undefined ? undefined : Number(index);
}

/** Whether an object is meant as a reference; {@link referenceIndex} says whether it is a good one. */
export function isReference(value: unknown): value is IndexToEncryptedValue {
  return isObject(value) && Object.hasOwn(value, REFERENCE_MEMBER);
}

/** The index of a reference; -1 when it is malformed. */
export function referenceIndex(reference: IndexToEncryptedValue): number {
  const { encBlockIndex } = reference;
  return Number.isInteger(encBlockIndex) && encBlockIndex >= 0 && Object.keys(reference).length === 1
    ? encBlockIndex
    : -1;
}

/** A parameter of a query, text as it is on the wire. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string | undefined;
}

export function parseQuery(query: string | undefined): QueryParameter[] {
  if (!query) return [];
  return query.split('&').map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? { name: pair, value: undefined } : { name: pair.slice(0, at), value: pair.slice(at + 1) };
  });
}

export function formatQuery(parameters: readonly QueryParameter[]): string {
  return parameters.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join('&');
}

/**
 * Every reference of a message: where it stands, by the IE's name and not by its place in a list, and its index (-1 when malformed).
 * Equal maps mean that no reference was added, removed, moved or changed.
 */
export function references(block: DataToIntegrityProtectBlock): Map<string, number> {
  const found = new Map<string, number>();
  const times = new Map<string, number>();
  const note = (place: string, index: number) => {
    const nth = times.get(place) ?? 0;
    times.set(place, nth + 1);
    found.set(nth === 0 ? place : `${place} #${nth}`, index);
  };
  if (block.requestLine) {
    const { path, queryFragment } = block.requestLine;
    for (const [i, segment] of pathSegments(path).entries()) {
      const index = uriReferenceIndex(segment);
      if (index !== undefined) note(`path segment ${i}`, index);
    }
    for (const { name, value } of parseQuery(queryFragment)) {
      const index = value === undefined ? undefined : uriReferenceIndex(value);
      if (index !== undefined) note(`query parameter ${name}`, index);
    }
  }
  for (const { header, value } of block.headers ?? []) {
    if (typeof value !== 'string') note(`header ${header.toLowerCase()}`, referenceIndex(value));
  }
  for (const { iePath, ieValueLocation, value } of block.payload ?? []) {
    walk(value, `${ieValueLocation} ${iePath}`, note);
  }
  return found;
}

function walk(value: unknown, place: string, note: (place: string, index: number) => void): void {
  if (!isContainer(value)) return;
  if (isReference(value)) {
    note(place, referenceIndex(value));
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object') walk(member, `${place}/${pointerToken(name)}`, note);
  }
}
