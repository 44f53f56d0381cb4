/** Two SEPPs and two IPX providers, and the messages of a roaming UE as the lab's SEPP recorded them (lab keys only). */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProtectionPolicy } from '@twincore/model';
import {
  CompiledPolicy,
  type ContextAgreement,
  type ContextState,
  defaultPolicy,
  type IpxSigner,
  type IpxTrust,
  type JweCipherSuite,
  N32fContext,
  N32fError,
  type ReceivedRequest,
  readMessage,
  type SbiRequest,
  type SbiResponse,
} from '../src/index.ts';

export const NOW = Date.parse('2026-11-24T08:00:00Z');
export const VISITED_ID = '0011223344556677';
export const HOME_ID = '8899aabbccddeeff';
export const MASTER_KEY = Buffer.from(Array.from({ length: 64 }, (_, i) => i));

export const CIPX = 'ipx.visited.example.org';
export const PIPX = 'ipx.home.example.org';

const pairs: Readonly<Record<string, { privateKey: KeyObject; publicKey: KeyObject }>> = Object.fromEntries(
  [CIPX, PIPX, 'ipx.stranger.example.org'].map((id) => [id, generateKeyPairSync('ec', { namedCurve: 'P-256' })]),
);
export function signer(identity: string, keyOf = identity): IpxSigner {
  const privateKey = pairs[keyOf]?.privateKey;
  if (!privateKey) throw new Error(`no key for ${keyOf}`);
  return { identity, privateKey };
}
export const known = (identity: string) => {
  const key = pairs[identity]?.publicKey;
  return { identity, keys: key ? [key] : [] };
};

export interface Sides {
  /** The visited network's SEPP, which asked on N32-c. */
  readonly visited: N32fContext;
  readonly home: N32fContext;
}
export interface SidesOptions {
  readonly cipherSuite?: JweCipherSuite;
  readonly policy?: ProtectionPolicy;
  /** Both networks have an IPX provider; else messages go from SEPP to SEPP. */
  readonly ipx?: boolean;
  readonly expiresAt?: number;
  readonly masterKey?: Uint8Array;
}

const agreement = (own: string, peer: string, role: ContextAgreement['role'], options: SidesOptions) => ({
  role,
  ownContextId: own,
  peerContextId: peer,
  cipherSuite: options.cipherSuite ?? 'A128GCM',
  masterKey: options.masterKey ?? MASTER_KEY,
  expiresAt: options.expiresAt ?? NOW + 3_600_000,
});

export const DEFAULT = defaultPolicy();
const compiledPolicies = new WeakMap<ProtectionPolicy, CompiledPolicy>();
function compiled(policy: ProtectionPolicy): CompiledPolicy {
  const known = compiledPolicies.get(policy) ?? new CompiledPolicy(policy);
  compiledPolicies.set(policy, known);
  return known;
}

/** A SEPP of the two, with a stored state when it starts again. Its SEQs are reserved. */
export function side(which: keyof Sides, options: SidesOptions = {}, state?: ContextState): N32fContext {
  const policy = compiled(options.policy ?? DEFAULT);
  const [ownIpx, peerIpx] = which === 'visited' ? [CIPX, PIPX] : [PIPX, CIPX];
  const trust: IpxTrust = options.ipx ? { own: known(ownIpx), peer: [known(peerIpx)] } : { peer: [] };
  const context = new N32fContext(
    which === 'visited'
      ? agreement(VISITED_ID, HOME_ID, 'initiating', options)
      : agreement(HOME_ID, VISITED_ID, 'responding', options),
    { own: policy, peer: policy, trust, ...(options.ipx ? { authorizedIpxId: ownIpx } : {}) },
    state,
  );
  context.grant(context.state(100_000));
  return context;
}

export const bothSides = (options: SidesOptions = {}): Sides => ({
  visited: side('visited', options),
  home: side('home', options),
});

export interface Exchange {
  readonly operation: string;
  readonly request: SbiRequest;
  readonly response: SbiResponse;
}

interface Recorded<T> {
  readonly operation: string;
  readonly request: Omit<SbiRequest, 'body'> & T;
  readonly response: Omit<SbiResponse, 'body'> & T;
}

/** Every operation of a roaming registration, as a SEPP saw it. */
export const ROAMING: readonly Exchange[] = (
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/roaming.json'), 'utf8')) as Recorded<{
    body: string | null;
  }>[]
).map(({ operation, request, response }) => ({
  operation,
  request: withBody(request, request.body),
  response: withBody(response, response.body),
}));

const text = (value: unknown) => Buffer.from(JSON.stringify(value));
const callback = (name: string, nfType: string, path: string, body: unknown): Exchange => ({
  operation: `POST ${name}`,
  request: {
    method: 'POST',
    scheme: 'https',
    authority: 'amf.5gc.mnc070.mcc999.3gppnetwork.org',
    path,
    headers: [
      ['content-type', 'application/json'],
      ['user-agent', nfType],
      ['3gpp-sbi-callback', name],
    ],
    body: text(body),
  },
  response: { status: 204, headers: [] },
});

/** What the home sends to the visited network of its own accord. */
export const CALLBACKS: readonly Exchange[] = [
  callback('Nudm_UECM_DeregistrationNotification', 'UDM', '/namf-callback/v1/imsi-001010000000001/dereg-notify', {
    deregReason: 'UE_INITIAL_REGISTRATION',
    accessType: '3GPP_ACCESS',
  }),
  callback('Nnrf_NFManagement_NFStatusNotify', 'NRF', '/nnrf-callback/v1/status/7', {
    event: 'NF_DEREGISTERED',
    nfInstanceUri: 'https://nrf.5gc.mnc001.mcc001.3gppnetwork.org/nnrf-nfm/v1/nf-instances/5d0e',
  }),
];

/** A PDU session of home-routed roaming: JSON and a NAS message in one body. */
export const MULTIPART: Exchange = {
  operation: 'POST /nsmf-pdusession/v1/pdu-sessions',
  request: {
    method: 'POST',
    scheme: 'https',
    authority: 'smf.5gc.mnc001.mcc001.3gppnetwork.org',
    path: '/nsmf-pdusession/v1/pdu-sessions',
    headers: [
      ['content-type', 'multipart/related; boundary="b"'],
      ['user-agent', 'SMF'],
    ],
    body: Buffer.concat([
      Buffer.from('--b\r\nContent-Type: application/json\r\n\r\n'),
      text({ supi: 'imsi-001010000000001', pduSessionId: 1, dnn: 'internet', n1SmInfoFromUe: { contentId: 'n1' } }),
      Buffer.from('\r\n--b\r\nContent-Type: application/vnd.3gpp.5gnas\r\nContent-Id: n1\r\n\r\n'),
      Buffer.from([0x2e, 1, 0, 0xc1, 13, 10, 255]),
      Buffer.from('\r\n--b--\r\n'),
    ]),
  },
  response: { status: 201, headers: [['content-type', 'application/json']], body: text({ pduSessionType: 'IPV4' }) },
};

export function withBody<T extends object>(message: T, body: string | null): Omit<T, 'body'> & { body?: Uint8Array } {
  const { body: _text, ...rest } = message as T & { body?: unknown };
  return body === null ? rest : { ...rest, body: Buffer.from(body, 'utf8') };
}

/** What a message says, whatever the order of members and the escapes in its texts. */
export function meaning(message: SbiRequest | SbiResponse): unknown {
  const type = message.headers.find(([name]) => name === 'content-type')?.[1] ?? '';
  const text = message.body === undefined ? undefined : Buffer.from(message.body).toString('utf8');
  const { body: _body, ...rest } = message;
  const form = type.startsWith('application/x-www-form-urlencoded');
  if (text === undefined) return rest;
  return { ...rest, body: form ? [...new URLSearchParams(text)] : /json/.test(type) ? JSON.parse(text) : text };
}

export const wire = (message: unknown) => JSON.stringify(message);

/** Home receives what visited sends. */
export function deliver(
  sides: Sides,
  request: SbiRequest,
): { received: ReceivedRequest; sent: ReturnType<N32fContext['protectRequest']> } {
  const sent = sides.visited.protectRequest(request, NOW);
  return { sent, received: sides.home.receiveRequest(readMessage(wire(sent.message)), NOW) };
}

/** The N32fError that `work` throws; anything else fails the test. */
export function n32fErrorOf(work: () => unknown): N32fError | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof N32fError) return error;
    throw error;
  }
  return undefined;
}
