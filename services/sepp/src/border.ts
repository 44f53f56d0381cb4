/** What everything at the border has in common. */
import type { N32fError } from '@twincore/n32';
import type { Nf, SbiProblem, SbiRequest } from '@twincore/sbi';
import type { Partner, Self, SeppConfig } from './config.ts';
import type { N32Context, N32Contexts } from './contexts.ts';
import type { BorderMetrics, Neighbour } from './neighbour.ts';
import type { Partners } from './partners.ts';
import type { Reachable } from './procedures/check-inbound.ts';
import type { TelescopicNames } from './telescopic.ts';

export interface Border {
  readonly nf: Nf<SeppConfig>;
  readonly self: Self;
  readonly partners: Partners;
  readonly contexts: N32Contexts;
  readonly neighbour: (partner: Partner) => Neighbour;
  readonly metrics: BorderMetrics;
  readonly reachable: Reachable;
  readonly telescopic: TelescopicNames;
  /** Defences that a lab may switch off (`insecure`). */
  readonly checks: {
    readonly sourcePlmn: boolean;
    readonly firewall: boolean;
    readonly downgrade: boolean;
    readonly contextOwner: boolean;
  };
  /** Counts and audits a refusal that goes out inside of a protected answer. */
  readonly refused: (request: SbiRequest, partner: Partner, direction: 'in' | 'out', problem: SbiProblem) => void;
  /** A new context in the background, before the present one ends. */
  readonly renew: (partner: Partner) => void;
  /** Counts and logs what is wrong with a message, and reports it to the peer (TS 29.573 5.2.5). */
  readonly n32fErrorFound: (partner: Partner, context: N32Context | undefined, error: N32fError) => void;
}

/** NF type that a host's first label names, for counters and errors. */
export function labelOfHost(hostname: string): string {
  return hostname.split('.', 1)[0]?.toUpperCase() ?? 'NF';
}
