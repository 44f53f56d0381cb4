/** What a fake NF offers, and how its one handler becomes the routes of a server. */
import { type AccessTokenClaims, type NFService, NFType, type PlmnId } from '@twincore/model';
import {
  type NfConfig,
  nfServiceOf,
  type PeerRule,
  SbiProblem,
  type SbiReply,
  type SbiRequest,
  type SbiRule,
  type SbiServer,
  type TokenRule,
} from '@twincore/sbi';
import { decodeJwt } from 'jose';

/**
 * A service by name. Of one that a service in `services/` has, everything is known; of another only what is said here: it is open
 * to all NF types, with no scope but its own, unless `consumers` and `scopes` say more.
 */
export type FakeService =
  | string
  | {
      readonly serviceName: string;
      /** `1.0.0` when absent; its first number is the `v1` of the URI. */
      readonly apiFullVersion?: string;
      readonly consumers?: readonly string[];
      /** Scopes of resources or operations that tokens may have beside the service's. */
      readonly scopes?: readonly string[];
    };

/** A request that a fake NF gets. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: SbiRequest['headers'];
  readonly body: unknown;
  /** By its certificate. */
  readonly consumer: { readonly nfType: string; readonly nfInstanceId: string; readonly plmnId: PlmnId };
  /** The access token and what it claims; verified unless the fake NF was told not to. */
  readonly token?: { readonly text: string; readonly claims: AccessTokenClaims | undefined };
}

/** 200 with `body` as JSON, or 204 without one, unless `status` says otherwise. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Answers every request to the fake NF. To refuse one as the TS has it, throw an `SbiProblem`, or answer its status. */
export type FakeHandler = (request: FakeRequest) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>;

/** `enforce`: as in a real producer, no request without a good token for its service comes to the handler. `observe`: every one does. */
export type FakeAuthorization = 'enforce' | 'observe';

export interface FakeDefinition {
  readonly services: readonly NFService[];
  readonly authorization: FakeAuthorization;
  readonly handler: FakeHandler;
  /** What comes in, before it is handled. */
  readonly onRequest: (request: FakeRequest) => void;
  /** What the handler throws, unless that is an answer. */
  readonly onError: (error: unknown) => void;
}

/** All NF types of Release 17. */
const ALL_TYPES = (NFType as unknown as { examples: string[] }).examples;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** The services as the profile has them; `real` are those of the real NF of this type, if there is one. */
export function servicesOf(config: NfConfig, fakes: readonly FakeService[], real: readonly NFService[]): NFService[] {
  return fakes.map((fake) => {
    const asked = typeof fake === 'string' ? { serviceName: fake } : fake;
    const known = typeof fake === 'string' && real.find(({ serviceName }) => serviceName === fake);
    if (known) return known;
    const { serviceName, apiFullVersion = '1.0.0', consumers = ALL_TYPES, scopes } = asked;
    const rule = { ...tokenRule(serviceName, consumers), ...(scopes ? { scopes } : {}) };
    return nfServiceOf(config, { serviceName, apiFullVersion, rules: { rule } });
  });
}

const tokenRule = (service: string, consumers: readonly string[]): TokenRule => ({
  access: 'token',
  operation: service,
  service,
  consumers,
});
const peerRule = (operation: string): PeerRule => ({ access: 'peer', operation, peers: ['*'] });

/** Registers one route for each service, and one for whatever else is sent to this NF, such as callbacks. */
export function fakeRoutes(server: SbiServer, definition: FakeDefinition): void {
  const route = (url: string, sbi: SbiRule) =>
    server.route({ method: METHODS, url, config: { sbi }, handler: handlerOf(definition) });
  for (const { serviceName, allowedNfTypes = ALL_TYPES } of definition.services) {
    const enforced = definition.authorization === 'enforce';
    route(`/${serviceName}/*`, enforced ? tokenRule(serviceName, allowedNfTypes) : peerRule(serviceName));
  }
  route('/*', peerRule('callback'));
}

function handlerOf({ handler, onRequest, onError }: FakeDefinition) {
  return async (request: SbiRequest, reply: SbiReply) => {
    const asked = fakeRequestOf(request);
    onRequest(asked);
    const answer = await answerOf(handler, asked, onError);
    const { body, status = body === undefined ? 204 : 200, headers = {} } = answer ?? {};
    reply.code(status);
    if (body !== undefined)
      reply.header('content-type', status < 400 ? 'application/json' : 'application/problem+json');
    reply.headers({ ...headers });
    // Octets, because Fastify adds a charset to the media type of text, which JSON does not have.
    return reply.send(body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
  };
}

async function answerOf(handler: FakeHandler, request: FakeRequest, onError: FakeDefinition['onError']) {
  try {
    return await handler(request);
  } catch (error) {
    if (!(error instanceof SbiProblem)) onError(error);
    throw error;
  }
}

function fakeRequestOf(request: SbiRequest): FakeRequest {
  const { consumer } = request.sbi;
  if (!consumer) throw new Error('a route without guard');
  const { peer, plmnId } = consumer;
  const text = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return {
    method: request.method,
    path: request.url.split('?', 1)[0] ?? '',
    query: request.query as Record<string, string>,
    headers: request.headers,
    body: request.body,
    consumer: { nfType: peer.nfTypes[0] ?? '', nfInstanceId: peer.nfInstanceId, plmnId },
    ...(text === undefined ? {} : { token: { text, claims: consumer.claims ?? claimsOf(text) } }),
  };
}

function claimsOf(token: string): AccessTokenClaims | undefined {
  try {
    return decodeJwt(token) as AccessTokenClaims;
  } catch {
    return undefined;
  }
}
