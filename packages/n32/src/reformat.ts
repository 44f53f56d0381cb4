/** A message of an NF becomes the two blocks that go into the JWE (TS 29.573 5.3.2.3, TS 33.501 13.2.4.3). */
import type { DataToIntegrityProtectBlock, HttpHeader, IndexToEncryptedValue, MetaData } from '@twincore/model';
import { decodeBody, type Ies, toPayload } from './body.ts';
import { UnprotectableMessage } from './errors.ts';
import { hasMember, isContainer, isObject } from './json.ts';
import { type HeaderList, headerOf, isCarried, type SbiRequest, type SbiResponse } from './messages.ts';
import {
  type CompiledPolicy,
  descend,
  type Match,
  type MessageRules,
  type OperationRules,
  type PointerNode,
  pathSegments,
} from './policies.ts';
import {
  formatQuery,
  isReference,
  parseQuery,
  REFERENCE_MEMBER,
  uriReference,
  uriReferenceIndex,
} from './references.ts';

/** The text of the two blocks, what goes into the AAD and what is encrypted. */
export interface Reformatted {
  readonly aad: string;
  readonly plaintext: string;
  /** Which IEs are encrypted, in words, for the trace. */
  readonly encrypted: number;
}

/**
 * Reformats a request. `metaData` goes into it as it is.
 * @throws UnprotectableMessage `no-policy` for an operation that the policy does not know, `malformed` for a body that is not what
 * it claims to be, `forged-reference` for one that contains a reference already (TS 33.501 5.9.3.2)
 */
export function reformatRequest(
  request: SbiRequest,
  policy: CompiledPolicy,
  metaData: MetaData,
): Reformatted & { operation: OperationRules } {
  const [path = '', ...rest] = request.path.split('?');
  const query = rest.length > 0 ? rest.join('?') : undefined;
  const match = policy.match(request.method, path, request.headers);
  if (!match) throw new UnprotectableMessage('no-policy', `no protection policy for ${request.method} of this API`);
  checkUri(request.path);
  const values = new EncryptedValues();
  const rules = match.operation.request;
  const parts = {
    requestLine: {
      method: request.method,
      scheme: request.scheme,
      authority: request.authority,
      path: encryptPath(path, match, values),
      protocolVersion: '2',
      ...(query === undefined ? {} : { queryFragment: encryptQuery(query, rules, values) }),
    },
    ...encryptContent(request, rules, values),
  };
  return { ...finish({ metaData, ...parts }, values, policy), operation: match.operation };
}

/** Reformats the response to a request of `operation`. Throws as {@link reformatRequest} does. */
export function reformatResponse(
  response: SbiResponse,
  operation: OperationRules,
  policy: CompiledPolicy,
  metaData: MetaData,
): Reformatted {
  const values = new EncryptedValues();
  const content = encryptContent(response, operation.response, values);
  return finish({ metaData, statusLine: String(response.status), ...content }, values, policy);
}

/** Text shorter than this is found everywhere by chance. */
const SECRET_LENGTH = 8;

/** The values of `dataToEncrypt` in the making. */
class EncryptedValues {
  readonly list: unknown[] = [];
  /** Texts of them that must not stand anywhere else (TS 33.501 13.2.4.1). */
  readonly secrets = new Set<string>();

  add(value: unknown, ieType: string): IndexToEncryptedValue {
    // A location consists of network identities, which are everywhere; the others are identities and keys of their own.
    if (ieType !== 'LOCATION') this.#note(value);
    return { encBlockIndex: this.list.push(value) - 1 };
  }

  #note(value: unknown): void {
    if (typeof value === 'string') {
      const text = value.replace(/^Bearer /i, '');
      if (text.length >= SECRET_LENGTH) this.secrets.add(text);
    } else if (isContainer(value)) {
      for (const member of Object.values(value)) this.#note(member);
    }
  }
}

/** An escaped letter would hide a reference from every look at the text. */
function checkUri(path: string): void {
  if (path.includes(REFERENCE_MEMBER)) throw forged();
  if (!path.includes('%')) return;
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw new UnprotectableMessage('malformed', 'the URI is not percent-encoded UTF-8');
  }
  if (decoded.includes(REFERENCE_MEMBER)) throw forged();
}

function encryptPath(path: string, { operation, offset }: Match, values: EncryptedValues): string {
  if (operation.request.segments.size === 0) return path;
  const segments = pathSegments(path);
  for (const [position, { encrypt, ieType }] of operation.request.segments) {
    const at = offset + position;
    if (encrypt) segments[at] = uriReference(values.add(segments[at], ieType).encBlockIndex);
  }
  return `/${segments.join('/')}`;
}

function encryptQuery(query: string, rules: MessageRules, values: EncryptedValues): string {
  if (rules.query.size === 0) return query;
  const parameters = parseQuery(query).map(({ name, value }) => {
    const rule = rules.query.get(name);
    const hidden = rule?.encrypt && value !== undefined;
    return { name, value: hidden ? uriReference(values.add(value, rule.ieType).encBlockIndex) : value };
  });
  return formatQuery(parameters);
}

function encryptContent(
  { headers, body }: { readonly headers: HeaderList; readonly body?: Uint8Array },
  rules: MessageRules,
  values: EncryptedValues,
): Pick<DataToIntegrityProtectBlock, 'headers' | 'payload'> {
  const carried: HttpHeader[] = [];
  for (const [header, value] of headers) {
    if (!isCarried(header)) continue;
    const rule = rules.headers.get(header);
    carried.push({ header, value: rule?.encrypt ? values.add(value, rule.ieType) : value });
  }
  const ies = decodeBody(headerOf(headers, 'content-type'), body);
  if (ies.json !== undefined) encryptIes(ies, rules, values);
  const payload = toPayload(ies);
  return { ...(carried.length > 0 ? { headers: carried } : {}), ...(payload.length > 0 ? { payload } : {}) };
}

function encryptIes(ies: Ies, rules: MessageRules, values: EncryptedValues): void {
  ies.json = ies.opaque ? values.add(ies.json, 'OTHER') : encryptIe(ies.json, [rules.body], values);
  for (const [place, value] of ies.binary) {
    const nodes = place.slice(1).split('/').reduce(descend, [rules.binary]);
    const rule = nodes.find((node) => node.rule?.encrypt)?.rule;
    if (rule) ies.binary.set(place, values.add(value, rule.ieType));
  }
}

/** `value` with a reference in place of each IE that is encrypted. Changes it in place where it can. */
function encryptIe(value: unknown, nodes: readonly PointerNode[], values: EncryptedValues): unknown {
  for (const { rule } of nodes) if (rule?.encrypt) return values.add(value, rule.ieType);
  if (!isContainer(value)) return value;
  const names = nodes.some(({ any }) => any) ? Object.keys(value) : nodes.flatMap(({ members }) => [...members.keys()]);
  for (const name of names) {
    if (hasMember(value, name)) {
      value[name] = encryptIe(value[name], descend(nodes, name), values);
    }
  }
  return value;
}

/** How UEs are named wherever they are named (TS 23.003, TS 29.571 5.3.2): in callback URIs, links, details of a problem. */
const UE_IDENTITY =
  /(?<![A-Za-z0-9])(?:imsi-\d{5,15}|suci-[0-7]-[A-Za-z0-9.-]+|msisdn-\d{5,15}|imei-\d{14,15}|imeisv-\d{16}|(?:nai|extid)-[^\s"'/?&]+(?:@|%40)[^\s"'/?&]+)/;

/**
 * The texts of both blocks. What was encrypted in one place, and any identity of a UE, is encrypted in every other as well:
 * TS 33.501 13.2.4.1 forbids it to be in the clear elsewhere.
 */
function finish(block: DataToIntegrityProtectBlock, values: EncryptedValues, policy: CompiledPolicy): Reformatted {
  const identities = policy.encrypts.has('UEID');
  let aad = JSON.stringify(block);
  const leaks = leakDetector(values.secrets, identities);
  if (leaks(aad)) {
    hide(block, leaks, values);
    aad = JSON.stringify(block);
    if (leaks(aad)) throw new UnprotectableMessage('malformed', 'an IE to be encrypted is where none can be encrypted');
  }
  // TS 29.573 wants one entry at least.
  const plaintext = JSON.stringify({ dataToEncrypt: values.list.length > 0 ? values.list : [null] });
  if (countReferences(aad) !== values.list.length || plaintext.includes(REFERENCE_MEMBER)) throw forged();
  return { aad, plaintext, encrypted: values.list.length };
}

function leakDetector(secrets: ReadonlySet<string>, identities: boolean): (text: string) => boolean {
  const needles = [...secrets].map((secret) => JSON.stringify(secret).slice(1, -1));
  return (text) => needles.some((needle) => text.includes(needle)) || (identities && UE_IDENTITY.test(text));
}

function countReferences(text: string): number {
  let count = 0;
  for (let at = text.indexOf(REFERENCE_MEMBER); at >= 0; at = text.indexOf(REFERENCE_MEMBER, at + 1)) count++;
  return count;
}

/** Encrypts each text of the message that leaks. */
function hide(block: DataToIntegrityProtectBlock, leaks: (text: string) => boolean, values: EncryptedValues): void {
  const hideIn = (text: string) =>
    uriReferenceIndex(text) === undefined && leaks(text) ? uriReference(values.add(text, 'UEID').encBlockIndex) : text;
  const line = block.requestLine;
  if (line) {
    line.path = `/${pathSegments(line.path).map(hideIn).join('/')}`;
    if (line.queryFragment !== undefined) {
      const parameters = parseQuery(line.queryFragment);
      line.queryFragment = formatQuery(
        parameters.map(({ name, value }) => ({ name, value: value === undefined ? value : hideIn(value) })),
      );
    }
  }
  for (const header of block.headers ?? []) {
    if (typeof header.value === 'string' && leaks(header.value)) header.value = values.add(header.value, 'UEID');
  }
  for (const entry of block.payload ?? []) entry.value = hideIe(entry.value, leaks, values);
}

function hideIe(value: unknown, leaks: (text: string) => boolean, values: EncryptedValues): unknown {
  if (typeof value === 'string') return leaks(value) ? values.add(value, 'UEID') : value;
  if (!isContainer(value) || isReference(value)) return value;
  // A map whose keys are identities can only be hidden as a whole.
  if (isObject(value) && Object.keys(value).some(leaks)) return values.add(value, 'UEID');
  for (const name of Object.keys(value)) value[name] = hideIe(value[name], leaks, values);
  return value;
}

const forged = () => new UnprotectableMessage('forged-reference', `the message contains ${REFERENCE_MEMBER} already`);
