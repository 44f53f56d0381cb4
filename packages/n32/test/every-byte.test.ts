/** Every byte counts: whatever is done to a recorded N32-f message, it is refused, and with the error type that says why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlatJwsJson, N32fReformattedReqMsg, PatchItem } from '@twincore/model';
import {
  appendModification,
  createModification,
  type N32fContext,
  type N32fErrorTypeName,
  type Permission,
  readMessage,
  viewForIpx,
  withPermissions,
} from '../src/index.ts';
import {
  bothSides,
  CALLBACKS,
  CIPX,
  DEFAULT,
  type Exchange,
  MULTIPART,
  NOW,
  n32fErrorOf,
  PIPX,
  ROAMING,
  type Sides,
  side,
  signer,
  wire,
} from './support.ts';

interface Recorded {
  readonly name: string;
  readonly message: N32fReformattedReqMsg;
  /** The same, sealed under other keys. */
  readonly underOtherKeys: N32fReformattedReqMsg;
  /** Hands a text to a SEPP that has received nothing yet. */
  readonly receive: (text: string | Uint8Array) => unknown;
  readonly contextId: string;
}

/** What each IPX may do, and does to each message: two operations in one patch. */
const MARKS = ['x-ipx-trace', 'x-ipx-time'] as const;
const policy = withPermissions(
  DEFAULT,
  [CIPX, PIPX].flatMap((ipxId) =>
    MARKS.map((name): Permission => ({ ipxId, ieLoc: 'HEADER', reqIe: name, rspIe: name })),
  ),
);
const OTHER_KEYS = { masterKey: Buffer.alloc(64, 7) };

interface Call {
  readonly exchange: Exchange;
  readonly from: keyof Sides;
}
const CALLS: readonly Call[] = [
  ...[...ROAMING, MULTIPART].map((exchange): Call => ({ exchange, from: 'visited' })),
  ...CALLBACKS.map((exchange): Call => ({ exchange, from: 'home' })),
];

/** The messages of a roaming registration, a PDU session and callbacks: from SEPP to SEPP, and with two IPXs that signed. */
function record(ipx: boolean): Recorded[] {
  const options = ipx ? { ipx, policy } : { ipx };
  const sides = bothSides(options);
  const others = bothSides({ ...options, ...OTHER_KEYS });
  return CALLS.flatMap(({ exchange: { operation, request, response }, from }): Recorded[] => {
    const to = from === 'visited' ? 'home' : 'visited';
    const ipxs = !ipx ? [] : from === 'visited' ? [CIPX, PIPX] : [PIPX, CIPX];
    const sent = sides[from].protectRequest(request, NOW);
    const asked = signed(sent.message, ipxs);
    const received = sides[to].receiveRequest(readMessage(wire(asked)), NOW);
    const answer = (by: N32fContext) => signed(by.protectResponse(response, received, NOW).message, ipxs.toReversed());
    return [
      {
        name: `request ${operation}`,
        message: asked,
        underOtherKeys: signed(others[from].protectRequest(request, NOW).message, ipxs),
        contextId: sides[to].agreement.ownContextId,
        receive: (text) => side(to, options).receiveRequest(readMessage(text), NOW),
      },
      {
        name: `response ${operation}`,
        message: answer(sides[to]),
        underOtherKeys: answer(others[to]),
        contextId: sides[from].agreement.ownContextId,
        receive: (text) => side(from, options).receiveResponse(readMessage(text), sent, NOW),
      },
    ];
  });
}

/** Each IPX puts its marks behind the headers that are there. */
function signed(message: N32fReformattedReqMsg, ids: readonly string[]): N32fReformattedReqMsg {
  return ids.reduce((before, id) => {
    const { block } = viewForIpx(wire(before));
    const marks = MARKS.map((header) => ({ header, value: id }));
    const operations: PatchItem[] = block.headers
      ? marks.map((value) => ({ op: 'add', path: '/headers/-', value }))
      : [
          { op: 'add', path: '/headers', value: [] },
          ...marks.map((value): PatchItem => ({ op: 'add', path: '/headers/-', value })),
        ];
    return appendModification(before, signer(id), operations);
  }, message);
}

const RECORDED = { 'no IPX': record(false), 'two IPXs': record(true) } as const;

/** What a SEPP must say to a text that differs from `message` at or behind `at`, worked out from the text alone. */
function expectedType(text: string, at: number, { message, contextId }: Recorded): N32fErrorTypeName {
  let parsed: Partial<N32fReformattedReqMsg>;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'MESSAGE_RECONSTRUCTION_FAILED';
  }
  const { reformattedData } = parsed;
  if (typeof reformattedData !== 'object') return 'MESSAGE_RECONSTRUCTION_FAILED';
  const boundary = wire(message).indexOf('"modificationsBlock"');
  if (boundary >= 0 && at >= boundary) return 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED';
  try {
    const block = JSON.parse(Buffer.from(String(reformattedData.aad), 'base64url').toString('utf8'));
    const other = /^[0-9a-f]{16}$/i.test(block.metaData.n32fContextId) && isBlock(block);
    const canonical = Buffer.from(reformattedData.aad ?? '', 'base64url').toString('base64url') === reformattedData.aad;
    if (canonical && other && block.metaData.n32fContextId.toLowerCase() !== contextId) return 'CONTEXT_NOT_FOUND';
  } catch {
    // Then it is no block, and nothing that a context could verify.
  }
  return 'INTEGRITY_CHECK_FAILED';
}

/** Whether the flip left the members in place that a block must have. */
const isBlock = (block: { metaData: object }) =>
  ['messageId', 'authorizedIpxId'].every((name) => name in block.metaData);

function assertRefused(recorded: Recorded, text: string | Uint8Array, expected: N32fErrorTypeName, what: string): void {
  const error = n32fErrorOf(() => recorded.receive(text));
  assert.ok(error, `${recorded.name}: accepted although ${what}`);
  assert.equal(error.errorType, expected, `${recorded.name}: ${what}: ${error.message}`);
}

for (const [route, recorded] of Object.entries(RECORDED)) {
  test(`${route}: each recorded message is accepted as it is, once`, () => {
    for (const { receive, message, name } of recorded) assert.ok(receive(wire(message)), name);
  });

  test(`${route}: a flipped bit in any byte`, (t) => {
    let tried = 0;
    for (const one of recorded) {
      const bytes = Buffer.from(wire(one.message), 'latin1');
      for (let at = 0; at < bytes.length; at++) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (bytes[at] ?? 0) ^ (1 << ((at + tried) & 7));
        assertRefused(one, flipped, expectedType(flipped.toString('utf8'), at, one), `byte ${at} was flipped`);
        tried++;
      }
    }
    t.diagnostic(`${tried} flipped bits tried, all refused`);
  });
}

test('two IPXs: every bit of every byte of one request', (t) => {
  const one = RECORDED['two IPXs'].find(({ name }) => name.includes('5g-aka-confirmation'));
  assert.ok(one);
  const bytes = Buffer.from(wire(one.message), 'latin1');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assertRefused(one, flipped, expectedType(flipped.toString('utf8'), bit >> 3, one), `bit ${bit} was flipped`);
  }
  t.diagnostic(`${bytes.length * 8} flipped bits tried, all refused`);
});

type Message = N32fReformattedReqMsg;
type Jws = FlatJwsJson;
const JWE_MEMBERS = ['protected', 'aad', 'iv', 'ciphertext', 'tag'] as const;
const JWS_MEMBERS = ['payload', 'protected', 'signature'] as const;

interface Mutation {
  readonly what: string;
  readonly expected: N32fErrorTypeName;
  /** Only where IPXs signed. */
  readonly needsIpx?: boolean;
  /** The mutated text; undefined where it would be the same as before. */
  mutate(message: Message, other: Message): string | undefined;
}

const MODIFICATIONS = 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED';
const jweWith = (message: Message, change: object) =>
  wire({ ...message, reformattedData: { ...message.reformattedData, ...change } });
const blockOf = (message: Message) => message.modificationsBlock ?? [];
const withBlock = (message: Message, block: readonly unknown[]) => wire({ ...message, modificationsBlock: block });
const replaceAt = (message: Message, at: number, change: object) =>
  withBlock(
    message,
    blockOf(message).map((jws, i) => (i === at ? { ...jws, ...change } : jws)),
  );
interface Patch {
  readonly operations: readonly PatchItem[];
}
/** A signed patch changed by somebody who has no key. */
const patched = (message: Message, at: number, change: (patch: Patch) => Patch) => {
  const payload = (blockOf(message)[at] as Jws | undefined)?.payload ?? '';
  const patch = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Patch;
  return replaceAt(message, at, { payload: Buffer.from(JSON.stringify(change(patch))).toString('base64url') });
};
const resigned = (message: Message, at: number, identity: string, keyOf: string) =>
  withBlock(
    message,
    blockOf(message).map((jws, i) =>
      i === at ? createModification(signer(identity, keyOf), message.reformattedData.tag ?? '', []) : jws,
    ),
  );
/** The text with a member of an object once more, right behind itself. */
const doubled = (message: Message, name: string, nth = 0) => {
  const text = wire(message);
  let at = -1;
  for (let i = 0; i <= nth; i++) at = text.indexOf(`"${name}":`, at + 1);
  const value = text[at + name.length + 3] === '"' ? /"[^"]*"/.exec(text.slice(at + name.length + 3))?.[0] : undefined;
  return value === undefined ? undefined : `${text.slice(0, at)}"${name}":${value},${text.slice(at)}`;
};
const STRANGER = 'ipx.stranger.example.org';

const MUTATIONS: readonly Mutation[] = [
  ...JWE_MEMBERS.flatMap((name): Mutation[] => [
    {
      what: `${name} of the JWE is dropped`,
      expected: 'INTEGRITY_CHECK_FAILED',
      mutate: (message) => jweWith(message, { [name]: undefined }),
    },
    {
      what: `${name} of the JWE is empty`,
      expected: 'INTEGRITY_CHECK_FAILED',
      mutate: (message) => jweWith(message, { [name]: '' }),
    },
    {
      what: `${name} of the JWE is a number`,
      expected: 'INTEGRITY_CHECK_FAILED',
      mutate: (message) => jweWith(message, { [name]: 1 }),
    },
    {
      what: `${name} of the JWE comes twice`,
      expected: 'MESSAGE_RECONSTRUCTION_FAILED',
      mutate: (message) => doubled(message, name),
    },
    {
      what: `${name} of the JWE is another message's`,
      expected: 'INTEGRITY_CHECK_FAILED',
      mutate: (message, other) =>
        other.reformattedData[name] === message.reformattedData[name]
          ? undefined
          : jweWith(message, { [name]: other.reformattedData[name] }),
    },
    ...JWE_MEMBERS.filter((second) => second > name).map(
      (second): Mutation => ({
        what: `${name} and ${second} of the JWE are swapped`,
        expected: 'INTEGRITY_CHECK_FAILED',
        mutate: (message) =>
          jweWith(message, {
            [name]: message.reformattedData[second],
            [second]: message.reformattedData[name],
          }),
      }),
    ),
  ]),
  ...(['unprotected', 'header'] as const).map(
    (name): Mutation => ({
      what: `an unprotected ${name} is added to the JWE`,
      expected: 'INTEGRITY_CHECK_FAILED',
      mutate: (message) => jweWith(message, { [name]: { enc: 'A128GCM' } }),
    }),
  ),
  {
    what: 'an encrypted key is added to the JWE',
    expected: 'INTEGRITY_CHECK_FAILED',
    mutate: (message) => jweWith(message, { encrypted_key: 'AAAA' }),
  },
  {
    what: 'reformattedData is dropped',
    expected: 'MESSAGE_RECONSTRUCTION_FAILED',
    mutate: ({ reformattedData: _jwe, ...rest }) => wire(rest),
  },
  {
    what: 'reformattedData is a list',
    expected: 'MESSAGE_RECONSTRUCTION_FAILED',
    mutate: (message) => wire({ ...message, reformattedData: [message.reformattedData] }),
  },
  {
    what: 'modificationsBlock is empty',
    expected: MODIFICATIONS,
    mutate: (message) => withBlock(message, []),
  },
  {
    what: 'modificationsBlock is an object',
    expected: MODIFICATIONS,
    mutate: (message) => wire({ ...message, modificationsBlock: { 0: {} } }),
  },
  {
    what: 'an IPX that is not authorized signs as well',
    expected: MODIFICATIONS,
    mutate: (message) => wire(appendModification(message, signer(STRANGER), [])),
  },
  {
    what: 'something that is no signed object is appended',
    expected: MODIFICATIONS,
    mutate: (message) => withBlock(message, [...blockOf(message), null]),
  },
  {
    what: 'modificationsBlock is dropped',
    expected: MODIFICATIONS,
    needsIpx: true,
    mutate: ({ modificationsBlock: _block, ...rest }) => wire(rest),
  },
  ...[0, 1].flatMap((at): Mutation[] => [
    {
      what: `signed object ${at} is dropped`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message) =>
        withBlock(
          message,
          blockOf(message).filter((_, i) => i !== at),
        ),
    },
    {
      what: `signed object ${at} comes twice`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message) =>
        withBlock(
          message,
          blockOf(message).flatMap((jws, i) => (i === at ? [jws, jws] : [jws])),
        ),
    },
    {
      what: `signed object ${at} is another message's`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message, other) => replaceAt(message, at, blockOf(other)[at] ?? {}),
    },
    ...JWS_MEMBERS.flatMap((name): Mutation[] => [
      {
        what: `${name} of signed object ${at} is dropped`,
        expected: MODIFICATIONS,
        needsIpx: true,
        mutate: (message) => replaceAt(message, at, { [name]: undefined }),
      },
      {
        what: `${name} of signed object ${at} comes twice`,
        expected: 'MESSAGE_RECONSTRUCTION_FAILED',
        needsIpx: true,
        mutate: (message) => doubled(message, name, name === 'protected' ? at + 1 : at),
      },
      ...JWS_MEMBERS.filter((second) => second > name).map(
        (second): Mutation => ({
          what: `${name} and ${second} of signed object ${at} are swapped`,
          expected: MODIFICATIONS,
          needsIpx: true,
          mutate(message) {
            const jws = blockOf(message)[at] as Jws;
            return replaceAt(message, at, { [name]: jws[second], [second]: jws[name] });
          },
        }),
      ),
    ]),
    {
      what: `the operations of signed object ${at} are in the other order`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message) => patched(message, at, (patch) => ({ ...patch, operations: patch.operations.toReversed() })),
    },
    {
      what: `the last operation of signed object ${at} is dropped`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message) => patched(message, at, (patch) => ({ ...patch, operations: patch.operations.slice(0, -1) })),
    },
    {
      what: `the last operation of signed object ${at} comes twice`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message) =>
        patched(message, at, (patch) => ({
          ...patch,
          operations: [...patch.operations, ...patch.operations.slice(-1)],
        })),
    },
    {
      what: `signed object ${at} gets an unprotected header`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message) => replaceAt(message, at, { header: { kid: 'x' } }),
    },
    ...[CIPX, PIPX, STRANGER].flatMap((keyOf) =>
      [CIPX, PIPX, STRANGER].map(
        (identity): Mutation => ({
          what: `signed object ${at} is signed as ${identity} with the key of ${keyOf}`,
          expected: MODIFICATIONS,
          needsIpx: true,
          mutate(message) {
            const before = Buffer.from((blockOf(message)[at] as Jws).payload, 'base64url').toString('utf8');
            // That one did sign it, and may.
            if (identity === keyOf && JSON.parse(before).identity === identity) return undefined;
            return resigned(message, at, identity, keyOf);
          },
        }),
      ),
    ),
    {
      what: `signed object ${at} says alg none`,
      expected: MODIFICATIONS,
      needsIpx: true,
      mutate: (message) =>
        replaceAt(message, at, { protected: Buffer.from('{"alg":"none"}').toString('base64url'), signature: '' }),
    },
  ]),
  {
    what: 'the signed objects are in the other order',
    expected: MODIFICATIONS,
    needsIpx: true,
    mutate: (message) => withBlock(message, blockOf(message).toReversed()),
  },
];

/** A JSON value with one thing changed, at any depth. */
function* changesOf(value: unknown, where = ''): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [at, element] of value.entries()) {
      yield [`${where}/${at} is dropped`, value.toSpliced(at, 1)];
      yield [`${where}/${at} comes twice`, value.toSpliced(at, 0, element)];
      if (at > 0)
        yield [`${where}/${at} and the one before it are swapped`, value.toSpliced(at - 1, 2, element, value[at - 1])];
      for (const [what, changed] of changesOf(element, `${where}/${at}`)) yield [what, value.with(at, changed)];
    }
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    const { [name]: _dropped, ...others } = value as Record<string, unknown>;
    yield [`${where}/${name} is dropped`, others];
    yield [`${where}/${name} is in another place`, { ...others, [name]: member }];
    for (const [what, changed] of changesOf(member, `${where}/${name}`)) yield [what, { ...value, [name]: changed }];
  }
}

for (const [route, recorded] of Object.entries(RECORDED)) {
  test(`${route}: members dropped, doubled, swapped, exchanged, reordered and signed by others`, (t) => {
    let tried = 0;
    for (const [i, one] of recorded.entries()) {
      // The next message of the same kind to the same SEPP.
      const isAlike = ({ contextId, name }: Recorded) =>
        contextId === one.contextId && name.startsWith(one.name.slice(0, 'request'.length));
      const other = [...recorded.slice(i + 1), ...recorded.slice(0, i)].find(isAlike)?.message;
      assert.ok(other);
      for (const { what, expected, needsIpx, mutate } of MUTATIONS) {
        if (needsIpx && one.message.modificationsBlock === undefined) continue;
        const text = mutate(one.message, other);
        if (text === undefined || text === wire(one.message)) continue;
        assertRefused(one, text, expected, what);
        tried++;
      }
    }
    t.diagnostic(`${tried} mutations tried, all refused`);
  });

  test(`${route}: what is only protected from change: each member dropped, each pair of a list swapped, each element doubled`, (t) => {
    let tried = 0;
    for (const one of recorded) {
      const before = Buffer.from(one.message.reformattedData.aad ?? '', 'base64url').toString('utf8');
      for (const [what, changed] of changesOf(JSON.parse(before))) {
        const aad = JSON.stringify(changed);
        if (aad === before) continue;
        const text = jweWith(one.message, { aad: Buffer.from(aad).toString('base64url') });
        assertRefused(one, text, expectedType(text, 0, one), what);
        tried++;
      }
    }
    t.diagnostic(`${tried} changes of the clear part tried, all refused`);
  });

  test(`${route}: sealed under other keys, however well it is signed`, (t) => {
    for (const one of recorded) {
      assertRefused(one, wire(one.underOtherKeys), 'INTEGRITY_CHECK_FAILED', 'it was sealed under other keys');
    }
    t.diagnostic(`${recorded.length} messages under other keys tried, all refused`);
  });

  test(`${route}: a message in the place of another`, (t) => {
    let tried = 0;
    for (const one of recorded) {
      const isResponse = one.name.startsWith('response');
      for (const other of recorded) {
        const isForSame = other.contextId === one.contextId;
        // A request that was not received yet is one that may come.
        if (other === one || (isForSame && !isResponse && !other.name.startsWith('response'))) continue;
        const expected = isForSame ? 'INTEGRITY_CHECK_FAILED' : 'CONTEXT_NOT_FOUND';
        assertRefused(one, wire(other.message), expected, `it is the ${other.name}`);
        tried++;
      }
    }
    t.diagnostic(`${tried} exchanged messages tried, all refused`);
  });
}
