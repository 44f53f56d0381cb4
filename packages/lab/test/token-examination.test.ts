import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SECURE, TokenVerifier } from '@twincore/sbi';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { TOKEN_CHECKS } from '../src/index.ts';

const NRF = '52c11241-de91-5741-aa18-5317603b3c6e';
const UDM = 'bbc18b8e-a807-5076-ab0b-2833fc1e871f';
const now = () => Math.floor(Date.now() / 1000);

describe('the examination of a token', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-token-'));
  let verifier: TokenVerifier;
  let sign: (claims: object) => Promise<string>;
  let forge: (claims: object) => Promise<string>;
  before(async () => {
    const [own, foreign] = await Promise.all([
      generateKeyPair('ES256', { extractable: true }),
      generateKeyPair('ES256', { extractable: true }),
    ]);
    const keys = join(dir, 'jwks.json');
    writeFileSync(keys, JSON.stringify({ keys: [{ ...(await exportJWK(own.publicKey)), kid: '1', alg: 'ES256' }] }));
    const signer = (key: typeof own) => (claims: object) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid: '1' }).sign(key.privateKey);
    sign = signer(own);
    forge = signer(foreign);
    const producer = {
      nfInstanceId: UDM,
      nfType: 'UDM',
      plmnId: { mcc: '001', mnc: '01' },
      sNssais: [{ sst: 1 }],
      nsiList: [],
      nfSetIdList: [],
      nfServiceSetIdList: [],
    };
    verifier = new TokenVerifier(producer, { issuer: NRF, keys }, SECURE);
  });
  after(() => rmSync(dir, { recursive: true }));

  const good = () => ({ iss: NRF, sub: UDM, aud: 'UDM', scope: 'nudm-sdm', exp: now() + 60 });
  const reasonsOf = async (token: string) => (await verifier.examine(token)).reasons;

  test('finds nothing in a good one', async () => assert.deepEqual(await reasonsOf(await sign(good())), []));

  test('finds all that is wrong, not only the first', async () => {
    const token = await forge({ ...good(), aud: 'AMF', exp: now() - 60, producerPlmnId: { mcc: '262', mnc: '01' } });
    assert.deepEqual(await reasonsOf(token), [
      'token-signature',
      'token-expired',
      'token-audience',
      'token-producer-plmn',
    ]);
  });

  test('stops where there is nothing to read', async () => {
    assert.deepEqual(await verifier.examine('no.jwt.atall'), { reasons: ['token-malformed'] });
    assert.deepEqual(await reasonsOf(await sign({ scope: 'x' })), ['token-claims']);
  });

  test('agrees with what the guard refuses', async () => {
    for (const token of [await sign({ ...good(), iss: UDM }), await forge(good())]) {
      const [first] = await reasonsOf(token);
      await assert.rejects(verifier.verify(token), { reason: first });
    }
  });

  test('has a check with a clause for every reason', async () => {
    const known = new Set(TOKEN_CHECKS.flatMap(({ reasons }) => reasons));
    const claims = {
      aud: 'X',
      iss: UDM,
      exp: 1,
      producerPlmnId: { mcc: '262', mnc: '01' },
      producerSnssaiList: [{ sst: 9 }],
    };
    const sets = {
      producerNfSetId: 'set1.udmset.5gc.mnc01.mcc001',
      producerNfServiceSetId: 'set1.snnudm-sdm.nfi.5gc.mnc01.mcc001',
    };
    const reasons = await reasonsOf(await forge({ ...good(), ...claims, ...sets }));
    assert.ok(reasons.length >= 6, reasons.join());
    assert.deepEqual(
      reasons.filter((reason) => !known.has(reason)),
      [],
    );
    assert.ok(TOKEN_CHECKS.every(({ clause }) => /(TS|RFC) \d/.test(clause)));
  });
});
