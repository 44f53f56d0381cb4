import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Exchange } from '../src/check.ts';

export const FIXTURES = resolve(import.meta.dirname, 'fixtures');

const SPECS = resolve(process.env.TWINCORE_SPECS ?? resolve(import.meta.dirname, '../../../../shared/3gpp-openapi'));
/** The 3GPP documents, and why tests over them are skipped when they are not there. */
export const specs = {
  dir: SPECS,
  skip: existsSync(SPECS) ? (false as const) : `no 3GPP OpenAPI documents in ${SPECS} (set TWINCORE_SPECS)`,
};

const JSON_TYPE = { 'content-type': 'application/json' };

/** A GET that conforms to FindThings, changed by `change`. */
export const find = (change: Partial<Exchange> = {}): Exchange => ({
  method: 'GET',
  authority: 'thing.example:8443',
  uri: '/nthing-mgmt/v1/things?size=7',
  requestHeaders: { 'x-level': '3' },
  status: 200,
  responseHeaders: { 'content-type': 'application/json; charset=utf-8' },
  responseBody: [{ id: 'a', name: 'A' }],
  ...change,
});

/** A POST that conforms to CreateThing, changed by `change`. */
export const create = (change: Partial<Exchange> = {}): Exchange => ({
  method: 'POST',
  authority: 'thing.example:8443',
  uri: '/nthing-mgmt/v1/things',
  requestHeaders: JSON_TYPE,
  requestBody: { name: 'A' },
  status: 201,
  responseHeaders: { 'content-type': 'application/3gppHal+json', location: 'https://thing.example/x' },
  responseBody: { id: 'a', name: 'A' },
  ...change,
});

/** An exchange with the token endpoint whose form is `requestBody`. */
export const token = (requestBody: unknown): Exchange => ({
  method: 'POST',
  authority: 'nrf.example',
  uri: '/token',
  requestHeaders: { 'content-type': 'application/x-www-form-urlencoded' },
  requestBody,
  status: 200,
  responseHeaders: JSON_TYPE,
  responseBody: { access_token: 'fingerprint:0011aabb' },
});
