/** The other end of the launcher's control API. */
import { Client, errors } from 'undici';
import { LabError, type LabErrorReason } from '../errors.ts';
import type { ControlProblem, ProcessStatus } from './server.ts';

/** A restart may take as long as an NF has to become ready, twice where its old configuration is put back. */
const ANSWER_MS = 90_000;
const CONNECT_MS = 2_000;

/** The socket is not there, or nobody listens at it. */
export class NoControl extends Error {}

export interface ControlClient {
  processes(): Promise<ProcessStatus[]>;
  restart(label: string): Promise<void>;
  kill(label: string): Promise<void>;
  config(label: string): Promise<Record<string, unknown>>;
  setConfig(label: string, changes: Readonly<Record<string, unknown>>): Promise<void>;
  resetConfig(label: string): Promise<void>;
  /** Resolves when the launcher has begun to stop. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Every method throws {@link NoControl} where there is no launcher, and the launcher's {@link LabError}. */
export function connectControl(socketPath: string): ControlClient {
  const client = new Client('http://lab', { socketPath, connect: { timeout: CONNECT_MS }, headersTimeout: ANSWER_MS });
  const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<unknown> => {
    try {
      const answer = await client.request({
        method,
        path,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const text = await answer.body.text();
      const said: unknown = text === '' ? undefined : JSON.parse(text);
      if (answer.statusCode < 300) return said;
      const { title, advice, reason } = said as ControlProblem;
      throw new LabError(title, advice ?? '', { reason: (reason ?? 'failed') as LabErrorReason });
    } catch (error) {
      if (error instanceof LabError) throw error;
      const isTimeout = error instanceof errors.HeadersTimeoutError;
      throw new NoControl(isTimeout ? 'the launcher does not answer' : 'no launcher listens', { cause: error });
    }
  };
  const nf = (label: string) => `/nfs/${encodeURIComponent(label)}`;
  return {
    processes: () => call('GET', '/processes') as Promise<ProcessStatus[]>,
    restart: async (label) => void (await call('POST', `${nf(label)}/restart`)),
    kill: async (label) => void (await call('POST', `${nf(label)}/kill`)),
    config: (label) => call('GET', `${nf(label)}/config`) as Promise<Record<string, unknown>>,
    setConfig: async (label, changes) => void (await call('PATCH', `${nf(label)}/config`, changes)),
    resetConfig: async (label) => void (await call('DELETE', `${nf(label)}/config`)),
    stop: async () => void (await call('POST', '/stop')),
    close: () => client.destroy(),
  };
}
