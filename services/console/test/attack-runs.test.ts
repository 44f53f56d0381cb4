/** Runs of attacks: one at a time, with what came of them and where they were stopped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabError } from '@twincore/lab';
import { type AttackBook, AttackRuns } from '../src/lab/attack-runs.ts';
import type { MessageSummary } from '../src/wire.ts';
import { eventually } from './support.ts';

const OUTCOME = { withDefence: { outcome: '403', asExpected: true }, serving: true };

function runsWith(run: AttackBook['run'], errors: readonly MessageSummary[] = []) {
  let changes = 0;
  const runs = new AttackRuns({
    book: { describe: async () => [], targetOf: (id) => (id === 'X1' ? 'UDM 001-01' : undefined), run },
    errorsBetween: () => errors,
    onChange: () => {
      changes += 1;
    },
  });
  return { runs, changes: () => changes };
}

const ended = (runs: AttackRuns) =>
  eventually('the end of the run', () => {
    const run = runs.list().at(-1);
    return run?.state === 'running' ? undefined : run;
  });

test('one attack is under way at a time: they change the same lab', async () => {
  const gate = Promise.withResolvers<void>();
  const { runs } = runsWith(async () => {
    await gate.promise;
    return OUTCOME;
  });
  assert.equal(runs.start('X1', false).state, 'running');
  assert.throws(() => runs.start('X1', false), { statusCode: 409 });
  gate.resolve();
  assert.equal((await ended(runs))?.state, 'done');
  assert.doesNotThrow(() => runs.start('X1', true));
});

test('an attack that is not in the catalogue is 404', () => {
  const { runs } = runsWith(async () => OUTCOME);
  assert.throws(() => runs.start('nothing', false), { statusCode: 404 });
});

test('what is being done and what came of it can be read, and every change is told', async () => {
  const { runs, changes } = runsWith(async (id, { withoutDefence, onProgress }) => {
    onProgress(`${id} ${withoutDefence}`);
    return { ...OUTCOME, withoutDefence: { outcome: '200', asExpected: true } };
  });
  runs.start('X1', true);
  const run = await ended(runs);
  assert.deepEqual(run?.progress, ['X1 true']);
  assert.deepEqual(run?.withoutDefence, { outcome: '200', asExpected: true });
  assert.ok(changes() >= 2);
});

test('a run that cannot be made says why and what to do', async () => {
  const { runs } = runsWith(async () => {
    throw new LabError('the lab has ended', 'Start it again: npm start');
  });
  runs.start('X1', false);
  const run = await ended(runs);
  assert.deepEqual([run?.state, run?.error, run?.advice], ['failed', 'the lab has ended', 'Start it again: npm start']);
});

test('it was stopped at the target; errors elsewhere count only where the target has none', async () => {
  const error = (id: number, to: string) => ({ id, to }) as MessageSummary;
  const both = runsWith(async () => OUTCOME, [error(1, 'UDR 001-01'), error(2, 'UDM 001-01')]);
  both.runs.start('X1', false);
  assert.deepEqual((await ended(both.runs))?.stoppedAt, [error(2, 'UDM 001-01')]);
  const other = runsWith(async () => OUTCOME, [error(1, 'NRF 001-01')]);
  other.runs.start('X1', false);
  assert.deepEqual((await ended(other.runs))?.stoppedAt, [error(1, 'NRF 001-01')]);
});

test('the last fifty are kept', async () => {
  const { runs } = runsWith(async () => OUTCOME);
  for (let i = 0; i < 60; i++) {
    runs.start('X1', false);
    await ended(runs);
  }
  assert.deepEqual([runs.list().length, runs.list().at(-1)?.id], [50, '60']);
});
