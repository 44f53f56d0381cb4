/**
 * The firewall between two PLMNs (TS 33.501 13.2.1, 5.9.3.2): which operations may cross the border, who may ask for them, and whose
 * PLMN has to stand where in a message. It holds in both directions.
 */
import { type PlmnId, plmnOfServingNetworkName, plmnToString, samePlmn } from '@twincore/model';
import { nfTypeOfUserAgent, Refusal } from '@twincore/sbi';
import type { OperationRule } from '../config.ts';
import { includesPlmn } from '../partners.ts';

/** A request at the border. */
export interface BorderMessage {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body?: Uint8Array | undefined;
}

/** The PLMNs at the two ends of a request. */
export interface Ends {
  readonly sender: readonly PlmnId[];
  readonly receiver: readonly PlmnId[];
  /** What the relation between them is for, as agreed on N32-c; absent for all that the configuration has. */
  readonly purposes?: readonly string[] | undefined;
}

/** What the firewall has found out about a request that may pass. */
export interface Passage {
  readonly operation: string;
  /** The UE that it is about, as far as the request tells. */
  readonly ue?: string;
}

interface CompiledRule {
  readonly rule: OperationRule;
  readonly path: RegExp | undefined;
}

const CALLBACK = '3gpp-sbi-callback';
/** `ROAMING: additional information` (TS 29.500 5.2.3.3.11). */
const PURPOSE = '3gpp-sbi-interplmn-purpose';
/** API URIs begin with name and version of a service (TS 29.501 4.4.1); the path of a callback is its receiver's choice. */
const SERVICE = /^\/n[a-z0-9]{2,20}-(?!callback\/)[a-z0-9-]+\/v\d|^\/oauth2\//;
/** Places that name the UE. */
const UE = /(?:ueId|supi|supiOrSuci)$/;

export class Firewall {
  readonly #rules: readonly CompiledRule[];
  readonly #unnamedCallbacks: boolean;
  readonly #purposes: readonly string[];

  constructor(operations: readonly OperationRule[], options: { unnamedCallbacks: boolean }) {
    this.#rules = operations.map((rule) => ({
      rule,
      path: rule.path === undefined ? undefined : pathExpression(rule.path),
    }));
    this.#unnamedCallbacks = options.unnamedCallbacks;
    this.#purposes = [...new Set(operations.map(({ purpose }) => purpose))];
  }

  /** Throws {@link Refusal} 403 for a request that must not cross the border. */
  check(message: BorderMessage, ends: Ends): Passage {
    const url = new URL(message.path, 'https://border');
    checkDeclaredPurpose(message.headers[PURPOSE], ends.purposes ?? this.#purposes);
    const found = this.#ruleFor(message, url.pathname);
    if (!found) {
      if (this.#unnamedCallbacks && isUnnamedCallback(message, url.pathname)) return { operation: 'callback' };
      throw new Refusal(403, 'n32-operation', 'this operation is not one that may cross the border');
    }
    const { rule, variables } = found;
    if (ends.purposes && !ends.purposes.includes(rule.purpose)) {
      throw new Refusal(403, 'n32-purpose', `the partner has not agreed to ${rule.purpose} on N32-c`);
    }
    checkConsumer(rule, message.headers['user-agent']);
    const content = new Content(message, url, variables);
    let ue: string | undefined;
    for (const [where, whose] of Object.entries(rule.plmns)) {
      for (const value of content.valuesAt(where)) {
        checkPlmn(value, where, whose, ends[whose]);
        if (UE.test(where) && typeof value === 'string') ue = value;
      }
    }
    return { operation: rule.name, ...(ue === undefined ? {} : { ue }) };
  }

  #ruleFor({ method, headers }: BorderMessage, path: string) {
    const callback = headers[CALLBACK];
    if (callback !== undefined) {
      const name = String(callback).split(';', 1)[0]?.trim();
      const found = this.#rules.find(
        ({ rule }) => rule.callback && rule.name === name && rule.methods.includes(method),
      );
      // Whatever it calls itself: to an API of ours it is a request.
      return found && !SERVICE.test(path) ? { rule: found.rule, variables: {} as Record<string, string> } : undefined;
    }
    for (const { rule, path: expression } of this.#rules) {
      const match = rule.methods.includes(method) ? expression?.exec(path) : undefined;
      if (match) return { rule, variables: { ...match.groups } as Record<string, string> };
    }
    return undefined;
  }
}

/** A request that says what it is for has to be for what the two networks have agreed on (TS 29.500 6.14.3). */
function checkDeclaredPurpose(header: string | string[] | undefined, purposes: readonly string[]): void {
  if (header === undefined) return;
  const declared = String(header).split(':', 1)[0]?.trim() ?? '';
  if (purposes.includes(declared)) return;
  throw new Refusal(403, 'n32-purpose', '3gpp-Sbi-Interplmn-Purpose is none that this relation has');
}

function isUnnamedCallback({ method, headers }: BorderMessage, path: string): boolean {
  return method === 'POST' && headers[CALLBACK] === undefined && !SERVICE.test(path);
}

function checkConsumer({ consumers }: OperationRule, userAgent: string | string[] | undefined): void {
  const nfType = nfTypeOfUserAgent(typeof userAgent === 'string' ? userAgent : undefined);
  // What declares nothing (User-Agent is optional between PLMNs), the producer judges by its token.
  if (nfType === undefined || consumers.length === 0 || consumers.includes(nfType)) return;
  throw new Refusal(403, 'n32-consumer', `this operation is for ${consumers.join(', ')}`);
}

/** Text, path variables, query, form and JSON body of a request, each read when it is asked for. */
class Content {
  readonly #message: BorderMessage;
  readonly #url: URL;
  readonly #variables: Readonly<Record<string, string>>;
  #json: unknown;
  #form: URLSearchParams | undefined;

  constructor(message: BorderMessage, url: URL, variables: Readonly<Record<string, string>>) {
    this.#message = message;
    this.#url = url;
    this.#variables = variables;
  }

  /** `path ueId`, `query plmn-id`, `form targetPlmn` or `body /guami/plmnId`; nothing where it is absent. */
  valuesAt(where: string): unknown[] {
    const [part, name = ''] = where.split(' ', 2);
    if (part === 'path') return present(decoded(this.#variables[name]));
    if (part === 'query') return this.#url.searchParams.getAll(name).flatMap(jsonOr);
    if (part === 'form') return this.#readForm().getAll(name).flatMap(jsonOr);
    return present(memberAt(this.#readJson(), name));
  }

  #readForm(): URLSearchParams {
    this.#form ??= new URLSearchParams(this.#text());
    return this.#form;
  }

  #readJson(): unknown {
    if (this.#json === undefined && this.#message.body?.length) {
      try {
        this.#json = JSON.parse(this.#text());
      } catch {
        throw new Refusal(
          403,
          'n32-body',
          'the body of this operation has to be JSON, or nobody knows whom it concerns',
        );
      }
    }
    return this.#json;
  }

  #text(): string {
    return Buffer.from(this.#message.body ?? []).toString('utf8');
  }
}

const present = (value: unknown) => (value === undefined ? [] : [value]);

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(403, 'n32-path', 'the path is malformed');
  }
}

/** A query or form value that is JSON (a PLMN id, or a list of them), or text. */
function jsonOr(text: string): unknown[] {
  try {
    return [JSON.parse(text)].flat();
  } catch {
    return [text];
  }
}

function memberAt(body: unknown, pointer: string): unknown {
  let at = body;
  for (const name of pointer.split('/').slice(1)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

function checkPlmn(value: unknown, where: string, whose: 'sender' | 'receiver', plmnIds: readonly PlmnId[]): void {
  const holds = isOf(value, plmnIds);
  // An identifier that tells no PLMN (a GPSI, a NAI of somebody's own realm) cannot be judged here.
  if (holds !== false) return;
  const expected = plmnIds.map(plmnToString).join(', ');
  throw new Refusal(403, `n32-${whose}-plmn`, `${where} is not of ${expected}, the PLMN of the ${whose}`);
}

/** Whether a PLMN id, serving network name or UE identifier is of one of `plmnIds`; undefined when it names no PLMN. */
function isOf(value: unknown, plmnIds: readonly PlmnId[]): boolean | undefined {
  if (typeof value === 'object' && value !== null && 'mcc' in value && 'mnc' in value) {
    return includesPlmn(plmnIds, { mcc: String(value.mcc), mnc: String(value.mnc) });
  }
  if (typeof value !== 'string') return false;
  if (value.startsWith('imsi-')) {
    return plmnIds.some(({ mcc, mnc }) => value.startsWith(`imsi-${mcc}${mnc}`));
  }
  const suci = /^suci-0-(\d{3})-(\d{2,3})-/.exec(value);
  if (suci?.[1] && suci[2]) return includesPlmn(plmnIds, { mcc: suci[1], mnc: suci[2] });
  if (value.startsWith('5G:')) {
    const plmnId = plmnOfServingNetworkName(value.split(':').slice(0, 2).join(':'));
    return plmnId ? plmnIds.some((one) => samePlmn(one, plmnId)) : false;
  }
  const realm = /\.mnc(\d{3})\.mcc(\d{3})\.3gppnetwork\.org$/.exec(value);
  if (realm?.[1] && realm[2]) return includesPlmn(plmnIds, { mcc: realm[2], mnc: realm[1] });
  return undefined;
}

/** `{name}` is one segment, `**` at the end any number of them. */
function pathExpression(template: string): RegExp {
  const parts = template.split('/').map((segment) => {
    const name = /^\{([A-Za-z]\w*)\}$/.exec(segment)?.[1];
    if (name) return `(?<${name}>[^/]+)`;
    return segment === '**' ? '.+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}
