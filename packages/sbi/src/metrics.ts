/** Counters of one NF in Prometheus' exposition format, by prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export function createMetrics(labels: { nfType: string; plmn: string }) {
  const registry = new Registry();
  registry.setDefaultLabels({ nf_type: labels.nfType, plmn: labels.plmn });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'sbi_requests_total',
      help: 'SBI requests answered, by service operation and status',
      labelNames: ['operation', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: 'sbi_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its answer',
      labelNames: ['operation'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    refusals: new Counter({
      name: 'sbi_refusals_total',
      help: 'Requests refused by authentication, authorization or a limit, by reason',
      labelNames: ['reason'],
      registers,
    }),
    tokensVerified: new Counter({
      name: 'sbi_tokens_verified_total',
      help: 'Access tokens accepted, by whether the signature had been verified before',
      labelNames: ['cached'],
      registers,
    }),
    sent: new Counter({
      name: 'sbi_client_requests_total',
      help: 'SBI requests sent, by target NF type and status (0: no answer)',
      labelNames: ['target', 'status'],
      registers,
    }),
    /** A counter that only one kind of NF has. */
    counter: (name: string, help: string, labelNames: string[]) => new Counter({ name, help, labelNames, registers }),
    registered: new Gauge({ name: 'nf_registered', help: '1 while the NRF knows this NF', registers }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
