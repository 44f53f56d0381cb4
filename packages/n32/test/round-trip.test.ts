import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JWE_CIPHER_SUITES, readMessage } from '../src/index.ts';
import { bothSides, deliver, meaning, NOW, ROAMING, wire } from './support.ts';

/** What may not be read between the SEPPs, as it stands in the recorded messages. */
const SECRETS = [
  'imsi-001010000000001',
  'suci-0-001-01',
  'imeisv-0010150000000101',
  'msisdn-88210000001',
  'Bearer ',
  'eyJhbGciOiJFUzI1NiIs',
  'resStar":"',
  'kseaf":"',
  'autn',
  'hxresStar',
];

for (const cipherSuite of JWE_CIPHER_SUITES) {
  for (const { operation, request, response } of ROAMING) {
    test(`${cipherSuite}: ${operation} and its response arrive as they were sent`, () => {
      const sides = bothSides({ cipherSuite });
      const { sent, received } = deliver(sides, request);
      assert.deepEqual(meaning(received.request), meaning(request));
      assert.equal(received.messageId, sent.messageId);

      const answer = sides.home.protectResponse(response, received, NOW);
      const got = sides.visited.receiveResponse(readMessage(wire(answer.message)), sent, NOW);
      assert.deepEqual(meaning(got.response), meaning(response));

      for (const { message } of [sent, answer]) {
        const clear = Buffer.from(message.reformattedData.aad ?? '', 'base64url').toString('utf8');
        for (const secret of SECRETS) assert.ok(!clear.includes(secret), `${secret} is in the clear`);
      }
    });
  }
}
