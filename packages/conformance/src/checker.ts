/** Checks exchanges one after the other. */
import { Callbacks } from './callbacks.ts';
import { checkOperation, type Deviation, type Exchange, type OperationCheck } from './check.ts';
import { Documents } from './documents.ts';
import { type Operation, Operations, type Route } from './operations.ts';
import { formatLocation } from './pointer.ts';
import { Schemas } from './schemas.ts';

export interface Verdict {
  /** Absent when the documents describe no such operation. */
  readonly operation?: Operation;
  /** False for what belongs to no API of the documents; nothing of it is checked. */
  readonly is3gpp: boolean;
  readonly deviations: readonly Deviation[];
  readonly unknownValues: number;
  readonly unchecked: readonly string[];
}

const NOTHING = { deviations: [], unknownValues: 0, unchecked: [] };

export class Checker {
  readonly operations: Operations;
  readonly schemas: Schemas;
  readonly #callbacks: Callbacks;

  /** Throws a SpecsError when `dir` has no OpenAPI documents. */
  constructor(dir: string) {
    const documents = new Documents(dir);
    this.operations = new Operations(documents);
    this.schemas = new Schemas(documents);
    this.#callbacks = new Callbacks(this.operations);
  }

  /** Learns from an exchange which callbacks go where; done for all before any is checked, their order matters less. */
  learn(exchange: Exchange): void {
    const route = this.operations.route(exchange.method, pathOf(exchange.uri));
    if (route.found === 'operation') this.#callbacks.learn(route.operation, exchange);
    else if (route.found === 'nothing') this.#callbacks.learnNamed(exchange);
  }

  check(exchange: Exchange): Verdict {
    const route = this.operations.route(exchange.method, pathOf(exchange.uri));
    if (route.found === 'operation') {
      this.#callbacks.learn(route.operation, exchange);
      return this.#verdict(
        route.operation,
        checkOperation(this.schemas, route.operation, exchange, route.pathParameters),
      );
    }
    if (route.found !== 'nothing') return { is3gpp: true, ...NOTHING, deviations: [unknownOperation(route, exchange)] };
    return this.#checkCallback(exchange) ?? { is3gpp: false, ...NOTHING };
  }

  #checkCallback(exchange: Exchange): Verdict | undefined {
    const verdicts = this.#callbacks
      .candidates(exchange)
      .map((callback) => this.#verdict(callback, checkOperation(this.schemas, callback, exchange, new Map())));
    return verdicts.toSorted((a, b) => a.deviations.length - b.deviations.length)[0];
  }

  #verdict(operation: Operation, check: OperationCheck): Verdict {
    return { operation, is3gpp: true, ...check };
  }
}

const pathOf = (uri: string) => uri.split('?', 1)[0] ?? '';

function unknownOperation(
  route: Exclude<Route, { found: 'operation' | 'nothing' }>,
  { method, uri }: Exchange,
): Deviation {
  const path = pathOf(uri);
  const described = { side: 'request' as const, instance: '' };
  switch (route.found) {
    case 'path':
      return {
        ...described,
        part: 'method',
        message: `${method} is not among those of ${route.template}: ${route.methods.join(', ')}`,
        schema: formatLocation({ file: route.service.document.file, pointer: '/paths' }),
      };
    case 'service':
      return {
        ...described,
        part: 'path',
        message: `${path} is not a resource of ${route.service.name}`,
        schema: formatLocation({ file: route.service.document.file, pointer: '/paths' }),
      };
    case 'api':
      return {
        ...described,
        part: 'path',
        message: `${path} is of another version of ${route.api} than ${route.versions.join(', ')}`,
        schema: route.api,
      };
  }
}
