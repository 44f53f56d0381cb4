/** What each NF says of its own memory (`/metrics`), and whether it grows without end. */
import type { Lab } from '@twincore/lab';

export interface MemorySample {
  readonly rss: number;
  /** In use; the least of several samples is close to what a garbage collection leaves. */
  readonly heap: number;
}
export interface MemoryGrowth {
  readonly nf: string;
  readonly before: MemorySample;
  readonly after: MemorySample;
  readonly isRunaway: boolean;
}

const MIB = 2 ** 20;
/**
 * Growth from the end of the warm-up to the end of the run that is no accident any more. State that is kept for a while, V8's
 * willingness to use memory that is there, and fragmentation stay far below; a leak of 1 KiB a request does not in a long run.
 */
export const RUNAWAY = { heap: 48 * MIB, rss: 192 * MIB } as const;
const SETTLE_MS = 30_000;
const PAUSE_MS = 1_000;
/** Worth waiting for. */
const isNotable = ({ before, after }: MemoryGrowth) => after.heap - before.heap > RUNAWAY.heap / 4;
const METRICS = { rss: 'process_resident_memory_bytes', heap: 'nodejs_heap_size_used_bytes' } as const;

export class MemoryWatch {
  readonly #lab: Lab;
  readonly #timer: NodeJS.Timeout;
  #window = new Map<string, MemorySample>();
  #before = new Map<string, MemorySample>();

  constructor(lab: Lab, everyMs = 500) {
    this.#lab = lab;
    this.#timer = setInterval(() => this.#sample().catch(() => {}), everyMs);
  }

  /** Begins a window; the least that is seen in it counts. */
  beginWindow(): void {
    this.#window = new Map();
  }

  /** Ends the window that everything afterwards is compared with. */
  async endWarmUp(): Promise<void> {
    await this.#sample();
    this.#before = this.#window;
    this.beginWindow();
  }

  async end(): Promise<MemoryGrowth[]> {
    await this.#sample();
    // An idle V8 collects what it was too busy for.
    for (let waited = 0; this.#growth().some(isNotable) && waited < SETTLE_MS; waited += PAUSE_MS) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      await this.#sample();
    }
    this.stop();
    return this.#growth();
  }

  #growth(): MemoryGrowth[] {
    return [...this.#window].map(([nf, after]) => {
      const before = this.#before.get(nf) ?? after;
      const isRunaway = after.heap - before.heap > RUNAWAY.heap || after.rss - before.rss > RUNAWAY.rss;
      return { nf, before, after, isRunaway };
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #sample(): Promise<void> {
    await Promise.all(
      this.#lab.nfs.map(async ({ label, config }) => {
        if (!config.ops) return;
        const answer = await fetch(`http://${config.ops.host}:${config.ops.port}/metrics`);
        const text = await answer.text();
        const value = (name: string) => Number(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'm').exec(text)?.[1]);
        const [rss, heap] = [value(METRICS.rss), value(METRICS.heap)];
        const least = this.#window.get(label) ?? { rss, heap };
        this.#window.set(label, { rss: Math.min(least.rss, rss), heap: Math.min(least.heap, heap) });
      }),
    );
  }
}
