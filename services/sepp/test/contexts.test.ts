/** N32 contexts: who has to wait when a partner does not answer, how long, and what ends it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { nfFqdn } from '@twincore/model';
import { parseConfig } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { Partner } from '../src/config.ts';
import { type N32Context, N32Contexts } from '../src/contexts.ts';
import { VISITED } from './support.ts';

const partner = parseConfig(
  Partner,
  { plmnIds: [VISITED], n32: { fqdn: nfFqdn('sepp', VISITED), host: '127.0.0.1', port: 1 }, ca: 'ca.pem' },
  'the test',
);
const made = (contextId: string): N32Context => ({
  contextId,
  security: 'TLS',
  targetApiRootSupported: true,
  initiatedBy: 'us',
  establishedAt: new Date().toISOString(),
});

/** Contexts with a partner that fails as often as `failing` says. */
async function contextsWith(t: TestContext, failing: { times: number }, random: number) {
  const store = openStore(':memory:');
  t.after(() => store.close());
  const asked = { count: 0 };
  const contexts = new N32Contexts(store.collection<N32Context>('contexts'), {
    random: () => random,
    negotiate: async () => {
      asked.count += 1;
      if (asked.count <= failing.times) throw new Error('nobody there');
      return made(String(asked.count).padStart(16, '0'));
    },
  });
  await contexts.load([partner]);
  t.after(() => contexts.close());
  return { contexts, asked };
}
/** Lets what is under way come to its end. */
const settle = async () => {
  for (let i = 0; i < 10; i++) await turn();
};

for (const [random, pauses] of [
  [0, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
  [1, [125, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
] as const) {
  test(`attempts are ${pauses.join(', ')} ms apart when chance says ${random}`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { contexts, asked } = await contextsWith(t, { times: Number.POSITIVE_INFINITY }, random);
    await assert.rejects(contexts.negotiate(partner), /nobody there/);
    for (const [i, pause] of pauses.entries()) {
      t.mock.timers.tick(pause - 1);
      await settle();
      assert.equal(asked.count, i + 1, `before ${pause} ms are over`);
      t.mock.timers.tick(1);
      await settle();
      assert.equal(asked.count, i + 2, `after ${pause} ms`);
    }
  });
}

test('messages do not make a SEPP ask again while a pause lasts', async (t) => {
  const { contexts, asked } = await contextsWith(t, { times: 1 }, 0);
  const together = await Promise.allSettled([contexts.ensure(partner), contexts.ensure(partner)]);
  assert.deepEqual(
    together.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(contexts.isPausing(partner), true);
  await assert.rejects(contexts.ensure(partner), /nobody there/);
  await assert.rejects(contexts.newerThan(partner, made('f'.repeat(16))), /nobody there/);
  assert.equal(asked.count, 1);
});

test('a context that the partner asks for ends the pause', async (t) => {
  const { contexts, asked } = await contextsWith(t, { times: 1 }, 0);
  await assert.rejects(contexts.ensure(partner));
  await contexts.established(partner, { ...made('a'.repeat(16)), initiatedBy: 'peer' });
  assert.equal(contexts.isPausing(partner), false);
  assert.equal((await contexts.ensure(partner)).contextId, 'a'.repeat(16));
  assert.equal(asked.count, 1);
});

test('a relation that was ended is not begun again by a message or a pause', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { contexts, asked } = await contextsWith(t, { times: 1 }, 0);
  await assert.rejects(contexts.ensure(partner));
  await contexts.end(partner);
  t.mock.timers.tick(60_000);
  await settle();
  await assert.rejects(contexts.ensure(partner), /has been ended/);
  assert.equal(asked.count, 1);
  assert.equal((await contexts.negotiate(partner)).contextId, '2'.padStart(16, '0'), 'the operator begins it again');
});
