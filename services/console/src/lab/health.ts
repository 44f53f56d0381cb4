/** Asks every NF of the run for its health, again and again. */

import type { TraceRecord } from '@twincore/sbi';
import { parseLci } from '@twincore/sbi';
import type { NfView } from '../wire.ts';
import { infoOfRun, type KnownNf, nfsOf } from './nfs.ts';

export interface HealthOptions {
  /** The lab directory. */
  readonly dir: string;
  readonly intervalMs: number;
  /** Some NF came, went, or answers no longer. */
  readonly onChange: () => void;
}

interface Health {
  nf: KnownNf;
  state: NfView['state'];
  since: number;
  load?: number;
}

export class HealthWatch {
  readonly #options: HealthOptions;
  #run = '';
  #showSecrets = false;
  #known = new Map<string, Health>();
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#turn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#asking;
  }

  /** The NFs are those of this run from now on. */
  follow(run: string): void {
    this.#run = run;
    this.#known.clear();
  }

  /** Takes the load that an NF announces with its answers (TS 29.500 6.3.3). */
  hear(record: TraceRecord): void {
    if (record.kind !== 'sbi' || typeof record.responseHeaders !== 'object') return;
    const lci = Object(record.responseHeaders)['3gpp-sbi-lci'];
    if (typeof lci !== 'string') return;
    const own = parseLci(lci).findLast(({ scope }) => scope === `NF-Instance:${record.to.nfInstanceId}`);
    const health = own && [...this.#known.values()].find(({ nf }) => nf.nfInstanceId === record.to.nfInstanceId);
    if (health) health.load = own.load;
  }

  views(): NfView[] {
    return [...this.#known.values()].map(({ nf: { opsUrl: _, ...nf }, state, since, load }) => ({
      ...nf,
      state,
      since,
      ...(load === undefined ? {} : { load }),
    }));
  }

  get showSecrets(): boolean {
    return this.#showSecrets;
  }

  async #turn(): Promise<void> {
    const begun = performance.now();
    this.#asking = this.#askAll();
    await this.#asking;
    const left = Math.max(0, this.#options.intervalMs - (performance.now() - begun));
    if (!this.#closed) this.#timer = setTimeout(() => void this.#turn(), left);
  }

  async #askAll(): Promise<void> {
    const run = this.#run;
    const info = infoOfRun(this.#options.dir, run);
    this.#showSecrets = info?.showSecrets ?? false;
    const nfs = info ? await nfsOf(info) : [];
    const states = await Promise.all(nfs.map((nf) => this.#ask(nf)));
    // Another run has begun while they were asked.
    if (run !== this.#run) return;
    const now = Date.now();
    const before = this.#known;
    this.#known = new Map(
      nfs.map((nf, index) => {
        const state = states[index] ?? 'unknown';
        const known = before.get(nf.key);
        const since = known?.state === state ? known.since : now;
        return [nf.key, { ...known, nf, state, since }];
      }),
    );
    const picture = (known: ReadonlyMap<string, Health>) =>
      [...known.values()].map(({ nf, state }) => `${nf.key} ${state} ${nf.insecure}`).join('\n');
    if (picture(before) !== picture(this.#known)) this.#options.onChange();
  }

  async #ask({ opsUrl }: KnownNf): Promise<NfView['state']> {
    try {
      const signal = AbortSignal.timeout(this.#options.intervalMs);
      const answer = await fetch(`${opsUrl}/healthz`, { signal, redirect: 'error' });
      await answer.body?.cancel();
      return answer.ok ? 'up' : 'down';
    } catch {
      return 'down';
    }
  }
}
