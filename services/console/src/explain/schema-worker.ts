/** The thread that holds recorded exchanges against the 3GPP OpenAPI documents: the first look at a document takes half a second. */
import { parentPort, workerData } from 'node:worker_threads';
import { Checker, type Exchange, SpecsError } from '@twincore/conformance';
import type { SchemaVerdict } from '../wire.ts';

const NONE = { deviations: [], unchecked: [] };
let checker: Checker | undefined;

function verdictOf(exchange: Exchange): SchemaVerdict {
  try {
    checker ??= new Checker(String(workerData));
  } catch (error) {
    if (error instanceof SpecsError) return { state: 'no-documents', ...NONE };
    throw error;
  }
  checker.learn(exchange);
  const { operation, is3gpp, deviations, unchecked } = checker.check(exchange);
  if (!is3gpp) return { state: 'not-3gpp', ...NONE };
  return {
    state: deviations.length > 0 ? 'deviates' : 'conforms',
    ...(operation ? { operation: operation.name, document: operation.place.file } : {}),
    deviations: deviations.map(({ side, part, instance, message }) => ({ side, part, instance, message })),
    unchecked,
  };
}

parentPort?.on('message', ({ id, exchange }: { id: number; exchange: Exchange }) => {
  try {
    parentPort?.postMessage({ id, verdict: verdictOf(exchange) });
  } catch {
    // A record that no NF would write may not fit what the checker expects of one.
    parentPort?.postMessage({ id, verdict: { state: 'not-3gpp', ...NONE } });
  }
});
