/** N32-f contexts of PRINS as they live in this process: keys out of what N32-c agreed on, counters that are on disk before they count. */
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IpxProviderSecInfo, ProtectionPolicy } from '@twincore/model';
import {
  CompiledPolicy,
  type ContextState,
  DEFAULT_POLICY_ID,
  defaultPolicy,
  ipxKeys,
  type KnownIpx,
  type MessageKind,
  N32fContext,
  N32fError,
  type ReceivedMessage,
  type ReceivedRequest,
  rawPublicKey,
  type Unchecked,
  withPermissions,
} from '@twincore/n32';
import { ConfigError } from '@twincore/sbi';
import type { Collection } from '@twincore/store';
import type { Partner } from './config.ts';
import type { N32Context } from './contexts.ts';
import type { PrinsTerms } from './procedures/exchange-params.ts';

/** SEQs that one write to the disk covers, and how few are left when the next write begins. */
const RESERVED = 4_096;
const FEW = 1_024;
/** Octets of a replay window (`ReplayState.seen`) in which every SEQ was received. */
const ALL_SEEN = Buffer.alloc(128, 0xff).toString('base64');

/**
 * A context whose counters are on disk before they matter, and few writes do for many messages: SEQs to send with are reserved, and so
 * are those that may come in. After a restart everything up to the last reservation counts as received, so that nothing
 * can be accepted twice; a message that was not received before that is told CONTEXT_NOT_FOUND, which makes its sender agree on a new
 * context and send it there.
 */
export class PrinsContext {
  readonly n32f: N32fContext;
  readonly #save: (state: ContextState) => Promise<void>;
  /** What was received before the restart is not above this. */
  readonly #floor: number;
  /** Highest SEQ that may have been received without another write. */
  #ceiling: number;
  #highest: number;
  #waiting: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(n32f: N32fContext, stored: ContextState | undefined, save: (state: ContextState) => Promise<void>) {
    this.n32f = n32f;
    this.#save = save;
    this.#floor = stored?.received.request.highest ?? -1;
    this.#ceiling = this.#floor;
    this.#highest = this.#floor;
  }

  /** Verifies a request. Resolves when it is safe to act on it. Throws N32fError. */
  async receiveRequest(message: ReceivedMessage, now: number): Promise<ReceivedRequest> {
    const seq = sequenceIn(message);
    try {
      const received = this.n32f.receiveRequest(message, now);
      this.#highest = Math.max(this.#highest, seq);
      if (this.#ceiling - this.#highest < FEW) {
        const written = this.#written();
        // Reserved for it already: it does not have to wait for what later ones need.
        if (seq <= this.#ceiling) written.catch(() => {});
        else while (seq > this.#ceiling) await this.#written();
      }
      return received;
    } catch (error) {
      if (!(error instanceof N32fError) || !isReplay(error) || seq > this.#floor) throw error;
      const { messageId, contextId } = error;
      throw new N32fError('CONTEXT_NOT_FOUND', 'this SEPP was started again meanwhile', { messageId, contextId });
    }
  }

  /** Resolves with at least one SEQ to take at once. */
  async ready(kind: MessageKind): Promise<void> {
    const available = this.n32f.available(kind);
    if (available < FEW) {
      const written = this.#written();
      if (available > 0) written.catch(() => {});
      else while (this.n32f.available(kind) < 1) await this.#written();
    }
  }

  /** One write serves all who wait for its begin. */
  #written(): Promise<void> {
    // A write that failed is an error of those who waited for it, not of the next.
    this.#waiting ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#waiting = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#waiting;
  }

  async #write(): Promise<void> {
    const low = this.n32f.available('request') < FEW || this.n32f.available('response') < FEW;
    const { sent, received } = this.n32f.state(low ? RESERVED : 0);
    const ceiling = this.#highest + RESERVED;
    // A response belongs to a request that is waiting in this process: after a restart none is.
    const state = { sent, received: { ...received, request: { highest: ceiling, seen: ALL_SEEN, messageIds: [] } } };
    await this.#save(state);
    this.n32f.grant(state);
    this.#ceiling = ceiling;
  }
}

const isReplay = ({ errorType, message }: N32fError) =>
  errorType === 'INTEGRITY_CHECK_FAILED' && message.includes('replay');

/** SEQ of a message: the last four octets of the nonce (TS 33.501 13.2.4.4.1). Whether it is genuine, the tag tells. */
function sequenceIn({ jwe }: ReceivedMessage): number {
  const nonce = Buffer.from(String(jwe.iv ?? ''), 'base64url');
  return nonce.length >= 4 ? nonce.readUInt32BE(nonce.length - 4) : -1;
}

export class Prins {
  readonly terms: PrinsTerms;
  readonly #partner: Partner;
  readonly #policy: CompiledPolicy;
  readonly #ownIpx: KnownIpx | undefined;
  readonly #states: Collection<ContextState>;
  readonly #unchecked: Unchecked;
  readonly #open = new Map<string, Promise<PrinsContext>>();

  /** Throws {@link ConfigError} for a policy or key that cannot be used. */
  constructor(partner: Partner, states: Collection<ContextState>, unchecked: Unchecked) {
    const { prins } = partner;
    const policy = policyOf(partner);
    const ipxInfo = prins.ipx && {
      ipxProviderId: prins.ipx.fqdn,
      rawPublicKeyList: prins.ipx.keys.map(publicKeyIn),
    };
    this.#partner = partner;
    this.#policy = new CompiledPolicy(policy);
    this.#ownIpx = ipxInfo && knownIpx(ipxInfo);
    this.#states = states;
    this.#unchecked = unchecked;
    this.terms = {
      cipherSuites: prins.cipherSuites,
      policy,
      policyId: policyIdOf(partner),
      ipxProviders: ipxInfo ? [ipxInfo] : [],
      keyLifetimeMs: prins.keyLifetimeSeconds * 1000,
    };
  }

  /** The keys and counters of a context with this partner. */
  context(context: N32Context): Promise<PrinsContext> {
    const known = this.#open.get(context.contextId);
    if (known) return known;
    const opened = this.#restore(context);
    this.#open.set(context.contextId, opened);
    opened.catch(() => this.#open.delete(context.contextId));
    return opened;
  }

  /** Forgets all but these contexts. */
  async keep(contexts: readonly N32Context[]): Promise<void> {
    const kept = new Set(contexts.map(({ contextId }) => contextId));
    const dropped = [...this.#open.keys()].filter((contextId) => !kept.has(contextId));
    for (const contextId of dropped) this.#open.delete(contextId);
    await Promise.all(dropped.map((contextId) => this.#states.delete(contextId)));
  }

  async #restore({ contextId, initiatedBy, prins }: N32Context): Promise<PrinsContext> {
    if (!prins) throw new Error(`the context with ${this.#partner.n32.fqdn} is none of PRINS`);
    const stored = await this.#states.get(contextId);
    const n32f = new N32fContext(
      {
        role: initiatedBy === 'us' ? 'initiating' : 'responding',
        ownContextId: contextId,
        peerContextId: prins.peerContextId,
        cipherSuite: prins.cipherSuite,
        masterKey: Buffer.from(prins.masterKey, 'base64'),
        expiresAt: prins.expiresAt,
      },
      {
        own: this.#policy,
        peer: new CompiledPolicy(prins.peerPolicy),
        ...(this.#ownIpx ? { authorizedIpxId: this.#ownIpx.identity } : {}),
        unchecked: this.#unchecked,
        trust: { peer: prins.peerIpxProviders.map(knownIpx), ...(this.#ownIpx ? { own: this.#ownIpx } : {}) },
      },
      stored,
    );
    return new PrinsContext(n32f, stored, (state) => this.#states.put(contextId, state));
  }
}

function policyOf({ n32, prins: { policy: file, ipx } }: Partner): ProtectionPolicy {
  try {
    const policy = file === undefined ? defaultPolicy() : (JSON.parse(readFileSync(file, 'utf8')) as ProtectionPolicy);
    return withPermissions(policy, ipx ? ipx.permissions.map((one) => ({ ...one, ipxId: ipx.fqdn })) : []);
  } catch (error) {
    throw new ConfigError(`the protection policy for ${n32.fqdn} cannot be used: ${(error as Error).message}`);
  }
}

/** Of a file, its content is the identifier: whoever changes that has another policy. */
function policyIdOf({ prins: { policy: file } }: Partner): string {
  if (file === undefined) return `${DEFAULT_POLICY_ID.id}, Release ${DEFAULT_POLICY_ID.release}`;
  return `sha256 ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
}

function knownIpx(info: IpxProviderSecInfo): KnownIpx {
  return { identity: info.ipxProviderId, keys: ipxKeys(info, new Date()) };
}

/** The public key in a PEM file with a public key or a certificate. */
function publicKeyIn(file: string): string {
  const pem = readFileSync(file, 'utf8');
  return rawPublicKey(pem.includes('CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem));
}
