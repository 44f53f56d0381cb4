import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { controlPathOf } from '../src/control/path.ts';
import { attachLab, type Lab, type LabClient, LabError, startLab } from '../src/index.ts';
import { applyMergePatch } from '../src/merge-patch.ts';
import { freePortOffset } from './support/free-offset.ts';
import { type Temporary, temporaryLab } from './support/tiny-services.ts';

const PORT_OFFSETS = [11_400, 11_700, 13_000];
const failure = (reason: string, said: RegExp) => (error: unknown) =>
  error instanceof LabError && error.reason === reason && said.test(`${error.message}\n${error.advice}`);

describe('a client of a running lab', () => {
  let temporary: Temporary;
  let lab: Lab;
  let client: LabClient;
  before(async () => {
    temporary = temporaryLab();
    const { dir, services } = temporary;
    lab = await startLab({ dir, services, portOffset: await freePortOffset(PORT_OFFSETS) });
    client = await attachLab({ dir });
  });
  after(async () => {
    await client.close();
    await lab.stop();
    temporary.remove();
  });
  const statusOf = async (label: string) => (await client.status()).nfs.find((nf) => nf.label === label);

  test('knows every NF and how it is', async () => {
    const { nfs, pid, run } = await client.status();
    assert.equal(pid, process.pid);
    assert.equal(run, lab.run.id);
    assert.deepEqual(
      nfs.map(({ label, state, pid: own }) => [label, state, own]),
      lab.nfs.map(({ label, pid: own }) => [label, 'up', own]),
    );
    assert.ok(nfs.every(({ load }) => load !== undefined && load >= 0 && load <= 100));
  });

  test('finds an NF by what people call it', () => {
    for (const name of ['AUSF(001-01)', 'ausf(001-01)', 'home/ausf', '001-01/ausf', '001-01-ausf']) {
      assert.equal(client.nf(name).label, 'AUSF(001-01)');
    }
    assert.equal(client.nf('ransim').label, 'RANSIM(001-01)');
    assert.throws(() => client.nf('ausf'), failure('usage', /several[\s\S]*AUSF\(001-01\), AUSF\(999-70\)/));
    assert.throws(() => client.nf('nonsense'), failure('usage', /There are: NRF/));
  });

  test('restarts an NF, also a dead one, and two at once are one after the other', async () => {
    const before = await statusOf('UDM(001-01)');
    await Promise.all([client.restart('home/udm'), client.restart('home/udm')]);
    assert.equal((await statusOf('UDM(001-01)'))?.restarts, (before?.restarts ?? 0) + 2);
    await client.kill('home/udm');
    const dead = await statusOf('UDM(001-01)');
    assert.deepEqual([dead?.state, dead?.pid, dead?.load], ['down', undefined, undefined]);
    await client.restart('home/udm');
    assert.equal((await statusOf('UDM(001-01)'))?.state, 'up');
  });

  test('changes a configuration, which holds over restarts until it is reset', async () => {
    await client.setConfig('home/amf', { log: { level: 'debug' }, insecure: { withoutTokens: true } });
    await client.restart('home/amf');
    assert.deepEqual((await client.config('home/amf')).log, { level: 'debug' });
    assert.deepEqual((await statusOf('AMF(001-01)'))?.insecure, ['withoutTokens']);
    await client.setConfig('home/amf', { insecure: { withoutTokens: null } });
    assert.deepEqual((await statusOf('AMF(001-01)'))?.insecure, []);
    assert.deepEqual((await client.config('home/amf')).log, { level: 'debug' });
    await client.resetConfig('home/amf');
    assert.deepEqual((await client.config('home/amf')).log, { level: 'info' });
  });

  test('puts the configuration before back when an NF does not start with the new one', async () => {
    const wrong = client.setConfig('home/amf', { limits: { nesting: 'deep' } });
    await assert.rejects(wrong, failure('failed', /limits\/nesting[\s\S]*in use again/));
    assert.equal((await statusOf('AMF(001-01)'))?.state, 'up');
    assert.notDeepEqual((await client.config('home/amf')).limits, { nesting: 'deep' });
  });

  test('is for this user alone', () => {
    assert.equal(statSync(client.info.control ?? '').mode & 0o777, 0o600);
    assert.equal(statSync(join(lab.run.dir, 'lab.json')).mode & 0o777, 0o600);
  });

  test('stops the lab, and then says that it has ended', async () => {
    await client.stop();
    await lab.ended;
    assert.ok(lab.nfs.every(({ pid }) => pid === undefined));
    await assert.rejects(client.restart('home/amf'), failure('no-lab', /has ended[\s\S]*npm start/));
    await assert.rejects(attachLab({ dir: temporary.dir }), failure('no-lab', /no lab is running/));
  });
});

describe('attaching to what is no lab', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-none-'));
  after(() => rmSync(dir, { recursive: true }));

  test('nothing there', async () => {
    await assert.rejects(attachLab({ dir: join(dir, 'never') }), failure('no-lab', /no lab is running/));
  });

  test('a launcher that was killed', async () => {
    writeFileSync(join(dir, 'lab.lock'), '999999999\n');
    await assert.rejects(attachLab({ dir }), failure('no-lab', /ended without cleaning up[\s\S]*npm start/));
  });

  test('a launcher that has no run yet, or half a one', async () => {
    writeFileSync(join(dir, 'lab.lock'), `${process.pid}\n`);
    await assert.rejects(attachLab({ dir }), failure('no-lab', /no run/));
    mkdirSync(join(dir, 'runs/latest'), { recursive: true });
    await assert.rejects(attachLab({ dir }), failure('no-lab', /lab\.json does not tell/));
    writeFileSync(join(dir, 'runs/latest/lab.json'), '{"run":');
    await assert.rejects(attachLab({ dir }), failure('no-lab', /lab\.json does not tell/));
  });

  test('a launcher that does not listen', async () => {
    const info = { run: 'x', dir, deployDir: dir, pkiDir: dir, pid: process.pid, startedAt: 0 };
    const rest = { control: join(dir, 'control.sock'), showSecrets: false, sites: [], nfs: [] };
    writeFileSync(join(dir, 'runs/latest/lab.json'), JSON.stringify({ ...info, ...rest }));
    await assert.rejects(attachLab({ dir }), failure('no-lab', new RegExp(`kill ${process.pid}`)));
  });
});

test('the control socket is in the lab directory, unless its path is too long for a socket', () => {
  assert.equal(controlPathOf('/lab'), '/lab/control.sock');
  const deep = `/${'deep/'.repeat(40)}`;
  assert.ok(Buffer.byteLength(controlPathOf(deep)) < 104);
  assert.notEqual(controlPathOf(deep), controlPathOf(`${deep}/other`));
});

test('a merge patch is that of RFC 7396, Appendix A', () => {
  const CASES: readonly (readonly [unknown, unknown, unknown])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of CASES) assert.deepEqual(applyMergePatch(target, patch), result);
  const hostile = applyMergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}')) as object;
  assert.equal('polluted' in {}, false);
  assert.equal(Object.getPrototypeOf(hostile), Object.prototype);
});
