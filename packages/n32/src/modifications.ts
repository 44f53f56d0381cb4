/** What IPXs change: making, verifying and applying their signed JSON Patches (TS 33.501 13.2.4.5 to 13.2.4.7). */
import type { KeyObject } from 'node:crypto';
import {
  DataToIntegrityProtectBlock,
  type FlatJwsJson,
  Modifications,
  type N32fReformattedReqMsg,
  type PatchItem,
} from '@twincore/model';
import { applyPatch, type Operation } from 'rfc6902';
import { Compile } from 'typebox/compile';
import { changedIes } from './changes.ts';
import { N32fError, type N32fErrorTypeName } from './errors.ts';
import { isObject, parseJson, pointerTokens } from './json.ts';
import { payloadOf, signFlattened, verifyFlattened } from './jws.ts';
import { isModifiable, type MessageRules } from './policies.ts';
import { type Block, NO_IPX, type ReceivedMessage, readMessage } from './received.ts';
import { references } from './references.ts';

const modificationsValidator = Compile(Modifications);
const blockValidator = Compile(DataToIntegrityProtectBlock);

/** Two IPXs at most modify a message (TS 33.501 13.2.4.5.2), each with a patch that a person could read. */
const MAX_OPERATIONS = 64;

/** An IPX that signs, as it knows itself. */
export interface IpxSigner {
  readonly identity: string;
  readonly privateKey: KeyObject;
}

/** The signed object with which an IPX says what it changed in the message whose JWE has `tag`; nothing without operations. */
export function createModification(
  { identity, privateKey }: IpxSigner,
  tag: string,
  operations: readonly PatchItem[],
): FlatJwsJson {
  const changes = operations.length > 0 ? { operations } : {};
  return signFlattened({ ...changes, identity, tag }, privateKey);
}

/** What an IPX sees: the clear part as the IPX before it left it. It holds no keys, so nothing is verified. */
export interface IpxView {
  readonly message: N32fReformattedReqMsg;
  readonly block: Block;
  /** Whether this IPX is the one that the sending SEPP expects first. */
  isFirst(identity: string): boolean;
}

/** Throws N32fError as {@link readMessage} does, MODIFICATIONS_INSTRUCTIONS_FAILED when the patch before does not apply. */
export function viewForIpx(source: string | Uint8Array): IpxView {
  const received = readMessage(source);
  let { block } = received;
  for (const jws of received.modifications) {
    const earlier = payloadOf(jws);
    if (earlier && modificationsValidator.Check(earlier) && earlier.operations) {
      block = patched(JSON.stringify(block), earlier.operations as PatchItem[], (what) =>
        failure('MODIFICATIONS_INSTRUCTIONS_FAILED', earlier.identity, what),
      );
    }
  }
  const message = JSON.parse(typeof source === 'string' ? source : Buffer.from(source).toString('utf8'));
  return { message, block, isFirst: (identity) => sameName(block.metaData.authorizedIpxId, identity) };
}

/**
 * The message with an IPX's signed object at its end. It is to be there even when nothing changed, so that none can be taken away
 * unseen (TS 33.501 13.2.4.5.2).
 */
export function appendModification(
  message: N32fReformattedReqMsg,
  signer: IpxSigner,
  operations: readonly PatchItem[],
): N32fReformattedReqMsg {
  const signed = createModification(signer, message.reformattedData.tag ?? '', operations);
  return { ...message, modificationsBlock: [...(message.modificationsBlock ?? []), signed] };
}

/** An IPX as the receiving SEPP knows it: with its keys, and with the rules that its modifications are held against. */
export interface KnownIpx {
  readonly identity: string;
  readonly keys: readonly KeyObject[];
}

/** Checks that a lab may leave out, to see what each is good for; none where nothing is said. */
export interface Unchecked {
  readonly replay?: boolean;
  readonly modificationPolicy?: boolean;
  readonly ipxSigner?: boolean;
}

/** Whose signatures a context believes. */
export interface IpxTrust {
  /** The peer's IPX providers, from parameter exchange (TS 29.573 5.2.3.4). */
  readonly peer: readonly KnownIpx[];
  /** Our own, through which everything comes in; absent when the peer's IPX or SEPP connects directly. */
  readonly own?: KnownIpx;
}

export interface VerifiedModification {
  readonly identity: string;
  /** Whether its modification policy is ours or the peer's (TS 33.501 13.2.4.7). */
  readonly of: 'peer' | 'own';
  readonly operations: readonly PatchItem[];
}

/**
 * Verifies who signed, in the order that the message must have come: first the IPX that the sending SEPP authorized, then our own.
 * @throws N32fError INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED when one is missing, unknown, in another place, or signed
 * something else or for another message
 */
export function verifyModifications(
  received: ReceivedMessage,
  trust: IpxTrust,
  { ipxSigner: unsigned = false }: Unchecked = {},
): VerifiedModification[] {
  const expected = expectedSigners(received.block.metaData.authorizedIpxId, trust);
  const { modifications, jwe } = received;
  const verified = modifications.map((jws, i): VerifiedModification => {
    const signer = expected[i];
    const fail = (what: string, identity = signer?.identity) =>
      failure('INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED', identity, `modification ${i}: ${what}`);
    if (!signer) throw fail('no IPX is expected to modify here', identityIn(jws));
    const payload = unsigned ? payloadOf(jws) : verifyFlattened(jws, signer.keys);
    if (!payload) throw fail('the signature does not verify');
    if (!modificationsValidator.Check(payload)) throw fail('the payload is no Modifications');
    if (!unsigned && !sameName(payload.identity, signer.identity)) throw fail('the identity is not the signer');
    if (payload.tag !== jwe.tag) throw fail('it belongs to another message');
    return { identity: signer.identity, of: signer.of, operations: (payload.operations ?? []) as PatchItem[] };
  });
  const missing = expected[verified.length];
  if (missing) {
    throw failure(
      'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED',
      missing.identity,
      'the signed object of an IPX is missing',
    );
  }
  return verified;
}

function expectedSigners(authorized: string, { peer, own }: IpxTrust): (KnownIpx & { of: 'peer' | 'own' })[] {
  if (authorized === NO_IPX) return [];
  // Both PLMNs may be customers of one provider; then it is first and last.
  if (own && sameName(own.identity, authorized)) return [{ ...own, of: 'own' }];
  const first = peer.find(({ identity }) => sameName(identity, authorized));
  if (!first) {
    throw failure('INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED', authorized, 'the authorized IPX is none of the peer');
  }
  return [{ ...first, of: 'peer' }, ...(own ? [{ ...own, of: 'own' as const }] : [])];
}

/**
 * The block after all modifications. Not the operations are held against the policy but what they did: which IEs differ, and whether
 * every reference to an encrypted value stands where it stood (TS 33.501 13.2.3.4, 5.9.3.2).
 * @throws N32fError MODIFICATIONS_INSTRUCTIONS_FAILED
 */
export function applyModifications(
  received: ReceivedMessage,
  modifications: readonly VerifiedModification[],
  rulesOf: (of: 'peer' | 'own') => MessageRules,
  offset: number,
  { modificationPolicy: anything = false }: Unchecked = {},
): Block {
  let { block } = received;
  for (const { identity, of, operations } of modifications) {
    if (operations.length === 0) continue;
    const fail = (what: string) => failure('MODIFICATIONS_INSTRUCTIONS_FAILED', identity, what);
    const after = patched(JSON.stringify(block), operations, fail);
    const moved = firstDifference(references(block), references(after));
    if (moved !== undefined) throw fail(`a reference to an encrypted value was changed: ${moved}`);
    for (const { place, rule } of changedIes(block, after, rulesOf(of), offset)) {
      if (!anything && !isModifiable(rule, identity)) throw fail(`${place} may not be modified`);
    }
    block = after;
  }
  return block;
}

/** A patch of RFC 6902 on the JSON of a block, all operations or none. */
function patched(text: string, operations: readonly PatchItem[], fail: (what: string) => N32fError): Block {
  if (operations.length > MAX_OPERATIONS) throw fail(`more than ${MAX_OPERATIONS} operations`);
  const target: unknown = parseJson(text);
  for (const [i, operation] of operations.entries()) {
    const what = `operation ${i}`;
    // A few dozen copies of something into itself would fill the memory.
    if (operation.op === 'copy') throw fail(`${what}: copy is not supported`);
    const pointers = operation.op === 'move' ? [operation.path, operation.from ?? 'missing'] : [operation.path];
    if (!pointers.every(isPatchable)) throw fail(`${what}: no such JSON Pointer`);
    if (['add', 'replace', 'test'].includes(operation.op) && !('value' in operation)) throw fail(`${what}: no value`);
    let error: Error | null | undefined;
    try {
      [error] = applyPatch(target, [operation as Operation]);
    } catch {
      // The library assumes that a parent is an object or a list, and here it was neither.
      error = new Error('no such place');
    }
    if (error) throw fail(`${what}: does not apply`);
  }
  if (!isObject(target) || !blockValidator.Check(target) || !target.metaData) throw fail('the result is no message');
  // What an operation inserted is part of the patch and may be shared; text parts them.
  return parseJson(JSON.stringify(target)) as Block;
}

/** Names of JavaScript's own: with one of them an operation would reach what is no JSON. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'length']);

function isPatchable(pointer: string): boolean {
  return pointer !== '' && pointerTokens(pointer)?.every((token) => !RESERVED.has(token)) === true;
}

function firstDifference(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string | undefined {
  for (const [place, index] of before) if (after.get(place) !== index) return place;
  for (const place of after.keys()) if (!before.has(place)) return place;
  return undefined;
}

function failure(errorType: N32fErrorTypeName, ipxId: string | undefined, what: string): N32fError {
  const failedModifications = ipxId === undefined ? [] : [{ ipxId, n32fErrorType: errorType }];
  return new N32fError(errorType, ipxId === undefined ? what : `${ipxId}: ${what}`, { failedModifications });
}

/** Who an unverified modification says that it is from, for the report. */
function identityIn(jws: unknown): string | undefined {
  const payload = payloadOf(jws);
  return payload && modificationsValidator.Check(payload) ? payload.identity : undefined;
}

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
