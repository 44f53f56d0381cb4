/** An N32-f security context (TS 33.501 13.2.2.4): keys, counters, policies, and the way of a message through them. */
import { randomBytes } from 'node:crypto';
import type { FlatJweJson, MetaData, N32fReformattedReqMsg, N32fReformattedRspMsg } from '@twincore/model';
import { N32fError } from './errors.ts';
import { parseJson } from './json.ts';
import { open, seal } from './jwe.ts';
import {
  deriveSessionKeys,
  type JweCipherSuite,
  type MessageKind,
  type N32cRole,
  SequenceCounter,
  type SessionKeys,
} from './keys.ts';
import type { SbiRequest, SbiResponse } from './messages.ts';
import {
  applyModifications,
  type IpxTrust,
  type Unchecked,
  type VerifiedModification,
  verifyModifications,
} from './modifications.ts';
import type { CompiledPolicy, MessageRules, OperationRules } from './policies.ts';
import { type Block, NO_IPX, type ReceivedMessage } from './received.ts';
import { checkEncrypted, checkReferences, clearPath, decryptedValues, toRequest, toResponse } from './reconstruct.ts';
import { type Reformatted, reformatRequest, reformatResponse } from './reformat.ts';
import { type ReplayState, ReplayWindow } from './replay.ts';

/** What N32-c agreed on. */
export interface ContextAgreement {
  readonly role: N32cRole;
  /** Ours: messages to us carry it. */
  readonly ownContextId: string;
  /** The peer's: messages to it carry it. */
  readonly peerContextId: string;
  readonly cipherSuite: JweCipherSuite;
  /** From the TLS exporter. */
  readonly masterKey: Uint8Array;
  /** Milliseconds since 1970 after which nothing is sent or accepted (TS 33.501 13.2.2.4.4). */
  readonly expiresAt: number;
}

export interface ContextPolicies {
  /** Ours, with what our IPX may modify. */
  readonly own: CompiledPolicy;
  /** The peer's, as exchanged: what its IPX may modify. */
  readonly peer: CompiledPolicy;
  /** The IPX that our messages go to first; absent when none may modify. */
  readonly authorizedIpxId?: string;
  readonly trust: IpxTrust;
  readonly unchecked?: Unchecked;
}

/** What has to be stored beside the agreement so that a restart repeats no nonce and accepts nothing twice. */
export interface ContextState {
  /** Reservations of SEQ. */
  readonly sent: Readonly<Record<MessageKind, number>>;
  readonly received: Readonly<Record<MessageKind, ReplayState>>;
}

export interface ProtectedRequest {
  readonly message: N32fReformattedReqMsg;
  readonly messageId: string;
  /** For the response, in both directions. */
  readonly operation: OperationRules;
  readonly reformatted: Reformatted;
}
export interface ProtectedResponse {
  readonly message: N32fReformattedRspMsg;
  readonly reformatted: Reformatted;
}

interface Received {
  readonly messageId: string;
  /** By whom and what; for the trace. */
  readonly modifications: readonly VerifiedModification[];
}
export interface ReceivedRequest extends Received {
  readonly request: SbiRequest;
  readonly operation: OperationRules;
}
export interface ReceivedResponse extends Received {
  readonly response: SbiResponse;
}

/** Before it ends, a context is replaced: this much of its lifetime is left for N32-c. */
const REKEY_MARGIN_MS = 60_000;
const KINDS = ['request', 'response'] as const;

/**
 * Holds one context. Nothing here waits: before {@link protectRequest} or {@link protectResponse} enough SEQs have to be granted,
 * and before a received message has any effect, {@link state} has to be stored.
 */
export class N32fContext {
  readonly agreement: ContextAgreement;
  readonly #policies: ContextPolicies;
  readonly #keys: SessionKeys;
  readonly #sent: Readonly<Record<MessageKind, SequenceCounter>>;
  readonly #received: Readonly<Record<MessageKind, ReplayWindow>>;

  constructor(agreement: ContextAgreement, policies: ContextPolicies, state?: ContextState) {
    const { role, ownContextId, peerContextId, masterKey, cipherSuite } = agreement;
    const ids =
      role === 'initiating'
        ? { initiating: ownContextId, responding: peerContextId }
        : { initiating: peerContextId, responding: ownContextId };
    this.agreement = agreement;
    this.#policies = policies;
    this.#keys = deriveSessionKeys(masterKey, ids, cipherSuite, role);
    this.#sent = {
      request: new SequenceCounter(state?.sent.request),
      response: new SequenceCounter(state?.sent.response),
    };
    this.#received = {
      request: state ? ReplayWindow.fromState(state.received.request) : new ReplayWindow(),
      response: state ? ReplayWindow.fromState(state.received.response) : new ReplayWindow(),
    };
  }

  /** Messages of a kind that can be sent before {@link grant}. */
  available(kind: MessageKind): number {
    return this.#sent[kind].available;
  }

  /** The state to store, with `count` more SEQs of each kind reserved (none when only what was received changed). */
  state(count = 0): ContextState {
    const { request, response } = this.#sent;
    return {
      sent: { request: request.reservation(count), response: response.reservation(count) },
      received: { request: this.#received.request.toState(), response: this.#received.response.toState() },
    };
  }

  /** Makes the reservations of a state usable, now that it is stored. */
  grant({ sent }: ContextState): void {
    for (const kind of KINDS) this.#sent[kind].grant(sent[kind]);
  }

  /** Why a new context is needed soon; undefined while none is. */
  rekeyReason(now: number): 'lifetime' | 'sequence' | undefined {
    if (now > this.agreement.expiresAt - REKEY_MARGIN_MS) return 'lifetime';
    return KINDS.some((kind) => this.#sent[kind].nearlyUsedUp) ? 'sequence' : undefined;
  }

  /** The sending SEPP, a request. Throws UnprotectableMessage, or N32fError ENCRYPTION_KEY_EXPIRED. */
  protectRequest(request: SbiRequest, now: number): ProtectedRequest {
    const messageId = newMessageId();
    const reformatted = reformatRequest(request, this.#policies.own, this.#metaData(messageId));
    return {
      message: { reformattedData: this.#seal('request', reformatted, now) },
      messageId,
      operation: reformatted.operation,
      reformatted,
    };
  }

  /** The sending SEPP, the response to a request that {@link receiveRequest} gave. Throws as {@link protectRequest}. */
  protectResponse(response: SbiResponse, { messageId, operation }: ReceivedRequest, now: number): ProtectedResponse {
    const reformatted = reformatResponse(response, operation, this.#policies.own, this.#metaData(messageId));
    return { message: { reformattedData: this.#seal('response', reformatted, now) }, reformatted };
  }

  /**
   * The receiving SEPP, a request (TS 33.501 13.2.4.7). It counts as received as soon as its tag has verified.
   * @throws N32fError with the message's id
   */
  receiveRequest(received: ReceivedMessage, now: number): ReceivedRequest {
    return this.#identified(received, () => {
      const values = this.#open('request', received, now);
      const { requestLine, statusLine, headers } = received.block;
      if (!requestLine || statusLine !== undefined) throw wrongKind('request');
      const modifications = verifyModifications(received, this.#policies.trust, this.#policies.unchecked);
      checkReferences(received.block, values);
      const path = clearPath(requestLine, values);
      const plain = (headers ?? []).flatMap(({ header, value }): [string, string][] =>
        typeof value === 'string' ? [[header.toLowerCase(), value]] : [],
      );
      const match = this.#policies.own.match(requestLine.method, path, plain);
      if (!match) throw new N32fError('POLICY_MISMATCH', `no protection policy for this ${requestLine.method} request`);
      const { operation, offset } = match;
      const modifiedBy = (of: 'own' | 'peer') =>
        (of === 'own' ? match : this.#policies.peer.match(requestLine.method, path, plain))?.operation.request ??
        NO_RULES;
      const block = this.#finish(received, modifications, operation.request, modifiedBy, offset);
      const request = toRequest(block, values);
      return { request, operation, messageId: received.block.metaData.messageId, modifications };
    });
  }

  /** The receiving SEPP, the response to what {@link protectRequest} gave. Throws as {@link receiveRequest}. */
  receiveResponse(
    received: ReceivedMessage,
    { messageId, operation }: Pick<ProtectedRequest, 'messageId' | 'operation'>,
    now: number,
  ): ReceivedResponse {
    return this.#identified(received, () => {
      const values = this.#open('response', received, now);
      const { requestLine, statusLine, metaData } = received.block;
      if (requestLine || statusLine === undefined) throw wrongKind('response');
      if (metaData.messageId !== messageId) {
        throw new N32fError('INTEGRITY_CHECK_FAILED', 'the response belongs to another request');
      }
      const modifications = verifyModifications(received, this.#policies.trust, this.#policies.unchecked);
      checkReferences(received.block, values);
      const modifiedBy = (of: 'own' | 'peer') =>
        of === 'own' ? operation.response : (this.#policies.peer.sameOperation(operation)?.response ?? NO_RULES);
      const block = this.#finish(received, modifications, operation.response, modifiedBy, 0);
      return { response: toResponse(block, values), messageId, modifications };
    });
  }

  #metaData(messageId: string): MetaData {
    return {
      n32fContextId: this.agreement.peerContextId,
      messageId,
      authorizedIpxId: this.#policies.authorizedIpxId ?? NO_IPX,
    };
  }

  #seal(kind: MessageKind, { aad, plaintext }: Reformatted, now: number): FlatJweJson {
    this.#checkExpiry(now);
    const seq = this.#sent[kind].take();
    return seal(this.#keys.send[kind], this.agreement.cipherSuite, seq, aad, plaintext);
  }

  #open(kind: MessageKind, { jwe, block }: ReceivedMessage, now: number): readonly unknown[] {
    const { n32fContextId, messageId } = block.metaData;
    if (n32fContextId.toLowerCase() !== this.agreement.ownContextId.toLowerCase()) {
      throw new N32fError('CONTEXT_NOT_FOUND', 'the message belongs to another context');
    }
    this.#checkExpiry(now);
    const { seq, text } = open(jwe, this.#keys.receive[kind], this.agreement.cipherSuite);
    if (!this.#policies.unchecked?.replay) this.#received[kind].accept(seq, messageId);
    let plaintext: unknown;
    try {
      plaintext = parseJson(text);
    } catch {
      throw new N32fError('DECIPHERING_FAILED', 'the plaintext is no JSON');
    }
    return decryptedValues(plaintext);
  }

  /** The peer first: what it sent in the clear is its fault, what is there after the IPXs is theirs. */
  #finish(
    received: ReceivedMessage,
    modifications: readonly VerifiedModification[],
    rules: MessageRules,
    modifiedBy: (of: 'own' | 'peer') => MessageRules,
    offset: number,
  ): Block {
    checkEncrypted(received.block, rules, offset);
    return applyModifications(received, modifications, modifiedBy, offset, this.#policies.unchecked);
  }

  #checkExpiry(now: number): void {
    if (now > this.agreement.expiresAt) throw new N32fError('ENCRYPTION_KEY_EXPIRED', 'the context has ended');
  }

  /** An error says which message it is about, so that the peer can be told (TS 29.573 5.2.5). */
  #identified<T>({ block }: ReceivedMessage, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof N32fError) {
        error.messageId ??= block.metaData.messageId;
        error.contextId ??= block.metaData.n32fContextId;
      }
      throw error;
    }
  }
}

/** Random octets are drawn many at a time: asking for a few costs as much as encrypting a small message. */
const POOL_OCTETS = 4_096;
const MESSAGE_ID_OCTETS = 8;
let pool = Buffer.alloc(0);

/** The N32-f message id is a 64-bit integer (TS 33.501 13.2.4.3.1.2), here as 16 hexadecimal digits. */
function newMessageId(): string {
  if (pool.length < MESSAGE_ID_OCTETS) pool = randomBytes(POOL_OCTETS);
  const id = pool.toString('hex', 0, MESSAGE_ID_OCTETS);
  pool = pool.subarray(MESSAGE_ID_OCTETS);
  return id;
}

const NO_RULES: MessageRules = {
  segments: new Map(),
  query: new Map(),
  headers: new Map(),
  body: { members: new Map() },
  binary: { members: new Map() },
};

/** Keys differ by kind, so this takes a peer that mixes them up itself. */
const wrongKind = (kind: MessageKind) => new N32fError('MESSAGE_RECONSTRUCTION_FAILED', `this is no ${kind}`);
