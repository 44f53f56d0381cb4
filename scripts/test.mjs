// npm test [-- FILE ...]: checks, then unit and property tests side by side, then the e2e scenarios one after another, because
// each of them starts a lab of its own and would only measure the others.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const chosen = process.argv.slice(2);
// The tests stop their containers by themselves, and not every engine has a registry to get testcontainers' own helper from.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
const run = (title, args, cwd = '.') => {
  console.log(`\n== ${title}`);
  return spawnSync(process.execPath, args, { stdio: 'inherit', cwd }).status === 0;
};
const nodeTest = (files, concurrency) => [
  '--disable-warning=ExperimentalWarning',
  '--test',
  `--test-concurrency=${concurrency}`,
  '--test-reporter=spec',
  ...files,
];

const EXAMPLES_OF_OTHERS = ['examples/vitest/*', 'examples/jest/*'];
const ok = [];
if (chosen.length > 0) {
  ok.push(run('chosen tests', nodeTest(chosen, 1)));
} else {
  ok.push(run('lint, format, types', ['scripts/check.mjs']));
  ok.push(run('unit and property tests', nodeTest(globSync('{packages,services}/*/test/**/*.test.ts'), 2)));
  // People test their NFs with these runners, so the examples for them are run by them.
  ok.push(run('examples: node:test', nodeTest(globSync('examples/*/*.test.ts', { exclude: EXAMPLES_OF_OTHERS }), 1)));
  ok.push(
    run('examples: vitest', ['node_modules/vitest/vitest.mjs', 'run', '--config=vitest/vitest.config.ts'], 'examples'),
  );
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  ok.push(run('examples: jest', [...jest, '--config=jest/jest.config.json'], 'examples'));
  ok.push(
    run('e2e over real processes', nodeTest(globSync('e2e/**/*.test.ts', { exclude: ['**/node_modules/**'] }), 1)),
  );
}
process.exit(ok.every(Boolean) ? 0 : 1);
