/** npm run attacks [-- ID ...] [--json]: every attack of the catalogue, or those named, against a lab of its own. */
import { parseArgs } from 'node:util';
import { startTestLab } from '../support/lab.ts';
import { type AttackResult, CATALOGUE, runAttacks } from './index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((id) => !CATALOGUE.some((attack) => attack.id === id));
if (unknown.length > 0) {
  console.error(`no attack ${unknown.join(', ')}; there are: ${CATALOGUE.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
const chosen = CATALOGUE.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
};

progress('starting a lab ...');
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const lab = await startTestLab({ signal: stopping.signal });
let results: AttackResult[];
try {
  results = await runAttacks(lab, chosen, progress);
} finally {
  progress('');
  await lab.end();
}
if (values.json) console.log(JSON.stringify(results.map(plain), null, 2));
else print(results);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

function plain({ attack, ...result }: AttackResult) {
  const { steps, prepare: _prepare, succeeds: _succeeds, ...about } = attack;
  return { ...about, steps: steps.map(({ does }) => does), ...result };
}

function print(all: readonly AttackResult[]): void {
  const rows = all.map(({ attack, refusedWith, without, ok, serving }) => [
    attack.id,
    attack.title,
    refusedWith,
    `${without} (${attack.defence})`,
    ok ? 'ok' : serving ? 'NOT AS EXPECTED' : 'NO LONGER SERVING',
  ]);
  const head = ['id', 'attack', 'refused with', 'without the defence', ''];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows]) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
  const good = all.filter(({ ok }) => ok).length;
  console.log(`\n${good} of ${all.length} attacks are refused, and succeed without the one defence against them.`);
}
