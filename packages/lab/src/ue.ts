/** A UE of the lab, driven through ransim's control API. */
import { type PlmnId, plmnToString } from '@twincore/model';
import { LabError } from './errors.ts';
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

/** `apiRoot` is ransim's. Every method throws a {@link LabError} when ransim answers something else than success. */
export function createUe(usim: Usim, apiRoot: string, operator: Operator, keys: HomeNetworkKeys | undefined): Ue {
  const base = `${apiRoot}/ransim/v1/ues/${encodeURIComponent(usim.supi)}`;
  const call = async (method: 'GET' | 'PUT' | 'POST', path: string, body: unknown, expected: readonly number[]) => {
    const answer = await operator.request({ method, url: `${base}${path}`, ...(body === undefined ? {} : { body }) });
    if (!expected.includes(answer.status)) throw unexpected(usim.supi, `${method} ${path || '/'}`, answer);
    return answer;
  };
  return {
    supi: usim.supi,
    async provision(changes = {}) {
      const { supi: _, ...card } = { ...usim, ...changes };
      const keyId = card.homeNetworkPublicKeyId;
      const homeNetworkPublicKey = keyId === undefined || !keys ? undefined : publicKeyOf(keys, keyId);
      if (keyId !== undefined && homeNetworkPublicKey === undefined) {
        throw new LabError(
          `${usim.supi} uses home network public key ${keyId}, which ${plmnToString(card.plmnId)} does not have`,
          'Choose 1 (Profile A) or 2 (Profile B) in deploy/ues.yaml.',
        );
      }
      await call('PUT', '', { ...card, ...(homeNetworkPublicKey ? { homeNetworkPublicKey } : {}) }, [200, 201, 204]);
    },
    async register(plmnId, options = {}) {
      const { body, traceId } = await call('POST', '/registrations', { plmnId, ...options }, [200]);
      return { ...(body as RegistrationOutcome), traceId };
    },
    async deregister(options = {}) {
      const { body, traceId } = await call('POST', '/deregistrations', options, [200]);
      return { ...(body as { result: string }), traceId };
    },
    state: async () => (await call('GET', '', undefined, [200])).body,
  };
}

function unexpected(supi: string, request: string, { status, body, traceId }: OperatorResponse): LabError {
  const { cause, detail } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const why = [cause, detail].filter(Boolean).join(': ');
  return new LabError(
    `ransim answered ${request} of ${supi} with ${status}${why ? ` (${why})` : ''}`,
    `See what led to it: npm run twincore -- trace --trace-id ${traceId}; ransim's log is in .twincore/runs/latest/logs.`,
  );
}
