/**
 * NFs of somebody else in the lab (`twincore up --external`): an AUSF with the certificate that the lab makes for it, a UDM with one
 * of a CA of its own, and the NRF of the other network, which nobody can wait for at an NRF. Here they are twincore's, each started apart from nothing but the file that the lab writes for it.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LabError, type LabStep, openPlmnPki, PROJECT_ROOT, startLab } from '@twincore/lab';
import { freePort } from '@twincore/testkit';
import {
  assertRegistered,
  conformanceTest,
  HOME,
  isSbi,
  recordsOf,
  startTestLab,
  type TestLab,
  UE,
  VISITED,
} from './support/lab.ts';

type ExternalStep = Extract<LabStep, { kind: 'external' }>;

describe('external NFs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-external-'));
  const foreign = new Map<string, ChildProcess>();
  const told = new Map<string, ExternalStep>();
  let lab: TestLab;

  before(async () => {
    const pki = await openPlmnPki(join(dir, 'pki'), HOME);
    const url = async () => `https://127.0.0.1:${await freePort()}`;
    /** A process that the lab did not start, with a certificate of another CA where it was given none. */
    const run = async ({ label, file, foreign: { nfType, nfInstanceId, fqdn } }: ExternalStep) => {
      const config = JSON.parse(readFileSync(file, 'utf8'));
      const own = { name: nfType, nfInstanceId, nfTypes: [nfType], fqdn };
      if (!config.tls.key) config.tls = { ...(await pki.certificate(own)), ca: config.tls.ca };
      const configFile = join(dir, `${nfType}.json`);
      writeFileSync(configFile, JSON.stringify({ ...config, stateDir: join(dir, nfType), log: { level: 'warn' } }));
      const main = join(PROJECT_ROOT, 'services', nfType.toLowerCase(), 'src/main.ts');
      const args = ['--disable-warning=ExperimentalWarning', main, '--config', configFile];
      foreign.set(label, spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    };
    lab = await startTestLab({
      external: [
        { site: 'home', name: 'ausf', url: await url() },
        { site: 'home', name: 'udm', url: await url(), ca: pki.ca },
        { site: 'visited', name: 'nrf', url: await url() },
      ],
      onStep: (step) => {
        if (step.kind !== 'external') return;
        told.set(step.label, step);
        run(step);
      },
    });
  });
  after(async () => {
    await lab?.end();
    for (const child of foreign.values()) {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    rmSync(dir, { recursive: true });
  });

  test('are told what they need, and nobody else has started them', () => {
    assert.deepEqual([...told.keys()].sort(), ['AUSF(001-01)', 'NRF(999-70)', 'UDM(001-01)']);
    const { foreign: ausf } = told.get('AUSF(001-01)') ?? {};
    assert.match(ausf?.nrf?.apiRoot ?? '', /^https:\/\/nrf\.5gc\.mnc001\.mcc001\.3gppnetwork\.org:\d+$/);
    assert.ok(ausf?.tls.key && ausf.tokens);
    const { foreign: udm } = told.get('UDM(001-01)') ?? {};
    assert.equal(udm?.tls.key, undefined);
    for (const name of ['ausf', 'udm']) assert.equal(lab.nf('home', name).pid, undefined);
    assert.equal(lab.nf('visited', 'nrf').pid, undefined);
  });

  test('a UE registers through them, at home and roaming', async () => {
    const ue = lab.ue(UE.profileA);
    for (const plmnId of [HOME, VISITED]) {
      const outcome = await ue.register(plmnId, { identity: 'suci' });
      assertRegistered(outcome);
      const records = (await recordsOf(lab, outcome.traceId)).filter(isSbi);
      // They record nothing here; the UDR knows who asked, and the SEPP for whom it was.
      const ids = ['AUSF(001-01)', 'UDM(001-01)'].map((label) => told.get(label)?.foreign.nfInstanceId);
      assert.ok(records.some(({ from, to }) => from.nfInstanceId === ids[1] && to.nfType === 'UDR'));
      assert.ok(!records.some(({ to }) => ids.includes(to.nfInstanceId)));
      await ue.deregister();
    }
  });

  test('tell their health through the launcher, and are nothing that it could restart', async () => {
    const { host, port } = lab.nf('home', 'ausf').config.ops ?? {};
    const health = async () => (await fetch(`http://${host}:${port}/healthz`)).status;
    assert.equal(await health(), 200);
    await assert.rejects(lab.nf('home', 'ausf').restart(), /is external/);
    const child = foreign.get('AUSF(001-01)');
    child?.kill('SIGKILL');
    if (child) await once(child, 'exit');
    assert.equal(await health(), 503);
  });

  conformanceTest(() => lab);
});

test('a lab that waits for an external NF can be interrupted', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-external-'));
  const controller = new AbortController();
  const waiting = startLab({
    dir,
    portOffset: 4_900,
    external: [{ site: 'home', name: 'ausf', url: 'https://127.0.0.1:9' }],
    signal: controller.signal,
    onStep: (step) => {
      if (step.kind === 'external') controller.abort();
    },
  });
  await assert.rejects(waiting, /the start was interrupted/);
  rmSync(dir, { recursive: true });
});

for (const [what, external, expected] of [
  [
    'of a name that the topology does not have',
    { site: 'home', name: 'smf', url: 'https://127.0.0.1:9443' },
    /home\/ausf/,
  ],
  ['at no URL', { site: 'home', name: 'ausf', url: '127.0.0.1:9443' }, /https:\/\/127\.0\.0\.1:9443/],
  ['at a host that is nowhere', { site: 'home', name: 'ausf', url: 'https://no.invalid' }, /IPv4/],
  ['of a CA that is no file', { site: 'home', name: 'ausf', url: 'https://127.0.0.1:1', ca: '/nowhere' }, /PEM/],
] as const) {
  test(`an external NF ${what} is refused before anything starts`, async () => {
    const isAdvice = (error: unknown) => error instanceof LabError && expected.test(error.advice);
    await assert.rejects(startLab({ external: [external] }), isAdvice);
  });
}
