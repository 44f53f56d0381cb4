/** `npm start` as a newcomer runs it, as a process. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PROJECT_ROOT } from '@twincore/lab';
import { eventually } from './support/lab.ts';

const CLI = ['--disable-warning=ExperimentalWarning', join(PROJECT_ROOT, 'packages/cli/src/main.ts')];

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** The last line: where the console is. */
const CONSOLE = /http:\/\/127\.0\.0\.1:\d+\S*\s*$/;
/** Of deploy/*.yaml when they communicate directly. */
const NFS = 13;

describe('twincore up and trace', () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'twincore-start-'));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const twincore = (...args: string[]): Run => {
    const child = spawn(process.execPath, [...CLI, ...args, '--dir', dir], { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)));
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    return { child, output: () => text, ended };
  };
  const up = (...args: string[]) => twincore('up', '--port-offset', '6000', ...args);
  /** Processes that have this lab directory in their command line. */
  const processes = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(dir, 'runs'));
      } catch {
        return false;
      }
    });

  test('--exit: both registrations, a summary, status 0, and no process left', async () => {
    const run = up('--exit');
    assert.equal(await run.ended, 0, run.output());
    const output = run.output();
    assert.match(output, /result +registered +registered/);
    assert.match(output, /KAMF of the AMF +[0-9a-f]{8} \(the same\) +[0-9a-f]{8} \(the same\)/);
    for (const figure of ['time', 'SBI requests', 'tokens issued', 'tokens verified', 'N32 messages']) {
      assert.match(output, new RegExp(`${figure} +[1-9]\\d*|${figure} +0 +[1-9]`), figure);
    }
    assert.match(output, /What to try next/);
    assert.deepEqual(processes(), []);
  });

  test('a second start reuses what is there, stays up, and ends everything at Ctrl-C', async () => {
    const ca = readFileSync(join(dir, 'pki/001-01/ca.pem'), 'utf8');
    const run = up();
    try {
      await eventually('the lab is up', () => CONSOLE.test(run.output()) || run.child.exitCode !== null, 60_000);
      assert.equal(run.child.exitCode, null, run.output());
      assert.equal(processes().length, NFS + 1, 'the NFs and the console');
      assert.match(run.output(), /Ctrl-C stops it/);
    } finally {
      run.child.kill('SIGINT');
      await run.ended;
    }
    assert.match(run.output(), /Stopped\./);
    assert.deepEqual(processes(), []);
    assert.equal(readFileSync(join(dir, 'pki/001-01/ca.pem'), 'utf8'), ca);
  });

  test('trace --procedure registration names the requests in the order of TS 23.502 4.2.2.2.2 and TS 33.501 6.1.3.2', async () => {
    const run = twincore('trace', '--procedure', 'registration', '--width', '200');
    assert.equal(await run.ended, 0, run.output());
    const [home = '', roaming = ''] = run
      .output()
      .split(/^registration \d/m)
      .slice(1);
    const inOrder = [
      'NAS Registration request',
      'Nausf_UEAuthentication_Authenticate',
      'Nudm_UEAuthentication_Get',
      'NAS Authentication request',
      'NAS Authentication response',
      'Nausf_UEAuthentication_Authenticate',
      'Nudm_UEAuthentication_ResultConfirmation',
      'NAS Security mode command',
      'NAS Security mode complete',
      'Nudm_UECM_Registration',
      'Nudm_SDM_Get',
      'NAS Registration accept',
      'NAS Registration complete',
    ];
    for (const procedure of [home, roaming]) {
      let at = 0;
      for (const step of inOrder) {
        const found = procedure.indexOf(step, at);
        assert.ok(found >= 0, `${step} is missing after offset ${at} of:\n${procedure}`);
        at = found + step.length;
      }
      assert.match(procedure, /\[TS 33\.501 6\.1\.3\.2/);
    }
    // The UE comes back from abroad, so that the AMF there hears of it; its authentication stays at home.
    assert.doesNotMatch(home, /N32-f {2}\w+ \/(nausf|nudm|nnrf)-/);
    assert.match(roaming, /c-SEPP, sends on over N32-f\/TLS to 001-01/);
    assert.match(roaming, /p-SEPP, received over N32-f\/TLS from 999-70/);
  });

  test('trace --token shows what the tokens say', async () => {
    const run = twincore('trace', '--procedure', 'registration', '--token');
    assert.equal(await run.ended, 0, run.output());
    assert.match(run.output(), /scope nausf-auth/);
    assert.match(run.output(), /consumerPlmnId/);
  });

  test('a wrong call says what to do, with a status', async () => {
    const run = twincore('trace', '--procedure', 'teleportation');
    assert.notEqual(await run.ended, 0);
    assert.match(run.output(), /registration, deregistration/);
    const unknown = twincore('trace', '--run', 'never');
    assert.equal(await unknown.ended, 2);
    assert.match(unknown.output(), /there is no run never/);
  });
});
