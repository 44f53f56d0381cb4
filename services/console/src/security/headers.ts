/** What a browser is told about every answer: nothing from elsewhere, nothing inline, in nobody's frame. */
import { randomBytes } from 'node:crypto';

const COMMON = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

/** Scripts and styles are files of the console; the one style element that Mantine writes its theme into has a nonce. */
function policy(nonce?: string): string {
  const style = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${style}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export function securityHeaders(nonce?: string): Record<string, string> {
  return { ...COMMON, 'content-security-policy': policy(nonce) };
}

export const newNonce = (): string => randomBytes(16).toString('base64url');
