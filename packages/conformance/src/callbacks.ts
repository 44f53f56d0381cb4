/**
 * Which callback a request is. Its URI was given by the receiver, so no path tells it: what tells it is an earlier request
 * that named the URI, or else what the receiver calls the operation.
 */
import type { Exchange } from './check.ts';
import type { Operation, Operations } from './operations.ts';
import { valueAt } from './pointer.ts';

interface Announced {
  readonly authority: string;
  readonly callback: Operation;
}

export class Callbacks {
  readonly #operations: Operations;
  /** By path and query of the URI. */
  readonly #announced = new Map<string, Announced[]>();

  constructor(operations: Operations) {
    this.#operations = operations;
  }

  /** Remembers the callback URIs that an exchange announces. */
  learn(operation: Operation, exchange: Exchange): void {
    for (const callback of operation.callbacks) {
      const uri = evaluate(callback.path, exchange);
      if (uri === undefined || !URL.canParse(uri)) continue;
      const { host, pathname, search } = new URL(uri);
      this.#announce(pathname + search, { authority: host, callback });
    }
  }

  /** Remembers where a callback goes that says its name: proxies on its way see the same URI, and not the name. */
  learnNamed(exchange: Exchange): void {
    for (const callback of this.#named(exchange)) {
      this.#announce(exchange.uri, { authority: exchange.authority, callback });
    }
  }

  #announce(key: string, announced: Announced): void {
    const known = this.#announced.get(key) ?? [];
    const isNew = known.every((one) => one.callback !== announced.callback || one.authority !== announced.authority);
    if (isNew) this.#announced.set(key, [...known, announced]);
  }

  /** The callbacks that `exchange` may be; when several, the message itself decides. */
  candidates(exchange: Exchange): Operation[] {
    const announced = this.#announced.get(exchange.uri) ?? [];
    // A SEPP may have changed the authority on the way.
    const exact = announced.filter(({ authority }) => authority === exchange.authority);
    const found = (exact.length > 0 ? exact : announced).map(({ callback }) => callback);
    const named = found.length > 0 ? found : this.#named(exchange);
    return [...new Set(named)].filter(({ method }) => method === exchange.method);
  }

  /** By a name such as `Nudm_UECM_DeregistrationNotification`: the document by its first words, the callback by the last. */
  #named({ requestHeaders, operation = '' }: Exchange): Operation[] {
    // TS 29.500 5.2.3.2.3 and annex B.
    const name = String(requestHeaders['3gpp-sbi-callback'] ?? operation).split(';', 1)[0] ?? '';
    const [producer = '', service = '', what = ''] = name.split('_');
    if (what === '') return [];
    const callbacks = this.#operations
      .inFiles((file) => file.endsWith(`_${producer}_${service}`))
      .flatMap(({ operations }) => operations.flatMap((operation) => operation.callbacks));
    const same = callbacks.filter((callback) => plain(callback.name) === plain(what));
    if (same.length > 0) return same;
    return isNotification(what) ? callbacks : [];
  }
}

const plain = (name: string) => name.replace(/^on/i, '').toLowerCase();
const isNotification = (name: string) => /notif/i.test(name);

/**
 * The URI that a runtime expression (OpenAPI 3.0.3, 4.7.20.4) gives, with what stands behind it. Some documents leave out
 * the `$`, and some write the name of the body's member alone.
 */
function evaluate(expression: string, exchange: Exchange): string | undefined {
  const [, inner = '', rest = ''] = /^\{\$?([^}]+)\}(.*)$/.exec(expression) ?? [];
  const [source = '', pointer] = inner.split('#', 2);
  const body = source === 'response.body' ? exchange.responseBody : exchange.requestBody;
  const value = valueAt(body, pointer ?? `/${source}`);
  return typeof value === 'string' ? value + rest : undefined;
}
