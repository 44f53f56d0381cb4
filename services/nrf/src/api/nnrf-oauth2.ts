/** Nnrf_AccessToken (TS 29.510 5.4 and 6.3): the token endpoint of RFC 6749. */
import { type AccessTokenErr, AccessTokenReq } from '@twincore/model';
import type { Metrics, SbiServer } from '@twincore/sbi';
import { Compile } from 'typebox/compile';
import { AccessTokenError, type Issuer, requestToken } from '../procedures/access-token.ts';
import type { RequesterOf } from './requester-of.ts';

const FORM = 'application/x-www-form-urlencoded';
/** RFC 6749 5.1, 5.2. */
const UNCACHED = { 'cache-control': 'no-store', pragma: 'no-cache' };
/** Members that travel as JSON text (the `encoding` of the OpenAPI). */
const JSON_MEMBERS: ReadonlySet<string> = new Set([
  'requesterPlmn',
  'requesterPlmnList',
  'requesterSnssaiList',
  'requesterSnpnList',
  'targetPlmn',
  'targetSnpn',
  'targetSnssaiList',
]);
/** The one that comes once for each value (`explode`). */
const REPEATED = 'targetNsiList';
/** What would restrict a token in a way that nobody here can check: leaving it out would make the token good for more. */
const NOT_SUPPORTED: Readonly<Record<string, string>> = {
  targetSnpn: 'there are no SNPNs here',
  requesterSnpnList: 'there are no SNPNs here',
  sourceNfInstanceId: 'nothing proves who the source of the data is',
};

const validator = Compile(AccessTokenReq);

/** Registers the route. */
export function nnrfOauth2(server: SbiServer, issuer: Issuer, requesterOf: RequesterOf, metrics: Metrics): void {
  server.register(async (scope) => {
    scope.removeContentTypeParser(FORM);
    scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => done(null, String(body)));
    const refuse = scope.errorHandler;
    scope.setErrorHandler((error, request, reply) => {
      if (!(error instanceof AccessTokenError)) return refuse(error as never, request, reply.headers(UNCACHED));
      metrics.refusals.inc({ reason: error.error });
      request.log.warn({ reason: error.error, detail: error.message, peer: request.sbi.peer?.fqdn }, 'no token');
      const answer: AccessTokenErr = { error: error.error, error_description: error.message };
      return reply.code(400).headers(UNCACHED).send(answer);
    });
    scope.post(
      '/oauth2/token',
      { config: { sbi: { access: 'peer', operation: 'Nnrf_AccessToken_Get', peers: ['*'] } } },
      async (request, reply) => {
        const answer = await requestToken(issuer, await requesterOf(request), requestOf(request.body));
        return reply.headers(UNCACHED).send(answer);
      },
    );
  });
}

/** The request in a form-encoded body. Throws AccessTokenError invalid_request (or unsupported_grant_type). */
function requestOf(body: unknown): AccessTokenReq {
  if (typeof body !== 'string') throw new AccessTokenError('invalid_request', `the body has to be ${FORM}`);
  const request: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(body)) {
    if (name === REPEATED) {
      const values = (request[name] as string[] | undefined) ?? [];
      request[name] = [...values, text];
      continue;
    }
    // RFC 6749 3.2: one that comes twice could mean something else to whom it is passed on.
    if (Object.hasOwn(request, name)) throw new AccessTokenError('invalid_request', `${name} comes more than once`);
    Object.defineProperty(request, name, {
      value: JSON_MEMBERS.has(name) ? jsonOf(name, text) : text,
      enumerable: true,
    });
  }
  const unsupported = Object.keys(NOT_SUPPORTED).find((name) => Object.hasOwn(request, name));
  if (unsupported) {
    throw new AccessTokenError('invalid_request', `${unsupported} is not supported: ${NOT_SUPPORTED[unsupported]}`);
  }
  if (typeof request.grant_type === 'string' && request.grant_type !== 'client_credentials') {
    throw new AccessTokenError('unsupported_grant_type', 'only client_credentials is supported');
  }
  if (validator.Check(request)) return request;
  const [first] = validator.Errors(request);
  throw new AccessTokenError('invalid_request', `${first?.instancePath.slice(1)} ${first?.message}`.trim());
}

function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AccessTokenError('invalid_request', `${name} is not JSON`);
  }
}
