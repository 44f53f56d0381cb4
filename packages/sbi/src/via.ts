/** Via as proxies of the SBI write it (TS 29.500 clauses 6.10.8.3 and 6.10.10.3, RFC 9110 7.6.3). */
import { problem } from './problem.ts';

export const VIA = 'via';

/**
 * A request that has been here already would go round for ever (TS 29.500 6.10.10.3). `name` is that of this proxy, as `formatServer` has it.
 * Throws 400 MSG_LOOP_DETECTED.
 */
export function checkLoop(via: string | string[] | undefined, name: string): void {
  if (via === undefined) return;
  const hops = [via].flat().flatMap((value) => value.split(','));
  const been = hops.some((hop) => hop.trim().split(/\s+/)[1]?.toLowerCase() === name.toLowerCase());
  if (been) throw problem(400, 'MSG_LOOP_DETECTED', `${name} is in Via already`);
}

/** Via with this proxy at its end. */
export const viaWith = (via: string | string[] | undefined, name: string): string =>
  [...[via ?? []].flat(), `2.0 ${name}`].join(', ');
