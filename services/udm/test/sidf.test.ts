import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { concealSupi, generateHomeNetworkKey } from '@twincore/crypto';
import { ConfigError, type SbiProblem } from '@twincore/sbi';
import { loadHomeNetworkKeys, revealSupi } from '../src/procedures/sidf.ts';
import { HOME, SUPI } from './support.ts';

const A = generateHomeNetworkKey('A');
const B = generateHomeNetworkKey('B');

describe('SIDF', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-udm-'));
  after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'keys.json');
  writeFileSync(
    file,
    JSON.stringify([
      { homeNetworkPublicKeyId: 1, protectionScheme: 1, privateKey: A.privateKey.toString('hex') },
      { homeNetworkPublicKeyId: 2, protectionScheme: 2, privateKey: B.privateKey.toString('hex') },
    ]),
  );
  const privateKeyOf = await loadHomeNetworkKeys(file);
  const reveal = (identity: string) => revealSupi(identity, HOME, privateKeyOf);
  const conceal = (scheme: 0 | 1 | 2, homeNetworkPublicKeyId = scheme as number, supi = SUPI) =>
    concealSupi({
      supi,
      mncLength: 2,
      scheme,
      homeNetworkPublicKeyId,
      routingIndicator: '0',
      ...(scheme === 0 ? {} : { homeNetworkPublicKey: (scheme === 1 ? A : B).publicKey }),
    });
  const flip = (suci: string, at: number) => {
    const digit = suci.at(at);
    const index = suci.length + at;
    return `${suci.slice(0, index)}${digit === '0' ? '1' : '0'}${suci.slice(index + 1)}`;
  };
  const answers = (identity: string, status: number, cause: string) =>
    assert.throws(
      () => reveal(identity),
      (error: SbiProblem) => error.status === status && error.problem.cause === cause,
      identity,
    );

  test('reveals the null scheme and Profiles A and B; a SUPI is one already', () => {
    for (const scheme of [0, 1, 2] as const) assert.equal(reveal(conceal(scheme)), SUPI);
    assert.equal(reveal(SUPI), SUPI);
  });

  test('names what is wrong as TS 29.503 does', () => {
    for (const scheme of [1, 2] as const) {
      answers(flip(conceal(scheme), -1), 403, 'INVALID_SCHEME_OUTPUT');
      answers(flip(conceal(scheme), -20), 403, 'INVALID_SCHEME_OUTPUT');
      answers(conceal(scheme).slice(0, -60), 403, 'INVALID_SCHEME_OUTPUT');
      answers(conceal(scheme, 9), 403, 'INVALID_HN_PUBLIC_KEY_IDENTIFIER');
      answers(conceal(scheme, 3 - scheme), 403, 'INVALID_HN_PUBLIC_KEY_IDENTIFIER');
    }
    answers(`suci-0-001-01-0-1-1-${'0'.repeat(64 + 10 + 16)}`, 403, 'INVALID_SCHEME_OUTPUT');
    answers('suci-0-001-01-0-3-1-00ff', 501, 'UNSUPPORTED_PROTECTION_SCHEME');
    answers('suci-1-operator.example-0-0-0-user', 404, 'USER_NOT_FOUND');
  });

  test("another home network's SUCI never reaches a subscriber of this one", () => {
    answers(conceal(0, 0, 'imsi-999700000000001'), 404, 'USER_NOT_FOUND');
    // The same digits as SUPI, cut at another place.
    answers('suci-0-001-010-0-0-0-000000001', 404, 'USER_NOT_FOUND');
  });

  test('does not start with keys that are none', async () => {
    for (const list of [
      [{ homeNetworkPublicKeyId: 1, protectionScheme: 1, privateKey: '00' }],
      [{ homeNetworkPublicKeyId: 0, protectionScheme: 1, privateKey: '0'.repeat(64) }],
      [{ homeNetworkPublicKeyId: 1, protectionScheme: 3, privateKey: '0'.repeat(64) }],
    ]) {
      writeFileSync(file, JSON.stringify(list));
      await assert.rejects(loadHomeNetworkKeys(file), ConfigError);
    }
  });
});
