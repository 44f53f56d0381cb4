/** npm run attacks [-- ID ...] [--json]: every attack of the catalogue, or those named, against a lab of its own. */
import { parseArgs } from 'node:util';
import { CATALOGUE, findAttack, nearAttacks, plainResult, resultLines, runAttacks, withOwnLab } from './index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const unknown = positionals.find((id) => findAttack(id) === undefined);
if (unknown !== undefined) {
  const near = nearAttacks(unknown);
  console.error(
    `no attack ${unknown}; ${near.length > 0 ? `did you mean ${near.join(', ')}?` : 'npm run twincore -- attack list'}`,
  );
  process.exit(2);
}
const chosen = positionals.length === 0 ? CATALOGUE : positionals.flatMap((id) => findAttack(id) ?? []);
const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
};

progress('starting a lab ...');
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const results = await withOwnLab(stopping.signal, (lab) => runAttacks(lab, chosen, progress));
progress('');
if (values.json) console.log(JSON.stringify(results.map(plainResult), null, 2));
else for (const line of resultLines(results)) console.log(line);
process.exit(results.every(({ ok }) => ok) ? 0 : 1);
