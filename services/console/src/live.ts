/** Live updates to pages, by server-sent events: what has changed, never the records themselves. */
import type { FastifyReply } from 'fastify';
import { Refused } from './security/door.ts';
import type { CallPulse, Counts } from './wire.ts';

const BEAT_MS = 300;
/** A comment now and then keeps proxies from closing a quiet stream. */
const QUIET_BEATS = 50;

export interface LiveSource {
  counts(): Counts;
  takePulses(): CallPulse[];
}

export class Live {
  readonly #source: LiveSource;
  readonly #limit: number;
  readonly #streams = new Set<FastifyReply['raw']>();
  readonly #pending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #revision = -1;
  #quiet = 0;

  constructor(source: LiveSource, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  /** Makes the answer a stream that lasts until either side ends it. */
  open(reply: FastifyReply, headers: Readonly<Record<string, string>>): void {
    if (this.#streams.size >= this.#limit) {
      throw new Refused(503, 'too many pages of the console are open', 'Close some of them.');
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    raw.write(event('counts', this.#source.counts()));
    this.#streams.add(raw);
    raw.once('close', () => this.#streams.delete(raw));
    raw.on('error', () => this.#streams.delete(raw));
    this.#timer ??= setInterval(() => this.#beat(), BEAT_MS);
  }

  /** Something that pages show has changed: `nfs`, `run`, `ues`, `attacks`. */
  changed(what: string): void {
    this.#pending.add(what);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const raw of this.#streams) raw.end();
    this.#streams.clear();
  }

  #beat(): void {
    const pulses = this.#source.takePulses();
    if (this.#streams.size === 0) return;
    const counts = this.#source.counts();
    const parts = [...this.#pending].map((what) => event('changed', { what }));
    this.#pending.clear();
    if (pulses.length > 0) parts.push(event('calls', pulses));
    if (counts.revision !== this.#revision) parts.push(event('counts', counts));
    this.#revision = counts.revision;
    this.#quiet = parts.length > 0 ? 0 : this.#quiet + 1;
    if (this.#quiet >= QUIET_BEATS) {
      parts.push(': still here\n\n');
      this.#quiet = 0;
    }
    const text = parts.join('');
    if (text === '') return;
    for (const raw of this.#streams) {
      // A page that does not read what it gets is not waited for, nor is what it misses kept.
      if (!raw.writableNeedDrain) raw.write(text);
    }
  }
}

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
