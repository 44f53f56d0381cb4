/** Mediation (TS 33.501 13.2.4.5): what an IPX wants to have otherwise in the clear part of a message, as a JSON Patch. */
import type { HttpHeader, HttpPayload, PatchItem } from '@twincore/model';
import type { Block } from '@twincore/n32';
import type { Mediation } from '../config.ts';

const WRITE = {
  lowercase: (text: string) => text.toLowerCase(),
  uppercase: (text: string) => text.toUpperCase(),
  trim: (text: string) => text.trim(),
} as const;

/** The patch for a message; empty where nothing has to change. An encrypted value is not there for an IPX. */
export function mediate(block: Block, kind: 'request' | 'response', mediations: readonly Mediation[]): PatchItem[] {
  const { headers = [], payload = [] } = block;
  return mediations
    .filter(({ on }) => on === kind)
    .flatMap((mediation) => {
      if ('header' in mediation) return headerPatch(headers, mediation.header, mediation.set);
      const change =
        'normalise' in mediation
          ? (value: unknown) => (typeof value === 'string' ? WRITE[mediation.normalise](value) : value)
          : () => mediation.set;
      return payloadPatch(payload, mediation.ie, change);
    });
}

function headerPatch(headers: readonly HttpHeader[], name: string, value: string): PatchItem[] {
  const at = headers.findIndex(({ header }) => header.toLowerCase() === name.toLowerCase());
  if (at < 0) {
    const added = { header: name.toLowerCase(), value };
    return [
      headers.length === 0
        ? { op: 'add', path: '/headers', value: [added] }
        : { op: 'add', path: '/headers/-', value: added },
    ];
  }
  return headers[at]?.value === value ? [] : [{ op: 'replace', path: `/headers/${at}/value`, value }];
}

function payloadPatch(payload: readonly HttpPayload[], ie: string, change: (value: unknown) => unknown): PatchItem[] {
  const at = payload.findIndex(({ iePath }) => iePath === ie);
  if (at < 0) return [];
  const before = payload[at]?.value;
  const after = change(before);
  return JSON.stringify(after) === JSON.stringify(before)
    ? []
    : [{ op: 'replace', path: `/payload/${at}/value`, value: after }];
}
