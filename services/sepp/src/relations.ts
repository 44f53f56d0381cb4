/** N32-c as this SEPP begins it: agreeing with a partner, renewing, ending, reporting. */
import { readFileSync } from 'node:fs';
import type { N32fError } from '@twincore/n32';
import { type Nf, readTls } from '@twincore/sbi';
import { N32cConnection, type N32cIdentity } from './clients/n32c.ts';
import type { Partner, Self, SeppConfig } from './config.ts';
import { type N32Context, type N32Contexts, newContextId } from './contexts.ts';
import type { BorderMetrics } from './neighbour.ts';
import { nameOf } from './partners.ts';
import type { Prins } from './prins.ts';
import { requestCapabilities, requestTeardown } from './procedures/exchange-capability.ts';
import { requestParameters } from './procedures/exchange-params.ts';
import { reportError, terminate } from './procedures/terminate.ts';

interface Parts {
  readonly nf: Nf<SeppConfig>;
  readonly self: Self;
  readonly metrics: BorderMetrics;
  readonly prinsOf: (partner: Partner) => Prins | undefined;
}

/** Reports that may be under way to one partner at once: whoever sends rubbish must not make this SEPP send as much. */
const MAX_REPORTS = 4;

export class Relations {
  readonly #parts: Parts;
  readonly #identity: N32cIdentity;
  readonly #reporting = new Map<Partner, number>();
  readonly #renewing = new Set<Partner>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(parts: Parts) {
    const { config } = parts.nf;
    const { key, cert } = readTls({ ...config.n32.tls, ca: [] });
    this.#parts = parts;
    this.#identity = { nfInstanceId: config.nfInstanceId, key, cert };
  }

  /** A new context: capabilities, and with PRINS the parameters, both on one connection. Throws what N32-c ended in. */
  negotiate(partner: Partner): Promise<N32Context> {
    const { self } = this.#parts;
    return this.#connected(partner, async (n32c) => {
      const capabilities = await requestCapabilities(n32c, self, partner);
      const prins = this.#parts.prinsOf(partner);
      const agreed = prins ? await requestParameters(n32c, self, partner, prins.terms) : { contextId: newContextId() };
      return {
        ...agreed,
        ...capabilities,
        security: partner.security,
        initiatedBy: 'us',
        establishedAt: new Date().toISOString(),
      };
    });
  }

  /** A new context in the background; one at a time, and none while the pause after a failure lasts. */
  renew(contexts: N32Contexts, partner: Partner): void {
    if (this.#renewing.has(partner) || contexts.isPausing(partner)) return;
    this.#renewing.add(partner);
    this.#background(
      partner,
      'an N32 context could not be renewed',
      contexts.negotiate(partner).finally(() => this.#renewing.delete(partner)),
    );
  }

  /** Ends the relation: every context is terminated, then capability NONE is agreed. Throws when the partner does not answer. */
  async end(contexts: N32Contexts, partner: Partner): Promise<void> {
    await this.#connected(partner, async (n32c) => {
      for (const context of [...contexts.of(partner)]) await terminate(n32c, contexts, partner, context);
      await requestTeardown(n32c, this.#parts.self, partner);
    }).finally(() => contexts.end(partner));
  }

  /** `context` is absent where the message named none that is known. */
  errorFound(partner: Partner, context: N32Context | undefined, error: N32fError): void {
    const { metrics, nf } = this.#parts;
    metrics.n32fError(partner, 'us', error.errorType);
    nf.log.warn({ partner: nameOf(partner), error: error.errorType }, 'a message on N32-f is refused');
    const info = error.toErrorInfo(context?.prins?.peerContextId);
    const running = this.#reporting.get(partner) ?? 0;
    if (!info || running >= MAX_REPORTS) return;
    this.#reporting.set(partner, running + 1);
    const report = this.#connected(partner, (n32c) => reportError(n32c, info)).finally(() =>
      this.#reporting.set(partner, (this.#reporting.get(partner) ?? 1) - 1),
    );
    this.#background(partner, 'an N32-f error could not be reported', report);
  }

  /** Resolves when nothing runs in the background any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #background(partner: Partner, failure: string, work: Promise<unknown>): void {
    const settled = work
      .catch((error: Error) => this.#parts.nf.log.warn({ partner: nameOf(partner), reason: error.message }, failure))
      .finally(() => this.#running.delete(settled));
    this.#running.add(settled);
  }

  async #connected<T>(partner: Partner, work: (n32c: N32cConnection) => Promise<T>): Promise<T> {
    const n32c = await N32cConnection.open(this.#identity, partner, readFileSync(partner.ca));
    try {
      return await work(n32c);
    } finally {
      n32c.close();
    }
  }
}
