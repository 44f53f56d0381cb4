/** `up --external`, typed wrong: one clear line, and nothing is started. e2e/external.test.ts has it typed right. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const MAIN = join(import.meta.dirname, '../src/main.ts');

for (const [what, args, expected] of [
  ['no URL', ['--external', 'ausf'], /write it as ausf=https:\/\/127\.0\.0\.1:9443/],
  ['an NF that there is not', ['--external', 'smf=https://127.0.0.1:9443'], /no NF home\/smf to replace.*home\/ausf/s],
  ['a CA of an NF of ours', ['--external-ca', 'visited/ausf=ca.pem'], /visited\/ausf is not external/],
  [
    'a CA that is no file',
    ['--external', 'ausf=https://127.0.0.1:1', '--external-ca', 'ausf=/nowhere'],
    /no file \/nowhere/,
  ],
] as const) {
  test(`up --external with ${what}`, () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', MAIN, 'up', '--exit', '--no-console', ...args],
      { encoding: 'utf8' },
    );
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /^ {4}at /m);
    assert.equal(status, 2);
  });
}
