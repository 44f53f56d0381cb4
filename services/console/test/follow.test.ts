/** Following files that grow, are cut off, emptied, and replaced by another run's. */
import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TraceFollower } from '../src/trace/follow.ts';
import { eventually, fakeRun, sbiRecord } from './support.ts';

function following(dir: string, lineBytes = 10_000) {
  const lines: string[] = [];
  const runs: string[] = [];
  const state = { skipped: 0 };
  const follower = new TraceFollower({
    runs: join(dir, 'runs'),
    intervalMs: 10,
    lineBytes,
    onError: (error) => assert.fail(String(error)),
    sink: {
      reset: (run) => {
        runs.push(run);
        lines.length = 0;
      },
      add: (line, place) => {
        lines.push(line);
        places.set(line, place);
      },
      skip: () => {
        state.skipped += 1;
      },
      caughtUp: () => {},
    },
  });
  const places = new Map<string, Parameters<TraceFollower['read']>[0]>();
  return { follower, lines, runs, state, places };
}

test('a line that comes in pieces is one line, and can be read again where it is', async () => {
  const run = fakeRun();
  after(() => run.remove());
  const { follower, lines, places } = following(run.dir);
  run.raw('amf', '{"a":"é');
  await follower.start();
  assert.deepEqual(lines, []);
  run.raw('amf', '€"}\n{"b":2}\n');
  await eventually('both lines', () => lines.length === 2 || undefined);
  assert.deepEqual(lines, ['{"a":"é€"}', '{"b":2}']);
  for (const line of lines) {
    const place = places.get(line);
    assert.ok(place);
    assert.equal(await follower.read(place), line);
  }
  await follower.close();
});

test('lines across many chunks are whole', async () => {
  const run = fakeRun();
  after(() => run.remove());
  const records = Array.from({ length: 3_000 }, (_, i) =>
    sbiRecord({ at: i, responseBody: { text: 'x'.repeat(i % 700) } }),
  );
  run.write('nrf', ...records);
  const { follower, lines } = following(run.dir);
  await follower.start();
  assert.equal(lines.length, records.length);
  assert.ok(lines.every((line, i) => (JSON.parse(line) as { at: number }).at === i));
  await follower.close();
});

test('a line that is too long is passed over, also while it grows, and what comes after it is read', async () => {
  const run = fakeRun();
  after(() => run.remove());
  const { follower, lines, state } = following(run.dir, 2_000);
  run.raw('amf', `${'x'.repeat(5_000)}\n{"a":1}\n${'y'.repeat(600_000)}`);
  await follower.start();
  run.raw('amf', `${'y'.repeat(10)}\n{"b":2}\n`);
  await eventually('the line after it', () => lines.includes('{"b":2}') || undefined);
  assert.deepEqual([lines, state.skipped], [['{"a":1}', '{"b":2}'], 2]);
  await follower.close();
});

test('an emptied file is read from its beginning, and another run replaces the one before', async () => {
  const run = fakeRun();
  after(() => run.remove());
  const { follower, lines, runs } = following(run.dir);
  run.raw('amf', '{"a":1}\n');
  await follower.start();
  truncateSync(join(run.dir, 'runs', run.id, 'trace/amf.ndjson'));
  await new Promise((resolve) => setTimeout(resolve, 60));
  run.raw('amf', '{"b":1}\n');
  await eventually('the new line', () => lines.includes('{"b":1}') || undefined);
  const second = run.next('second');
  second.raw('amf', '{"c":1}\n');
  await eventually('the second run', () => lines.includes('{"c":1}') || undefined);
  assert.deepEqual([runs, lines], [['first', 'second'], ['{"c":1}']]);
  await follower.close();
});

test('without a lab it waits for one', async () => {
  const run = fakeRun();
  after(() => run.remove());
  const { follower, lines } = following(join(run.dir, 'nothing-here'));
  await follower.start();
  assert.deepEqual(lines, []);
  await follower.close();
});
