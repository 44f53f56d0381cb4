import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LabError, openPlmnPki } from '@twincore/lab';
import { rotateKey } from '../src/commands/nrf.ts';

test('rotate-key puts a new key in place and keeps the old public one until it is of no use', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-test-'));
  t.after(() => rmSync(dir, { recursive: true }));
  await assert.rejects(rotateKey({ dir }), LabError);
  const home = await openPlmnPki(join(dir, 'pki'), { mcc: '001', mnc: '01' });
  const visited = await openPlmnPki(join(dir, 'pki'), { mcc: '999', mnc: '70' });
  const files = await home.signingKey();
  const untouched = readFileSync((await visited.signingKey()).key, 'utf8');
  const kids = () =>
    (JSON.parse(readFileSync(files.jwks, 'utf8')) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  const [first] = kids();
  const pem = readFileSync(files.key, 'utf8');

  const rotated = await rotateKey({ dir, plmn: '001-01' });
  const [second, ...others] = kids();
  assert.notEqual(second, first);
  assert.deepEqual(others, [first]);
  assert.notEqual(readFileSync(files.key, 'utf8'), pem);
  assert.deepEqual(rotated, [{ plmn: '001-01', kid: second, replaced: first }]);
  assert.equal(readFileSync((await visited.signingKey()).key, 'utf8'), untouched);

  // A second later the first key has been out of use for longer than it is kept; the second one has not.
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  await rotateKey({ dir, plmn: '001-01', keep: 1 });
  assert.deepEqual(kids().slice(1), [second]);
  assert.equal((await rotateKey({ dir })).length, 2, 'all of the lab');
  await assert.rejects(rotateKey({ dir, plmn: '262-01' }), LabError);
});
