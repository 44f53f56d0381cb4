// Lint, format and types: what every change must pass before its tests are worth running.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const bin = (name) => join('node_modules/.bin', name);
const steps = [
  ['lint and format (biome)', bin('biome'), ['check', '--error-on-warnings', ...process.argv.slice(2), '.']],
  ['types (tsc)', bin('tsc'), ['--noEmit']],
  ["types of the console's page (tsc)", bin('tsc'), ['--noEmit', '-p', 'services/console/web']],
];
for (const [title, command, args] of steps) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`\n${title} failed. "npm run check -- --write" mends what Biome can mend by itself.`);
    process.exit(1);
  }
}
