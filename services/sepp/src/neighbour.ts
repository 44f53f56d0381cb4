/** What a SEPP has for each partner: connections, firewall, rates, hiding, keys. */
import type { HttpClient, Insecure, Metrics } from '@twincore/sbi';
import type { Partner } from './config.ts';
import { nameOf } from './partners.ts';
import type { Prins } from './prins.ts';
import { Firewall } from './procedures/firewall.ts';
import { BorderRates } from './procedures/rates.ts';
import type { TopologyHiding } from './procedures/topology-hiding.ts';
import { ROAMING_OPERATIONS } from './roaming-operations.ts';

/** One partner as the code at the border sees it. */
export interface Neighbour {
  readonly partner: Partner;
  readonly name: string;
  /** Toward the partner's SEPP, or with PRINS toward our IPX where there is one. */
  readonly http: HttpClient;
  /** `https://host:port` of that. */
  readonly nextHop: string;
  readonly firewall: Firewall;
  readonly rates: BorderRates;
  readonly hiding: TopologyHiding;
  /** Absent where TLS protects N32-f. */
  readonly prins?: Prins;
}

export function firewallOf({ firewall, usagePurposes }: Partner): Firewall {
  const all = [...(firewall.operations ?? ROAMING_OPERATIONS), ...firewall.moreOperations];
  const allowed = all.filter(({ name, purpose }) => usagePurposes.includes(purpose) && !firewall.denied.includes(name));
  return new Firewall(allowed, firewall);
}

export function ratesOf({ firewall }: Partner, { withoutN32PartnerRate }: Insecure): BorderRates {
  const perSecond = withoutN32PartnerRate ? Number.MAX_SAFE_INTEGER : firewall.requestsPerSecond;
  return new BorderRates(perSecond, firewall.requestsPerSecondPerUe);
}

/** Counters for each partner (`/metrics`). */
export class BorderMetrics {
  readonly #messages;
  readonly #operations;
  readonly #errors;

  constructor(metrics: Metrics) {
    this.#messages = metrics.counter('n32_messages_total', 'SBI requests carried over N32-f', ['partner', 'direction']);
    this.#operations = metrics.counter('n32_refusals_total', 'What the border refused, by reason', [
      'partner',
      'direction',
      'reason',
    ]);
    this.#errors = metrics.counter('n32f_errors_total', 'Errors of PRINS, found here or reported by the partner', [
      'partner',
      'found_by',
      'type',
    ]);
  }

  message(neighbour: Neighbour, direction: 'in' | 'out'): void {
    this.#messages.inc({ partner: neighbour.name, direction });
  }

  refusal(partner: Partner | undefined, direction: 'in' | 'out', reason: string): void {
    this.#operations.inc({ partner: partner ? nameOf(partner) : 'unknown', direction, reason });
  }

  n32fError(partner: Partner, foundBy: 'us' | 'peer', type: string): void {
    this.#errors.inc({ partner: nameOf(partner), found_by: foundBy, type });
  }
}
