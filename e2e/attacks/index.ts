/** The catalogue of attacks that are known from other 5G cores, and of those that prove the checks which no such attack is about. */
import type { Attack } from './attack.ts';
import { INPUT } from './input.ts';
import { GUARD, KNOWN } from './producers.ts';
import { REGISTRY } from './registry.ts';

export * from './attack.ts';
export { type AttackedLab, type AttackResult, runAttacks } from './runner.ts';

/** By id: A1, A1b, A2, … B6, G1, … */
export const CATALOGUE: readonly Attack[] = [...REGISTRY, ...INPUT, ...KNOWN, ...GUARD].toSorted((a, b) =>
  a.id.localeCompare(b.id, 'en', { numeric: true }),
);
