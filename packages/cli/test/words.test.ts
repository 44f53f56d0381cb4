/** What the commands make of words: numbers of SUPIs, members of configurations, completions. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LabError } from '@twincore/lab';
import { changesOf } from '../src/commands/nf.ts';
import { quantile, table } from '../src/output.ts';
import { nextSupis } from '../src/supis.ts';
import { twincore } from './support/run.ts';

const HOME = { mcc: '001', mnc: '01' };
const usage = (error: unknown) => error instanceof LabError && error.reason === 'usage';

describe('SUPIs for new UEs', () => {
  const known = ['imsi-001010000000009', 'imsi-999700000000001'];
  test('go on after the highest of their network', () => {
    assert.deepEqual(nextSupis({ count: 2, home: HOME, known }), ['imsi-001010000000010', 'imsi-001010000000011']);
    assert.deepEqual(nextSupis({ count: 1, home: HOME, known: [] }), ['imsi-001010000000001']);
  });
  test('begin where one says, and keep their digits', () => {
    const first = 'imsi-001010000000099';
    assert.deepEqual(nextSupis({ first, count: 2, known }), [first, 'imsi-001010000000100']);
  });
  test('are refused when one is taken, or they would leave the network', () => {
    assert.throws(() => nextSupis({ first: 'imsi-001010000000008', count: 2, known }), usage);
    assert.throws(() => nextSupis({ first: 'imsi-001019999999999', count: 2, known }), usage);
    assert.throws(() => nextSupis({ first: 'imsi-999999999999999', count: 2, known }), usage);
  });
});

describe('members of a configuration', () => {
  test('are JSON, or text', () => {
    assert.deepEqual(
      changesOf(['log.level=debug', 'limits.nesting=8', 'limits.bodyBytes=2048', 'x={"a":[1]}', 'y=a=b']),
      {
        log: { level: 'debug' },
        limits: { nesting: 8, bodyBytes: 2048 },
        x: { a: [1] },
        y: 'a=b',
      },
    );
    assert.deepEqual(changesOf(['load.capacity=null']), { load: { capacity: null } });
  });
  for (const wrong of ['debug', '=x', 'a..b=1', '.a=1', '__proto__.x=1', 'constructor.prototype=1']) {
    test(`${wrong} is none`, () => assert.throws(() => changesOf([wrong]), usage));
  }
});

test('a table is as wide as what is in it', () => {
  assert.deepEqual(
    table(
      ['a', 'long'],
      [
        ['1234', 'x'],
        ['1', ''],
      ],
    ),
    ['a     long', '1234  x', '1'],
  );
  assert.deepEqual(table(['a'], []), []);
});

test('p50 and p99 are values that occurred', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.deepEqual(
    [quantile(values, 0.5), quantile(values, 0.99), quantile([7], 0.99), quantile([], 0.5)],
    [50, 99, 7, 0],
  );
});

describe('completion', { concurrency: 2 }, () => {
  const completed = async (...words: string[]) =>
    (await twincore(['complete', '--', ...words])).stdout.split('\n').map((line) => line.split('\t')[0]);

  test('knows the commands, their subcommands, options and choices', async () => {
    assert.ok((await completed('sta')).includes('status'));
    assert.ok((await completed('trace', 'exp')).includes('export'));
    assert.ok((await completed('ue', 'register', '--id')).includes('--identity'));
    assert.deepEqual(
      (await completed('logs', '--level', 'w')).filter((word) => word && !word.startsWith(':')),
      ['warn'],
    );
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    test(`has a script for ${shell}`, async () => {
      const { status, stdout } = await twincore(['completion', shell]);
      assert.equal(status, 0);
      assert.match(stdout, /twincore complete --/);
    });
  }
});

test('token decode shows a token without a lab', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = `${part({ alg: 'ES256' })}.${part({ iss: 'x', exp: 0, aud: ['a'] })}.sig`;
  const { stdout, status } = await twincore(['token', 'decode', '--json'], { input: `${jwt}\n` });
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), { header: { alg: 'ES256' }, claims: { iss: 'x', exp: 0, aud: ['a'] } });
});
