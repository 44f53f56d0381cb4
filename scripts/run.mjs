// Runs a command of the workspace on the Node that the workspace pins. Plain JavaScript without dependencies, because it
// is the one file that a bare machine (Node >= 20, npm) runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'packages/cli/src/main.ts');
const commands = {
  up: ['--disable-warning=ExperimentalWarning', cli, 'up'],
  cli: ['--disable-warning=ExperimentalWarning', cli],
  plmn: ['--disable-warning=ExperimentalWarning', join(root, 'packages/testkit/src/main.ts')],
  test: [join(root, 'scripts/test.mjs')],
  bench: [join(root, 'bench/main.ts')],
  attacks: ['--disable-warning=ExperimentalWarning', join(root, 'packages/attacks/src/main.ts')],
  fuzz: ['--disable-warning=ExperimentalWarning', join(root, 'e2e/fuzz/main.ts')],
  check: [join(root, 'scripts/check.mjs')],
};

const [name = '', ...rest] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  console.error(`usage: node scripts/run.mjs <${Object.keys(commands).join('|')}> [arguments]`);
  process.exit(2);
}

install();
if (name === 'up') buildConsole();
const node = join(root, 'node_modules/node/bin/node');
// Thirteen processes load the same modules: with V8's code kept on disk each starts in two thirds of the time.
const env = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node-compile'), ...process.env };
// The files that a command names are where its user stands; npm tells where that was.
const cwd = name === 'cli' ? (process.env.INIT_CWD ?? process.cwd()) : root;
const child = spawn(node, [...command, ...rest], { stdio: 'inherit', cwd, env });
// Ctrl-C reaches the whole process group; the child decides when it is done, this wrapper only reports its status.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') child.kill(signal);
  });
}
child.on('error', (error) => {
  console.error(`cannot start ${node}: ${error.message}\nRemove node_modules and try again.`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

/** The console's page, when its sources have changed. A lab without a page is a lab all the same. */
function buildConsole() {
  const build = join(root, 'services/console/src/build.ts');
  const result = spawnSync(join(root, 'node_modules/node/bin/node'), ['--disable-warning=ExperimentalWarning', build], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0)
    console.error('The page of the console could not be built; npm start -- --no-console does without it.');
}

/** Installs with the pinned pnpm when the lockfile is not the one that node_modules was made from. */
function install() {
  // Not the field "packageManager": pnpm would then look itself up for every platform, and fails where one is not published.
  const packageManager = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).config.pnpm;
  const wanted = createHash('sha256')
    .update(packageManager)
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .digest('hex');
  const stamp = join(root, 'node_modules/.twincore-install');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log(`Installing the workspace with ${packageManager} (once per lockfile) ...`);
  const result = spawnSync('npx', ['-y', packageManager, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error('The installation failed. It needs the npm registry; behind a proxy set HTTPS_PROXY and try again.');
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}
