/** npm run bench [-- NAME ...]: every benchmark, or those named. Each prints ratios or figures of this one run; nothing fails by time. */
import { consolePaint } from './console.ts';
import { discovery } from './discovery.ts';
import { discoveryScale } from './discovery-scale.ts';
import { guard } from './guard.ts';
import { n32 } from './n32.ts';
import { prins } from './prins.ts';
import { registrations } from './registrations.ts';
import { scp } from './scp.ts';
import { testkit } from './testkit.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  discovery,
  'discovery-scale': discoveryScale,
  prins,
  n32,
  guard,
  registrations,
  scp,
  console: consolePaint,
  testkit,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}`);
  process.exit(2);
}
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n== ${name}`);
  await run();
}
