/** Follows the trace of the current run: one NDJSON file for each NF, all of them growing. */
import { type FileHandle, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Where a line is, so that it can be read again. */
export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface TraceSink {
  /** A new run has begun: everything before it is of another one. */
  reset(run: string): void;
  add(line: string, place: Place): void;
  /** A line that is too long to be kept. */
  skip(): void;
  /** What was there has been read. */
  caughtUp(): void;
}

export interface FollowOptions {
  /** `runs` of a lab directory; its `latest` is followed, also when it becomes another. */
  readonly runs: string;
  readonly sink: TraceSink;
  readonly intervalMs: number;
  /** Longest line that is read. */
  readonly lineBytes: number;
  readonly onError: (error: unknown) => void;
}

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;

interface Followed {
  readonly handle: FileHandle;
  /** Of the first octet that has not been read. */
  offset: number;
  /** The beginning of a line whose end has not been written yet. */
  rest: Buffer;
  /** The line under way is too long; what comes up to its end is passed over. */
  passing: boolean;
}

/** Reads what has been added every `intervalMs`, a chunk at a time, and lets others work in between. */
export class TraceFollower {
  readonly #options: FollowOptions;
  readonly #files = new Map<string, Followed>();
  #run = '';
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Resolves when what is there has been read. */
  async start(): Promise<void> {
    await this.#turn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#reading;
    await this.#forget();
  }

  /** The octets of a line, for as long as its file is there. */
  async read({ file, offset, length }: Place): Promise<string> {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async #turn(): Promise<void> {
    this.#reading = this.#readAll().catch(this.#options.onError);
    await this.#reading;
    if (!this.#closed) this.#timer = setTimeout(() => void this.#turn(), this.#options.intervalMs);
  }

  async #readAll(): Promise<void> {
    const { runs, sink } = this.#options;
    const run = await readlink(join(runs, 'latest')).catch(() => '');
    if (run !== this.#run) {
      this.#run = run;
      await this.#forget();
      sink.reset(run);
    }
    if (run === '') return;
    const dir = join(runs, run, 'trace');
    const names = await readdir(dir).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.ndjson'))) await this.#readFile(join(dir, name));
    sink.caughtUp();
  }

  async #readFile(file: string): Promise<void> {
    const followed = this.#files.get(file) ?? (await this.#open(file));
    const { size } = await followed.handle.stat();
    // Somebody has emptied it; what is in it now is new.
    if (size < followed.offset) Object.assign(followed, { offset: 0, rest: Buffer.alloc(0), passing: false });
    while (followed.offset < size && !this.#closed) {
      const { bytesRead, buffer } = await followed.handle.read(Buffer.alloc(CHUNK), 0, CHUNK, followed.offset);
      if (bytesRead === 0) return;
      this.#split(file, followed, buffer.subarray(0, bytesRead));
      await nextTurn();
    }
  }

  #split(file: string, followed: Followed, chunk: Buffer): void {
    const { sink, lineBytes } = this.#options;
    const start = followed.offset - followed.rest.length;
    const octets = followed.rest.length > 0 ? Buffer.concat([followed.rest, chunk]) : chunk;
    let begin = 0;
    for (let end = octets.indexOf(NEWLINE); end >= 0; end = octets.indexOf(NEWLINE, begin)) {
      if (followed.passing) followed.passing = false;
      else if (end > begin) {
        const place = { file, offset: start + begin, length: end - begin };
        if (place.length > lineBytes) sink.skip();
        else sink.add(octets.toString('utf8', begin, end), place);
      }
      begin = end + 1;
    }
    followed.offset += chunk.length;
    followed.rest = Buffer.from(octets.subarray(begin));
    if (followed.passing || followed.rest.length > lineBytes) {
      if (!followed.passing) sink.skip();
      followed.passing = true;
      followed.rest = Buffer.alloc(0);
    }
  }

  async #open(file: string): Promise<Followed> {
    const followed = { handle: await open(file, 'r'), offset: 0, rest: Buffer.alloc(0), passing: false };
    this.#files.set(file, followed);
    return followed;
  }

  async #forget(): Promise<void> {
    const handles = [...this.#files.values()].map(({ handle }) => handle);
    this.#files.clear();
    await Promise.all(handles.map((handle) => handle.close()));
  }
}
