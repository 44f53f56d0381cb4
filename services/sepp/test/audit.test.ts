/** The audit log: what is refused can be read, and however much that is, the disk is not filled. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { AuditLog } from '../src/audit.ts';

const LIMITS = { fileBytes: 2_000, files: 3 };

test('the log is kept in so many files of such a size, the latest lines first to stay', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'n32-audit.ndjson');
  const lines = 200;
  // Twice: one that is opened again goes on where it was.
  for (const begin of [0, lines / 2]) {
    const log = new AuditLog(file, LIMITS);
    for (let n = begin; n < begin + lines / 2; n++) {
      log.refused({ partner: '999-70', direction: 'in', reason: 'n32-operation', status: 403, traceId: String(n) });
    }
    log.close();
  }
  const names = readdirSync(dir).sort();
  assert.deepEqual(names, ['n32-audit.ndjson', 'n32-audit.ndjson.1', 'n32-audit.ndjson.2']);
  for (const name of names) {
    const { size, mode } = statSync(join(dir, name));
    assert.ok(size <= LIMITS.fileBytes, `${name} has ${size} octets`);
    assert.equal(mode & 0o777, 0o600);
  }
  const kept = names
    .toReversed()
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').trimEnd().split('\n'))
    .map((line) => Number((JSON.parse(line) as { traceId: string }).traceId));
  assert.ok(kept.length > 20);
  assert.deepEqual(
    kept,
    Array.from({ length: kept.length }, (_, i) => lines - kept.length + i),
    'no line of the latest is missing, none is out of order',
  );
});

test('with one file the old lines go', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const log = new AuditLog(join(dir, 'audit'), { fileBytes: 500, files: 1 });
  for (let n = 0; n < 50; n++) log.refused({ partner: 'unknown', direction: 'in', reason: 'handshake' });
  log.close();
  assert.deepEqual(readdirSync(dir), ['audit']);
  assert.ok(statSync(join(dir, 'audit')).size <= 500);
});
