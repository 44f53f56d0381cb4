/** Protection policies (TS 33.501 13.2.3, TS 29.573 6.1.5.2.6), compiled so that a message finds its rules at once. */
import type { ApiIeMapping, ApiSignature, IeInfo, ProtectionPolicy } from '@twincore/model';
import { N32fError } from './errors.ts';
import { pointerTokens } from './json.ts';
import type { HeaderList } from './messages.ts';
import { headerOf } from './messages.ts';

/** What policy says of one IE in one direction. */
export interface IeRule {
  readonly encrypt: boolean;
  readonly ieType: string;
  /** For every IPX, unless `byIpx` has it. */
  readonly modifiable: boolean;
  readonly byIpx: Readonly<Record<string, boolean>>;
}

/** Rules at JSON Pointers; `any` stands for the wildcard `*`, every member of an object or list. */
export interface PointerNode {
  rule?: IeRule;
  readonly members: Map<string, PointerNode>;
  any?: PointerNode;
}

export interface MessageRules {
  /** By position in the template. */
  readonly segments: ReadonlyMap<number, IeRule>;
  readonly query: ReadonlyMap<string, IeRule>;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, IeRule>;
  readonly body: PointerNode;
  /** By pointer to the RefToBinaryData in the JSON part. */
  readonly binary: PointerNode;
}

export interface OperationRules {
  readonly signature: ApiSignature;
  readonly method: string;
  readonly request: MessageRules;
  readonly response: MessageRules;
}

/** The rules of a request, and how many path segments of its apiRoot come before those of the template. */
export interface Match {
  readonly operation: OperationRules;
  readonly offset: number;
}

interface Candidate {
  readonly segments: readonly (string | undefined)[];
  readonly operation: OperationRules;
}

export const CALLBACK_HEADER = '3gpp-sbi-callback';

/**
 * A protection policy ready for use. A JSON Pointer or header that two IEs of an operation name gets the stricter of both. Throws
 * RangeError for a policy that cannot be meant: a malformed pointer, an unknown location.
 */
export class CompiledPolicy {
  readonly policy: ProtectionPolicy;
  /** Whether IEs of this type are encrypted; asked for what is recognised by its value. */
  readonly encrypts: ReadonlySet<string>;
  readonly #byShape = new Map<string, Candidate[]>();
  readonly #byCallback = new Map<string, OperationRules>();
  readonly #bySignature = new Map<string, OperationRules>();
  readonly #services = new Set<string>();

  constructor(policy: ProtectionPolicy) {
    this.policy = policy;
    this.encrypts = new Set(policy.dataTypeEncPolicy ?? []);
    for (const mapping of policy.apiIeMappingList) this.#add(mapping);
  }

  /** The rules for a request, undefined when the policy does not know its operation. */
  match(method: string, path: string, headers: HeaderList): Match | undefined {
    const callback = headerOf(headers, CALLBACK_HEADER)?.split(';', 1)[0]?.trim();
    if (callback !== undefined) {
      const operation = this.#byCallback.get(`${method} ${callback}`);
      return operation && { operation, offset: 0 };
    }
    const segments = pathSegments(path);
    const offset = segments.findIndex((segment) => this.#services.has(segment));
    if (offset < 0) return undefined;
    const candidates = this.#byShape.get(`${method} ${segments.length - offset}`);
    const found = candidates?.find(({ segments: template }) =>
      template.every((literal, i) =>
        literal === undefined ? segments[offset + i] !== '' : literal === segments[offset + i],
      ),
    );
    return found && { operation: found.operation, offset };
  }

  /** The rules that this policy has for an operation of another one. */
  sameOperation({ signature, method }: OperationRules): OperationRules | undefined {
    return this.#bySignature.get(`${method} ${signatureKey(signature)}`);
  }

  #add(mapping: ApiIeMapping): void {
    const { apiSignature, apiMethod } = mapping;
    const template = typeof apiSignature === 'string' ? templateSegments(apiSignature) : undefined;
    const build = (direction: 'reqIe' | 'rspIe') =>
      messageRules(mapping.IeList, direction, template ?? [], this.encrypts);
    const operation = { signature: apiSignature, method: apiMethod, request: build('reqIe'), response: build('rspIe') };
    this.#bySignature.set(`${apiMethod} ${signatureKey(apiSignature)}`, operation);
    if (typeof apiSignature !== 'string') {
      this.#byCallback.set(`${apiMethod} ${apiSignature.callbackType}`, operation);
      return;
    }
    const [service] = template ?? [];
    if (!template || service === undefined || isVariable(service)) throw new RangeError('an API without name');
    this.#services.add(service);
    const shape = `${apiMethod} ${template.length}`;
    const candidates = this.#byShape.get(shape) ?? [];
    candidates.push({ segments: template.map((s) => (isVariable(s) ? undefined : s)), operation });
    // What is spelt out goes before a variable: /ue-contexts/enable-group-reachability before /ue-contexts/{id}.
    candidates.sort((a, b) => variables(a) - variables(b));
    this.#byShape.set(shape, candidates);
  }
}

const isVariable = (segment: string) => segment.startsWith('{') && segment.endsWith('}');
const variables = ({ segments }: Candidate) => segments.filter((segment) => segment === undefined).length;

/** The segments of a path (without query): `/a/b` has `a` and `b`. */
export function pathSegments(path: string): string[] {
  return path.replace(/^\//, '').split('/');
}

function templateSegments(signature: string): string[] {
  return pathSegments(signature.replace(/^\{apiRoot\}|^https?:\/\/[^/]*/, ''));
}

function messageRules(
  ies: readonly IeInfo[],
  direction: 'reqIe' | 'rspIe',
  template: readonly string[],
  encrypts: ReadonlySet<string>,
): MessageRules {
  const rules = {
    segments: new Map<number, IeRule>(),
    query: new Map<string, IeRule>(),
    headers: new Map<string, IeRule>(),
    body: newNode(),
    binary: newNode(),
  };
  for (const ie of ies) {
    const name = ie[direction];
    if (name === undefined) continue;
    const rule = {
      encrypt: encrypts.has(ie.ieType),
      ieType: ie.ieType,
      modifiable: ie.isModifiable ?? false,
      byIpx: ie.isModifiableByIpx ?? {},
    };
    switch (ie.ieLoc) {
      case 'URI_PARAM': {
        const position = template.indexOf(`{${name}}`);
        if (position >= 0) put(rules.segments, position, rule);
        else put(rules.query, name, rule);
        break;
      }
      case 'HEADER':
        put(rules.headers, name.toLowerCase(), rule);
        break;
      case 'BODY':
      case 'MULTIPART_BINARY': {
        const node = nodeAt(ie.ieLoc === 'BODY' ? rules.body : rules.binary, name);
        node.rule = stricter(node.rule, rule);
        break;
      }
      default:
        throw new RangeError(`unknown IeLocation ${ie.ieLoc}`);
    }
  }
  return rules;
}

const newNode = (): PointerNode => ({ members: new Map() });

function nodeAt(root: PointerNode, pointer: string): PointerNode {
  const tokens = pointerTokens(pointer);
  if (!tokens) throw new RangeError(`${pointer} is no JSON Pointer`);
  let node = root;
  for (const token of tokens) {
    if (token === '*') {
      node.any ??= newNode();
      node = node.any;
    } else {
      let next = node.members.get(token);
      if (!next) {
        next = newNode();
        node.members.set(token, next);
      }
      node = next;
    }
  }
  return node;
}

function put<K>(map: Map<K, IeRule>, key: K, rule: IeRule): void {
  map.set(key, stricter(map.get(key), rule));
}

/** Two entries about one IE, e.g. what it is, and that an IPX may modify it: encrypted when either says so. */
function stricter(a: IeRule | undefined, b: IeRule): IeRule {
  if (!a) return b;
  return {
    encrypt: a.encrypt || b.encrypt,
    ieType: a.encrypt ? a.ieType : b.ieType,
    modifiable: a.modifiable || b.modifiable,
    byIpx: { ...a.byIpx, ...b.byIpx },
  };
}

/** Whether an IPX may change, add or remove an IE. What is to be encrypted never (TS 33.501 13.2.3.4). */
export function isModifiable(rule: IeRule | undefined, ipxId: string): boolean {
  return rule !== undefined && !rule.encrypt && (rule.byIpx[ipxId] ?? rule.modifiable);
}

/** Follows one token down from several nodes. */
export function descend(nodes: readonly PointerNode[], token: string): PointerNode[] {
  const next: PointerNode[] = [];
  for (const { members, any } of nodes) {
    const member = members.get(token);
    if (member) next.push(member);
    if (any) next.push(any);
  }
  return next;
}

/**
 * Where two policies would treat a message differently: data types, placements, and with `modifications` what IPXs may modify.
 * Each difference is one line. The order of lists has no meaning.
 */
export function policyDifferences(
  ours: ProtectionPolicy,
  theirs: ProtectionPolicy,
  { modifications = false }: { modifications?: boolean } = {},
): string[] {
  const differences: string[] = [];
  const [own, peer] = [encryptedTypes(ours), encryptedTypes(theirs)];
  for (const type of own) if (!peer.has(type)) differences.push(`the peer does not encrypt ${type}`);
  for (const type of peer) if (!own.has(type)) differences.push(`only the peer encrypts ${type}`);
  const [a, b] = [placements(ours, modifications), placements(theirs, modifications)];
  for (const [key, value] of a)
    if (b.get(key) !== value) differences.push(`${key}: ${value}, peer ${b.get(key) ?? 'nothing'}`);
  for (const [key, value] of b) if (!a.has(key)) differences.push(`${key}: nothing, peer ${value}`);
  return differences;
}

const encryptedTypes = (policy: ProtectionPolicy) => new Set(policy.dataTypeEncPolicy ?? []);

/** One line for each IE that is encrypted or modifiable. */
function placements(policy: ProtectionPolicy, modifications: boolean): Map<string, string> {
  const lines = new Map<string, string>();
  const encrypts = encryptedTypes(policy);
  for (const { apiSignature, apiMethod, IeList } of policy.apiIeMappingList) {
    const api = typeof apiSignature === 'string' ? apiSignature : apiSignature.callbackType;
    for (const ie of IeList) {
      for (const direction of ['reqIe', 'rspIe'] as const) {
        if (ie[direction] === undefined) continue;
        const at = `${apiMethod} ${api} ${direction} ${ie.ieLoc} ${ie[direction]}`;
        if (encrypts.has(ie.ieType)) lines.set(at, ie.ieType);
        if (!modifications) continue;
        if (ie.isModifiable) lines.set(`${at} modifiable`, 'by any IPX');
        for (const [ipx, may] of Object.entries(ie.isModifiableByIpx ?? {})) {
          lines.set(`${at} modifiable by ${ipx}`, String(may));
        }
      }
    }
  }
  return lines;
}

const MAX_DIFFERENCES_TOLD = 5;

/**
 * Compares what a peer sent on N32-c with what is configured for it (TS 33.501 13.2.3.6).
 * @throws N32fError POLICY_MISMATCH naming the first differences
 */
export function checkPolicies(
  configured: ProtectionPolicy,
  received: ProtectionPolicy | undefined,
  options: { modifications?: boolean } = {},
): void {
  const differences = received ? policyDifferences(configured, received, options) : ['the peer sent no policy'];
  if (differences.length === 0) return;
  const told = differences.slice(0, MAX_DIFFERENCES_TOLD).join('; ');
  throw new N32fError('POLICY_MISMATCH', `${differences.length} differences: ${told}`);
}

/** One IE that an IPX may modify; `apiSignature` or `apiMethod` left out stands for all that the policy knows. */
export interface Permission {
  readonly ipxId: string;
  readonly apiSignature?: ApiSignature;
  readonly apiMethod?: string;
  readonly ieLoc: IeInfo['ieLoc'];
  readonly reqIe?: string;
  readonly rspIe?: string;
}

/** The policy with permissions for IPXs added (TS 33.501 13.2.3.4). Throws RangeError for one that fits no operation. */
export function withPermissions(policy: ProtectionPolicy, permissions: readonly Permission[]): ProtectionPolicy {
  const used = new Set<Permission>();
  const apiIeMappingList = policy.apiIeMappingList.map((mapping) => {
    const added = permissions.filter(
      ({ apiSignature, apiMethod }) =>
        (apiSignature === undefined || signatureKey(apiSignature) === signatureKey(mapping.apiSignature)) &&
        (apiMethod === undefined || apiMethod === mapping.apiMethod),
    );
    for (const permission of added) used.add(permission);
    const ies = added.map(
      ({ ipxId, ieLoc, reqIe, rspIe }): IeInfo => ({
        ieLoc,
        ieType: 'NONSENSITIVE',
        ...(reqIe === undefined ? {} : { reqIe }),
        ...(rspIe === undefined ? {} : { rspIe }),
        isModifiableByIpx: { [ipxId]: true },
      }),
    );
    return { ...mapping, IeList: [...mapping.IeList, ...ies] };
  });
  const lost = permissions.find((permission) => !used.has(permission));
  if (lost) throw new RangeError(`no operation of the policy for ${JSON.stringify(lost)}`);
  return { ...policy, apiIeMappingList };
}

const signatureKey = (signature: ApiSignature) => (typeof signature === 'string' ? signature : signature.callbackType);
