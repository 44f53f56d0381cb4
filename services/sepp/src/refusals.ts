/** Every refusal at the border, counted for each partner and written to the audit log. */
import type { TLSSocket } from 'node:tls';
import { Refusal, type SbiProblem, type SbiRequest, type SbiServer } from '@twincore/sbi';
import type { AuditLog } from './audit.ts';
import type { Partner } from './config.ts';
import type { BorderMetrics } from './neighbour.ts';
import { nameOf, type Partners } from './partners.ts';

/** That was no refusal. */
const CLIENT_LEFT: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

interface Parts {
  readonly metrics: BorderMetrics;
  readonly audit: AuditLog;
  /** How answers of this SEPP itself begin their Server header. */
  readonly serverName: string;
}

export class Refusals {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Notes what the routes of `scope` refuse; an error that a producer answers is none of the border's. */
  watch(scope: SbiServer, direction: 'in' | 'out', partners: Partners): void {
    scope.addHook('onResponse', async (request, reply) => {
      const isOurs = String(reply.getHeader('server') ?? '').startsWith('SEPP-') && reply.statusCode >= 400;
      const refused = request.sbi?.token?.verdict === 'refused' && reply.statusCode >= 400;
      if (!isOurs && !refused) return;
      // Another SEPP's own word, passed on, is in that one's log.
      if (!refused && reply.getHeader('server') !== this.#parts.serverName) return;
      const peerPlmn = direction === 'in' ? request.sbi?.peer?.plmnId : undefined;
      const partner =
        partners.all.find((one) => nameOf(one) === request.sbi?.n32?.peerPlmn) ?? (peerPlmn && partners.of(peerPlmn));
      this.#write(
        request,
        partner,
        direction,
        request.sbi?.token?.reason ?? String(reply.statusCode),
        reply.statusCode,
      );
    });
  }

  /** Notes a problem that the answer to a protected request contains. */
  note(request: SbiRequest, partner: Partner, direction: 'in' | 'out', problem: SbiProblem): void {
    const reason = problem instanceof Refusal ? problem.reason : String(problem.status);
    this.#write(request, partner, direction, reason, problem.status, problem.message);
  }

  /** Notes who did not get as far as a connection: no certificate, or one of nobody's CA. */
  handshake(error: NodeJS.ErrnoException, { authorizationError, remoteAddress: address }: TLSSocket): void {
    const { metrics, audit } = this.#parts;
    // Of a certificate that does not verify Node tells it here; the error says then what it says of a client that has gone by itself.
    const code = authorizationError ? String(authorizationError) : (error.code ?? error.message);
    if (CLIENT_LEFT.has(code)) return;
    metrics.refusal(undefined, 'in', 'handshake');
    audit.refused({
      partner: 'unknown',
      direction: 'in',
      reason: 'handshake',
      detail: code,
      ...(address === undefined ? {} : { address }),
    });
  }

  #write(
    request: SbiRequest,
    partner: Partner | undefined,
    direction: 'in' | 'out',
    reason: string,
    status: number,
    detail?: string,
  ): void {
    const { metrics, audit } = this.#parts;
    metrics.refusal(partner, direction, reason);
    audit.refused({
      partner: partner ? nameOf(partner) : 'unknown',
      direction,
      reason,
      status,
      method: request.method,
      operation: request.routeOptions.config.sbi?.operation ?? 'unknown',
      ...(request.sbi?.peer ? { peer: request.sbi.peer.fqdn } : {}),
      ...(detail === undefined ? {} : { detail }),
      ...(request.sbi ? { traceId: request.sbi.trace.traceId } : {}),
    });
  }
}
