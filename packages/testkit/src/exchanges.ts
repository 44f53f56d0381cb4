/** The recorded exchanges of a PLMN, and what a test says of them. */
import { AssertionError } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SbiTraceRecord } from '@twincore/sbi';
import { specsDirectory } from './specs.ts';

/** Which exchanges are meant; what is absent may be anything. */
export interface ExchangePattern {
  /** NF type of the consumer: out of its certificate. */
  readonly from?: string;
  /** NF type of the producer. */
  readonly to?: string;
  /** In the TS's words, e.g. `Nausf_UEAuthentication_Authenticate`. A fake NF does not know it, and records the service's name. */
  readonly operation?: string;
  readonly method?: string;
  /** A part of path and query, or a pattern for them. */
  readonly path?: string | RegExp;
  readonly status?: number;
}

/** What can be asked of the exchanges; each waits until what is under way is written. Failures are `AssertionError`s. */
export interface Exchanges {
  /** In the order of time. */
  exchanges(pattern?: ExchangePattern): Promise<SbiTraceRecord[]>;
  /** Throws unless there is one such exchange at least, or `times`; gives those that there are. */
  assertCalled(pattern: ExchangePattern, times?: number): Promise<SbiTraceRecord[]>;
  /** Throws when there is one. */
  assertNotCalled(pattern: ExchangePattern): Promise<void>;
  /**
   * Throws when an exchange deviates from 3GPP's OpenAPI documents, which are in the directory `specs` (TWINCORE_SPECS when absent).
   * With `allowRefused`, requests that were answered with 4xx may deviate.
   */
  assertConformant(options?: { specs?: string; allowRefused?: boolean }): Promise<void>;
}

/** How long an exchange that is demanded may take to be recorded: its producer writes after it has answered. */
const PATIENCE_MS = 1_000;
const POLL_MS = 10;
const QUIET_POLLS = 3;

/** `read` gives what is recorded so far, in any order. */
export function exchangesOf(read: () => Promise<readonly SbiTraceRecord[]>): Exchanges {
  const settled = async () => {
    let records = await read();
    for (let quiet = 0, waited = 0; quiet < QUIET_POLLS && waited < PATIENCE_MS; waited += POLL_MS) {
      await sleep(POLL_MS);
      const now = await read();
      quiet = now.length === records.length ? quiet + 1 : 0;
      records = now;
    }
    return records.toSorted((a, b) => a.at - b.at);
  };

  const exchanges = async (pattern: ExchangePattern = {}) => {
    const found = await settled();
    return found.filter((record) => matches(record, pattern));
  };

  return {
    exchanges,

    async assertCalled(pattern, times) {
      const deadline = Date.now() + PATIENCE_MS;
      let found = await exchanges(pattern);
      while (found.length < (times ?? 1) && Date.now() < deadline) found = await exchanges(pattern);
      if (times === undefined ? found.length > 0 : found.length === times) return found;
      const wanted = times === undefined ? 'at least one exchange' : `${times} exchanges`;
      throw failure(`expected ${wanted} ${describe(pattern)}, found ${found.length}`, await settled());
    },

    async assertNotCalled(pattern) {
      const found = await exchanges(pattern);
      if (found.length > 0) throw failure(`expected no exchange ${describe(pattern)}, found ${found.length}`, found);
    },

    async assertConformant(options = {}) {
      // Reading the documents and the checker takes longer than a PLMN takes to start; most tests do without.
      const { checkRecords, renderReport } = await import('@twincore/conformance');
      const report = checkRecords(specsDirectory(options.specs), await settled(), options);
      if (report.deviants.length > 0) throw new AssertionError({ message: renderReport(report).join('\n') });
    },
  };
}

function matches(record: SbiTraceRecord, { from, to, operation, method, path, status }: ExchangePattern): boolean {
  return (
    (from === undefined || record.from.nfType === from) &&
    (to === undefined || record.to.nfType === to) &&
    (operation === undefined || record.operation === operation) &&
    (method === undefined || record.method === method) &&
    (status === undefined || record.status === status) &&
    (path === undefined || (typeof path === 'string' ? record.uri.includes(path) : path.test(record.uri)))
  );
}

function describe(pattern: ExchangePattern): string {
  const parts = Object.entries(pattern).filter(([, value]) => value !== undefined);
  return parts.length === 0 ? 'at all' : `with ${parts.map(([name, value]) => `${name} ${value}`).join(', ')}`;
}

function failure(message: string, records: readonly SbiTraceRecord[]): AssertionError {
  const lines = records.map(
    ({ from, to, method, uri, status, operation, failure }) =>
      `  ${from.nfType} → ${to.nfType}  ${status}  ${operation}  ${method} ${uri}${failure ? `  (${failure})` : ''}`,
  );
  return new AssertionError({
    message: `${message}\nRecorded:\n${lines.length > 0 ? lines.join('\n') : '  nothing'}`,
  });
}
