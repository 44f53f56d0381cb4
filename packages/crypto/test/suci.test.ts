import assert from 'node:assert/strict';
import {
  createCipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from 'node:crypto';
import { test } from 'node:test';
import {
  concealSupi,
  deconcealSuci,
  formatSuci,
  generateHomeNetworkKey,
  type ProtectionScheme,
  parseSuci,
  SuciError,
  type SuciErrorReason,
} from '../src/index.ts';
import { digits, fixture, flip, hex, integer, pick } from './support.ts';

interface Case {
  id: string;
  schemeId: string;
  supi: { mccMnc: string; msin: string };
  keys?: {
    homeNetworkPrivateKey: string;
    homeNetworkPublicKey?: string;
    homeNetworkPublicKeyCompressed?: string;
    homeNetworkPublicKeyUncompressed?: string;
    ephPrivateKey: string;
  };
  schemeInput: string;
  schemeOutput: string;
}

const KEYS = { 1: generateHomeNetworkKey('A'), 2: generateHomeNetworkKey('B') };
const privateKeyOf = (_id: number, scheme: ProtectionScheme) => (scheme === 0 ? undefined : KEYS[scheme].privateKey);

const failsWith =
  (...reasons: SuciErrorReason[]) =>
  (error: unknown) => {
    assert.ok(error instanceof SuciError, `expected a SuciError, got ${error}`);
    assert.ok(reasons.includes(error.reason), `${error.reason} is not one of ${reasons}`);
    return true;
  };

for (const c of fixture<Case>('suci')) {
  const supi = `imsi-${c.supi.mccMnc}${c.supi.msin}`;
  const scheme = Number(c.schemeId) as ProtectionScheme;
  const common = { supi, mncLength: 3, scheme, routingIndicator: '678' } as const;
  const { keys } = c;
  test(`${c.id} of TS 33.501 C.4`, () => {
    if (!keys) {
      const suci = concealSupi({ ...common, homeNetworkPublicKeyId: 0 });
      assert.equal(suci, `suci-0-274-012-678-0-0-${c.supi.msin}`);
      assert.equal(deconcealSuci(suci, privateKeyOf), supi);
      return;
    }
    const expected = `suci-0-274-012-678-${scheme}-27-${c.schemeOutput}`;
    const publicKeys = [
      keys.homeNetworkPublicKey,
      keys.homeNetworkPublicKeyCompressed,
      keys.homeNetworkPublicKeyUncompressed,
    ].filter((key) => key !== undefined);
    assert.ok(publicKeys.length > 0);
    for (const publicKey of publicKeys) {
      const ephemeralPrivateKey = hex(keys.ephPrivateKey);
      const homeNetworkPublicKey = hex(publicKey);
      assert.equal(
        concealSupi({ ...common, homeNetworkPublicKey, homeNetworkPublicKeyId: 27, ephemeralPrivateKey }),
        expected,
      );
    }
    const asked: unknown[] = [];
    const revealed = deconcealSuci(expected, (...which) => {
      asked.push(which);
      return hex(keys.homeNetworkPrivateKey);
    });
    assert.equal(revealed, supi);
    assert.deepEqual(asked, [[27, scheme]]);
    assert.equal(
      deconcealSuci(
        expected.replace(/[^-]+$/, (output) => output.toUpperCase()),
        () => hex(keys.homeNetworkPrivateKey),
      ),
      supi,
    );
  });
}

const randomSupi = () => {
  const mncLength = pick([2, 3] as const);
  const msin = digits(integer(1, 15 - 3 - mncLength));
  return { mncLength, msin, supi: `imsi-${digits(3)}${digits(mncLength)}${msin}` };
};

function conceal(scheme: ProtectionScheme, identity = randomSupi()): { suci: string; supi: string; msin: string } {
  const suci = concealSupi({
    ...identity,
    scheme,
    homeNetworkPublicKeyId: integer(1, 255),
    routingIndicator: digits(integer(1, 4)),
    ...(scheme === 0 ? {} : { homeNetworkPublicKey: KEYS[scheme].publicKey }),
  });
  return { suci, supi: identity.supi, msin: identity.msin };
}

for (const scheme of [0, 1, 2] as const) {
  test(`scheme ${scheme} reveals what it concealed, MSINs of every length`, () => {
    for (let i = 0; i < 60; i++) {
      const { suci, supi, msin } = conceal(scheme);
      assert.equal(deconcealSuci(suci, privateKeyOf), supi, suci);
      assert.equal(formatSuci(parseSuci(suci)), suci);
      if (scheme !== 0) {
        const overhead = scheme === 1 ? 40 : 41;
        assert.equal(parseSuci(suci).schemeOutput.length / 2, overhead + Math.ceil(msin.length / 2));
      }
    }
  });
}

test('two SUCIs of one SUPI differ: the ephemeral key is fresh', () => {
  const identity = randomSupi();
  for (const scheme of [1, 2] as const) {
    assert.notEqual(
      parseSuci(conceal(scheme, identity).suci).schemeOutput,
      parseSuci(conceal(scheme, identity).suci).schemeOutput,
    );
  }
});

for (const scheme of [1, 2] as const) {
  test(`scheme ${scheme}: a SUCI with any bit of its scheme output changed is refused`, () => {
    const { suci } = conceal(scheme);
    const at = suci.lastIndexOf('-') + 1;
    const output = hex(suci.slice(at));
    for (let bit = 0; bit < output.length * 8; bit++) {
      assert.throws(
        () => deconcealSuci(suci.slice(0, at) + flip(output, bit).toString('hex'), privateKeyOf),
        failsWith('mac-mismatch', 'invalid-ephemeral-key'),
        `bit ${bit}`,
      );
    }
  });

  test(`scheme ${scheme}: another home network key cannot reveal, a missing or broken one says so`, () => {
    const { suci } = conceal(scheme);
    const other = generateHomeNetworkKey(scheme === 1 ? 'A' : 'B');
    assert.throws(() => deconcealSuci(suci, () => other.privateKey), failsWith('mac-mismatch'));
    assert.throws(() => deconcealSuci(suci, () => undefined), failsWith('unknown-key'));
    assert.throws(() => deconcealSuci(suci, () => Buffer.alloc(31, 1)), failsWith('unusable-key'));
    assert.throws(() => deconcealSuci(suci, () => Buffer.alloc(33, 1)), failsWith('unusable-key'));
    if (scheme === 2) {
      assert.throws(() => deconcealSuci(suci, () => Buffer.alloc(32)), failsWith('unusable-key'));
      assert.throws(() => deconcealSuci(suci, () => Buffer.alloc(32, 0xff)), failsWith('unusable-key'));
    }
  });

  test(`scheme ${scheme}: authentic plaintext that is no MSIN is refused`, () => {
    for (const plaintext of ['ff', '0a', 'f0', 'f1f2', '1f21', '21ff', '2143658709f1']) {
      const reason = plaintext.length > 10 ? 'malformed' : plaintext === 'f0' ? undefined : 'invalid-plaintext';
      const suci = `suci-0-001-01-0-${scheme}-1-${encryptRaw(scheme, hex(plaintext))}`;
      if (reason === undefined) {
        assert.equal(deconcealSuci(suci, privateKeyOf), 'imsi-001010');
      } else {
        assert.throws(() => deconcealSuci(suci, privateKeyOf), failsWith(reason), plaintext);
      }
    }
    // 10 digits fit a 2-digit MNC but make 16 with one of 3 digits, whose bound in octets is the same.
    const tenDigits = encryptRaw(scheme, hex('2143658709'));
    assert.equal(deconcealSuci(`suci-0-001-01-0-${scheme}-1-${tenDigits}`, privateKeyOf), 'imsi-001011234567890');
    assert.throws(
      () => deconcealSuci(`suci-0-001-001-0-${scheme}-1-${tenDigits}`, privateKeyOf),
      failsWith('invalid-plaintext'),
    );
  });
}

test('ephemeral keys that key agreement must not use are refused', () => {
  const tail = '00'.repeat(5 + 8);
  for (const [scheme, key] of [
    [1, '00'.repeat(32)], // small order
    [1, `01${'00'.repeat(31)}`], // small order
    [2, `02${'ff'.repeat(32)}`], // x beyond the field
    [2, `04${'11'.repeat(32)}`], // not the compressed form
    [2, '00'.repeat(33)], // infinity
  ] as const) {
    assert.throws(
      () => deconcealSuci(`suci-0-001-01-0-${scheme}-1-${key}${tail}`, privateKeyOf),
      failsWith('invalid-ephemeral-key'),
      key,
    );
  }
});

test('malformed SUCIs are SuciErrors with their reason', () => {
  const a = '11'.repeat(32 + 5 + 8);
  const b = `02${'11'.repeat(32 + 5 + 8)}`;
  const table: [string, SuciErrorReason][] = [
    ['', 'malformed'],
    ['suci', 'malformed'],
    ['imsi-001010000000001', 'malformed'],
    ['suci-0-001-01-0-0-0-', 'malformed'],
    ['suci-0-001-01-0-0-0', 'malformed'],
    ['SUCI-0-001-01-0-0-0-0000000001', 'malformed'],
    [' suci-0-001-01-0-0-0-0000000001', 'malformed'],
    ['suci-0-001-01-0-0-0-0000000001\n', 'malformed'],
    ['suci-0-001-01-0-0-0-0000000001-', 'malformed'],
    ['suci-8-001-01-0-0-0-0000000001', 'malformed'],
    ['suci--001-01-0-0-0-0000000001', 'malformed'],
    ['suci-0-01-01-0-0-0-0000000001', 'malformed'],
    ['suci-0-0011-01-0-0-0-0000000001', 'malformed'],
    ['suci-0-001-1-0-0-0-0000000001', 'malformed'],
    ['suci-0-001-0001-0-0-0-0000000001', 'malformed'],
    ['suci-0-001-01--0-0-0000000001', 'malformed'],
    ['suci-0-001-01-12345-0-0-0000000001', 'malformed'],
    ['suci-0-001-01-a-0-0-0000000001', 'malformed'],
    ['suci-0-001-01-0-0-1-0000000001', 'malformed'],
    ['suci-0-001-01-0-00-0-0000000001', 'malformed'],
    ['suci-0-001-01-0-0-0-00000000001', 'malformed'],
    ['suci-0-001-001-0-0-0-0000000001', 'malformed'],
    ['suci-0-001-01-0-0-0-000000000a', 'malformed'],
    ['suci-0-٠٠١-01-0-0-0-0000000001', 'malformed'],
    [`suci-0-001-01-0-1-0-${a}`, 'malformed'],
    [`suci-0-001-01-0-1-01-${a}`, 'malformed'],
    [`suci-0-001-01-0-1-256-${a}`, 'malformed'],
    [`suci-0-001-01-0-1-1-${a}0`, 'malformed'],
    [`suci-0-001-01-0-1-1-${a}00`, 'malformed'],
    [`suci-0-001-01-0-1-1-${'11'.repeat(40)}`, 'malformed'],
    [`suci-0-001-01-0-1-1-${a.replace(/.$/, 'g')}`, 'malformed'],
    [`suci-0-001-01-0-2-1-${b}00`, 'malformed'],
    [`suci-0-001-01-0-2-1-${'02'.repeat(41)}`, 'malformed'],
    [`suci-0-001-01-0-2-1-${'0'.repeat(100_000)}`, 'malformed'],
    ['suci-1-example.org-0-0-0-user', 'unsupported-supi-type'],
    ['suci-7-x-0-0-0-user', 'unsupported-supi-type'],
    [`suci-0-001-01-0-3-1-${a}`, 'unsupported-scheme'],
    [`suci-0-001-01-0-f-1-${a}`, 'unsupported-scheme'],
  ];
  for (const [suci, reason] of table) {
    assert.throws(() => parseSuci(suci), failsWith(reason), suci);
    assert.throws(() => deconcealSuci(suci, privateKeyOf), failsWith(reason), suci);
  }
  for (const notText of [undefined, null, 5, {}, ['suci-0-001-01-0-0-0-1']]) {
    assert.throws(() => parseSuci(notText as unknown as string), failsWith('malformed'));
  }
});

test(`mutated and truncated SUCIs are revealed or are SuciErrors, nothing else`, () => {
  const bases = [conceal(0), conceal(1), conceal(2)] as const;
  const alphabet = '0123456789abcdefABCDEFg- sui\n\u0000é';
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    let { suci } = pick(bases);
    for (let edits = integer(1, 3); edits > 0; edits--) {
      const at = integer(0, suci.length);
      const inserted = alphabet.charAt(integer(0, alphabet.length - 1));
      const removed = integer(0, 1 + integer(0, 1) * integer(0, 30));
      suci = suci.slice(0, at) + (integer(0, 3) === 0 ? '' : inserted) + suci.slice(at + removed);
    }
    try {
      assert.match(deconcealSuci(suci, privateKeyOf), /^imsi-\d{6,15}$/);
    } catch (error) {
      assert.ok(error instanceof SuciError, `${suci}: ${error}`);
      refused++;
    }
  }
  assert.ok(refused > 1000);
});

test('what cannot be concealed is a SuciError', () => {
  const good = {
    supi: 'imsi-001010000000001',
    mncLength: 2,
    scheme: 1,
    homeNetworkPublicKey: KEYS[1].publicKey,
    homeNetworkPublicKeyId: 1,
    routingIndicator: '0',
  } as const;
  assert.equal(deconcealSuci(concealSupi(good), privateKeyOf), good.supi);
  for (const supi of [
    '',
    '001010000000001',
    'imsi-00101',
    'imsi-0010100000000012',
    'imsi-00101000000000a',
    'nai-a@b',
  ]) {
    assert.throws(() => concealSupi({ ...good, supi }), failsWith('malformed'), supi);
  }
  assert.throws(() => concealSupi({ ...good, routingIndicator: '' }), failsWith('malformed'));
  assert.throws(() => concealSupi({ ...good, homeNetworkPublicKeyId: 0 }), failsWith('malformed'));
  const { homeNetworkPublicKey: _, ...withoutKey } = good;
  assert.throws(() => concealSupi(withoutKey), failsWith('unusable-key'));
  for (const homeNetworkPublicKey of [Buffer.alloc(32), Buffer.alloc(31, 1), KEYS[2].publicKey]) {
    assert.throws(() => concealSupi({ ...good, homeNetworkPublicKey }), failsWith('unusable-key'));
  }
  assert.throws(() => concealSupi({ ...good, ephemeralPrivateKey: Buffer.alloc(5) }), failsWith('unusable-key'));
});

test('the parts come out canonical, and a SUCI of any length is refused before it is read', () => {
  const { suci } = conceal(1);
  const at = suci.lastIndexOf('-') + 1;
  assert.deepEqual(parseSuci(suci.slice(0, at) + suci.slice(at).toUpperCase()), parseSuci(suci));
  assert.deepEqual(parseSuci('suci-0-999-070-0017-0-0-000000001'), {
    mcc: '999',
    mnc: '070',
    routingIndicator: '0017',
    scheme: 0,
    homeNetworkPublicKeyId: 0,
    schemeOutput: '000000001',
  });
  assert.throws(() => parseSuci(suci + '0'.repeat(100_000)), /too long/);
});

test('no SuciError message holds digits of the SUPI', () => {
  assert.throws(
    () =>
      concealSupi({
        ...randomSupi(),
        supi: 'imsi-99970123456789012',
        scheme: 0,
        homeNetworkPublicKeyId: 0,
        routingIndicator: '0',
      }),
    (error: Error) => !/\d{5}/.test(error.message),
  );
});

test('home network keys have the sizes of their profile', () => {
  assert.deepEqual([KEYS[1].privateKey.length, KEYS[1].publicKey.length], [32, 32]);
  assert.deepEqual([KEYS[2].privateKey.length, KEYS[2].publicKey.length], [32, 33]);
});

/**
 * ECIES over octets of the test's choice, which concealSupi cannot be made to encrypt. Key agreement is OpenSSL's, so that
 * it is a second opinion on noble's as well.
 */
function encryptRaw(scheme: 1 | 2, plaintext: Buffer): string {
  const ephemeral = generateHomeNetworkKey(scheme === 1 ? 'A' : 'B');
  const shared = agree(scheme, ephemeral.privateKey, KEYS[scheme].publicKey);
  const block = (counter: number) =>
    createHash('sha256')
      .update(shared)
      .update(Buffer.of(0, 0, 0, counter))
      .update(ephemeral.publicKey)
      .digest();
  const encryption = block(1);
  const ciphertext = createCipheriv('aes-128-ctr', encryption.subarray(0, 16), encryption.subarray(16)).update(
    plaintext,
  );
  const tag = createHmac('sha256', block(2)).update(ciphertext).digest().subarray(0, 8);
  return Buffer.concat([ephemeral.publicKey, ciphertext, tag]).toString('hex');
}

function agree(scheme: 1 | 2, privateKey: Buffer, publicKey: Buffer): Buffer {
  if (scheme === 2) {
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(privateKey);
    return ecdh.computeSecret(publicKey);
  }
  const pkcs8 = Buffer.concat([hex('302e020100300506032b656e04220420'), privateKey]);
  const spki = Buffer.concat([hex('302a300506032b656e032100'), publicKey]);
  return diffieHellman({
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  });
}
