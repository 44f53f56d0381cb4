/** What is told about a message: checks of its token, keys of a registration, what the schema says, and texts that are meant to hurt. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PROJECT_ROOT, TOKEN_CHECKS } from '@twincore/lab';
import type { AccessTokenClaims } from '@twincore/model';
import { keysOf } from '../src/explain/keys.ts';
import { SchemaChecks } from '../src/explain/schemas.ts';
import { tokenChecksOf } from '../src/explain/token-checks.ts';
import type { MessageDetail, MessagePage } from '../src/wire.ts';
import { eventually, fakeRun, nasRecord, sbiRecord, testConsole } from './support.ts';

const CLAIMS: AccessTokenClaims = { iss: 'x', sub: 'y', aud: 'UDM', scope: 'nudm-sdm', exp: 2_000_000_000 };
const resultsOf = (record: Parameters<typeof tokenChecksOf>[0]) => tokenChecksOf(record)?.map(({ result }) => result);

test('a verified token has passed every check that applies to its claims', () => {
  const results = resultsOf(sbiRecord({ token: { verdict: 'verified', claims: CLAIMS } })) ?? [];
  assert.equal(results.length, TOKEN_CHECKS.length);
  assert.deepEqual(new Set(results), new Set(['passed', 'not applicable']));
});

for (const [index, { reasons, name }] of TOKEN_CHECKS.entries()) {
  test(`a refusal by ${name} has passed what comes before, and reached nothing after`, () => {
    const results = resultsOf(sbiRecord({ status: 403, token: { verdict: 'refused', reason: reasons[0] ?? '' } }));
    assert.equal(results?.[index], 'failed');
    assert.ok(results.slice(0, index).every((result) => result === 'passed'));
    assert.ok(results.slice(index + 1).every((result) => result === 'not reached'));
  });
}

test('a message without a token has no checks', () => {
  assert.equal(tokenChecksOf(sbiRecord()), undefined);
});

const KEY = 'ab'.repeat(32);

test('keys of both sides stand next to each other; equal ones are the same in whatever form', () => {
  const ransim = { nfType: 'RANSIM', plmn: '001-01' };
  const tree = keysOf([
    sbiRecord({ to: ransim, keys: { kausf: KEY, kamf: 'fingerprint:00112233', ck: 'fingerprint:aaaaaaaa' } }),
    sbiRecord({ responseBody: { authenticationVector: { kausf: KEY.toUpperCase() } } }),
    nasRecord({ detail: { keys: { kamf: 'fingerprint:00112244', knasint: 'fingerprint:12345678' } } }),
  ]);
  const of = (id: string) => tree.find((node) => node.id === id);
  assert.equal(of('kausf')?.agreement, 'same');
  assert.equal(of('kausf')?.ue.key?.value, KEY);
  assert.equal(of('kamf')?.agreement, 'different');
  assert.equal(of('ck')?.agreement, 'unknown');
  assert.equal(of('knasint')?.network.key?.fingerprint, '12345678');
  assert.equal(of('kamf')?.ue.key?.value, undefined, 'a fingerprint is no key');
});

test('what is no key is none', () => {
  const odd = [null, 7, {}, 'secret', '<script>', 'fingerprint:xyz'];
  for (const kamf of odd) {
    const tree = keysOf([nasRecord({ detail: { keys: { kamf } } }), nasRecord({ detail: null })]);
    assert.ok(tree.every(({ network }) => network.key === undefined));
  }
});

test('a record comes back as it was written, hostile texts included, as JSON and never as HTML', async () => {
  const run = fakeRun();
  const web = await testConsole(run.dir);
  after(async () => {
    await web.stop();
    run.remove();
  });
  const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028\u0000';
  const record = sbiRecord({
    operation: hostile,
    requestHeaders: { [hostile]: hostile },
    responseBody: { [hostile]: hostile },
  });
  run.write('nrf', record);
  const page = await eventually('the message', async () => {
    const { body } = await web.get('/api/messages');
    return (body as MessagePage).total === 1 ? (body as MessagePage) : undefined;
  });
  const { headers, body } = await web.get(`/api/messages/${page.items[0]?.id}`);
  assert.match(headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual((body as MessageDetail).record, JSON.parse(JSON.stringify(record)));
});

const SPECS = process.env.TWINCORE_SPECS ?? join(PROJECT_ROOT, '../shared/3gpp-openapi');
const skip = existsSync(SPECS) ? false : `needs the 3GPP OpenAPI documents: no directory ${SPECS}`;

test('the schema’s verdict is found in a thread of its own', { skip }, async () => {
  const schemas = new SchemaChecks(SPECS);
  after(() => schemas.close());
  const good = await schemas.check(sbiRecord());
  assert.deepEqual(
    [good.state, good.operation, good.document],
    ['conforms', 'SearchNFInstances', 'TS29510_Nnrf_NFDiscovery.yaml'],
  );
  const bad = await schemas.check(sbiRecord({ responseBody: { validityPeriod: 'long' } }));
  assert.equal(bad.state, 'deviates');
  assert.ok(bad.deviations.some(({ side, part }) => side === 'answer' && part === 'body'));
  assert.equal((await schemas.check(sbiRecord({ uri: '/nothing/v1/x' }))).state, 'not-3gpp');
  const odd = { ...sbiRecord(), uri: 7, requestHeaders: null } as unknown as ReturnType<typeof sbiRecord>;
  assert.equal((await schemas.check(odd)).state, 'not-3gpp');
});

test('without the documents it says so', async () => {
  const schemas = new SchemaChecks('/nowhere');
  after(() => schemas.close());
  assert.equal((await schemas.check(sbiRecord())).state, 'no-documents');
});
