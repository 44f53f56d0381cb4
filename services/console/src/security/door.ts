/**
 * What every request has to pass. A console on loopback is within reach of every page that the same browser shows, so who asks
 * is checked before what is asked: Host against DNS rebinding, Origin and Sec-Fetch-Site against other sites, a session where a login is demanded.
 */
import { isIP } from 'node:net';
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Login } from './login.ts';

const COOKIE = 'twincore_session';
const SAFE_METHODS = new Set(['GET', 'HEAD']);
/** Within reach without a session: the page itself, and the way to get one. */
const OPEN = /^\/(?!api\/)|^\/api\/session$/;

export interface DoorOptions {
  /** Host names by which it may be called. */
  readonly names: ReadonlySet<string>;
  /** Also by any IP address: only a name can be made to mean another machine, and beyond loopback nobody knows all addresses. */
  readonly anyAddress: boolean;
  /** Absent where none is demanded. */
  readonly login?: Login;
}

export class Refused extends Error {
  readonly statusCode: number;
  readonly advice: string;
  constructor(statusCode: number, message: string, advice: string) {
    super(message);
    this.statusCode = statusCode;
    this.advice = advice;
  }
}

/** `localhost` of `localhost:17400`, `::1` of `[::1]:17400`. */
function nameIn(host: string | undefined): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:/@\s]+))(?::[0-9]{1,5})?$/i.exec(host ?? '');
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase();
}

function isOwnOrigin(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}

export const door = fp<DoorOptions>(async (app: FastifyInstance, { names, anyAddress, login }) => {
  await app.register(cookie);
  const sessionOf = (request: FastifyRequest) => request.cookies[COOKIE];

  app.addHook('onRequest', async (request) => {
    const name = nameIn(request.headers.host);
    if (!names.has(name) && !(anyAddress && isIP(name) !== 0)) {
      throw new Refused(
        421,
        'the console is not called so',
        'Open it by the address that it printed, or start it with that name.',
      );
    }
    const isApi = request.url.startsWith('/api/');
    if ((isApi || !SAFE_METHODS.has(request.method)) && !isOwnOrigin(request)) {
      throw new Refused(403, 'another site has sent this request', 'Use the page of the console itself.');
    }
    // A form of another site cannot send this type without asking first, which nobody answers.
    if (isApi && !SAFE_METHODS.has(request.method) && request.headers['content-length'] !== '0' && !isJson(request)) {
      throw new Refused(415, 'the body has to be JSON', 'Send content-type: application/json.');
    }
    if (login && !OPEN.test(request.url.split('?', 1)[0] ?? '') && !login.knows(sessionOf(request))) {
      throw new Refused(401, 'a login is needed', 'Enter the password that the console printed when it started.');
    }
  });

  app.get('/api/session', async (request) => ({
    needed: login !== undefined,
    open: login === undefined || login.knows(sessionOf(request)),
  }));

  app.post<{ Body: { password: string } }>(
    '/api/session',
    { schema: { body: PASSWORD }, bodyLimit: 4_096 },
    async ({ body }, reply) => {
      const session = login?.enter(body.password);
      if (login && session === undefined) {
        throw new Refused(
          403,
          'that is not the password',
          'It was printed once, when the console started; start it again for a new one.',
        );
      }
      // Lax or None would send it along from other sites; Secure is for the proxy that adds TLS.
      const flags = { path: '/', httpOnly: true, sameSite: 'strict' } as const;
      if (session !== undefined) reply.setCookie(COOKIE, session, flags);
      return { needed: login !== undefined, open: true };
    },
  );

  app.delete('/api/session', async (request, reply) => {
    login?.leave(sessionOf(request));
    reply.clearCookie(COOKIE, { path: '/' });
    return { needed: login !== undefined, open: login === undefined };
  });
});

const PASSWORD = {
  type: 'object',
  required: ['password'],
  additionalProperties: false,
  properties: { password: { type: 'string', maxLength: 256 } },
} as const;

function isJson({ headers, method }: FastifyRequest): boolean {
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  if (!hasBody) return method === 'DELETE' || method === 'POST';
  return /^application\/json(?:;|$)/i.test(headers['content-type'] ?? '');
}
