import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { LabError } from '@twincore/lab';
import { conformance } from '../src/commands/conformance.ts';

describe('twincore conformance', () => {
  const specs = resolve(import.meta.dirname, '../../conformance/test/fixtures');
  const dir = mkdtempSync(join(tmpdir(), 'twincore-conformance-'));
  after(() => rmSync(dir, { recursive: true }));

  const traceOf = (name: string, requestHeaders: object) => {
    const file = join(dir, name);
    const record = {
      kind: 'sbi',
      at: 0,
      traceId: '0',
      from: { nfType: 'AMF' },
      to: { nfType: 'THING' },
      operation: 'unknown',
      method: 'GET',
      authority: 'thing.example',
      uri: '/nthing-mgmt/v1/things?size=1',
      requestHeaders,
      status: 200,
      responseHeaders: { 'content-type': 'application/json' },
      responseBody: [],
    };
    writeFileSync(file, `${JSON.stringify(record)}\n${JSON.stringify({ kind: 'nas', at: 1 })}\n{"kind":"sb`);
    return file;
  };
  const advised = (pattern: RegExp) => (error: unknown) =>
    error instanceof LabError && pattern.test(`${error.message}\n${error.advice}`);

  test('ends with 0 when nothing deviates and with 1 otherwise', async () => {
    const right = await conformance({ specs, trace: traceOf('right.ndjson', { 'x-level': '1' }) });
    assert.equal(right.exitCode, 0);
    assert.match(right.lines.at(-1) ?? '', /^1 of 1 exchanges checked, no deviation$/);
    const wrong = await conformance({ specs, trace: traceOf('wrong.ndjson', {}), json: true });
    assert.equal(wrong.exitCode, 1);
    assert.equal(JSON.parse(wrong.lines[0] ?? '').deviants[0].deviations[0].part, 'header parameter X-Level');
  });

  test('says what to do when something is missing', async () => {
    const trace = traceOf('trace.ndjson', {});
    await assert.rejects(conformance({ specs: '/nonexistent', trace }), advised(/--specs DIR/));
    await assert.rejects(conformance({ specs, trace: '/nonexistent' }), advised(/there is no \/nonexistent/));
    await assert.rejects(conformance({ specs, dir: join(dir, 'lab') }), advised(/no run/));
    const url = 'https://nf.example';
    await assert.rejects(conformance({ specs, url }), advised(/--operation/));
    await assert.rejects(
      conformance({ specs, url, operation: 'Nothing' }),
      advised(/no document has an operation Nothing/),
    );
    await assert.rejects(conformance({ specs, url, operation: 'Token', with: ['x'] }), advised(/NAME=VALUE/));
  });

  test('an NF that cannot be reached is a fault', async () => {
    const { lines, exitCode } = await conformance({
      specs,
      url: 'http://127.0.0.1:1',
      operation: 'POST /token',
      count: 8,
      seed: '1',
    });
    assert.equal(exitCode, 1);
    assert.match(lines.at(-1) ?? '', /^8 requests to Token .*, seed 1: 8 wrong answers$/);
  });
});
