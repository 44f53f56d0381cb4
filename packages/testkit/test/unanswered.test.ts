/** What is recorded of a request whose consumer goes away before the answer. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NfConfig, type NfDefinition, type SbiTraceRecord, Unreachable } from '@twincore/sbi';
import { testPlmn } from '../src/index.ts';

test('is no answer: status 0, not what the handler would have said', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-unanswered-'));
  const plmn = await testPlmn({ mcc: '001', mnc: '01' });
  const gone = Promise.withResolvers<void>();
  const slow: NfDefinition<NfConfig> = {
    configSchema: NfConfig,
    async build({ server }) {
      const rule = { access: 'peer', operation: 'Nx_Get', peers: ['*'] } as const;
      server.get('/nx/v1/items', { config: { sbi: rule } }, async (request) => {
        request.raw.on('close', () => gone.resolve());
        await gone.promise;
        return { late: true };
      });
      server.get('/nx/v1/quick', { config: { sbi: rule } }, async () => ({ late: false }));
      return {};
    },
  };
  try {
    const file = join(dir, 'trace.ndjson');
    const nf = await plmn.start(slow, { nfType: 'AUSF', trace: { file } });
    const amf = await plmn.client('AMF');
    const late = amf.send({ method: 'GET', url: `${nf.apiRoot}/nx/v1/items`, timeoutMs: 300 });
    await assert.rejects(late, (error: unknown) => error instanceof Unreachable);
    await gone.promise;
    assert.equal((await amf.send({ method: 'GET', url: `${nf.apiRoot}/nx/v1/quick` })).status, 200);
    await nf.stop();
    const records = readFileSync(file, 'utf8').trim().split('\n');
    const [first, second] = records.map((line) => JSON.parse(line) as SbiTraceRecord).sort((a, b) => a.at - b.at);
    assert.equal(first?.uri, '/nx/v1/items');
    assert.equal(first?.status, 0);
    assert.equal(first?.responseBody, undefined);
    assert.equal(first?.failure, 'the consumer went away');
    assert.equal(second?.status, 200);
    assert.deepEqual(second?.responseBody, { late: false });
  } finally {
    await plmn.close();
    rmSync(dir, { recursive: true });
  }
});
