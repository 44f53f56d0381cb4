/** The operator: a client certificate of NF type OPERATOR, with which the lab drives what is no 3GPP interface (ransim). */
import { nfFqdn, type PlmnId } from '@twincore/model';
import {
  createMetrics,
  HttpClient,
  type HttpRequest,
  type HttpResponse,
  newTrace,
  SECURE,
  withTrace,
} from '@twincore/sbi';
import pino from 'pino';
import { nfInstanceIdOf } from './instance-id.ts';
import type { PlmnPki } from './pki.ts';

export interface OperatorRequest extends Omit<HttpRequest, 'target' | 'operation'> {
  /** For an error message; the path when absent. */
  readonly operation?: string;
}
export interface OperatorResponse extends HttpResponse {
  /** The trace that everything belongs to which the request caused. */
  readonly traceId: string;
}
export interface Operator {
  readonly nfInstanceId: string;
  /** Sends one request under a trace of its own; every status is an answer. Throws sbi's Unreachable. */
  request(request: OperatorRequest): Promise<OperatorResponse>;
  close(): Promise<void>;
}

const NF_TYPE = 'OPERATOR';
/** ransim answers when a NAS procedure is over, and T3521 may run out five times before it is (TS 24.501 table 10.2.1). */
const TIMEOUT_MS = 100_000;

/** `hosts` tells where FQDNs are. The certificate is issued by the CA of `plmnId`. */
export async function createOperator(pki: PlmnPki, plmnId: PlmnId, hosts: Record<string, string>): Promise<Operator> {
  const nfInstanceId = nfInstanceIdOf(plmnId, 'operator');
  const fqdn = nfFqdn('operator', plmnId);
  const tls = await pki.certificate({ name: 'operator', nfInstanceId, nfTypes: [NF_TYPE], fqdn });
  const http = new HttpClient(
    { nfType: NF_TYPE, nfInstanceId, tls, hosts, insecure: SECURE },
    { metrics: createMetrics({ nfType: NF_TYPE, plmn: 'lab' }), log: pino({ level: 'silent' }) },
  );
  return {
    nfInstanceId,
    close: () => http.close(),
    request: async (request) => {
      const trace = newTrace();
      const { pathname, host } = new URL(request.url);
      const answer = await withTrace(trace, () =>
        http.send({ operation: pathname, timeoutMs: TIMEOUT_MS, ...request, target: host }),
      );
      return { ...answer, traceId: trace.traceId };
    },
  };
}
