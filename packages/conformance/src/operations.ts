/** The operations that the documents describe, callbacks among them, and which of them a request is. */
import type { Documents, ServiceDocument } from './documents.ts';
import { below, isRecord, type Location } from './pointer.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly explode: boolean;
  /** The value is JSON (a `content` parameter) instead of a `schema` one. */
  readonly json: boolean;
  readonly schema: Location;
  readonly place: Location;
}

export interface Media {
  /** In lower case, without parameters. */
  readonly type: string;
  readonly schema?: Location;
  /** Members of a form whose value is JSON. */
  readonly jsonMembers: readonly string[];
}

export interface Body {
  readonly required: boolean;
  readonly media: readonly Media[];
  readonly place: Location;
}

export interface Header {
  /** In lower case. */
  readonly name: string;
  readonly required: boolean;
  readonly schema?: Location;
  readonly place: Location;
}

export interface Answer {
  readonly media: readonly Media[];
  readonly headers: readonly Header[];
  readonly place: Location;
}

export interface Operation {
  readonly service: string;
  readonly place: Location;
  /** `operationId`; for a callback its name. Unique nowhere. */
  readonly name: string;
  readonly method: string;
  /** Path template with the service's base path; of a callback its runtime expression. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Body;
  /** By status as the document writes it: `201`, `4XX`, `default`. */
  readonly answers: ReadonlyMap<string, Answer>;
  readonly callbacks: readonly Operation[];
  /** The operation whose callback this is. */
  readonly callbackOf?: string;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export const titleOf = (operation: Operation): string =>
  `${operation.callbackOf === undefined ? '' : `${operation.callbackOf} → `}${operation.name}`;

interface Path {
  readonly template: string;
  readonly expression: RegExp;
  readonly parameters: readonly string[];
  readonly operations: ReadonlyMap<string, Operation>;
}

export interface Service {
  readonly name: string;
  readonly document: ServiceDocument;
  readonly operations: readonly Operation[];
  readonly paths: readonly Path[];
}

/** What the documents know about a method and path. */
export type Route =
  | { readonly found: 'operation'; readonly operation: Operation; readonly pathParameters: ReadonlyMap<string, string> }
  | {
      readonly found: 'path';
      readonly service: Service;
      readonly template: string;
      readonly methods: readonly string[];
    }
  | { readonly found: 'service'; readonly service: Service }
  /** An API of the documents in a version that they do not have. */
  | { readonly found: 'api'; readonly api: string; readonly versions: readonly string[] }
  | { readonly found: 'nothing' };

export class Operations {
  readonly #documents: Documents;
  readonly #services = new Map<string, Service>();
  readonly #byBase: ReadonlyMap<string, readonly ServiceDocument[]>;
  readonly #versions: ReadonlyMap<string, readonly string[]>;

  constructor(documents: Documents) {
    this.#documents = documents;
    const all = documents.services();
    this.#byBase = Map.groupBy(all, ({ basePath }) => basePath);
    const apis = all.map(({ basePath }) => basePath.split('/')).filter(({ length }) => length === 3);
    this.#versions = new Map(
      [...Map.groupBy(apis, ([, api]) => api ?? '')].map(([api, found]) => [
        api,
        found.map(([, , version]) => version ?? ''),
      ]),
    );
  }

  /** What a request is. An apiRoot may have a path of its own, so the base path may stand anywhere before the resource. */
  route(method: string, path: string): Route {
    const segments = path.split('/').slice(1);
    for (let start = 0; start + 1 < segments.length; start += 1) {
      const [api = '', version = ''] = segments.slice(start, start + 2);
      const documents = this.#byBase.get(`/${api}/${version}`);
      if (documents) return this.#routeIn(documents, method, `/${segments.slice(start).join('/')}`);
      const versions = this.#versions.get(api);
      if (versions && /^v\d+$/.test(version)) return { found: 'api', api, versions };
    }
    const bare = this.#routeIn(this.#byBase.get('') ?? [], method, path);
    return bare.found === 'service' ? { found: 'nothing' } : bare;
  }

  #routeIn(documents: readonly ServiceDocument[], method: string, path: string): Route {
    let best: Route = { found: 'nothing' };
    for (const document of documents) {
      const service = this.service(document);
      if (best.found === 'nothing') best = { found: 'service', service };
      for (const candidate of service.paths) {
        const match = candidate.expression.exec(path);
        if (!match) continue;
        const operation = candidate.operations.get(method.toUpperCase());
        if (operation) {
          const values = candidate.parameters.map((name, index) => [name, match[index + 1] ?? ''] as const);
          return { found: 'operation', operation, pathParameters: new Map(values) };
        }
        if (best.found !== 'path') {
          best = { found: 'path', service, template: candidate.template, methods: [...candidate.operations.keys()] };
        }
      }
    }
    return best;
  }

  service(document: ServiceDocument): Service {
    let service = this.#services.get(document.file);
    if (!service) {
      service = readService(this.#documents, document);
      this.#services.set(document.file, service);
    }
    return service;
  }

  /** The services whose API has this name, e.g. `nudm-sdm`. */
  servicesNamed(name: string): Service[] {
    const documents = this.#documents
      .services()
      .filter(({ basePath }) => basePath === '' || basePath.split('/')[1] === name);
    return documents.map((document) => this.service(document)).filter((service) => service.name === name);
  }

  /** The services that the documents whose file name (without extension) satisfies `wanted` describe. */
  inFiles(wanted: (name: string) => boolean): Service[] {
    const documents = this.#documents.services().filter(({ file }) => wanted(file.replace(/\.ya?ml$/, '')));
    return documents.map((document) => this.service(document));
  }

  /** Every service of the directory; parses all of their documents. */
  all(): Service[] {
    return this.#documents.services().map((document) => this.service(document));
  }

  /** Operations whose operationId is `name`, or which are `METHOD /path` with or without the base path. */
  named(name: string): Operation[] {
    const [method = '', path = ''] = name.split(/\s+/, 2);
    const operations = this.all().flatMap((service) =>
      service.operations.map((operation) => ({ operation, basePath: service.document.basePath })),
    );
    return operations
      .filter(({ operation, basePath }) =>
        path === ''
          ? operation.name === name
          : operation.method === method.toUpperCase() &&
            (operation.path === path || operation.path === basePath + path),
      )
      .map(({ operation }) => operation);
  }
}

function readService(documents: Documents, document: ServiceDocument): Service {
  const { file, basePath } = document;
  const found = documents.members({ file, pointer: '/paths' });
  const name = basePath.split('/')[1] || found[0]?.[0].split('/')[1] || file;
  const paths = found.map(([template, location]) => {
    const full = basePath + template;
    const item = documents.resolve(location);
    const operations = operationsOf(documents, item, { service: name, path: full });
    return {
      template: full,
      parameters: [...full.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? ''),
      expression: expressionOf(full),
      operations: new Map(operations.map((operation) => [operation.method, operation])),
    };
  });
  // The most concrete template first, as OpenAPI wants it.
  paths.sort((a, b) => literals(b.template) - literals(a.template));
  return { name, document, paths, operations: paths.flatMap(({ operations }) => [...operations.values()]) };
}

const literals = (template: string) => template.replaceAll(/\{[^}]+\}/g, '').length;

function expressionOf(template: string): RegExp {
  const parts = template.split(/\{[^}]+\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('([^/]+)')}$`);
}

type Context = Pick<Operation, 'service' | 'path' | 'callbackOf'> & { readonly name?: string };

function operationsOf(documents: Documents, item: Location, context: Context): Operation[] {
  const { value, ...place } = documents.resolve(item);
  return METHODS.filter((method) => isRecord(value[method])).map((method) =>
    readOperation(documents, method, below(place, method), [value.parameters, below(place, 'parameters')], context),
  );
}

function readOperation(
  documents: Documents,
  method: string,
  place: Location,
  shared: readonly [list: unknown, place: Location],
  context: Context,
): Operation {
  const { value } = documents.resolve(place);
  const parameters = new Map<string, Parameter>();
  for (const [list, where] of [shared, [value.parameters, below(place, 'parameters')] as const]) {
    for (const index of Array.isArray(list) ? list.keys() : []) {
      const parameter = readParameter(documents, below(where, index));
      if (parameter) parameters.set(`${parameter.in} ${parameter.name}`, parameter);
    }
  }
  const name =
    context.name ??
    (typeof value.operationId === 'string' ? value.operationId : `${method.toUpperCase()} ${context.path}`);
  return {
    service: context.service,
    place,
    name,
    method: method.toUpperCase(),
    path: context.path,
    ...(context.callbackOf === undefined ? {} : { callbackOf: context.callbackOf }),
    parameters: [...parameters.values()],
    ...(isRecord(value.requestBody) ? { body: readBody(documents, below(place, 'requestBody')) } : {}),
    answers: new Map(
      isRecord(value.responses)
        ? documents
            .members(below(place, 'responses'))
            .map(([status, where]) => [
              status.toUpperCase().replace('DEFAULT', 'default'),
              readAnswer(documents, where),
            ])
        : [],
    ),
    callbacks: isRecord(value.callbacks)
      ? documents.members(below(place, 'callbacks')).flatMap(([callback, where]) =>
          documents.members(where).flatMap(([expression, item]) =>
            operationsOf(documents, documents.resolve(item), {
              service: context.service,
              path: expression,
              name: callback,
              callbackOf: name,
            }),
          ),
        )
      : [],
  };
}

/** Headers that OpenAPI describes elsewhere (3.0.3, 4.7.12.1). */
const NOT_PARAMETERS = new Set(['accept', 'content-type', 'authorization']);

function readParameter(documents: Documents, location: Location): Parameter | undefined {
  const { value, ...place } = documents.resolve(location);
  const { name, in: where } = value;
  if (typeof name !== 'string' || (where !== 'path' && where !== 'query' && where !== 'header')) return undefined;
  if (where === 'header' && NOT_PARAMETERS.has(name.toLowerCase())) return undefined;
  const [media] = isRecord(value.content) ? Object.keys(value.content) : [];
  return {
    name,
    in: where,
    required: value.required === true || where === 'path',
    explode: value.explode === undefined ? where === 'query' : value.explode === true,
    json: media !== undefined,
    schema: media === undefined ? below(place, 'schema') : below(place, 'content', media, 'schema'),
    place,
  };
}

function readBody(documents: Documents, location: Location): Body {
  const { value, ...place } = documents.resolve(location);
  return { required: value.required === true, media: readMedia(value.content, below(place, 'content')), place };
}

function readMedia(content: unknown, place: Location): Media[] {
  if (!isRecord(content)) return [];
  return Object.entries(content).map(([type, value]) => {
    const encoding = isRecord(value) && isRecord(value.encoding) ? value.encoding : {};
    return {
      type: mediaType(type),
      ...(isRecord(value) && isRecord(value.schema) ? { schema: below(place, type, 'schema') } : {}),
      jsonMembers: Object.entries(encoding).flatMap(([member, how]) =>
        isRecord(how) && how.contentType === 'application/json' ? [member] : [],
      ),
    };
  });
}

function readAnswer(documents: Documents, location: Location): Answer {
  const { value, ...place } = documents.resolve(location);
  const headers = isRecord(value.headers) ? documents.members(below(place, 'headers')) : [];
  return {
    place,
    media: readMedia(value.content, below(place, 'content')),
    headers: headers.map(([name, where]) => {
      const found = documents.resolve(where);
      return {
        name: name.toLowerCase(),
        required: found.value.required === true,
        ...(isRecord(found.value.schema) ? { schema: below(found, 'schema') } : {}),
        place: { file: found.file, pointer: found.pointer },
      };
    }),
  };
}

/** A Content-Type without its parameters. */
export const mediaType = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
