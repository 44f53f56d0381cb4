import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openStore } from '../src/index.ts';

const dir = mkdtempSync(join(tmpdir(), 'twincore-store-'));
after(() => rmSync(dir, { recursive: true }));

test('what was put is got, also by a store opened later on the same file', async () => {
  const file = join(dir, 'reopen.sqlite');
  const first = openStore(file);
  await first.collection<{ n: number }>('a').put('k', { n: 1 });
  await first.collection<{ n: number }>('b').put('k', { n: 2 });
  await first.close();
  const second = openStore(file);
  assert.deepEqual(await second.collection('a').get('k'), { n: 1 });
  assert.deepEqual(await second.collection('b').get('k'), { n: 2 });
  assert.equal(await second.collection('a').get('other'), undefined);
  await second.close();
});

test('delete says whether there was something', async () => {
  const store = openStore(':memory:');
  const c = store.collection<number>('c');
  await c.put('x', 1);
  assert.equal(await c.delete('x'), true);
  assert.equal(await c.delete('x'), false);
  assert.equal(await c.get('x'), undefined);
  await store.close();
});

test('update is atomic: 200 concurrent increments count to 200', async () => {
  const store = openStore(':memory:');
  const c = store.collection<number>('c');
  await Promise.all(Array.from({ length: 200 }, () => c.update('n', (n = 0) => n + 1)));
  assert.equal(await c.get('n'), 200);
  assert.equal(await c.update('n', () => undefined), undefined);
  assert.equal(await c.get('n'), undefined);
  await store.close();
});

test('an update that throws rejects alone and writes nothing', async () => {
  const store = openStore(':memory:');
  const c = store.collection<number>('c');
  await c.put('n', 1);
  const results = await Promise.allSettled([
    c.update('n', (n = 0) => n + 1),
    c.update('n', () => {
      throw new Error('no');
    }),
    c.put('m', 3),
  ]);
  assert.deepEqual(
    results.map((r) => r.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.equal(await c.get('n'), 2);
  assert.equal(await c.get('m'), 3);
  await store.close();
});

test('an entry does not exist any more once it expired', async () => {
  const store = openStore(':memory:');
  const c = store.collection<string>('c');
  await c.put('old', 'x', { expiresAt: Date.now() - 1 });
  await c.put('new', 'y', { expiresAt: Date.now() + 60_000 });
  assert.equal(await c.get('old'), undefined);
  assert.equal(await c.delete('old'), false);
  assert.deepEqual(await c.list(), [{ key: 'new', value: 'y' }]);
  await store.close();
});

test('list pages in key order within a prefix', async () => {
  const store = openStore(':memory:');
  const c = store.collection<number>('c');
  await Promise.all(['a/2', 'a/1', 'b/1', 'a/3', 'a0'].map((key, n) => c.put(key, n)));
  const keys = (entries: { key: string }[]) => entries.map(({ key }) => key);
  assert.deepEqual(keys(await c.list({ prefix: 'a/' })), ['a/1', 'a/2', 'a/3']);
  assert.deepEqual(keys(await c.list({ prefix: 'a/', after: 'a/1', limit: 1 })), ['a/2']);
  assert.equal((await c.list()).length, 5);
  await store.close();
});

test('a write after the end is refused, and nothing else happens', async () => {
  const store = openStore(':memory:');
  const c = store.collection<number>('c');
  await store.close();
  await assert.rejects(c.put('x', 1), /closed/);
  await assert.rejects(
    c.update('x', () => 2),
    /closed/,
  );
});

test('what was acknowledged survives kill -9', async () => {
  const file = join(dir, 'kill.sqlite');
  const index = new URL('../src/index.ts', import.meta.url).href;
  const script = `
    const { openStore } = await import(${JSON.stringify(index)});
    const c = openStore(${JSON.stringify(file)}).collection('c');
    for (let n = 0; ; n += 1) { await c.put('n', n); process.stdout.write(n + '\\n'); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = -1;
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      acknowledged = Number(String(chunk).trim().split('\n').at(-1));
      if (acknowledged > 20) child.kill('SIGKILL');
    });
    child.on('exit', () => resolve());
  });
  const store = openStore(file);
  const kept = await store.collection<number>('c').get('n');
  assert.ok(kept !== undefined && kept >= acknowledged, `kept ${kept}, acknowledged ${acknowledged}`);
  await store.close();
});
