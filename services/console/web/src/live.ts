/** Live updates: what has changed comes as events, and what shows it asks again. */
import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import type { CallPulse, Counts } from '../../src/wire.ts';

interface LiveState {
  readonly connected: boolean;
  readonly counts: Counts | undefined;
}

let state: LiveState = { connected: false, counts: undefined };
const watchers = new Set<() => void>();
const callWatchers = new Set<(pulses: readonly CallPulse[]) => void>();

function become(change: Partial<LiveState>): void {
  state = { ...state, ...change };
  for (const watcher of watchers) watcher();
}

/** Queries that a growing trace makes old; asked again at most once a second. */
const GROWING = ['messages', 'procedures', 'procedure', 'keys'];
const REFRESH_MS = 1_000;
const CHANGED: Readonly<Record<string, readonly string[]>> = {
  nfs: ['lab'],
  run: ['lab', 'attacks', 'ues', 'subscribers', ...GROWING],
  ues: ['ues', 'subscribers'],
  attacks: ['attack-runs'],
};

/** Opens the stream; the browser opens it again when it breaks. */
export function follow(client: QueryClient): () => void {
  const stream = new EventSource('/api/events');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = (keys: readonly string[]) => {
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
  };
  stream.addEventListener('open', () => {
    become({ connected: true });
    refresh(Object.values(CHANGED).flat());
  });
  stream.addEventListener('error', () => become({ connected: false }));
  stream.addEventListener('counts', ({ data }) => {
    const counts = JSON.parse(data) as Counts;
    const grown = counts.revision !== state.counts?.revision;
    become({ counts });
    if (grown) {
      timer ??= setTimeout(() => {
        timer = undefined;
        refresh(GROWING);
      }, REFRESH_MS);
    }
  });
  stream.addEventListener('calls', ({ data }) => {
    const pulses = JSON.parse(data) as CallPulse[];
    for (const watcher of callWatchers) watcher(pulses);
  });
  stream.addEventListener('changed', ({ data }) => {
    const { what } = JSON.parse(data) as { what: string };
    refresh(CHANGED[what] ?? []);
  });
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}

export function useLive(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
  );
}

export function useCalls(watcher: (pulses: readonly CallPulse[]) => void): void {
  useEffect(() => {
    callWatchers.add(watcher);
    return () => {
      callWatchers.delete(watcher);
    };
  }, [watcher]);
}
