/** Calls that light up for a moment. */
import { useCallback, useRef, useState } from 'react';
import type { CallPulse } from '../../../src/wire.ts';
import { useCalls } from '../live.ts';

export interface Lit extends CallPulse {
  readonly id: number;
}

const SHOWN_MS = 1_400;
/** So many at once; a storm of calls is one as well if some of them are left out. */
const MAX = 80;
const LAST = 9;

/** Calls of the last moment, and the last ones as a list. */
export function useLitCalls(): { readonly lit: readonly Lit[]; readonly last: readonly Lit[] } {
  const next = useRef(1);
  const [lit, setLit] = useState<readonly Lit[]>([]);
  const [last, setLast] = useState<readonly Lit[]>([]);
  useCalls(
    useCallback((pulses) => {
      const fresh = pulses
        .filter(({ from, to }) => !from.startsWith('OPERATOR') && !to.startsWith('RANSIM'))
        .map((pulse) => ({ ...pulse, id: next.current++ }));
      if (fresh.length === 0) return;
      const ids = new Set(fresh.map(({ id }) => id));
      setLit((before) => [...before, ...fresh].slice(-MAX));
      setLast((before) => [...fresh.toReversed(), ...before].slice(0, LAST));
      setTimeout(() => setLit((before) => before.filter(({ id }) => !ids.has(id))), SHOWN_MS);
    }, []),
  );
  return { lit, last };
}
