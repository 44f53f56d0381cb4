/** Strong validators (RFC 9110 8.8.3). */
import { createHash } from 'node:crypto';

/** Quotes included. */
export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/** Whether an If-Match header names this version; for If-None-Match a `weak` validator of it is good enough as well. */
export function namesEtag(header: string, etag: string, { weak = false } = {}): boolean {
  return header.split(',').some((given) => {
    const tag = given.trim();
    return tag === '*' || (weak ? tag.replace(/^W\//, '') : tag) === etag;
  });
}
