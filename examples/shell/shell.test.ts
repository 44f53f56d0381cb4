/** Runs the test in plain shell: against twincore-plmn as a process, and as a container where an engine answers. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '@twincore/testkit';
import { whyNoContainer } from '@twincore/testkit/container';

const MAIN = join(import.meta.dirname, '../../packages/testkit/src/main.ts');
const SCRIPT = join(import.meta.dirname, 'authentication.sh');
const WANTED = ['--client', 'AMF'];
const IMAGE = process.env.TWINCORE_IMAGE ?? 'twincore';

const hasHttp2 = () => {
  try {
    return /HTTP2/.test(execFileSync('curl', ['--version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
};
const withoutCurl = !hasHttp2() && 'needs curl with HTTP/2';

/** What the script prints, while `command` serves a PLMN in `dir`. */
async function runAgainst(command: readonly [string, ...string[]], dir: string): Promise<string> {
  const [file, ...args] = command;
  const plmn = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface(plmn.stdout)) if (line.startsWith('ready: ')) break;
    return (await promisify(execFile)(SCRIPT, [dir])).stdout;
  } finally {
    plmn.kill();
    if (plmn.exitCode === null) await once(plmn, 'exit');
  }
}

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-shell-'));
  writeFileSync(join(dir, 'subscribers.json'), JSON.stringify([{ supi: 'imsi-001010000000001' }]));
  return dir;
}

test('plain shell against a process', { skip: withoutCurl }, async () => {
  const dir = directory();
  const args = [MAIN, '--dir', dir, '--subscribers', join(dir, 'subscribers.json'), ...WANTED];
  const output = await runAgainst([process.execPath, '--disable-warning=ExperimentalWarning', ...args], dir);
  assert.equal(output.match(/^ok - /gm)?.length, 5, output);
  rmSync(dir, { recursive: true });
});

const skip = withoutCurl || ((await whyNoContainer(IMAGE)) ?? false);
test('plain shell against a container', { skip }, async () => {
  const dir = directory();
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
  const user = `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`;
  const docker = ['run', '--rm', '--init', '--user', user, '--volume', `${dir}:/plmn`, '--entrypoint', 'node'];
  const published = ports.flatMap((port) => ['--publish', `127.0.0.1:${port}:${port}`]);
  const place = ['--dir', '/plmn', '--subscribers', '/plmn/subscribers.json', '--listen', '0.0.0.0'];
  const main = ['packages/testkit/src/main.ts', ...place, '--ports', ports.join(), ...WANTED];
  const output = await runAgainst(['docker', ...docker, ...published, IMAGE, ...main], dir);
  assert.equal(output.match(/^ok - /gm)?.length, 5, output);
  rmSync(dir, { recursive: true });
});
