import assert from 'node:assert/strict';
import { test } from 'node:test';
import { N32_MASTER_EXPORTER } from '../src/index.ts';
import { deriveSessionKeys, hkdfExpand, MAX_SEQ, nonceOf, SequenceCounter, sequenceOf } from '../src/keys.ts';
import { HOME_ID, MASTER_KEY, n32fErrorOf, VISITED_ID } from './support.ts';

/** The HKDF-Expand part of RFC 5869 A.1 and A.2. */
const RFC5869 = [
  {
    prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    info: 'f0f1f2f3f4f5f6f7f8f9',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    prk: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    info: Array.from({ length: 80 }, (_, i) => (0xb0 + i).toString(16)).join(''),
    okm: 'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  },
];

for (const [i, { prk, info, okm }] of RFC5869.entries()) {
  test(`HKDF-Expand as RFC 5869 A.${i + 1} has it`, () => {
    const octets = hkdfExpand(Buffer.from(prk, 'hex'), Buffer.from(info, 'hex'), okm.length / 2);
    assert.equal(octets.toString('hex'), okm);
  });
}

/**
 * HKDF-Expand(00..3f, "N32" || context id of the receiver || label), computed with Python's hmac. The visited SEPP initiates with id
 * 0011223344556677, the home SEPP has 8899aabbccddeeff.
 */
const LABELS = [
  {
    direction: 'parallel_request',
    key: '50f70ff29d210716b2dea86a91e3cbc943f1414e8d9658bf682feb7126b5797e',
    salt: 'cef7df7ed7c6361e',
  },
  {
    direction: 'parallel_response',
    key: '09caab277f4b4aa8ffa9be80b8626e201d8fc073d2f71384e72d210c97ef64fa',
    salt: '77524be6b3d8bf51',
  },
  {
    direction: 'reverse_request',
    key: 'f82d65537f65f796f0aee50afc11cf5b22bc61884167d3fe9afc0134da46f7e8',
    salt: 'd81f015ce4eb60fb',
  },
  {
    direction: 'reverse_response',
    key: '91efdad8dea8766dfb4952ee27e9b35beef77fd2ee2c04f2caa95cc0481a0663',
    salt: '6398e18c782b975f',
  },
] as const;

const IDS = { initiating: VISITED_ID, responding: HOME_ID };

test('the eight labels give the keys and salts computed elsewhere, each to who sends and who receives under it', () => {
  for (const [suite, octets] of [
    ['A256GCM', 32],
    ['A128GCM', 16],
  ] as const) {
    const initiating = deriveSessionKeys(MASTER_KEY, IDS, suite, 'initiating');
    const responding = deriveSessionKeys(MASTER_KEY, IDS, suite, 'responding');
    const found = {
      parallel_request: [initiating.send.request, responding.receive.request],
      parallel_response: [responding.send.response, initiating.receive.response],
      reverse_request: [responding.send.request, initiating.receive.request],
      reverse_response: [initiating.send.response, responding.receive.response],
    };
    for (const { direction, key, salt } of LABELS) {
      for (const traffic of found[direction]) {
        assert.equal(traffic.key.export().toString('hex'), key.slice(0, octets * 2), direction);
        assert.equal(traffic.salt.toString('hex'), salt, direction);
      }
    }
  }
});

test('another context id gives other keys and salts', () => {
  const [a, b] = [VISITED_ID, '0011223344556678'].map((initiating) =>
    deriveSessionKeys(MASTER_KEY, { ...IDS, initiating }, 'A128GCM', 'responding'),
  );
  assert.ok(a && b);
  assert.notDeepEqual(a.send.request.key.export(), b.send.request.key.export());
  assert.notDeepEqual(a.send.request.salt, b.send.request.salt);
});

test('a master key of another length is refused', () => {
  const short = MASTER_KEY.subarray(1);
  assert.throws(() => deriveSessionKeys(short, IDS, 'A128GCM', 'initiating'), RangeError);
  assert.equal(N32_MASTER_EXPORTER.octets, MASTER_KEY.length);
});

test('a nonce is salt and SEQ, and no other salt fits it', () => {
  const salt = Buffer.from('0102030405060708', 'hex');
  const nonce = nonceOf(salt, 0xdeadbeef);
  assert.equal(nonce.toString('hex'), '0102030405060708deadbeef');
  assert.equal(sequenceOf(nonce, salt), 0xdeadbeef);
  assert.equal(sequenceOf(nonce, Buffer.from('0102030405060709', 'hex')), undefined);
  assert.equal(sequenceOf(nonce.subarray(1), salt), undefined);
});

test('SEQ starts at 0, is only given out when reserved, and goes on behind the reservation after a restart', () => {
  const counter = new SequenceCounter();
  assert.throws(() => counter.take(), /reserved/);
  const stored = counter.reservation(10);
  counter.grant(stored);
  assert.deepEqual([counter.take(), counter.take(), counter.available], [0, 1, 8]);

  const restarted = new SequenceCounter(stored);
  restarted.grant(restarted.reservation(1));
  assert.equal(restarted.take(), 10);
});

test('SEQ ends: a new context is wanted before, and nothing is sent after', () => {
  const counter = new SequenceCounter(MAX_SEQ - 1);
  assert.ok(counter.nearlyUsedUp);
  counter.grant(counter.reservation(10));
  assert.equal(counter.available, 2);
  assert.deepEqual([counter.take(), counter.take()], [MAX_SEQ - 1, MAX_SEQ]);
  assert.equal(n32fErrorOf(() => counter.take())?.errorType, 'ENCRYPTION_KEY_EXPIRED');
  assert.equal(new SequenceCounter(0).nearlyUsedUp, false);
});
