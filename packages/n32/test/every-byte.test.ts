/** Every byte counts: whatever is done to a recorded N32-f message, it is refused, and with the error type that says why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlatJwsJson, N32fReformattedReqMsg } from '@twincore/model';
import { appendModification, createModification, type N32fErrorTypeName, readMessage } from '../src/index.ts';
import { CIPX, NOW, n32fErrorOf, PIPX, ROAMING, side, signer, VISITED_ID, wire } from './support.ts';

interface Recorded {
  readonly name: string;
  readonly message: N32fReformattedReqMsg;
  /** Hands a text to a SEPP that has received nothing yet. */
  readonly receive: (text: string | Uint8Array) => unknown;
  readonly contextId: string;
}

/** The messages of a roaming registration, in both directions: from SEPP to SEPP, and with two IPXs that signed. */
function record(ipx: boolean): Recorded[] {
  const [visited, home] = [side('visited', { ipx }), side('home', { ipx })];
  return ROAMING.flatMap(({ operation, request, response }): Recorded[] => {
    const sent = visited.protectRequest(request, NOW);
    const asked = signed(sent.message, ipx ? [CIPX, PIPX] : []);
    const received = home.receiveRequest(readMessage(wire(asked)), NOW);
    const answered = signed(home.protectResponse(response, received, NOW).message, ipx ? [PIPX, CIPX] : []);
    return [
      {
        name: `request ${operation}`,
        message: asked,
        contextId: home.agreement.ownContextId,
        receive: (text) => side('home', { ipx }).receiveRequest(readMessage(text), NOW),
      },
      {
        name: `response ${operation}`,
        message: answered,
        contextId: VISITED_ID,
        receive: (text) => side('visited', { ipx }).receiveResponse(readMessage(text), sent, NOW),
      },
    ];
  });
}

const signed = (message: N32fReformattedReqMsg, ids: readonly string[]) =>
  ids.reduce((before, id) => appendModification(before, signer(id), []), message);

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

for (const [route, recorded] of Object.entries(RECORDED)) {
  test(`${route}: members dropped, doubled, swapped, exchanged, reordered and signed by others`, (t) => {
    let tried = 0;
    for (const [i, one] of recorded.entries()) {
      // The next message of the same direction.
      const other = recorded[(i + 2) % recorded.length]?.message;
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

  test(`${route}: a message in the place of another`, (t) => {
    let tried = 0;
    for (const one of recorded) {
      const isResponse = one.name.startsWith('response');
      for (const other of recorded) {
        if (other === one || (!isResponse && !other.name.startsWith('response'))) continue;
        // Responses to other requests come under the right key, requests and responses of the other side do not.
        const expected =
          other.name.startsWith('response') === isResponse ? 'INTEGRITY_CHECK_FAILED' : 'CONTEXT_NOT_FOUND';
        assertRefused(one, wire(other.message), expected, `it is the ${other.name}`);
        tried++;
      }
    }
    t.diagnostic(`${tried} exchanged messages tried, all refused`);
  });
}
