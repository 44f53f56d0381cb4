/** A UE of the lab, driven through ransim's control API. */
import { type PlmnId, plmnToString } from '@twincore/model';
import { commandLine, LabError } from './errors.ts';
import { type HomeNetworkKeys, publicKeyOf } from './home-network-keys.ts';
import type { Operator, OperatorResponse } from './operator.ts';
import type { Usim } from './ue-file.ts';

export interface UeStep {
  /** ISO time or milliseconds, as ransim writes it. */
  readonly at: string | number;
  readonly direction: 'up' | 'down';
  readonly message: string;
  readonly security: string;
}
export interface RegistrationOptions {
  readonly identity?: 'suci' | 'guti';
  readonly faults?: { readonly wrongResStar?: true; readonly wrongK?: true; readonly rejectSqn?: true };
}
export interface RegistrationOutcome {
  readonly result: 'registered' | 'rejected';
  readonly fiveGGuti?: unknown;
  readonly fiveGmmCause?: number | string;
  readonly rejectedBy?: string;
  readonly durationMs: number;
  /** Of the KAMF that the UE derived. */
  readonly kamfFingerprint?: string;
  readonly steps: readonly UeStep[];
  readonly traceId: string;
}
export interface Ue {
  readonly supi: string;
  /** Writes the USIM into ransim; members of `changes` replace those of `deploy/ues.yaml`. What ransim holds of it is kept. */
  provision(changes?: Partial<Usim>): Promise<void>;
  /** Registers in the network `plmnId`; resolves with the outcome, also when it is a rejection. */
  register(plmnId: PlmnId, options?: RegistrationOptions): Promise<RegistrationOutcome>;
  deregister(options?: { switchOff?: boolean }): Promise<{ result: string; traceId: string }>;
  /** What ransim knows about the UE. */
  state(): Promise<unknown>;
}

export interface UeContext {
  /** Of ransim. */
  readonly apiRoot: string;
  readonly operator: Pick<Operator, 'request'>;
  /** What is on the card; without it the UE cannot be given one. */
  readonly usim?: Usim | undefined;
  /** Of the UE's home network. */
  readonly keys: HomeNetworkKeys | undefined;
  /** A UE that ransim does not know gets its card when it is asked for something. */
  readonly insertWhenMissing?: boolean;
}

/** Every method throws a {@link LabError} when ransim answers something else than success. */
export function createUe(supi: string, context: UeContext): Ue {
  const { apiRoot, operator, usim, keys, insertWhenMissing } = context;
  const base = `${apiRoot}/ransim/v1/ues/${encodeURIComponent(supi)}`;
  const send = (method: 'GET' | 'PUT' | 'POST', path: string, body: unknown) =>
    operator.request({ method, url: `${base}${path}`, ...(body === undefined ? {} : { body }) });
  const provision = async (changes: Partial<Usim> = {}) => {
    if (!usim)
      throw new LabError(`nobody knows what is on the USIM of ${supi}`, `Add it: ${commandLine(`ue add ${supi}`)}`);
    const { supi: _, ...card } = { ...usim, ...changes };
    const answer = await send('PUT', '', { ...card, ...publicKeyFor(supi, card, keys) });
    if (![201, 204].includes(answer.status)) throw unexpected(supi, 'PUT /', answer);
  };
  const call = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<OperatorResponse> => {
    const answer = await send(method, path, body);
    if (answer.status === 200) return answer;
    const { cause } = Object(answer.body) as { cause?: unknown };
    if (cause !== 'UE_NOT_FOUND' || !usim || !insertWhenMissing) throw unexpected(supi, `${method} ${path}`, answer);
    await provision();
    const again = await send(method, path, body);
    if (again.status === 200) return again;
    throw unexpected(supi, `${method} ${path}`, again);
  };
  return {
    supi,
    provision,
    async register(plmnId, options = {}) {
      const { body, traceId } = await call('POST', '/registrations', { plmnId, ...options });
      return { ...(body as RegistrationOutcome), traceId };
    },
    async deregister(options = {}) {
      const { body, traceId } = await call('POST', '/deregistrations', options);
      return { ...(body as { result: string }), traceId };
    },
    state: async () => (await call('GET', '')).body,
  };
}

/** What a card needs to conceal its SUPI: the home network's public key under the identifier that it names. */
export function publicKeyFor(
  supi: string,
  { plmnId, homeNetworkPublicKeyId: keyId }: Pick<Usim, 'plmnId' | 'homeNetworkPublicKeyId'>,
  keys: HomeNetworkKeys | undefined,
): { homeNetworkPublicKey?: string } {
  if (keyId === undefined) return {};
  const homeNetworkPublicKey = keys && publicKeyOf(keys, keyId);
  if (homeNetworkPublicKey !== undefined) return { homeNetworkPublicKey };
  throw new LabError(
    `${supi} uses home network public key ${keyId}, which ${plmnToString(plmnId)} does not have`,
    'Choose 1 (Profile A) or 2 (Profile B) in deploy/ues.yaml.',
    { reason: 'usage' },
  );
}

/** What to do about an answer of ransim, by its cause. */
const ADVICE: Readonly<Record<string, string>> = {
  UE_NOT_FOUND: `See which there are: ${commandLine('ue list')}; add one: ${commandLine('ue add')}`,
  UE_NOT_REGISTERED: `Register it first: ${commandLine('ue register SUPI')}`,
  UE_BUSY: 'A procedure of this UE is under way; wait for its end and try again.',
  NO_GNB_FOR_PLMN: `Name a network of the lab: ${commandLine('status')} shows them.`,
  AMF_NOT_REACHABLE: `Is the AMF up? ${commandLine('status')}`,
};

function unexpected(supi: string, request: string, { status, body, traceId }: OperatorResponse): LabError {
  const { cause, detail } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const why = [cause, detail].filter(Boolean).join(': ');
  const advice =
    ADVICE[String(cause)] ??
    `See what led to it: ${commandLine(`trace --trace-id ${traceId}`)}; ransim's log is in .twincore/runs/latest/logs.`;
  return new LabError(`ransim answered ${request.trim()} of ${supi} with ${status}${why ? ` (${why})` : ''}`, advice);
}
