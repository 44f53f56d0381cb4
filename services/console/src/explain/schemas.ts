/** What the 3GPP OpenAPI documents say about one recorded exchange. */
import { Worker } from 'node:worker_threads';
import type { SbiTraceRecord } from '@twincore/sbi';
import type { SchemaVerdict } from '../wire.ts';

/** A verdict that takes longer is none. */
const TIMEOUT_MS = 20_000;
/** The thread ends when nobody has asked for so long: it holds every document that was looked at. */
const IDLE_MS = 120_000;

export class SchemaChecks {
  readonly #specs: string;
  readonly #waiting = new Map<number, (verdict: SchemaVerdict) => void>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 1;

  /** `specs`: directory of the documents; it may be missing. */
  constructor(specs: string) {
    this.#specs = specs;
  }

  async check(record: SbiTraceRecord): Promise<SchemaVerdict> {
    const id = this.#next++;
    const verdict = new Promise<SchemaVerdict>((resolve) => {
      const timer = setTimeout(() => this.#stop(), TIMEOUT_MS);
      this.#waiting.set(id, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
    });
    this.#start().postMessage({ id, exchange: record });
    return verdict;
  }

  close(): void {
    this.#stop();
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#stop(), IDLE_MS).unref();
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./schema-worker.ts', import.meta.url), { workerData: this.#specs });
    worker.unref();
    worker.on('message', ({ id, verdict }: { id: number; verdict: SchemaVerdict }) => {
      this.#waiting.get(id)?.(verdict);
      this.#waiting.delete(id);
    });
    worker.on('error', () => this.#stop());
    this.#worker = worker;
    return worker;
  }

  #stop(): void {
    clearTimeout(this.#idle);
    void this.#worker?.terminate();
    this.#worker = undefined;
    for (const answer of this.#waiting.values()) answer({ state: 'not-3gpp', deviations: [], unchecked: [] });
    this.#waiting.clear();
  }
}
