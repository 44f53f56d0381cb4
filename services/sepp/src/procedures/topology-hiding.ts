/**
 * Topology hiding (TS 33.501 5.9.3.2, TS 29.573 5.3): what tells a partner how this network is built gets another name at the border,
 * which only this SEPP can turn back. Nothing is remembered: the name is the encrypted one, so that every instance of this SEPP with
 * the same key understands it, before and after a restart.
 */
import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createHmac,
  type Decipheriv,
  hkdfSync,
  timingSafeEqual,
} from 'node:crypto';
import { isIP } from 'node:net';
import { type PlmnId, plmnDomain } from '@twincore/model';
import { LRUCache } from 'lru-cache';

export interface HidingOptions {
  readonly fqdns: boolean;
  readonly addresses: boolean;
  readonly instanceIds: boolean;
}

type Headers = Record<string, string | string[] | undefined>;
/** What of a message is rewritten. */
export interface Hideable {
  readonly headers: Headers;
  readonly body?: Buffer | undefined;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const LABEL_CHARACTERS = 60;
const TAG_OCTETS = 8;
/** Of labels, with an NF type before them; a domain name has at most 253 characters. */
const LONGEST_NAME = 300;
/** Begins an address that is hidden like a name; no name does. */
const ADDRESS_MARK = '@';
/** Begins the first label of a hidden name; no name of ours does. */
const MARK = 'th-';
const ADDRESS_MEMBERS = ['ipv4Addresses', 'ipv6Addresses', 'ipv4Address', 'ipv6Address'];
const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const ANY_ID = new RegExp(UUID, 'g');
const UUID_LENGTH = 36;
/** Names and ids of this network that need not be encrypted again; it has fewer. */
const REMEMBERED = 4_096;
/** Members and parameters that name an NF instance of the side that sends; those of the receiver begin with "target". */
const INSTANCE_MEMBERS =
  'nfInstanceId|servingNfInstanceId|amfInstanceId|smfInstanceId|reqNfInstanceId|requester-nf-instance-id|seafId';

export class TopologyHiding {
  readonly #options: HidingOptions;
  readonly #ownDomain: RegExp;
  readonly #addresses: RegExp | undefined;
  readonly #visible: ReadonlySet<string>;
  readonly #domains: readonly string[];
  readonly #keys: { readonly mac: Buffer; readonly cipher: Buffer };
  /** A block by itself leaves nothing behind: one of each does for all. */
  readonly #idCipher: Cipheriv;
  readonly #idDecipher: Decipheriv;
  readonly #hiddenIds = new LRUCache<string, string>({ max: REMEMBERED });
  readonly #hiddenLabels = new LRUCache<string, string>({ max: REMEMBERED });

  /**
   * `visible` are names that partners have to know: the SEPP's, and the NRF's (TS 23.003 28.3.2.3). `hosts` are what stands in URIs of
   * this network in place of names: of those the IP addresses are hidden.
   */
  constructor(
    options: HidingOptions,
    key: Uint8Array,
    plmnIds: readonly PlmnId[],
    visible: readonly string[],
    hosts: readonly string[] = [],
  ) {
    this.#options = options;
    this.#domains = plmnIds.map(plmnDomain);
    const domains = this.#domains.map((domain) => domain.replaceAll('.', '\\.')).join('|');
    this.#ownDomain = new RegExp(`\\.(${domains})`, 'gi');
    const addresses = hosts.filter((host) => isIP(host.replace(/^\[|\]$/g, '')) !== 0);
    const alternatives = addresses.map((address) => address.replace(/[.[\]]/g, '\\$&')).join('|');
    this.#addresses = addresses.length > 0 ? new RegExp(`(https?://)(${alternatives})(?![\\w.])`, 'gi') : undefined;
    this.#visible = new Set(visible.map((name) => name.toLowerCase()));
    const derive = (use: string, octets: number) => Buffer.from(hkdfSync('sha256', key, '', use, octets));
    this.#keys = { mac: derive('name tag', 32), cipher: derive('name', 16) };
    const id = derive('instance', 16);
    this.#idCipher = createCipheriv('aes-128-ecb', id, null).setAutoPadding(false);
    this.#idDecipher = createDecipheriv('aes-128-ecb', id, null).setAutoPadding(false);
  }

  get isOn(): boolean {
    return this.#options.fqdns || this.#options.addresses || this.#options.instanceIds;
  }

  /** One exchange with the partner. */
  exchange(): HiddenExchange {
    return new HiddenExchange(this, this.#options);
  }

  /** Text with every FQDN of this network hidden. */
  hideNames(text: string): string {
    return this.#replaceNames(text, (labels, domain) => {
      const { nfType, name } = declaredIn(labels);
      if (name.startsWith(MARK) || this.#visible.has(`${name}.${domain}`.toLowerCase())) return undefined;
      return `${nfType}${this.#hideLabels(name)}.${domain}`;
    });
  }

  /** Text with a name for every IP address of this network that stands in a URI. */
  hideAddresses(text: string): string {
    const [domain] = this.#domains;
    if (!this.#addresses || domain === undefined) return text;
    return text.replace(
      this.#addresses,
      (_found, scheme: string, address: string) => `${scheme}${this.#hideLabels(ADDRESS_MARK + address)}.${domain}`,
    );
  }

  /** Text with every hidden FQDN and address turned back; what nobody of us has hidden stays as it is. */
  revealNames(text: string): string {
    return this.#replaceNames(text, (labels, domain) => {
      const { nfType, name } = declaredIn(labels);
      const revealed = name.startsWith(MARK) ? this.#revealLabels(name) : undefined;
      if (revealed?.startsWith(ADDRESS_MARK)) return revealed.slice(ADDRESS_MARK.length);
      return revealed === undefined ? undefined : `${nfType}${revealed}.${domain}`;
    });
  }

  /**
   * Text with every name of this network as `change` has it; undefined leaves it. Looks for the domain and from there backwards: labels
   * first would take a time that grows with the square of a text that a partner may choose.
   */
  #replaceNames(text: string, change: (labels: string, domain: string) => string | undefined): string {
    let replaced = '';
    let copied = 0;
    for (const { index, 1: domain } of text.matchAll(this.#ownDomain)) {
      const end = index + 1;
      const labels = labelsBefore(text, end, Math.max(copied, end - LONGEST_NAME));
      if (labels === '' || domain === undefined) continue;
      const name = change(labels, domain);
      if (name === undefined) continue;
      replaced += text.slice(copied, end - labels.length) + name;
      copied = end + domain.length;
    }
    return copied === 0 ? text : replaced + text.slice(copied);
  }

  /** A UUID for a UUID: a permutation of all of them that only the key can turn back. */
  hideId(id: string): string {
    return remembered(this.#hiddenIds, id, () =>
      uuid(this.#idCipher.update(Buffer.from(id.replaceAll('-', ''), 'hex'))),
    );
  }

  revealId(id: string): string {
    return uuid(this.#idDecipher.update(Buffer.from(id.replaceAll('-', ''), 'hex')));
  }

  /** The nonce is a MAC of the name, so that one name always has the same hidden name, and nobody can make one up. */
  #hideLabels(labels: string): string {
    return remembered(this.#hiddenLabels, labels.toLowerCase(), (name) => {
      const plain = Buffer.from(name, 'latin1');
      const tag = this.#tag(plain);
      const cipher = createCipheriv('aes-128-ctr', this.#keys.cipher, Buffer.concat([tag, Buffer.alloc(8)]));
      const text = MARK + base32(Buffer.concat([tag, cipher.update(plain)]));
      return (text.match(new RegExp(`.{1,${LABEL_CHARACTERS}}`, 'g')) ?? []).join('.');
    });
  }

  #revealLabels(labels: string): string | undefined {
    const octets = fromBase32(labels.replaceAll('.', '').slice(MARK.length).toLowerCase());
    if (!octets || octets.length <= TAG_OCTETS) return undefined;
    const tag = octets.subarray(0, TAG_OCTETS);
    const cipher = createDecipheriv('aes-128-ctr', this.#keys.cipher, Buffer.concat([tag, Buffer.alloc(8)]));
    const plain = cipher.update(octets.subarray(TAG_OCTETS));
    return timingSafeEqual(this.#tag(plain), tag) ? plain.toString('latin1') : undefined;
  }

  #tag(plain: Buffer): Buffer {
    return createHmac('sha256', this.#keys.mac).update(plain).digest().subarray(0, TAG_OCTETS);
  }
}

function remembered(known: LRUCache<string, string>, plain: string, hide: (plain: string) => string): string {
  const found = known.get(plain);
  if (found !== undefined) return found;
  const hidden = hide(plain);
  known.set(plain, hidden);
  return hidden;
}

const OF_A_LABEL = /[a-z0-9.-]/i;

/** The labels, each with its dot, that end at `end` and do not begin before `from`. */
function labelsBefore(text: string, end: number, from: number): string {
  let start = end;
  while (start > from && OF_A_LABEL.test(text.charAt(start - 1))) start--;
  // Of `%2F`, the digits.
  if (text.charAt(start - 1) === '%') start += 2;
  const labels = text.slice(start, end);
  return labels.slice(labels.lastIndexOf('..') + 1).replace(/^\./, '');
}

/** `SEPP-sepp.`: in some headers the NF type stands before the name (TS 29.500 6.10.8.2). */
function declaredIn(labels: string): { nfType: string; name: string } {
  const nfType = /^[A-Z][A-Z0-9_]+-/.exec(labels)?.[0] ?? '';
  return { nfType, name: labels.slice(nfType.length, -1) };
}

/** A request and its answer: an instance id that one side has named is not the other's to hide. */
class HiddenExchange {
  readonly #hiding: TopologyHiding;
  readonly #options: HidingOptions;
  /** Ids of ours that the request carried, by what stood for them. */
  readonly #hidden = new Map<string, string>();
  /** Ids that the peer's request carried. */
  readonly #theirs = new Set<string>();

  constructor(hiding: TopologyHiding, options: HidingOptions) {
    this.#hiding = hiding;
    this.#options = options;
  }

  /** Our request, on its way to the partner. `path` is hidden like the body: discovery names its requester there. */
  hideRequest(path: string, message: Hideable): { path: string } & Hideable {
    const hide = (text: string, header?: string) => {
      const named = this.#hide(text);
      return this.#options.instanceIds && header !== ROUTING_BINDING
        ? this.#ids(named, (id) => this.#hideAndNote(id))
        : named;
    };
    return { path: hide(path), ...rewrite(message, hide) };
  }

  /** The partner's answer to our request. */
  revealAnswer(message: Hideable): Hideable {
    return rewrite(message, (text) => {
      const named = this.#reveal(text);
      if (this.#hidden.size === 0 || text.length < UUID_LENGTH) return named;
      return named.replace(ANY_ID, (id) => this.#hidden.get(id.toLowerCase()) ?? id);
    });
  }

  /** The partner's request, on its way to one of our NFs. */
  revealRequest(path: string, message: Hideable): { path: string } & Hideable {
    const reveal = (text: string, header?: string) => {
      if (text.length < UUID_LENGTH) return this.#reveal(text);
      for (const [id] of text.matchAll(ANY_ID)) this.#theirs.add(id.toLowerCase());
      const named = this.#reveal(text);
      if (!this.#options.instanceIds) return named;
      const target = header === ROUTING_BINDING ? OWN_ID : TARGET_ID;
      return named.replace(target, (_all, before, id) => before + this.#hiding.revealId(id));
    };
    return { path: reveal(path), ...rewrite(message, reveal) };
  }

  /** Our NF's answer to the partner. */
  hideAnswer(message: Hideable): Hideable {
    const shown = this.#options.addresses ? withoutAddresses(message) : message;
    return rewrite(shown, (text) => {
      const named = this.#hide(text);
      if (!this.#options.instanceIds) return named;
      return this.#ids(named, (id) => (this.#theirs.has(id.toLowerCase()) ? id : this.#hiding.hideId(id)));
    });
  }

  #hide(text: string): string {
    const named = this.#options.fqdns ? this.#hiding.hideNames(text) : text;
    return this.#options.addresses ? this.#hiding.hideAddresses(named) : named;
  }

  #reveal(text: string): string {
    return this.#options.fqdns || this.#options.addresses ? this.#hiding.revealNames(text) : text;
  }

  #ids(text: string, change: (id: string) => string): string {
    if (text.length < UUID_LENGTH) return text;
    return text
      .replace(OWN_ID, (_all, before: string, id: string) => before + change(id))
      .replace(OWN_IDS, (list) => list.replace(ANY_ID, change));
  }

  #hideAndNote(id: string): string {
    const hidden = this.#hiding.hideId(id);
    this.#hidden.set(hidden, id);
    return hidden;
  }
}

/** Bounded, as is what stands between brackets: else one text could make the search in it go on for ever. */
const SPACE = '\\s{0,32}';
const OWN_IDS = new RegExp(`"nfInstanceIds"${SPACE}:${SPACE}\\[[^\\]]{0,8192}\\]`, 'g');
/** `"nfInstanceId":"…"`, `nfInstanceId=…`, `AMF-…` as User-Agent and Server have it, and what bindings and load say. */
const OWN_ID = new RegExp(
  `("(?:${INSTANCE_MEMBERS})"${SPACE}:${SPACE}"|\\b(?:${INSTANCE_MEMBERS}|nfinst)=|\\bNF-Instance: |^[A-Z0-9]{2,10}-)(${UUID})`,
  'g',
);
const TARGET_ID = new RegExp(`(\\btarget-?[nN][fF]-?[iI]nstance-?[iI]d"?(?:${SPACE}:${SPACE}"|=))(${UUID})`, 'g');
/** Names an instance of the receiver's. */
const ROUTING_BINDING = '3gpp-sbi-routing-binding';
/** A token is signed: a name in it can only be left there or taken out by its issuer. */
const AS_IT_IS = new Set(['authorization']);

/** `http://1.1.1.1`: whatever is shorter contains nothing that is hidden. */
const SHORTEST = 14;

function rewrite({ headers, body }: Hideable, change: (text: string, header?: string) => string): Hideable {
  const changed: Headers = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || AS_IT_IS.has(name)) changed[name] = value;
    else if (Array.isArray(value)) changed[name] = value.map((one) => change(one, name));
    else changed[name] = value.length < SHORTEST ? value : change(value, name);
  }
  // Names and ids are ASCII; read like this, a part of a body that is no text comes out as it went in.
  const text = body === undefined ? {} : { body: Buffer.from(change(body.toString('latin1')), 'latin1') };
  return { headers: changed, ...text };
}

function withoutAddresses({ headers, body }: Hideable): Hideable {
  if (!body?.length || !/json/i.test(String(headers['content-type'] ?? ''))) return { headers, body };
  // The name of a member may be written with escapes.
  if (!ADDRESS_MEMBERS.some((name) => body.includes(name)) && !body.includes('\\')) return { headers, body };
  try {
    const json: unknown = JSON.parse(body.toString('utf8'));
    return {
      headers,
      body: Buffer.from(JSON.stringify(json, (name, value) => (ADDRESS_MEMBERS.includes(name) ? undefined : value))),
    };
  } catch {
    return { headers, body };
  }
}

function uuid(octets: Buffer): string {
  return octets.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function base32(octets: Buffer): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const octet of octets) {
    value = ((value << 8) | octet) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >> bits) & 31];
    }
  }
  return bits > 0 ? text + BASE32[(value << (5 - bits)) & 31] : text;
}

function fromBase32(text: string): Buffer | undefined {
  const octets: number[] = [];
  let bits = 0;
  let value = 0;
  for (const character of text) {
    const digit = BASE32.indexOf(character);
    if (digit < 0) return undefined;
    value = ((value << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets.push((value >> bits) & 255);
    }
  }
  return Buffer.from(octets);
}
