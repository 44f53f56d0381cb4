/** Many things at once, but not too many. */

/** Runs `work` on each item, `limit` at a time; resolves when all are done. `onDone` is told after each how many are. */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
  onDone: (done: number) => void = () => {},
): Promise<void> {
  const queue = items.values();
  let done = 0;
  const worker = async () => {
    for (const item of queue) {
      await work(item);
      done += 1;
      onDone(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
