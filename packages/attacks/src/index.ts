/** The catalogue of attacks that are known from other 5G cores, and of those that prove the checks which no such attack is about. */

import type { Attack } from './attack.ts';
import { BORDER } from './border.ts';
import { closest } from './closest.ts';
import { INPUT } from './input.ts';
import { GUARD, KNOWN } from './producers.ts';
import { REGISTRY } from './registry.ts';
import { RELATIONS } from './relations.ts';

export * from './attack.ts';
export { type AttackDescription, describeAttack } from './describe.ts';
export { forgeToken, forgeTokenBy, SIGNERS, type Signer } from './forge-token.ts';
export { createAssertion, takenOver } from './own-hand.ts';
export { withOwnLab } from './own-lab.ts';
export { plainResult, resultLines } from './report.ts';
export { type AttackedLab, type AttackResult, runAttacks } from './runner.ts';

/** By id: A1, A1b, A2, … B6, G1, … N1, … N1, … */
export const CATALOGUE: readonly Attack[] = [
  ...REGISTRY,
  ...INPUT,
  ...KNOWN,
  ...GUARD,
  ...BORDER,
  ...RELATIONS,
].toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));

/** The attack of this id, in any case. */
export function findAttack(id: string): Attack | undefined {
  return CATALOGUE.find((attack) => attack.id.toLowerCase() === id.toLowerCase());
}

/** Ids that somebody may have meant who wrote `id`. */
export function nearAttacks(id: string): string[] {
  return closest(
    id,
    CATALOGUE.map((attack) => attack.id),
  );
}
