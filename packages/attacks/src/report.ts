/** What came of attacks, for programs and for people. */
import type { AttackResult } from './runner.ts';

/** As JSON. */
export function plainResult({ attack, refusedWith, without, ...result }: AttackResult) {
  const { id, title, target, defence } = attack;
  return { id, title, target, defence, refusedWith, withoutDefence: without, ...result };
}

/** A table and a sum. */
export function resultLines(results: readonly AttackResult[]): string[] {
  const rows = results.map(({ attack, refusedWith, without, ok, serving }) => [
    attack.id,
    attack.title,
    refusedWith,
    `${without} (${attack.defence})`,
    ok ? 'ok' : serving ? 'NOT AS EXPECTED' : 'NO LONGER SERVING',
  ]);
  const head = ['id', 'attack', 'refused with', 'without the defence', ''];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const good = results.filter(({ ok }) => ok).length;
  return [
    ...[head, ...rows].map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    '',
    `${good} of ${results.length} attacks are refused, and succeed without the one defence against them.`,
  ];
}
