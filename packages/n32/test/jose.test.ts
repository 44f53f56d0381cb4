/** What this package writes by itself for speed, the library for JOSE reads, and the other way round. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlattenedEncrypt, type FlattenedJWE, FlattenedSign, flattenedDecrypt, flattenedVerify } from 'jose';
import { JWE_CIPHER_SUITES } from '../src/index.ts';
import { open, seal } from '../src/jwe.ts';
import { signFlattened, verifyFlattened } from '../src/jws.ts';
import { deriveSessionKeys, nonceOf } from '../src/keys.ts';
import { bothSides, CIPX, HOME_ID, known, MASTER_KEY, NOW, ROAMING, signer, VISITED_ID } from './support.ts';

const IDS = { initiating: VISITED_ID, responding: HOME_ID };

for (const suite of JWE_CIPHER_SUITES) {
  const traffic = deriveSessionKeys(MASTER_KEY, IDS, suite, 'initiating').send.request;

  test(`${suite}: jose decrypts what the visited SEPP sends`, async () => {
    const { visited } = bothSides({ cipherSuite: suite });
    for (const { request } of ROAMING) {
      const { reformatted, message } = visited.protectRequest(request, NOW);
      const { plaintext, protectedHeader, additionalAuthenticatedData } = await flattenedDecrypt(
        message.reformattedData as FlattenedJWE,
        traffic.key,
      );
      assert.deepEqual(protectedHeader, { alg: 'dir', enc: suite });
      assert.equal(Buffer.from(plaintext).toString('utf8'), reformatted.plaintext);
      assert.equal(Buffer.from(additionalAuthenticatedData ?? []).toString('utf8'), reformatted.aad);
    }
  });

  test(`${suite}: jose encrypts to the same bytes under the same nonce`, async () => {
    for (const seq of [0, 1, 0xffffffff]) {
      const [aad, plaintext] = ['{"metaData":{}}', `{"dataToEncrypt":["ü${seq}"]}`];
      const theirs = await new FlattenedEncrypt(Buffer.from(plaintext))
        .setProtectedHeader({ alg: 'dir', enc: suite })
        .setAdditionalAuthenticatedData(Buffer.from(aad))
        .setInitializationVector(nonceOf(traffic.salt, seq))
        .encrypt(traffic.key);
      const ours = seal(traffic, suite, seq, aad, plaintext);
      assert.deepEqual({ ...theirs }, ours);
      assert.deepEqual(open(ours, traffic, suite), { seq, text: plaintext });
    }
  });
}

test('ES256: jose verifies what an IPX signs, and an IPX may sign with jose', async () => {
  const { privateKey } = signer(CIPX);
  const { keys } = known(CIPX);
  const [publicKey] = keys;
  assert.ok(publicKey);
  const payload = { identity: CIPX, tag: 'AAAA' };
  const { payload: verified } = await flattenedVerify(signFlattened(payload, privateKey), publicKey);
  assert.deepEqual(JSON.parse(Buffer.from(verified).toString('utf8')), payload);

  const theirs = await new FlattenedSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', kid: 'theirs' })
    .sign(privateKey);
  assert.deepEqual(verifyFlattened({ ...theirs }, keys), payload);
});
