/** Every command of `twincore` against one lab, as people type them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PROJECT_ROOT } from '@twincore/lab';
import { twincore } from '../packages/cli/test/support/run.ts';
import { freePortOffset } from '../packages/lab/test/support/free-offset.ts';
import { eventually } from './support/lab.ts';

const OFFSETS = [5_200, 5_500, 7_200, 7_500, 13_200];
const K = '0c0a34601d4f07677303652c0462535b';
const OPC = '63bfa50ee6523365ff14c1f45f88737d';

describe('twincore', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-cli-'));
  const keylog = join(dir, 'keys.log');
  after(async () => {
    await twincore(['down', '--dir', dir]);
    rmSync(dir, { recursive: true, force: true });
  });

  /** Runs a command that has to succeed; with --json its answer. */
  const run = async (...args: string[]) => {
    const result = await twincore([...args, '--dir', dir]);
    assert.equal(result.status, 0, `twincore ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
    return result.stdout;
  };
  const json = async (...args: string[]) => JSON.parse(await run(...args, '--json'));
  const failing = async (status: number, ...args: string[]) => {
    const result = await twincore([...args, '--dir', dir]);
    assert.equal(result.status, status, `twincore ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
    assert.doesNotMatch(result.stderr, /^\s+at .*:\d+/m);
    return result;
  };

  before(async () => {
    const free = await freePortOffset(OFFSETS);
    const output = await run('up', '-d', '--no-console', '--keylog', keylog, '--port-offset', `${free}`);
    assert.match(output, /KAMF of the AMF +[0-9a-f]{8} \(the same\) +[0-9a-f]{8} \(the same\)/);
    assert.match(output, /in the background/);
  });

  test('status: every NF up, as a table and as JSON', async () => {
    assert.match(await run('status'), /^13 of 13 NFs are up[\s\S]*AUSF\(001-01\) +001-01 +[0-9a-f-]{36} +up +\d+ %/);
    const { nfs } = await json('status');
    assert.equal(nfs.length, 13);
    assert.ok(nfs.every(({ state }: { state: string }) => state === 'up'));
  });

  test('ue: add, register, roam, many at once, deregister, show, remove', async () => {
    const { added } = await json('ue', 'add', '--count', '4');
    const [first, ...others] = added as string[];
    assert.ok(first);
    assert.match(await run('ue', 'register', first), new RegExp(`^${first} registered in 001-01`));
    assert.match(await run('ue', 'roam', first), new RegExp(`^${first} registered in 999-70`));
    assert.equal((await json('ue', 'show', first)).registeredIn, '999-70');
    // The AMF that it came from was never discovered by the UDM that tells it so.
    await eventually('the AMF at home is told', async () => {
      const lines = await run(
        'trace',
        '--operation',
        'DeregistrationNotification',
        '--nf',
        'AMF(001-01)',
        '--json',
      ).catch(() => '');
      return lines.split('\n').some((line) => line !== '' && JSON.parse(line).status === 204);
    });
    const report = await json('ue', 'roam', others[0] ?? '', '--count', '3');
    assert.deepEqual([report.registered, report.rejected, report.failed], [3, 0, []]);
    assert.ok(report.p50Ms > 0 && report.p99Ms >= report.p50Ms);
    assert.match(await run('ue', 'deregister', others[0] ?? '', '--count', '3'), /^3 deregistered$/m);
    await run('ue', 'remove', others[2] ?? '');
    const left = (await json('ue', 'list')) as { supi: string; registeredIn?: string }[];
    assert.deepEqual(
      added.map((supi: string) => left.find((ue) => ue.supi === supi)?.registeredIn ?? 'nowhere'),
      ['999-70', 'nowhere', 'nowhere', 'nowhere'],
    );
    assert.equal(
      left.some(({ supi }) => supi === others[2]),
      false,
    );
    assert.match((await failing(2, 'ue', 'register', others[2] ?? '')).stderr, /there is no UE/);
    assert.match((await failing(2, 'ue', 'add', first)).stderr, /is there already/);
    assert.match((await failing(2, 'ue', 'add', 'imsi-208930000000001')).stderr, /no network of this lab/);
  });

  test('ue: one of deploy/ues.yaml gets its USIM when it is first used', async () => {
    assert.match(await run('ue', 'register', 'imsi-999700000000001'), /registered in 999-70/);
  });

  test('subscriber: add, list, import from Open5GS, remove', async () => {
    const file = join(dir, 'open5gs.json');
    const entry = (imsi: string, k: string) => ({
      imsi,
      security: { k, opc: OPC, amf: '8000', sqn: 64 },
      slice: [{ sst: 1, sd: '000001' }],
    });
    writeFileSync(
      file,
      JSON.stringify([entry('001010000000701', K), entry('001010000000702', K), entry('001010000000703', 'short')]),
    );
    const dry = await failing(1, 'subscriber', 'import', file, '--dry-run', '--json');
    assert.deepEqual(JSON.parse(dry.stdout), {
      format: 'open5gs',
      found: 3,
      added: 0,
      replaced: 0,
      refused: [JSON.parse(dry.stdout).refused[0]],
    });
    assert.match((await failing(1, 'subscriber', 'import', file, '--usims')).stdout, /2 added, 0 replaced, 1 refused/);
    assert.match(await run('ue', 'register', 'imsi-001010000000701', '--count', '2'), /^2 registered, 0 rejected/);
    const sqn = async (supi: string) =>
      (await json('subscriber', 'list')).find((one: { supi: string }) => one.supi === supi)?.sqn as string;
    const used = await sqn('imsi-001010000000701');
    await failing(1, 'subscriber', 'import', file);
    assert.equal(await sqn('imsi-001010000000701'), used, 'an import must not turn the SQN back');
    assert.match(await run('subscriber', 'add', 'imsi-999700000000009', '--k', K, '--op', OPC), /added/);
    await run('subscriber', 'remove', 'imsi-001010000000702');
    const gone = await failing(1, 'ue', 'register', 'imsi-001010000000702');
    assert.match(gone.stdout, /rejected by AMF, 5GMM cause \d/);
    assert.match(
      (await failing(1, 'subscriber', 'remove', 'imsi-001010000000702')).stderr,
      /USER_NOT_FOUND[\s\S]*subscriber list/,
    );
  });

  test('no key of a subscriber is in a log, a trace or an answer', async () => {
    const written = globSync('runs/*/{logs,trace}/*', { cwd: dir }).map((name) =>
      readFileSync(join(dir, name), 'utf8'),
    );
    assert.ok(written.length > 20);
    const told = [
      ...written,
      await run('subscriber', 'list', '--json'),
      await run('ue', 'show', 'imsi-001010000000701', '--json'),
    ];
    for (const secret of [K, OPC])
      assert.equal(
        told.some((text) => text.toLowerCase().includes(secret)),
        false,
      );
  });

  test('trace: list, show, follow, export', async () => {
    const list = (await json('trace', 'list')) as { traceId: string; what: string }[];
    const { traceId = '' } = list.find(({ what }) => what === 'registration') ?? {};
    assert.match(
      await run('trace', 'show', traceId.slice(0, 10)),
      /NAS Registration request[\s\S]*\[TS 33\.501 6\.1\.3\.2/,
    );
    assert.match(
      await run('trace', 'export', '--format', 'mermaid', '--trace-id', traceId),
      /^---\ntitle: [\s\S]*sequenceDiagram\n[\s\S]*p0->>p1: NAS Registration request/,
    );
    const { log } = JSON.parse(await run('trace', 'export', '--format', 'har', '--procedure', 'registration'));
    assert.equal(log.version, '1.2');
    assert.ok(log.entries.length > 20);
    const lines = (await run('trace', 'export', '--format', 'ndjson', '--nf', 'AUSF(001-01)')).trim().split('\n');
    assert.ok(
      lines.map((line) => JSON.parse(line)).every(({ from, to }) => [from, to].some(({ nfType }) => nfType === 'AUSF')),
    );
    assert.match((await failing(2, 'trace', 'show', 'ffff')).stderr, /no trace ffff[\s\S]*trace list/);

    const following = follow('trace', 'follow', '--procedure', 'registration');
    await eventually('a followed registration', async () => {
      await run('ue', 'register', 'imsi-001010000000701');
      return /NAS Registration complete/.test(following.output());
    });
    assert.match(following.output(), /^\d\d:\d\d:\d\d\.\d{3} .*NAS Registration request/m);
    assert.equal(await following.end(), 0);
  });

  test('token: request, decode, verify; which check fails and its clause', async () => {
    const jwt = (
      await run(
        'token',
        'request',
        '--as',
        'visited/amf',
        '--target',
        'UDM',
        '--plmn',
        '001-01',
        '--scope',
        'nudm-uecm nudm-uecm:amf-registration:write',
      )
    ).trim();
    const { stdout } = await twincore(['token', 'decode', '--json', jwt]);
    assert.deepEqual(JSON.parse(stdout).claims.consumerPlmnId, { mcc: '999', mnc: '70' });
    const against = ['--service', 'nudm-uecm', '--operation-scope', 'nudm-uecm:amf-registration:write'];
    const good = await json('token', 'verify', jwt, ...against, '--consumer', 'visited/amf');
    assert.equal(good.valid, true);
    assert.equal(good.producer, 'UDM(001-01)');
    assert.equal(
      good.checks.some(({ result }: { result: string }) => result === 'not checked'),
      false,
    );
    const elsewhere = await failing(1, 'token', 'verify', jwt, '--producer', 'visited/udm');
    assert.match(elsewhere.stdout, /✗ failed +signature.* TS 33\.501 13\.4\.1\.1\.2/);
    assert.match(elsewhere.stdout, /✗ failed +producerPlmnId.* TS 33\.501 13\.4\.1\.2/);
    const other = await failing(1, 'token', 'verify', jwt, ...against, '--consumer', 'home/ausf');
    for (const check of ['consumerPlmnId', 'sub', 'the NF type of the consumer']) {
      assert.match(other.stdout, new RegExp(`✗ failed +${check}`));
    }
    assert.match(
      (await failing(1, 'token', 'request', '--as', 'home/amf', '--target', 'UDR', '--scope', 'nudr-dr')).stderr,
      /unauthorized_client/,
    );
  });

  test('nf: a dead one is seen, costs what it costs, and comes back; a change holds until it is taken back', async () => {
    await run('nf', 'kill', 'home/ausf');
    assert.match((await failing(1, 'status')).stdout, /^12 of 13 NFs are up[\s\S]*AUSF\(001-01\) .* down/);
    assert.match(
      (await failing(1, 'ue', 'register', 'imsi-001010000000701', '--identity', 'suci')).stdout,
      /rejected by AMF, 5GMM cause 22/,
    );
    assert.match((await failing(1, 'doctor')).stdout, /✗ +lab +AUSF\(001-01\) is down\n +→ .*nf restart/);
    await run('nf', 'restart', 'home/ausf');
    assert.match(await run('ue', 'register', 'imsi-001010000000701'), /registered in 001-01/);
    await run('nf', 'set', 'home/udm', 'log.level=debug', 'insecure.withoutTokens=true');
    assert.match(await run('status'), /UDM\(001-01\).*withoutTokens/);
    assert.match(await run('nf', 'show', 'home/udm'), /"level": "debug"[\s\S]*"nfStatus": "REGISTERED"/);
    assert.match(
      (await failing(1, 'nf', 'set', 'home/udm', 'limits.nesting=1')).stderr,
      /limits\/nesting[\s\S]*in use again/,
    );
    await run('nf', 'reset', 'home/udm');
    assert.doesNotMatch(await run('status'), /withoutTokens/);
    assert.match((await failing(2, 'nf', 'restart', 'ausf')).stderr, /AUSF\(001-01\), AUSF\(999-70\)/);
  });

  test('logs: of one NF, from a level on, and as they come', async () => {
    const warnings = (await run('logs', 'home/udm', '--level', 'warn', '--json', '-n', '0'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(warnings.some(({ message }) => /switched off/.test(message)));
    assert.ok(warnings.every(({ nf, level }) => nf === 'UDM(001-01)' && ['warn', 'error', 'fatal'].includes(level)));
    const following = follow('logs', '-f', '-n', '0', 'visited/udm');
    const before = following.output().length;
    await run('nf', 'restart', 'visited/udm');
    await eventually('a new line', () => /Server listening/.test(following.output().slice(before)));
    assert.equal(await following.end(), 0);
  });

  test('doctor: nothing is wrong with a running lab', async () => {
    const findings = (await json('doctor')) as { level: string; what: string; found: string }[];
    assert.match(findings.find(({ what }) => what === 'lab')?.found ?? '', /running, 13 NFs up/);
    assert.deepEqual(
      findings.filter(({ level }) => level === 'problem'),
      [],
    );
  });

  test('--keylog: the secrets of connections, in the form that Wireshark reads', () => {
    const lines = readFileSync(keylog, 'utf8').trim().split('\n');
    assert.ok(lines.every((line) => /^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,96}$/.test(line)));
    for (const label of ['CLIENT_TRAFFIC_SECRET_0', 'SERVER_TRAFFIC_SECRET_0', 'CLIENT_HANDSHAKE_TRAFFIC_SECRET']) {
      assert.ok(
        lines.some((line) => line.startsWith(label)),
        label,
      );
    }
  });

  test('a second lab in the same directory is refused', async () => {
    const { stderr } = await failing(4, 'up', '--exit', '--no-console');
    assert.match(stderr, /a lab is running[\s\S]*npm run twincore -- down/);
  });

  test('down: nothing is left', async () => {
    assert.match(await run('down'), /is stopped/);
    assert.equal(processesOf(dir).length, 0);
    await failing(3, 'status');
    assert.match(await run('trace', 'list'), /registration/);
  });

  function follow(...args: string[]) {
    const main = join(PROJECT_ROOT, 'packages/cli/src/main.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args, '--dir', dir]);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    const ended = once(child, 'exit');
    return {
      output: () => text,
      async end() {
        child.kill('SIGINT');
        const [status] = await ended;
        return status;
      },
    };
  }
});

/** Processes that have this lab directory in their command line. */
function processesOf(dir: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(dir, 'runs'));
    } catch {
      return false;
    }
  });
}
