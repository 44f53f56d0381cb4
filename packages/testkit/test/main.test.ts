/** The command line of twincore-plmn; examples/shell shows what a test does with what it writes. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const dir = mkdtempSync(join(tmpdir(), 'twincore-main-'));
after(() => rmSync(dir, { recursive: true }));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const broken = join(dir, 'broken.json');
writeFileSync(broken, '{');

for (const [what, args, code, expected] of [
  ['an option that there is not', ['--nope'], 2, /^error: Unknown option '--nope'\n.*usage/s],
  ['no directory', [], 2, /^error: where to\? --dir DIRECTORY\n/],
  ['a file that is no JSON', ['--dir', dir, '--subscribers', broken], 2, /^error: .*broken\.json: /],
  ['an NF that there is not', ['--dir', dir, '--nfs', 'hss'], 1, /^error: there is no NF "HSS".*\nThere are: .*ausf/],
  ['fewer ports than NFs', ['--dir', dir, '--ports', '1'], 1, /^error: 4 ports are needed, and 1 is given/],
] as const) {
  test(`${what} is one clear line`, async () => {
    const { code: actual, stderr } = await run(...args);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /^ {4}at /m);
    assert.equal(actual, code);
  });
}

test('--help tells what there is', async () => {
  const { code, stdout } = await run('--help');
  assert.equal(code, 0);
  assert.match(stdout, /--admit TYPE/);
});
