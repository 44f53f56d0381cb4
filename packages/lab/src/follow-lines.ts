/** Files that grow, read line by line as they do. */
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FollowedLine {
  readonly file: string;
  readonly line: string;
}

const POLL_MS = 200;
const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * Each new line of the files that `files` names, which is asked again each time. Begins at the end of what is there now, or with
 * `fromStart` at the beginning. Ends when `signal` aborts. A line comes when it is complete.
 */
export async function* followLines(
  files: () => readonly string[],
  signal: AbortSignal,
  { fromStart = false }: { fromStart?: boolean } = {},
): AsyncGenerator<FollowedLine> {
  const followed = new Map<string, Tail>();
  // What is made while we look is new from its first line on.
  for (const file of fromStart ? [] : files()) followed.set(file, new Tail(file, await sizeOf(file)));
  try {
    while (!signal.aborted) {
      for (const file of files()) {
        const tail = followed.get(file) ?? new Tail(file, 0);
        followed.set(file, tail);
        for await (const line of tail.read()) yield { file, line };
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    }
  } finally {
    await Promise.all([...followed.values()].map((tail) => tail.close()));
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    const handle = await open(file, 'r');
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  } catch {
    return 0;
  }
}

class Tail {
  readonly #file: string;
  #offset: number;
  #rest = Buffer.alloc(0);
  #handle: FileHandle | undefined;

  constructor(file: string, offset: number) {
    this.#file = file;
    this.#offset = offset;
  }

  async *read(): AsyncGenerator<string> {
    this.#handle ??= await open(this.#file, 'r').catch(() => undefined);
    for (;;) {
      const chunk = await this.#handle?.read(Buffer.alloc(CHUNK), 0, CHUNK, this.#offset);
      if (!chunk || chunk.bytesRead === 0) return;
      this.#offset += chunk.bytesRead;
      const octets = Buffer.concat([this.#rest, chunk.buffer.subarray(0, chunk.bytesRead)]);
      let begin = 0;
      for (let end = octets.indexOf(NEWLINE); end >= 0; end = octets.indexOf(NEWLINE, begin)) {
        if (end > begin) yield octets.toString('utf8', begin, end);
        begin = end + 1;
      }
      this.#rest = Buffer.from(octets.subarray(begin));
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
