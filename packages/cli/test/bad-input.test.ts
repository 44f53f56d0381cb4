/** Whatever people type or whatever is in the way: one clear message, what to do, the right status, and no stack. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readTopology } from '@twincore/lab';
import { twincore } from './support/run.ts';

const dir = mkdtempSync(join(tmpdir(), 'twincore-bad-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const NOWHERE = join(dir, 'never-made');

function clear({ stderr }: { stderr: string }, said: RegExp): void {
  assert.match(stderr, said);
  assert.doesNotMatch(stderr, /^\s+at .*:\d+/m, 'a stack');
  assert.doesNotMatch(stderr, /fault of twincore/);
}

interface Case {
  readonly args: readonly string[];
  readonly status: number;
  readonly said: RegExp;
  readonly input?: string;
  /** It tells what it is about to do before it finds out. */
  readonly tells?: true;
}
const CASES: Readonly<Record<string, Case>> = {
  'an unknown command': { args: ['stauts'], status: 2, said: /unknown command 'stauts'[\s\S]*Did you mean status\?/ },
  'an unknown subcommand': { args: ['ue', 'regsiter'], status: 2, said: /unknown command 'regsiter'[\s\S]*register/ },
  'an unknown option': { args: ['status', '--wacth'], status: 2, said: /unknown option '--wacth'[\s\S]*--watch/ },
  'an option without its value': { args: ['logs', '--level'], status: 2, said: /argument missing/ },
  'a value that is no choice': {
    args: ['logs', '--level', 'loud'],
    status: 2,
    said: /Allowed choices are trace, debug/,
  },
  'a number that is none': { args: ['ue', 'add', '--count', 'many'], status: 2, said: /whole number/ },
  'no UEs at all': { args: ['ue', 'add', '--count', '0'], status: 2, said: /at least 1/ },
  'a SUPI that is none': { args: ['ue', 'show', 'bob'], status: 2, said: /imsi-001010000000001/ },
  'a network that is none': { args: ['ue', 'register', '--plmn', 'home'], status: 2, said: /MCC-MNC: 001-01/ },
  'a key that is none': {
    args: ['subscriber', 'add', '1234567', '--k', 'zz'],
    status: 2,
    said: /32 hexadecimal digits/,
  },
  'a missing argument': { args: ['nf', 'restart'], status: 2, said: /missing required argument 'nf'/ },
  'a missing option': { args: ['token', 'request'], status: 2, said: /required option '--as <nf>'/ },
  'a format that does not exist': {
    args: ['trace', 'export', '--format', 'xml'],
    status: 2,
    said: /mermaid, har, ndjson/,
  },
  'no JWT': { args: ['token', 'decode', 'abc'], status: 2, said: /no JWT/ },
  'no JWT on standard input': { args: ['token', 'decode'], status: 2, said: /no JWT/, input: 'hello' },
  'a wrong communication': { args: ['up', '--communication', 'E'], status: 2, said: /direct, C, D/ },
  'no lab, for the status': {
    args: ['status', '--dir', NOWHERE],
    status: 3,
    said: /no lab is running[\s\S]*npm start/,
  },
  'no lab, to stop': { args: ['down', '--dir', NOWHERE], status: 3, said: /no lab is running/ },
  'no lab, for UEs': { args: ['ue', 'list', '--dir', NOWHERE], status: 3, said: /no lab is running/ },
  'no run, for the trace': { args: ['trace', '--dir', NOWHERE], status: 3, said: /no run[\s\S]*npm start/ },
  'no run, for the logs': { args: ['logs', '--dir', NOWHERE], status: 3, said: /no run/ },
  'no deployment': {
    args: ['up', '--exit', '--dir', NOWHERE, '--deploy', NOWHERE],
    status: 2,
    tells: true,
    said: /home\.yaml cannot be read/,
  },
  'no place for the secrets': {
    args: ['up', '--exit', '--dir', NOWHERE, '--keylog', '/never/made'],
    status: 4,
    tells: true,
    said: /\/never\/made[\s\S]*name another/,
  },
};

describe('a wrong call', { concurrency: 2 }, () => {
  for (const [what, { args, status, said, input, tells }] of Object.entries(CASES)) {
    test(what, async () => {
      const result = await twincore(args, input === undefined ? {} : { input });
      clear(result, said);
      assert.equal(result.status, status, result.stderr);
      if (!tells) assert.equal(result.stdout, '');
    });
  }

  test('with --json the error is JSON as well', async () => {
    const { stderr, status } = await twincore(['status', '--json', '--dir', NOWHERE]);
    const { error, advice, exitCode } = JSON.parse(stderr);
    assert.match(error, /no lab/);
    assert.match(advice, /npm start/);
    assert.equal(exitCode, status);
  });
});

describe('a machine that is in the way', () => {
  const PORT_OFFSET = '13900';
  const up = (place: string) =>
    twincore(['up', '--exit', '--no-console', '--dir', place, '--port-offset', PORT_OFFSET]);
  const deploy = join(import.meta.dirname, '../../../deploy');

  test('a port in use: which, and what to do', async (t) => {
    // Whoever has the port, it is in use.
    const [site] = readTopology(deploy, Number(PORT_OFFSET));
    const port = site?.nfs.find(({ type }) => type === 'AUSF')?.port ?? 0;
    const squatter = createServer()
      .on('error', () => {})
      .listen(port, '127.0.0.1');
    t.after(() => squatter.close());
    const result = await up(join(dir, 'ports'));
    clear(result, new RegExp(`${port} \\(for AUSF\\(001-01\\)\\)[\\s\\S]*--port-offset`));
    assert.equal(result.status, 4);
    const seen = await twincore(['doctor', '--json', '--dir', join(dir, 'ports'), '--port-offset', PORT_OFFSET]);
    assert.equal(seen.status, 1);
    assert.match(seen.stdout, new RegExp(`"problem","what":"ports","found":"[^"]*${port} `));
  });

  test('a lab directory that is a file', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, '');
    for (const result of [await up(file), await up(join(file, 'below'))]) {
      clear(result, /file/);
      assert.equal(result.status, 4);
    }
    const seen = await twincore(['doctor', '--dir', file]);
    assert.match(seen.stdout, /✗ +lab directory +.* is a file/);
    assert.equal(seen.status, 1);
  });

  test('another lab in the directory', async () => {
    const place = join(dir, 'taken');
    mkdirSync(place);
    writeFileSync(join(place, 'lab.lock'), `${process.pid}\n`);
    const result = await up(place);
    clear(result, new RegExp(`process ${process.pid}[\\s\\S]*down[\\s\\S]*--port-offset`));
    assert.equal(result.status, 4);
  });

  describe('a half-made state directory', () => {
    const place = join(dir, 'half');
    const pki = join(place, 'pki/001-01');
    before(() => mkdirSync(pki, { recursive: true, mode: 0o700 }));

    test('a damaged certificate is named, by up and by the doctor', async () => {
      for (const file of ['ca.pem', 'ca-key.pem']) writeFileSync(join(pki, file), '-----BEGIN');
      const result = await up(place);
      clear(result, /ca\.pem is damaged[\s\S]*Remove .*pki\/001-01/);
      assert.equal(result.status, 4);
      const seen = await twincore(['doctor', '--dir', place]);
      assert.match(seen.stdout, /✗ +certificates +.*ca\.pem or its key is damaged/);
      assert.equal(seen.status, 1);
    });

    test('one half of a pair, a dead lock, a link to nowhere, a damaged database, and keys that others can read', async () => {
      rmSync(join(pki, 'ca-key.pem'));
      writeFileSync(join(place, 'lab.lock'), '999999999\n');
      mkdirSync(join(place, 'runs'));
      symlinkSync('gone', join(place, 'runs/latest'));
      mkdirSync(join(place, 'state/001-01/udr'), { recursive: true });
      writeFileSync(join(place, 'state/001-01/udr/udr.sqlite'), 'this is no database, not even for a moment');
      chmodSync(place, 0o755);
      const { stdout, stderr } = await twincore(['doctor', '--json', '--dir', place]);
      assert.equal(stderr, '');
      const findings = JSON.parse(stdout) as { level: string; what: string; found: string; advice?: string }[];
      const told = (what: string, found: RegExp) =>
        findings.find((finding) => finding.what === what && finding.level !== 'ok' && found.test(finding.found));
      assert.ok(told('half-made keys', /ca\.pem is there without ca-key\.pem/));
      assert.ok(told('lab', /999999999.* is gone/));
      assert.ok(told('runs', /leads nowhere/));
      assert.ok(told('state', /udr\.sqlite is damaged/));
      assert.ok(told('lab directory', /can be read by others/));
      assert.ok(findings.every(({ level, advice }) => level === 'ok' || advice));
    });
  });

  test('no Docker is a warning that says who needs it', async () => {
    const { stdout } = await twincore(['doctor', '--json', '--dir', NOWHERE], { env: { PATH: dir } });
    const docker = JSON.parse(stdout).find(({ what }: { what: string }) => what === 'Docker');
    assert.equal(docker.level, 'warning');
    assert.match(docker.found, /no command docker/);
    assert.match(docker.advice, /docker-compose/);
  });
});
